"""Hosts: who holds whom, and that a host that was lost in any way is told everything again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents import supplier
from agents.messages import AgentKind, AgentRef, Instruction, Leg, Position, Report, SupplierBook, VehicleBook
from orchestrator.runtime import bridge_slot
from orchestrator.runtime.bridge_hosts import Hosts
from orchestrator.runtime.bridge_messages import Roster, Said, Tell
from orchestrator.runtime.checkpoints import Checkpoints
from orchestrator.runtime.host_sizes import KindSizes
from tests.unit.runtime.fake_backend import FakeBackend, FakeWorker
from tests.waiting import wait_for

NOW_S = 1_700_006_400
VEHICLES = [AgentRef(AgentKind.VEHICLE, f"V{n}") for n in range(5)]
SUPPLIER = AgentRef(AgentKind.SUPPLIER, "S1")
LATE = VehicleBook(True, Leg("acme/1", 0, 0, NOW_S - 9000, 0, 1000, NOW_S - 5000))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_slot, "ANSWER_S", 0.05)
    monkeypatch.setattr(bridge_slot, "HUNG_S", 0.1)
    monkeypatch.setattr(bridge_slot, "RETRY_S", 0.01)


class Core:
    """The core's side: answers rosters at once, as of `seq`, and keeps what was said."""

    def __init__(self, backend: FakeBackend, per_host: int = 2) -> None:
        self.backend = backend
        self.said_reports: list[Report] = []
        self.confirmed: list[tuple[AgentRef, int]] = []
        self.repeats = 0
        self.reading = asyncio.Event()
        self.reading.set()
        self.memories = Checkpoints(Path("/nowhere"))
        self.hosts = Hosts(backend, KindSizes(per_host), self, self.memories)
        self.seq = 10
        self.asked: list[tuple[AgentRef, ...]] = []
        self.answering = True

    async def said(self, said: Said) -> None:
        await self.reading.wait()
        self.said_reports += said.reports
        self.confirmed += said.confirmed
        self.repeats += said.repeats

    def host_changed(self) -> None:
        pass

    def need_roster(self, agents: tuple[AgentRef, ...]) -> None:
        self.asked.append(agents)
        if self.answering:
            self.roster(list(agents), complete=False)

    def roster(self, agents: list[AgentRef], *, complete: bool = True) -> None:
        books = {AgentKind.VEHICLE: VehicleBook(), AgentKind.SUPPLIER: SupplierBook()}
        told = tuple(Instruction(agent, self.seq, 1, books[agent.kind], full=True) for agent in agents)
        self.hosts.take_roster(Roster(NOW_S, told, complete))

    def worker_of(self, name: str) -> FakeWorker:
        """The process that fills a host's place."""
        pid = next(status.pid for status in self.hosts.statuses() if status.name == name)
        return next(worker for worker in self.backend.hosts if worker.pid == pid)

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
        assert held.pop("supplier-0") == 1
        assert sum(held.values()) == len(VEHICLES)
        assert max(held.values()) <= 2
        assert len(held) <= 4


async def test_an_instruction_goes_to_its_agents_host_and_its_report_comes_back() -> None:
    async with running(VEHICLES) as core:
        core.tell(late(VEHICLES[4], 11), late(SUPPLIER, 11))
        await wait_for(lambda: core.said_reports, "the vehicle has said that it is late", 3)
        assert [report.agent for report in core.said_reports] == [VEHICLES[4]]


async def test_a_host_that_dies_is_told_everything_again_as_of_the_log() -> None:
    async with running(VEHICLES) as core:
        core.tell(late(VEHICLES[0], 11))
        await wait_for(lambda: core.said_reports, "it has said so", 3)
        core.seq = 11
        before = len(core.backend.hosts)
        name, agents = next((name, agents) for name, agents in core.hosts.layout().hosts if VEHICLES[0] in agents)
        await core.worker_of(name).kill()
        await wait_for(lambda: core.beat_and(len(core.backend.hosts) > before), "it is replaced", 3)
        await core.alive()
        assert core.asked == [agents]
        status = next(status for status in core.hosts.statuses() if status.name == name)
        assert (status.seq, status.restarts, status.agents) == (11, 1, len(agents))
        core.tell(late(VEHICLES[0], 11))  # what it was told before its roster is a repeat
        core.tell(late(VEHICLES[0], 12))
        await wait_for(lambda: len(core.said_reports) > 1, "it has said so again", 3)
        assert len(core.said_reports) == 2


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
        await wait_for(lambda: core.backend.living() == 1, "all others have ended", 3)
        assert [status.name for status in core.hosts.statuses()] == ["vehicle-0"]


async def test_too_much_for_one_host_becomes_a_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_slot, "WAITING_MAX", 5)
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


async def test_what_is_executed_is_confirmed_and_a_repeat_is_not_executed() -> None:
    async with running(VEHICLES) as core:
        assert sorted(core.confirmed) == [(agent, 10) for agent in VEHICLES]
        core.tell(late(VEHICLES[1], 11), late(VEHICLES[2], 11))
        core.tell(late(VEHICLES[1], 11), late(VEHICLES[1], 12))
        await wait_for(lambda: (VEHICLES[1], 12) in core.confirmed, "the newest is confirmed", 3)
        await wait_for(lambda: core.repeats == 1, "the repeat is known", 3)
        assert (VEHICLES[2], 11) in core.confirmed


