"""A whole server reminds its agents, on Ray and without: also when a host was killed, or the server was away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.supplier import GRACE_S, RECEIPT
from orchestrator.domain.events import PurchaseDelayed
from orchestrator.domain.reminders_events import ReminderDue, RemindersTaken
from orchestrator.runtime.bootstrap import Server
from tests.e2e.ray.bridging import UP_S, kill
from tests.serving import operator_of, serve_company, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(300)
RUNTIMES = [pytest.param("local", id="local"), pytest.param("ray", id="ray", marks=pytest.mark.ray)]
PROMISED_S = NOW_S + 3_600
DUE_S = PROMISED_S + GRACE_S + 1
AGENT = "supplier/S1"


async def _agents_are_there(server: Server) -> None:
    bridge = server.bridge
    assert bridge is not None
    await wait_for(
        lambda: bridge.ready and bridge.health().agents.get("supplier"), "the supplier's agent is there", UP_S
    )


def _host_pid(server: Server) -> int:
    assert server.bridge is not None
    return next(host.pid for host in server.bridge.health().host_list if host.kind == "supplier")


async def _rows(server: Server, kind: type[Any]) -> list[Any]:
    return [row for row in await server.core.read_events(0, 5_000) if isinstance(row.event, kind)]


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_a_promised_date_that_passed_is_told_once_whatever_was_killed(data_dir: Path, runtime: str) -> None:
    async with Server(server_config(data_dir, runtime=runtime)) as server:
        await serve_company(server)
        await _agents_are_there(server)
        agenda = server.core.state.agenda
        await wait_for(lambda: agenda.get(AGENT, RECEIPT), "the agent has asked to be reminded")
        async with operator_of(server) as call:
            (shown,) = (await call("AgentService.ListReminders", kind="supplier", resource_id="S1")).reminders
            assert (shown.name, shown.due_s, shown.due_seq) == (RECEIPT, DUE_S, 0)
            kill(_host_pid(server))
            await call("AdminService.AdvanceClock", to_s=DUE_S)

            async def acted() -> bool:
                return bool(await _rows(server, RemindersTaken))

            await wait_for(acted, "the agent's next host has acted on it", UP_S)
            assert not agenda.fired
        (due,) = await _rows(server, ReminderDue)
        (late,) = await _rows(server, PurchaseDelayed)
        (taken,) = await _rows(server, RemindersTaken)
        assert (due.event.due_s, due.at_s) == (DUE_S, DUE_S)
        assert due.seq < late.seq < taken.seq
        assert (taken.event.up_to_seq, taken.principal) == (due.seq, f"agent:{AGENT}")
        await wait_for(lambda: (agenda.next_s() or 0) > DUE_S, "it will look again at the new date")
        again_s = agenda.next_s()
        assert again_s is not None
        await server.clock.advance(again_s - 1)
    if runtime == "local":
        await _missed_while_away(data_dir, again_s, due.seq)


async def _missed_while_away(data_dir: Path, again_s: int, before_seq: int) -> None:
    """The date passes while the server is away: it fires once when that is back, and is acted on."""
    async with Server(server_config(data_dir, runtime="none")) as server:
        await server.clock.advance(again_s + 7_200)
        fired = server.core.state.agenda.fired
        await wait_for(lambda: fired.get(AGENT), "it fires though its agent is away")
    async with Server(server_config(data_dir, runtime="local")) as server:
        await wait_for(lambda: not server.core.state.agenda.fired, "the agent has acted on it", UP_S)
        rows = [row for row in await _rows(server, ReminderDue) if row.seq > before_seq]
        assert [row.event.due_s for row in rows] == [again_s]
