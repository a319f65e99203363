"""One watch for all that time alone brings on: at its instant, in order, once, whatever the clock does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.domain import commands as c
from orchestrator.domain.cordons import CordonKind, DrainPolicy
from orchestrator.domain.cordons_commands import CordonResource
from orchestrator.domain.deadlines import DEADLINES, Deadline
from orchestrator.domain.entities import OrderLine, OrderStatus
from orchestrator.domain.refusals import LEASE_GRACE_S, RefusalCode
from orchestrator.domain.reminders_commands import SetReminder
from orchestrator.domain.reminders_events import ReminderDue
from orchestrator.domain.state import State
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.runtime.clock import ManualClock
from orchestrator.runtime.clock_control import ClockKeeper
from orchestrator.runtime.deadline_watch import GATHER_S, DeadlineWatch
from tests.serving import server_config
from tests.unit.core.harness import KEY
from tests.unit.planning.world import DAY_S, HOUR_S, small_company
from tests.waiting import wait_for

NOW_S = DAY_S + 7 * HOUR_S


class ManualPace:
    """A clock that stands until a test moves it."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._told: list[Callable[[], None]] = []

    def on_change(self, told: Callable[[], None]) -> None:
        self._told.append(told)

    def wait_s(self, at_s: int) -> float | None:
        return 0.0 if at_s <= self._clock.now_s() else None

    def advance(self, seconds: int) -> None:
        self._clock.advance(seconds)
        for told in self._told:
            told()


class Watched:
    """A core with its watch, and the reminders that fired."""

    def __init__(self, core: Core[State], pace: ManualPace, watch: DeadlineWatch) -> None:
        self.core, self.pace, self.watch = core, pace, watch
        self.fired: list[tuple[str, int]] = []
        core.add_listener(self._heard)

    def _heard(self, seq: int, at_s: int, event: Any) -> None:
        if isinstance(event, ReminderDue):
            self.fired.append((event.name, at_s))

    @property
    def state(self) -> State:
        return self.core.state

    async def tell(self, command: c.Command) -> None:
        await self.core.submit(command, principal="operator:ada")

    async def remind(self, name: str, due_s: int, **more: Any) -> None:
        await self.tell(SetReminder(kind="vehicle", resource_id="V1", name=name, due_s=due_s, **more))


@asynccontextmanager
async def watched(disk: MemoryDisk | None = None, clock: ManualClock | None = None) -> AsyncIterator[Watched]:
    disk, clock = disk or MemoryDisk(), clock or ManualClock(NOW_S)
    core = await Core.open(muster_domain(), MemoryStore(disk), KEY, clock)
    pace = ManualPace(clock)
    watch = DeadlineWatch(core, clock, pace)
    made = Watched(core, pace, watch)
    if core.state.company is None:
        await made.tell(c.ImportCompany(company=small_company()))
    watch.start()
    yield made
    await watch.stop()
    await core.close()


async def test_reminders_fire_when_the_clock_comes_to_them_in_order() -> None:
    async with watched() as live:
        await live.remind("later", NOW_S + 600)
        await live.remind("sooner", NOW_S + 300)
        live.pace.advance(299)
        await live.remind("now", NOW_S)
        await wait_for(lambda: live.fired, "what is past fires at once")
        live.pace.advance(301)
        await wait_for(lambda: len(live.fired) == 3, "both have fired")
        assert [name for name, _ in live.fired] == ["now", "sooner", "later"]
        assert live.fired[0][1] == NOW_S + 299


async def test_what_became_due_while_the_server_was_down_fires_once_at_the_start() -> None:
    disk, clock = MemoryDisk(), ManualClock(NOW_S)
    async with watched(disk, clock) as live:
        await live.remind("b", NOW_S + 200)
        await live.remind("a", NOW_S + 100, period_s=60)
        await live.remind("c", NOW_S + 10_000)
    clock.advance(1_000)
    async with watched(disk, clock) as again:
        await wait_for(lambda: len(again.fired) == 2, "what was missed has fired")
        await again.remind("d", NOW_S)
        await wait_for(lambda: len(again.fired) == 3, "what is new fires, too")
        assert [name for name, _ in again.fired] == ["a", "b", "d"]
    async with watched(disk, clock) as once_more:
        await once_more.remind("e", NOW_S)
        await wait_for(lambda: once_more.fired, "only what is new fires")
        assert [name for name, _ in once_more.fired] == ["e"]


