"""Hosts: who holds whom, and that a host that was lost in any way is told everything again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.messages import AgentKind, AgentRef, Instruction, Leg, Position, Report, SupplierBook, VehicleBook
from orchestrator.runtime import bridge_hosts
from orchestrator.runtime.bridge_hosts import Hosts
from orchestrator.runtime.bridge_messages import Roster, Tell
from tests.unit.runtime.fake_backend import FakeBackend
from tests.waiting import wait_for

NOW_S = 1_700_006_400
VEHICLES = [AgentRef(AgentKind.VEHICLE, f"V{n}") for n in range(5)]
SUPPLIER = AgentRef(AgentKind.SUPPLIER, "S1")
LATE = VehicleBook(True, Leg("acme/1", 0, 0, NOW_S - 9000, 0, 1000, NOW_S - 5000))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_hosts, "ANSWER_S", 0.05)
    monkeypatch.setattr(bridge_hosts, "HUNG_S", 0.1)
    monkeypatch.setattr(bridge_hosts, "RETRY_S", 0.01)


class Core:
    """The core's side: answers rosters at once, as of `seq`, and keeps what was said."""

    def __init__(self, backend: FakeBackend, per_host: int = 2) -> None:
        self.backend = backend
        self.said: list[Report] = []
        self.hosts = Hosts(backend, per_host, self.need, self.said.extend)
        self.seq = 10
        self.asked: list[tuple[AgentRef, ...]] = []
        self.answering = True

    def need(self, agents: tuple[AgentRef, ...]) -> None:
        self.asked.append(agents)
        if self.answering:
            self.roster(list(agents), complete=False)

    def roster(self, agents: list[AgentRef], *, complete: bool = True) -> None:
        books = {AgentKind.VEHICLE: VehicleBook(), AgentKind.SUPPLIER: SupplierBook()}
        told = tuple(Instruction(agent, self.seq, 1, books[agent.kind], full=True) for agent in agents)
        self.hosts.take_roster(Roster(NOW_S, told, complete))

    def tell(self, *told: Instruction, beat: bool = False) -> None:
        self.hosts.tell(Tell(NOW_S, told, beat=beat))

    async def alive(self) -> None:
        await wait_for(lambda: self.beat_and(self.hosts.all_alive()), "all hosts are alive", 3)

    def beat_and(self, done: bool) -> bool:
        self.tell(beat=True)
        return done


@asynccontextmanager
async def running(agents: list[AgentRef], per_host: int = 2) -> AsyncIterator[Core]:
    core = Core(FakeBackend(), per_host)
    core.roster(agents)
    await core.alive()
    try:
        yield core
    finally:
        await core.hosts.stop()


def late(agent: AgentRef, seq: int) -> Instruction:
    return Instruction(agent, seq, 1, LATE)


async def test_agents_of_a_kind_share_hosts_of_bounded_size() -> None:
    async with running([*VEHICLES, SUPPLIER]) as core:
        held = {status.name: status.agents for status in core.hosts.statuses()}
        assert held == {"supplier-0": 1, "vehicle-0": 2, "vehicle-1": 2, "vehicle-2": 1}


async def test_an_instruction_goes_to_its_agents_host_and_its_report_comes_back() -> None:
    async with running(VEHICLES) as core:
        core.tell(late(VEHICLES[4], 11), late(SUPPLIER, 11))
        await wait_for(lambda: core.said, "the vehicle has said that it is late", 3)
        assert [report.agent for report in core.said] == [VEHICLES[4]]


async def test_a_host_that_dies_is_told_everything_again_as_of_the_log() -> None:
    async with running(VEHICLES) as core:
        core.tell(late(VEHICLES[0], 11))
        await wait_for(lambda: core.said, "it has said so", 3)
        core.seq = 11
        before = len(core.backend.hosts)
        await core.backend.hosts[0].kill()
        await wait_for(lambda: core.beat_and(len(core.backend.hosts) > before), "it is replaced", 3)
        await core.alive()
        assert core.asked == [tuple(VEHICLES[:2])]
        status = core.hosts.statuses()[0]
        assert (status.seq, status.restarts, status.agents) == (11, 1, 2)
        core.tell(late(VEHICLES[0], 11))  # what it was told before its roster is a repeat
        core.tell(late(VEHICLES[0], 12))
        await wait_for(lambda: len(core.said) > 1, "it has said so again", 3)
        assert len(core.said) == 2


async def test_a_host_that_does_not_answer_is_away_and_then_replaced() -> None:
    async with running(VEHICLES[:2]) as core:
        stuck = core.backend.hosts[0]
        stuck.stuck = True
        await wait_for(lambda: core.beat_and(not core.hosts.all_alive()), "it is noticed", 3)
        await wait_for(lambda: len(core.backend.hosts) == 2, "it is replaced", 3)
        assert stuck.dead.is_set()
        await core.alive()


async def test_a_host_that_lost_its_memory_asks_by_itself() -> None:
    async with running(VEHICLES[:2]) as core:
        host = core.backend.hosts[0]
        host.handle = (await core.backend.host("again", AgentKind.VEHICLE)).handle
        await wait_for(lambda: core.beat_and(bool(core.asked)), "it has asked", 3)
        await core.alive()
        assert core.hosts.statuses()[0].agents == 2


async def test_a_roster_that_is_slow_to_come_is_asked_for_again() -> None:
    async with running(VEHICLES[:2]) as core:
        core.answering = False
        await core.backend.hosts[0].kill()
        await wait_for(lambda: core.beat_and(len(core.asked) >= 2), "it has asked twice", 3)
        core.answering = True
        await core.alive()


async def test_a_batch_that_a_host_refuses_leads_to_a_new_roster() -> None:
    async with running(VEHICLES[:2]) as core:
        host = core.backend.hosts[0]
        handle = host.handle

        def refuse_once(batch: object) -> object:
            host.handle = handle
            raise ValueError("a defect")

        host.handle = refuse_once
        await wait_for(lambda: core.beat_and(bool(core.asked)), "the roster is asked for", 3)
        await core.alive()


async def test_a_backend_that_cannot_start_hosts_is_asked_until_it_can() -> None:
    core = Core(FakeBackend())
    core.backend.refusals = 3
    core.roster(VEHICLES[:1])
    await core.alive()
    await core.hosts.stop()
    assert core.backend.refusals == 0


async def test_a_new_roster_moves_agents_and_ends_hosts_that_have_none() -> None:
    async with running(VEHICLES) as core:
        core.roster(VEHICLES[:2])
        await core.alive()
        await wait_for(lambda: sum(worker.dead.is_set() for worker in core.backend.hosts) == 2, "two have ended", 3)
        assert [status.name for status in core.hosts.statuses()] == ["vehicle-0"]


async def test_too_much_for_one_host_becomes_a_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_hosts, "WAITING_MAX", 5)
    async with running(VEHICLES[:2]) as core:
        core.tell(*(late(VEHICLES[0], 20 + n) for n in range(6)))
        assert core.asked == [tuple(VEHICLES[:2])]
        await core.alive()


async def test_only_the_newest_position_waits() -> None:
    async with running(VEHICLES[:2]) as core:
        core.hosts.tell(Tell(NOW_S, telemetry=tuple(Position("V0", NOW_S + n, n, n) for n in range(5))))
        told = core.backend.hosts[0].calls
        await wait_for(lambda: any(batch.telemetry for batch in told), "the position is told", 3)
        assert [batch.telemetry for batch in told if batch.telemetry] == [(Position("V0", NOW_S + 4, 4, 4),)]
