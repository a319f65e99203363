"""Telemetry a second, from a client process straight to the hosts of 9,000 vehicles, 500 warehouses and 300 lines.

A real server in processes of its own, on Ray and then with plain child processes, its plan empty, so that agents do
little with what they hear; client and server share the machine. First readings are offered at a steady rate above the
goal, then as fast as the client can make them. CPU is that of the client and of all hosts during the steady part, less
what the hosts use in an idle stretch as long before it. Lag is the core loop's own, from its metrics, of the steady
part only. Lost is all that was put and not accepted; superseded readings were accepted and then made way for newer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import grpc

from agents.readings import Position, SensorReading, Telemetry
from orchestrator.telemetry.directory import OperatorDirectory
from orchestrator.telemetry.sender import TelemetrySender
from protos.muster.operator.v1 import host_service_pb2, telemetry_directory_service_pb2
from protos.muster.operator.v1.admin_service_pb2 import ImportCompanyRequest, ImportFile
from protos.muster.operator.v1.host_service_pb2_grpc import HostServiceStub
from protos.muster.operator.v1.telemetry_directory_service_pb2_grpc import TelemetryDirectoryServiceStub
from tests.bench.row import Row, row
from tests.serving import OPERATOR_METHODS, Serving, multicallable, server_process
from tests.unit.company.files import FILES, files
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_until

#: The plant is one of the warehouses.
VEHICLES, WAREHOUSES, LINES = 9_000, 500, 300
AGENTS_PER_HOST = 1_000
OFFERED_PER_S = 24_000
STEADY_S, FULL_S = 15.0, 6.0
STEP_S = 0.05
#: The second part's readings are so much later than the first's.
LATER_S = 1_000
#: One reading in so many is a sensor's, the others are positions.
SENSOR_EVERY = 10
UP_S = 240.0
GOAL_PER_S, GOAL_LAG_MS = 20_000.0, 20.0
WHO = (("x-muster-operator", "bench"),)
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
ENV = {
    "MUSTER_AGENTS_PER_HOST": str(AGENTS_PER_HOST),
    "MUSTER_OPERATOR_MESSAGE_BYTES_MAX": "67108864",
    "MUSTER_LOG_LEVEL": "ERROR",
    "MUSTER_SOLVER_COUNT": "0",
}


def main() -> list[Row]:
    """Measure on both runtimes."""
    return [*_measured("ray"), *_measured("local")]


def _measured(runtime: str) -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        server_process(Path(folder) / "data", "--runtime", runtime, env=ENV) as serving,
        grpc.insecure_channel(serving.endpoints["operator"]) as channel,
    ):
        began_s = time.perf_counter()
        _import_company(channel)
        wait_until(lambda: _away(channel) == 0, "every agent has a port", UP_S)
        up_s = time.perf_counter() - began_s
        before, idle_cpu_s = _lags(serving.endpoints["metrics"]), _idle_cpu_s(channel)
        idle_lag_ms = _p99_s(before, _lags(serving.endpoints["metrics"])) * 1e3
        steady = _client(serving, channel, NOW_S, OFFERED_PER_S, STEADY_S)
        full = _client(serving, channel, NOW_S + LATER_S, 0, FULL_S)
    cpu_ms = (steady["client_cpu_s"] + steady["hosts_cpu_s"] - idle_cpu_s) / steady["accepted"] * 1e6
    spent_s = steady["seconds"]
    case = f"{runtime}, {VEHICLES + WAREHOUSES + LINES} agents"
    return [
        row(f"{case}: accepted", steady["per_s"], "readings/s", seconds=spent_s, at_least=GOAL_PER_S),
        row(
            f"{case}: core loop lag p99",
            steady["lag_ms"],
            "ms",
            seconds=spent_s,
            peers={"without telemetry": idle_lag_ms},
            at_most=GOAL_LAG_MS,
        ),
        row(f"{case}: lost", steady["lost"] * 100, "%", seconds=spent_s),
        row(f"{case}: superseded before the agent looked", steady["superseded"] * 100, "%", seconds=spent_s),
        row(f"{case}: CPU per 1,000 readings, client and hosts", cpu_ms, "ms", seconds=spent_s),
        row(f"{case}: of that the client's", steady["client_cpu_s"] / steady["accepted"] * 1e6, "ms", seconds=spent_s),
        row(f"{case}: hosts idle, CPU a second", idle_cpu_s / STEADY_S * 1e3, "ms", seconds=STEADY_S),
        row(f"{case}: at full speed", full["per_s"], "readings/s", seconds=full["seconds"]),
        row(f"{case}: from import to the last open port", up_s, "s", seconds=up_s),
    ]


def _import_company(channel: grpc.Channel) -> None:
    vehicles = "".join(f"V{n},Van,VAN,WH,1000000,8000000,06:00,15:00\n" for n in range(2, VEHICLES + 1))
    sites = "".join(f"W{n},Depot,WAREHOUSE,48.1,11.5,05:00,20:00,15,10,2\n" for n in range(2, WAREHOUSES))
    lines = "".join(f"L{n},Line,PL,WH,30,06:00,18:00\n" for n in range(2, LINES + 1))
    machines = "".join(f"L{n}-M,Press,L{n}\n" for n in range(2, LINES + 1))
    changed = files(
        vehicles=FILES["vehicles.csv"] + vehicles,
        sites=FILES["sites.csv"] + sites,
        lines=FILES["lines.csv"] + lines,
        machines=FILES["machines.csv"] + machines,
        orders=FILES["orders.csv"].splitlines()[0] + "\n",
    )
    sent = [ImportFile(name=name, content=content) for name, content in changed.items()]
    call = multicallable(channel, OPERATOR_METHODS["AdminService.ImportCompany"])
    reply = call(ImportCompanyRequest(files=sent), timeout=120, metadata=WHO)
    assert reply.loaded, list(reply.errors)[:3]


def _away(channel: grpc.Channel) -> int:
    """Agents with telemetry that have no open port."""
    kinds = ["vehicle", "warehouse", "production_line"]
    request = telemetry_directory_service_pb2.LocateHostsRequest(kinds=kinds)
    found = TelemetryDirectoryServiceStub(channel).LocateHosts(request, timeout=30, metadata=WHO)
    assert not found.next_page_token
    return len(found.away)


def _idle_cpu_s(channel: grpc.Channel) -> float:
    """CPU of all hosts in a stretch without telemetry."""
    before = _hosts_cpu_s(channel)
    time.sleep(STEADY_S)
    return _hosts_cpu_s(channel) - before


def _hosts_cpu_s(channel: grpc.Channel) -> float:
    found = HostServiceStub(channel).ListHosts(host_service_pb2.ListHostsRequest(), timeout=30, metadata=WHO)
    return sum(_cpu_s(host.pid) for host in found.hosts)


def _cpu_s(pid: int) -> float:
    """User and system time of a process and all its threads; one that has just been replaced counts nothing."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _client(serving: Serving, channel: grpc.Channel, first_s: int, per_s: int, seconds: float) -> dict[str, float]:
    """What a client process and the server measured while it sent."""
    cpu_s, ports = _hosts_cpu_s(channel), (serving.endpoints["operator"], serving.endpoints["metrics"])
    command = [sys.executable, "-m", __name__, *ports, str(first_s), str(per_s), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    found["hosts_cpu_s"] = _hosts_cpu_s(channel) - cpu_s
    return found


def _lags(metrics: str) -> dict[float, float]:
    """Upper bound of the core loop's lag -> how often it was no later."""
    with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as page:
        text = page.read().decode()
    found = re.findall(r'muster_core_loop_lag_seconds_bucket\{le="([^"]+)"\} ([0-9.e+]+)', text)
    return {float(bound): float(times) for bound, times in found}


def _p99_s(before: dict[float, float], after: dict[float, float]) -> float:
    """Upper bound of the bucket that holds the 99th percentile of what came between."""
    buckets = {bound: after[bound] - before[bound] for bound in after}
    most = max(buckets.values())
    return next(bound for bound in sorted(buckets) if buckets[bound] >= 0.99 * most)


def _readings(first_s: int) -> Iterator[Telemetry]:
    """Positions of one vehicle after the other, and between them sensors of one line after the other."""
    for number in count():
        at_s = first_s + number // VEHICLES
        if number % SENSOR_EVERY:
            yield Position(f"V{number % VEHICLES + 1}", at_s, 480_000_000 + number % 1_000_000, 115_000_000)
        else:
            line = number // SENSOR_EVERY % LINES + 1
            yield SensorReading(f"L{line}", f"L{line}-M", "vibration", at_s, number % 5_000)


async def _send(operator: str, metrics: str, first_s: int, per_s: int, seconds: float) -> dict[str, float]:
    """Offer readings at a rate, or as fast as they go for 0; what became of them."""
    readings = _readings(first_s)
    async with TelemetrySender(OperatorDirectory(operator, "bench")) as sender:
        sender.put([next(readings) for _ in range(2 * VEHICLES)])  # every agent is located, every stream open
        await sender.flushed()
        lags = _lags(metrics)
        before, cpu_s, began_s = sender.totals["put"], time.process_time(), time.perf_counter()
        while (spent_s := time.perf_counter() - began_s) < seconds:
            due = int(spent_s * per_s) if per_s else sender.totals["put"] - before + VEHICLES
            sender.put([next(readings) for _ in range(due - (sender.totals["put"] - before))])
            await (asyncio.sleep(STEP_S) if per_s else sender.flushed())
        lag_s = _p99_s(lags, _lags(metrics))
    spent_s, totals = time.perf_counter() - began_s, sender.totals
    return {
        "seconds": spent_s,
        "per_s": (totals["accepted"] - before) / spent_s,
        "accepted": totals["accepted"] - before,
        "lost": 1 - totals["accepted"] / totals["put"],
        "superseded": totals["superseded"] / totals["accepted"],
        **{f"total {word}": times for word, times in totals.items()},
        "client_cpu_s": time.process_time() - cpu_s,
        "lag_ms": lag_s * 1e3,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The client process.")
    parser.add_argument("operator")
    parser.add_argument("metrics")
    parser.add_argument("first_s", type=int)
    parser.add_argument("per_s", type=int)
    parser.add_argument("seconds", type=float)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(_send(**vars(options)))))
