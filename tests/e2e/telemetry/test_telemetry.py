"""Telemetry past the core of a whole server: located, pushed to the hosts' ports, counted, and heard by the agents."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from agents.readings import Position, SensorReading
from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import VehicleSlipped
from orchestrator.runtime.bootstrap import Server
from orchestrator.telemetry.directory import OperatorDirectory
from orchestrator.telemetry.sender import TelemetrySender
from tests.serving import operator_of, serve_company, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

FLUSH_S = 0.02
HOUR_S = 3600


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server with local agents and the small company, and a port open for each of its vehicles."""
    async with Server(server_config(tmp_path / "data", runtime="local")) as made:
        await serve_company(made)
        await wait_for(lambda: _all_open(made), "the vehicles' hosts have ports")
        yield made


def _all_open(server: Server) -> bool:
    assert server.bridge is not None
    return server.bridge.ready and all(_port(server, vehicle_id) for vehicle_id in server.core.state.vehicles)


def _port(server: Server, vehicle_id: str) -> tuple[str, str] | None:
    assert server.bridge is not None
    return server.bridge.telemetry.port_of(Position(vehicle_id, 0, 0, 0).agent)


def _sender(server: Server) -> TelemetrySender:
    return TelemetrySender(OperatorDirectory(server.addresses["operator"], "tester"), flush_s=FLUSH_S)


async def test_the_directory_tells_who_is_where_page_by_page(server: Server) -> None:
    async with operator_of(server) as call:
        known, token, pages = set(), "", 0
        while True:
            name = "TelemetryDirectoryService.LocateHosts"
            page = await call(name, kinds=["vehicle"], page_size=1, page_token=token)
            known |= {one for host in page.hosts for one in host.agent_ids}
            assert page.token
            pages += 1
            if not (token := page.next_page_token):
                break
        assert known == set(server.core.state.vehicles)
        assert pages == len(known)
        some = await call("TelemetryDirectoryService.LocateHosts", agents=["vehicle/nobody", "supplier/S", "nonsense"])
        assert set(some.unknown) >= {"vehicle/nobody", "nonsense"}
        refused = await call.refused("TelemetryDirectoryService.LocateHosts", kinds=["ship"])
        assert refused[0] == "INVALID_ARGUMENT"


async def test_an_agent_hears_what_was_pushed_to_its_host(server: Server) -> None:
    state = server.core.state
    draft = c.OrderDraft(
        number="1",
        customer_id=next(iter(state.customers)),
        lines=(OrderLine(item_id=next(iter(state.items)), quantity=1),),
        window_start_s=NOW_S,
        window_end_s=NOW_S + 8 * HOUR_S,
    )
    await server.core.submit(c.SubmitOrders(partner_id="acme", orders=(draft,)), principal="partner:acme")
    await wait_for(lambda: "acme/1" in state.plan.vehicle_of, "the order is planned")
    vehicle_id = state.plan.vehicle_of["acme/1"]
    trip = state.plan.routes[vehicle_id].trips[0]
    loaded = c.ReportVehicleLoaded(vehicle_id=vehicle_id, order_ids=("acme/1",), at_s=trip.depart_s)
    await server.core.submit(loaded, principal="operator:test")
    depot = state.fleet[vehicle_id].place
    late_s = trip.stops[0].arrive_s + 1200

    async with _sender(server) as sender:

        async def slipped() -> list[Any]:
            sender.put([Position(vehicle_id, late_s, depot.lat_e7, depot.lon_e7)])
            return [row for row in await server.core.read_events(0, 1000) if isinstance(row.event, VehicleSlipped)]

        (slip, *_) = await wait_for(slipped, "the agent's slip is in the log")
    assert slip.principal == f"agent:vehicle/{vehicle_id}"


