"""Ten thousand agents on one machine: time to start, memory for each, and instruction to confirmation at 500 a second.

A bridge with a Ray of its own and telemetry ports open, as `muster serve` starts it, told by a core's end without the
core: rosters of empty books, then every 20 ms the instructions that the feed would have gathered meanwhile, to agents
drawn at random. Latency is from the sending to the confirmation that the agent has executed it. Memory is the
proportional share (PSS), so what processes share is counted once; CPU is of the bridge and all below it.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from agents.messages import (
    AgentKind,
    AgentRef,
    Book,
    Instruction,
    Leg,
    LineBook,
    MachineBook,
    Purchase,
    SupplierBook,
    VehicleBook,
    WarehouseBook,
)
from orchestrator.runtime.bridge_client import BridgeClient
from orchestrator.runtime.bridge_settings import BridgeSettings
from orchestrator.runtime.clock import SystemClock
from tests.bench.process_tree import cpu_s, family, pss_bytes
from tests.bench.row import Row, row
from tests.waiting import wait_for

AGENTS = {
    AgentKind.VEHICLE: 9_000,
    AgentKind.WAREHOUSE: 500,
    AgentKind.PRODUCTION_LINE: 300,
    AgentKind.SUPPLIER: 200,
}
#: A process costs far more than an agent, so it had better be a large one; it must still answer within the goal.
AGENTS_PER_HOST = 1_500
START_GOAL_S, CONFIRM_GOAL_MS, MEMORY_GOAL_MB = 60.0, 250.0, 24_000.0
START_S_MAX = 240.0
PER_S, GATHER_S, RUN_S = 500, 0.02, 20.0
#: Hosts are busy with their first ticks for a moment after the start.
SETTLE_S = 10.0
SEED = 1
MB = 1024 * 1024


def main() -> list[Row]:
    """Start, measure, stop."""
    with tempfile.TemporaryDirectory(prefix="muster-scale-") as folder:
        return asyncio.run(_measure(Path(folder)))


class Told:
    """A core's end of a bridge and the latencies it sees."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        settings = BridgeSettings(
            folder,
            "ray",
            solver_count=0,
            agents_per_host=AGENTS_PER_HOST,
            telemetry_host="127.0.0.1",
            telemetry_key=bytes(32),
        )
        self.client = BridgeClient(settings, self.clock)
        self.agents = [AgentRef(kind, f"{kind.value}-{n:04d}") for kind, count in AGENTS.items() for n in range(count)]
        self.client.on_resync = self._roster
        self.client.on_reports = lambda reports: None
        self.seconds: list[float] = []
        self.client.confirmations.observe = self.seconds.append
        self.seq = 1

    def _roster(self, agents: tuple[AgentRef, ...] | None) -> Sequence[Instruction]:
        wanted = self.agents if agents is None else agents
        return [Instruction(agent, self.seq, 1, self._book(agent), full=True) for agent in wanted]

    def _book(self, agent: AgentRef) -> Book:
        """A job that begins now: nothing is late, so that agents have nothing to report."""
        now_s = self.clock.now_s()
        match agent.kind:
            case AgentKind.VEHICLE:
                return VehicleBook(True, Leg(f"O{self.seq}", 0, 0, now_s, 0, 100_000, now_s + 3_600), since_s=now_s)
            case AgentKind.WAREHOUSE:
                return WarehouseBook(on_hand={"PUMP": 1_000 + self.seq})
            case AgentKind.PRODUCTION_LINE:
                return LineBook(machines={"M1": MachineBook(task_id=f"T{self.seq}")})
            case AgentKind.SUPPLIER:
                return SupplierBook({"P1": Purchase(now_s, now_s + 86_400)})

    def tell(self, agents: Sequence[AgentRef]) -> None:
        """One record for each."""
        told = []
        for agent in agents:
            self.seq += 1
            told.append(Instruction(agent, self.seq, 1, self._book(agent)))
        self.client.send_instructions(told)

    def ready(self) -> bool:
        """Whether every agent is held by a living host."""
        return self.client.ready and sum(self.client.health().agents.values()) == len(self.agents)


async def _measure(folder: Path) -> list[Row]:
    told = Told(folder)
    began_s = time.perf_counter()
    await told.client.start()
    try:
        await wait_for(told.ready, "all agents are there", START_S_MAX)
        start_s = time.perf_counter() - began_s
        await asyncio.sleep(SETTLE_S)
        rows = [row("start until every agent answers", start_s, "s", seconds=start_s, at_most=START_GOAL_S)]
        rows += _memory(told)
        return [*rows, *await _instructions(told)]
    finally:
        await told.client.stop()


def _memory(told: Told) -> list[Row]:
    health = told.client.health()
    pids = family(health.pid or 0)
    hosts_bytes = {kind.value: 0 for kind in AGENTS}
    for host in health.host_list:
        hosts_bytes[host.kind] += pss_bytes(host.pid)
    total_mb = sum(map(pss_bytes, pids)) / MB
    hosts_mb = sum(hosts_bytes.values()) / MB
    each = [
        row(f"memory of one {kind.value} of {count:,}", hosts_bytes[kind.value] / count / 1024, "kB", seconds=0.0)
        for kind, count in AGENTS.items()
    ]
    return [
        row(f"memory of all {len(pids)} processes", total_mb, "MB", seconds=0.0, at_most=MEMORY_GOAL_MB),
        row(f"memory of one host of {health.hosts}", hosts_mb / health.hosts, "MB", seconds=0.0),
        *each,
    ]


async def _instructions(told: Told) -> list[Row]:
    pid = told.client.health().pid or 0
    idle_s = await _cpu_of(pid, asyncio.sleep(RUN_S / 2)) * 2
    busy_s = await _cpu_of(pid, _send(told))
    await wait_for(lambda: told.client.confirmations.outstanding() == 0, "all is confirmed", 30.0)
    ledger, waits = told.client.confirmations, sorted(told.seconds)
    thousands = len(waits) / 1_000
    case = f"instruction to confirmation, {PER_S}/s to {len(told.agents):,} agents"
    return [
        row(f"{case}, p50", _percentile_ms(waits, 50), "ms", seconds=RUN_S),
        row(f"{case}, p99", _percentile_ms(waits, 99), "ms", seconds=RUN_S, at_most=CONFIRM_GOAL_MS),
        row("instructions sent", len(waits) / RUN_S, "1/s", seconds=RUN_S, at_least=PER_S * 0.98),
        row("came again, or was never confirmed", ledger.repeats + ledger.forgotten, "", seconds=RUN_S, at_most=0),
        row("CPU per 1,000 instructions, all processes", busy_s / thousands, "s", seconds=RUN_S),
        row("of it beyond what they take idle", (busy_s - idle_s) / thousands, "s", seconds=RUN_S),
        row("CPU of all processes, idle", idle_s / RUN_S, "cores", seconds=RUN_S / 2),
    ]


async def _send(told: Told) -> None:
    """Even in time, whatever the answers do: a slow answer must not thin out the load."""
    chosen = random.Random(SEED)
    began_s = time.perf_counter()
    rounds, each = round(RUN_S / GATHER_S), round(PER_S * GATHER_S)
    for number in range(rounds):
        told.tell(chosen.sample(told.agents, each))
        await asyncio.sleep(max(0.0, began_s + (number + 1) * GATHER_S - time.perf_counter()))


async def _cpu_of(pid: int, work: Awaitable[None]) -> float:
    """CPU seconds of the bridge and all below it during `work`."""
    before_s = cpu_s(family(pid))
    await work
    return cpu_s(family(pid)) - before_s


def _percentile_ms(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1_000