async def test_a_host_that_is_slow_is_seen_by_the_age_of_its_mailbox() -> None:
    async with running(VEHICLES[:1]) as core:
        core.backend.hosts[0].stuck = True
        core.tell(late(VEHICLES[0], 11), late(VEHICLES[0], 12))
        await wait_for(lambda: core.hosts.statuses()[0].mailbox_age_s > 0.02, "it is seen", 3)
        assert core.hosts.statuses()[0].mailbox == 2
        await core.alive()
        await wait_for(lambda: core.hosts.statuses()[0].mailbox == 0, "its mailbox is empty", 3)


async def test_a_core_that_does_not_read_holds_its_hosts_up() -> None:
    async with running(VEHICLES[:1]) as core:
        core.reading.clear()
        calls = core.backend.hosts[0].calls
        core.tell(late(VEHICLES[0], 11))
        await wait_for(lambda: any(batch.instructions for batch in calls), "the first is told", 3)
        before = len(calls)
        for seq in range(12, 40):
            core.tell(late(VEHICLES[0], seq))
            await asyncio.sleep(0)
        assert len(calls) == before
        assert core.hosts.statuses()[0].mailbox >= 28
        core.reading.set()
        await wait_for(lambda: (VEHICLES[0], 39) in core.confirmed, "all is told", 3)


async def test_hosts_move_to_a_node_that_joins_few_at_a_time_and_are_told_everything_there() -> None:
    many = [AgentRef(AgentKind.VEHICLE, f"V{n}") for n in range(12)]
    core = Core(FakeBackend(), 1)
    core.backend.node_names = ("n1", "n2")
    await core.hosts.rebalance()
    core.roster(many)
    await core.alive()
    assert await core.hosts.rebalance() == ()
    core.backend.node_names = ("n1", "n2", "n3")
    moved = []
    while found := await core.hosts.rebalance():
        assert len(found) <= 2
        moved += found
        await core.alive()
    assert moved
    assert {move.node for move in moved} == {"n3"}
    statuses = core.hosts.statuses()
    assert {status.node for status in statuses} == {"n1", "n2", "n3"}
    assert {status.node_name for status in statuses} == {"machine n1", "machine n2", "machine n3"}
    assert sum(status.agents for status in statuses) == len(many)
    assert all(status.restarts == 0 for status in statuses)
    await core.hosts.stop()


async def _with_a_host_that_moves(core: Core) -> str:
    """Two nodes of which one has just come; the name of a host on its way there, held up."""
    core.backend.node_names = ("n1",)
    await core.hosts.rebalance()
    core.roster([AgentRef(AgentKind.VEHICLE, f"V{n}") for n in range(4)])
    await core.alive()
    core.backend.node_names = ("n1", "n2")
    core.backend.refusals = 10_000  # as long as it takes
    moved = await core.hosts.rebalance()
    await wait_for(lambda: core.backend.refusals < 10_000, "a host has left and comes up nowhere", 3)
    return moved[0].host


async def test_a_host_that_moves_as_planned_is_not_away() -> None:
    core = Core(FakeBackend(), 1)
    name = await _with_a_host_that_moves(core)
    status = {status.name: status for status in core.hosts.statuses()}[name]
    assert (status.alive, status.moving) == (False, True)
    assert core.hosts.all_there()
    assert not core.hosts.all_alive()
    core.backend.refusals = 0
    await core.alive()
    assert not any(status.moving for status in core.hosts.statuses())
    await core.hosts.stop()


async def test_a_move_that_takes_too_long_is_an_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_slot, "MOVE_S", 0.2)
    core = Core(FakeBackend(), 1)
    await _with_a_host_that_moves(core)
    await wait_for(lambda: not core.hosts.all_there(), "the host is away", 3)
    assert not any(status.moving for status in core.hosts.statuses())
    await core.hosts.stop()


async def test_a_host_that_dies_again_on_its_way_is_away() -> None:
    core = Core(FakeBackend(), 1)
    await _with_a_host_that_moves(core)
    core.answering = False  # so that it is up, and knows nothing yet
    core.backend.refusals = 0
    await wait_for(lambda: len(core.backend.hosts) > 4, "it comes up at its new place", 3)
    await core.backend.hosts[-1].kill()
    await wait_for(lambda: core.beat_and(not core.hosts.all_there()), "the host is away", 3)
    await core.hosts.stop()


async def test_what_agents_have_learned_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supplier, "remember", lambda state: b"much", raising=False)
    recalled: list[bytes] = []
    monkeypatch.setattr(supplier, "recall", lambda state, data: recalled.append(data) or state, raising=False)
    async with running([SUPPLIER]) as core:
        core.hosts.ask_memories()
        await wait_for(lambda: core.memories.of([SUPPLIER]), "it is kept", 3)
        await core.backend.hosts[0].kill()
        await wait_for(lambda: core.beat_and(bool(recalled)), "it is handed back", 3)
        assert recalled == [b"much"]