async def test_what_became_of_readings_is_counted_to_the_end(server: Server) -> None:
    vehicle_id = next(iter(server.core.state.vehicles))
    line_id = next(iter(server.core.state.lines))
    async with _sender(server) as sender:
        sender.put([Position(vehicle_id, NOW_S, 0, 0), Position("nobody", NOW_S, 0, 0)])
        sender.put([SensorReading(line_id, "M", "heat", NOW_S, 1_500), SensorReading(line_id, "M", "", NOW_S, 1)])
    assert (sender.totals["accepted"], sender.totals["unknown"], sender.totals["refused"]) == (2, 1, 1)
    async with operator_of(server) as call:

        async def counts() -> dict[tuple[str, str], int]:
            found = await call("TelemetryDirectoryService.GetTelemetryCounters")
            return {(row.reading, row.outcome): row.count for row in found.counts}

        wanted = {("position", "accepted"): 1, ("sensor", "accepted"): 1, ("sensor", "refused"): 1}

        async def all_counted() -> bool:
            return await counts() == wanted

        await wait_for(all_counted, "the counters reach the core")


async def test_the_sender_goes_on_when_a_host_was_killed_and_came_back(server: Server) -> None:
    assert server.bridge is not None
    vehicle_id = next(iter(server.core.state.vehicles))
    place = _port(server, vehicle_id)
    assert place is not None
    name, address = place
    async with _sender(server) as sender:
        sender.put([Position(vehicle_id, NOW_S, 0, 0)])
        await wait_for(lambda: sender.totals["sent"], "the first is sent")
        (pid,) = [host.pid for host in server.bridge.health().host_list if host.name == name]
        os.kill(pid, signal.SIGKILL)
        await wait_for(lambda: (_port(server, vehicle_id) or ("", address))[1] != address, "it has a port again")
        accepted = server.bridge.telemetry.counts()["position", "accepted"]

        async def heard() -> bool:
            sender.put([Position(vehicle_id, NOW_S, 0, 0)])
            assert server.bridge is not None
            return server.bridge.telemetry.counts()["position", "accepted"] > accepted

        await wait_for(heard, "the new host has heard of it")


async def _muster(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    """`muster telemetry …` in a process of its own, at this server."""
    command = [sys.executable, "-m", "orchestrator.cli.main", "--address", server.addresses["operator"], "telemetry"]
    return await asyncio.to_thread(
        subprocess.run, [*command, *words], capture_output=True, text=True, timeout=60, check=False
    )


async def test_the_command_line_locates_sends_and_counts(server: Server, tmp_path: Path) -> None:
    vehicle_id = next(iter(server.core.state.vehicles))
    place = _port(server, vehicle_id)
    assert place is not None

    located = await _muster(server, "locate", f"vehicle/{vehicle_id}", "-o", "json")
    (host,) = json.loads(located.stdout)["hosts"]
    assert (host["name"], host["address"], host["agents"]) == (*place, [vehicle_id])
    missing = await _muster(server, "locate", "vehicle/nobody")
    assert missing.returncode == 3
    assert "vehicle/nobody" in missing.stderr

    file = tmp_path / "readings.csv"
    file.write_text(f"reading,agent_id,lat,lon\nposition,{vehicle_id},48.5,11\nposition,{vehicle_id},48.6,11\n")
    sent = await _muster(server, "send", str(file), "-o", "json")
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["accepted"] == 2

    async def counted() -> bool:
        shown = await _muster(server, "counters", "-o", "json")
        counts = {(row["reading"], row["outcome"]): row["count"] for row in json.loads(shown.stdout)["counts"]}
        return counts.get(("position", "accepted")) == 2

    await wait_for(counted, "the counters show it")

    file.write_text(f"reading,agent_id,lat,lon\nposition,{vehicle_id},48.5,11\nposition,{vehicle_id},95,11\n")
    refused = await _muster(server, "send", str(file))
    assert refused.returncode == 2
    assert "row 2" in refused.stderr
    file.write_text("reading,agent_id,lat,lon\nposition,nobody,48.5,11\n")
    partly = await _muster(server, "send", str(file))
    assert partly.returncode == 9
