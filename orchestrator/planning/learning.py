"""The learning station: days are closed; demand, lead times, speeds and wear learned; orders written off; people told.

Promises: what there is to learn is read off the state, so that a restart goes on where the log ends and a replay gives
the same records; days are closed one after the other; work is done in a thread, in chunks, so that the loop is never
held up; every change goes through the core's queue. Made and stopped by the planner, beside its planning loop, which
hears `LearningRevised` as any other event and looks at the items again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

import structlog

from orchestrator.domain.commands import CloseDay, Command, ReviseLearning, WriteOffPurchase
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import (
    CompanyImported,
    DayClosed,
    DemandMarked,
    Event,
    PurchaseReceived,
    ReplenishmentCancelled,
    VehicleArrived,
)
from orchestrator.domain.learned import ForecastRecord, LeadTimeRecord
from orchestrator.domain.state import DAY_S, State
from orchestrator.domain.upkeep_events import MachineLifeEnded
from orchestrator.planning import lanes, lessons
from orchestrator.planning.challenge import Challenger
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.memory import Memory
from orchestrator.planning.meter import Meter
from orchestrator.planning.ports import Clock, CorePort
from orchestrator.planning.release import PRINCIPAL
from orchestrator.planning.speed_learner import LEGS_ENOUGH, learn_speeds, pending
from orchestrator.planning.wear_learner import learn_wear

CHUNK = 100
"""Item-sites learned, and put into one event, at a time."""
DAYS_AT_ONCE = 31
T = TypeVar("T")
_log = structlog.get_logger("muster.planning")


class Learner:
    """Learns from what has happened. Use from the core's event loop only."""

    def __init__(
        self, core: CorePort, clock: Clock, memory: Memory, meter: Meter, pool: Executor, challenger: Challenger
    ) -> None:
        self._core, self._clock, self._memory, self._meter, self._pool = core, clock, memory, meter, pool
        self._challenger = challenger
        self._news = asyncio.Event()
        self._again: dict[ItemSite, None] = {}
        self._given_up: dict[str, None] = {}
        self._rest = asyncio.Event()
        self._new_day = True
        self._day_over = False

    @property
    def idle(self) -> bool:
        """Whether no day is to be closed and nothing heard of is to be learned."""
        return self.resting and self._due_s() is None

    @property
    def resting(self) -> bool:
        """Whether nothing heard of is to be learned."""
        return self._rest.is_set()

    async def rest(self) -> None:
        """Wait until nothing is to be learned."""
        self.look()
        await self._rest.wait()

    def heard(self, event: Event) -> None:
        """An event was folded."""
        if isinstance(event, DemandMarked):
            self._again[(event.mark.site_id, event.mark.item_id)] = None
        elif isinstance(event, ReplenishmentCancelled):
            self._note_cancelled(event.supply_id)
        elif isinstance(event, DayClosed):
            self._new_day = self._day_over = True
        elif isinstance(event, VehicleArrived) and pending(self._state) >= LEGS_ENOUGH:
            self._wake()
        if isinstance(event, HEEDED):
            self._wake()

    def look(self) -> None:
        """Time has passed: a day may be over."""
        if self._due_s() is not None:
            self._wake()

    def _wake(self) -> None:
        self._rest.clear()
        self._news.set()

    async def forever(self) -> None:
        """Learn whenever there is something to learn; after a failure the whole of it is looked at again."""
        self._wake()
        while True:
            await self._news.wait()
            self._news.clear()
            await self.learn()
            if not self._news.is_set():
                self._rest.set()

    async def learn(self) -> None:
        """Everything that there is to learn now."""
        if self._state.company is None:
            return
        await self._close_days()
        await self._suppliers()
        await self._demand()
        if self._day_over or pending(self._state) >= LEGS_ENOUGH:
            self._day_over = False
            await learn_speeds(self._state, self._in_thread, self._submit)
        await learn_wear(self._state, self._in_thread, self._submit)
        if self._new_day:
            self._new_day = False
            await self._write_off()
        for command in lessons.drift_news(self._state):
            await self._submit(command)
        self._meter.learned(self._state)

    @property
    def _state(self) -> State:
        return self._core.state

    def _due_s(self) -> int | None:
        """The first second of a day that is over and not closed."""
        closed_s = self._state.closed_day_s
        if closed_s < 0 or closed_s + 2 * DAY_S > self._clock.now_s():
            return None
        return closed_s + DAY_S

    def _note_cancelled(self, supply_id: str) -> None:
        """Who cancels an order that is behind its time has given it up; else it tells nothing."""
        order = self._state.purchases.get(supply_id)
        if order is None or order.imported or order.from_site_id is not None:
            return
        if lanes.late_days(self._state, self._memory, order, self._clock.now_s()) > 0:
            self._given_up[supply_id] = None

    async def _close_days(self) -> None:
        for _ in range(DAYS_AT_ONCE):
            due_s = self._due_s()
            if due_s is None:
                return
            await self._submit(CloseDay(day_s=due_s))
        self._wake()

    async def _suppliers(self) -> None:
        given_up = tuple(self._given_up)
        job = lanes.jobs(self._state, self._memory, self._clock.now_s(), given_up)
        if job is None:
            return
        records: tuple[LeadTimeRecord, ...] = await self._in_thread(partial(lanes.learned, job))
        if records:
            await self._revise(lead_times=records, reason="receipts and overdue orders")
        for supply_id in given_up:
            self._given_up.pop(supply_id, None)

    async def _demand(self) -> None:
        again = tuple(self._again)
        todo = lessons.due(self._state, again)
        pool = await self._in_thread(partial(lessons.pool_of, lessons.known_levels(self._state, todo))) if todo else {}
        for start in range(0, len(todo), CHUNK):
            part = lessons.lessons(self._state, self._memory, todo[start : start + CHUNK], again)
            records: tuple[ForecastRecord, ...] = await self._in_thread(partial(lessons.learned, part, pool))
            await self._revise(forecasts=records, reason="demand of closed days")
            self._challenger.note(records)
        for key in again:
            self._again.pop(key, None)

    async def _write_off(self) -> None:
        for one in lanes.doubtful(self._state, self._memory, self._clock.now_s()):
            command = WriteOffPurchase(
                purchase_order_id=one.purchase_order_id,
                still_comes_ppm=one.still_comes_ppm,
                by=PRINCIPAL,
                reason=one.text,
            )
            if await self._submit(command):
                self._meter.written_off()

    async def _revise(
        self,
        forecasts: tuple[ForecastRecord, ...] = (),
        lead_times: tuple[LeadTimeRecord, ...] = (),
        reason: str = "",
    ) -> None:
        parent = self._state.learning_version
        await self._core.submit(
            ReviseLearning(parent=parent, forecasts=forecasts, lead_times=lead_times, reason=reason),
            principal=PRINCIPAL,
            internal=True,
        )

    async def _submit(self, command: Command) -> bool:
        """False when it is refused: somebody else did it, or it is over."""
        try:
            await self._core.submit(command, principal=PRINCIPAL, internal=True)
        except Rejection as error:
            _log.info("learning: refused", command=type(command).__name__, reason=str(error))
            return False
        return True

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


HEEDED = (CompanyImported, DayClosed, DemandMarked, MachineLifeEnded, PurchaseReceived, ReplenishmentCancelled)
"""Events that there is something to learn from."""