async def test_reservations_overrides_cordons_and_refusals_end_by_the_same_watch() -> None:
    async with watched() as live:
        order = c.OrderDraft(
            number="R1",
            customer_id="C1",
            lines=(OrderLine(item_id="A", quantity=1),),
            window_start_s=NOW_S + HOUR_S,
            window_end_s=NOW_S + 8 * HOUR_S,
        )
        await live.tell(c.ReserveOrder(partner_id="acme", order=order, hold_s=600))
        cordon = {"cordon_id": "CO-1", "resource_id": "V2", "owner": "ada", "reason": "tyres"}
        await live.tell(CordonResource(kind=CordonKind.VEHICLE, expires_s=NOW_S + 600, **cordon))  # type: ignore[arg-type]
        await live.tell(
            c.RefuseInstruction(
                kind="warehouse",
                resource_id="W1",
                revision=0,
                reason="no dock is open",
                code=RefusalCode.DOCKS_CLOSED,
                until_s=NOW_S + 600 - LEASE_GRACE_S // 2,
            )
        )
        live.pace.advance(599)
        await live.remind("settled", NOW_S)
        await wait_for(lambda: live.fired, "the watch has looked")
        assert live.state.reservations
        assert live.state.cordoned
        live.pace.advance(1)
        await wait_for(lambda: not live.state.reservations, "the reservation is given back")
        await wait_for(lambda: not live.state.cordoned, "the cordon is over")
        assert live.state.orders["acme/R1"].status is OrderStatus.CANCELLED
        assert live.state.refusals
        live.pace.advance(LEASE_GRACE_S)
        await wait_for(lambda: not live.state.refusals, "what was refused for a time is planned again")
        assert live.state.alerts["INSTRUCTION_REFUSED:warehouse:W1"].status.value == "RESOLVED"


async def test_a_drained_vehicle_is_told_as_soon_as_it_is_empty() -> None:
    async with watched() as live:
        cordon = {"cordon_id": "CO-1", "resource_id": "V2", "owner": "ada", "reason": "tyres"}
        drain = CordonResource(kind=CordonKind.VEHICLE, policy=DrainPolicy.COMPLETE, **cordon)  # type: ignore[arg-type]
        await live.tell(drain)
        await wait_for(lambda: live.state.cordons["CO-1"].status.value == "DRAINED", "it has nothing to do")


async def test_a_wrong_estimate_costs_a_look_and_not_the_loop() -> None:
    wrong = Deadline("wrong", lambda state: 0, c.ExpireOverrides, ())
    clock = ManualClock(NOW_S)
    core = await Core.open(muster_domain(), MemoryStore(MemoryDisk()), KEY, clock)
    pace = ManualPace(clock)
    watch = DeadlineWatch(core, clock, pace, (*DEADLINES, wrong))
    fired = Watched(core, pace, watch)
    await fired.tell(c.ImportCompany(company=small_company()))
    watch.start()
    await fired.remind("now", NOW_S)
    await wait_for(lambda: fired.fired, "others are settled all the same")
    assert watch.looks < 50
    await watch.stop()
    await core.close()


def test_every_topic_names_events_that_are() -> None:
    names = [topic.name for topic in DEADLINES]
    assert len(set(names)) == len(names)
    assert all(topic.heard and topic.next_s(State()) is None for topic in DEADLINES)
    assert GATHER_S < 1


async def test_the_clock_says_how_long_it_is_until_a_company_instant(tmp_path: Path) -> None:
    keeper = ClockKeeper(server_config(tmp_path, clock_origin_s=NOW_S))
    told: list[int] = []
    keeper.on_change(lambda: told.append(keeper.clock.now_s()))
    assert (keeper.wait_s(NOW_S), keeper.wait_s(NOW_S + 1)) == (0.0, None)
    await keeper.advance(NOW_S + 60)
    assert told == [NOW_S + 60]
    await keeper.start(3_600.0)
    wait_s = keeper.wait_s(NOW_S + 60 + 7_200)
    assert wait_s is not None
    assert 0 < wait_s <= 2.001
    assert len(told) == 2
