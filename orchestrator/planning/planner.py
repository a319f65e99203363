"""The planner: hears every event, and keeps the plan right while they arrive.

Promises: events that come together are answered together; a disruption is named by the revision that answers it; a plan
that the checker refuses, or that rests on a state that has changed, is never published; when it is quiet the plan gets
better. State is read on the loop in small pieces, searches run in a thread. All changes go through the core's queue.
Made by bootstrap; used by ingest (status, preview, explain, diff).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from traceback import format_exception
from typing import Any

import structlog

from orchestrator.domain.commands import PublishRevision
from orchestrator.domain.errors import Rejection, Unavailable
from orchestrator.domain.events import Event, LearningRevised
from orchestrator.planning.auctioneer import Auctioneer, Silent
from orchestrator.planning.challenge import Challenger
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft
from orchestrator.planning.drive import Driver, SearchFailed, Stale
from orchestrator.planning.exchanger import Exchanger
from orchestrator.planning.improver import Hands, Improver
from orchestrator.planning.ladder import Ladder, Level
from orchestrator.planning.learning import Learner
from orchestrator.planning.level_keeper import LevelKeeper
from orchestrator.planning.lower_levels import Shelf, left_out, pass_of, unseen
from orchestrator.planning.memory import Memory
from orchestrator.planning.meter import Meter, PlanningStatus
from orchestrator.planning.plan_once import begin, expand
from orchestrator.planning.ports import Clock, CorePort, NoSolvers, NoVehicles, Solvers, Vehicles
from orchestrator.planning.questions import Questions
from orchestrator.planning.release import HEEDED, PRINCIPAL, Releaser
from orchestrator.planning.restocker import Restocker
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.steps import Steps
from orchestrator.planning.trigger import resumed, trigger
from orchestrator.planning.watch import overdue
from orchestrator.planning.working import Working

TICK_S = 1.0
QUIET_S = 0.1
FLOOD_ORDERS = 20  # New orders during one round: more than that is a flood
FLOOD_PAUSE_S = 0.25  # What new orders wait in one, so that taking them in is not slowed down by planning them
STALE_TRIES = 3
TRACE_MAX = 4_000
_log = structlog.get_logger("muster.planning")


class Planner(Questions):
    """Keeps one plan. Use from the core's event loop only."""

    def __init__(
        self,
        core: CorePort,
        clock: Clock,
        settings: PlanningSettings | None = None,
        *,
        memory: Memory | None = None,
        solvers: Solvers | None = None,
        vehicles: Vehicles | None = None,
        metrics: Any | None = None,
    ) -> None:
        self.settings = settings or PlanningSettings()
        self.memory = memory or Memory()
        self.meter = Meter(metrics)
        self.solvers: Solvers = solvers or NoSolvers()
        self._core, self._clock = core, clock
        self._dirty = Dirty()
        self._heard_ns: dict[int, int] = {}
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._arrived = 0
        self._idle = asyncio.Event()
        self._spare = ThreadPoolExecutor(2, thread_name_prefix="muster-search")
        self._tasks: list[asyncio.Task[None]] = []
        agents = vehicles or NoVehicles()
        self._keeper = LevelKeeper(core, clock, self.solvers, agents, self._spare)
        self._shelf = Shelf(self._keeper, lambda: self.state, self._take_in)
        self._auctioneer = Auctioneer(agents, self._spare)
        self._driver = Driver(clock, self.meter, self._keeper, self._auctioneer)
        hands = Hands(self._begin, self._settle, self._speed, self._spare, self.meter, self._keeper)
        self._improver = Improver(hands, self.solvers, self.settings)
        by_auction = partial(self._settle, most=Level.AUCTION)
        self._exchanger = Exchanger(self._begin, by_auction, self._keeper, self._auctioneer)
        self._releaser = Releaser(core, clock, self.settings, self.meter)
        self._restocker = Restocker(self._begin, self._settle, self._spare, self.meter, clock)
        self._challenger = Challenger(core, self.memory, self.solvers, self.settings)
        self._learner = Learner(core, clock, self.memory, self.meter, self._spare, self._challenger)

    # --- life ---

    async def start(self) -> None:
        """Begin to listen, plan what the log left open, and go on."""
        self.memory.rebuild(self.state)
        self.memory.live = True
        if self.memory.wired:
            self.memory.heard = self._heard
        else:
            self._core.add_listener(self._heard_late)
        if self.state.company is not None:
            self._take_in(resumed(self.state))
        loops = (
            self._run(),
            self._tick(),
            self._steady(self._improver.nearby),
            self._steady(self._improver.everywhere),
            self._steady(self._exchanger.forever),
            self._steady(self._learner.forever),
            self._steady(self._challenger.forever),
        )
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """Stop planning; what is not published is planned again at the next start."""
        self.memory.heard = None
        self.memory.live = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keeper.stop()
        self._driver.close()
        self._spare.shutdown(wait=True, cancel_futures=True)

    async def quiet(self, timeout_s: float = 10.0) -> None:
        """Wait until nothing waits for planning or learning. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not self.idle:
                await self._learner.rest()
                await self._idle.wait()

    @property
    def idle(self) -> bool:
        """Whether nothing heard of waits for planning, restocking or learning; improvement aside."""
        return self._idle.is_set() and self._learner.idle

    def clock_moved(self) -> None:
        """The company clock was put forward: look at once what the time has brought."""
        self._time_passed()

    def status(self) -> PlanningStatus:
        """How planning does."""
        level = self._keeper.look()
        return PlanningStatus(
            level=int(level),
            level_text=self._keeper.sentence,
            backlog=len(self._dirty.orders) + len(self._dirty.vehicles),
            last_revision=self.state.plan.revision,
            solvers_available=self.solvers.available,
            rejections=self.meter.rejections,
            tiers=dict(self.meter.tiers),
        )

    @property
    def keeper(self) -> LevelKeeper:
        """Who keeps the ladder."""
        return self._keeper

    @property
    def ladder(self) -> Ladder:
        """How far the service has stepped down, and how often."""
        return self._keeper.ladder

    # --- for operators ---

    def solve_now(self) -> None:
        """Start the next background solve as soon as possible."""
        self._improver.ask()

    # --- hearing ---

    def _heard(self, seq: int, event: Event, lost: tuple[str, ...] = ()) -> None:
        if isinstance(event, HEEDED):
            self._ask_releaser()
        self._learner.heard(event)
        dirty = trigger(self.state, event, seq, lost)
        if dirty.empty():
            return
        if isinstance(event, LearningRevised):
            self._restocker.asked.merge(dirty)
            dirty = Dirty()
        elif not dirty.everything:
            self._heard_ns.setdefault(seq, self._clock.monotonic_ns())
        self._take_in(dirty)

    def _heard_late(self, seq: int, at_s: int, event: Event) -> None:
        """Without the fold's help: events are heard when they are durable (tests)."""
        self._heard(seq, event, self.memory.follow(self.state, event, seq))

    def _take_in(self, dirty: Dirty) -> None:
        self._dirty.merge(dirty)
        self._arrived += len(dirty.orders)
        if not dirty.only_orders():
            self._urgent.set()
        self._idle.clear()
        self._wake.set()

    # --- the loop ---

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            while not self._dirty.empty():
                self._arrived = 0
                await self._round()
                if self._arrived > FLOOD_ORDERS and self._dirty.only_orders():
                    await self._pause()
            if self._releaser.asked:
                await self._guarded(self._releaser.look())
            elif self._restocker.asked.empty() or self._keeper.level > Level.CORE:
                self._idle.set()
                await self._wake.wait()
            elif not await self._woken_within(QUIET_S) and self._restocking():
                await self._guarded(self._restocker.look())

    def _restocking(self) -> bool:
        """What is only known better is looked at once, when all of it has been learned."""
        return self._restocker.ready and (self._learner.resting or not self._restocker.asked.only_levels())

    async def _pause(self) -> None:
        """Let a flood of new orders gather; whatever else happens ends the pause at once."""
        self._urgent.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLOOD_PAUSE_S):
                await self._urgent.wait()

    async def _woken_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return not self._dirty.empty()

    async def _steady(self, loop: Callable[[], Awaitable[None]]) -> None:
        """A loop that must not end: after a failure it begins again."""
        while True:
            await self._guarded(loop())
            await asyncio.sleep(TICK_S)

    async def _guarded(self, work: Any) -> None:
        """Do what may wait: a failure is told, and what it was to do is looked at again when it is next dirty."""
        try:
            await work
        except Unavailable as full:
            await asyncio.sleep(full.retry_after_ms / 1000)
        except (Stale, Rejection) as error:
            _log.debug("pass dropped", reason=str(error))
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.meter.failures += 1
        _log.error("planning pass failed", reason=repr(error), trace="".join(format_exception(error))[-TRACE_MAX:])

    async def _round(self) -> None:
        """Answer what has gathered: one revision. A part that fails is cut down until the rest is planned."""
        todo = [self._next()]
        failed = worked = False
        while todo:
            dirty = todo.pop()
            if self._keeper.look() is Level.LOG and not self._shelf.trial:
                self._shelf.dirty.merge(dirty)
                continue
            try:
                async with self._turn:
                    await self._answer(dirty)
                worked = True
            except Unavailable as full:
                self._take_in(dirty)
                await asyncio.sleep(full.retry_after_ms / 1000)
            except Silent as silent:
                self._keeper.bidders.failed(str(silent), self._keeper.mono_s())
                todo.append(dirty)
            except Exception as error:
                failed = failed or not isinstance(error, SearchFailed)
                self._failed(error)
                if isinstance(error, SearchFailed) and self._keeper.search.away:
                    todo.append(dirty)  # the next level answers it
                else:
                    todo.extend(dirty.halves() or ())
            except BaseException:
                self._take_in(dirty)
                raise
        self._shelf.trial = False
        if worked:
            self._keeper.planning.worked(self._keeper.mono_s())
        elif failed:
            self._keeper.planning.failed("no pass came to its end", self._keeper.mono_s())

    async def _answer(self, dirty: Dirty) -> None:
        for attempt in range(STALE_TRIES + 1):
            work = self._begin(dirty, with_stock=_stock_went_wrong(dirty))
            level = self._keeper.level
            try:
                draft = await self._driver.drive(
                    work, pass_of(work, level, self._auctioneer), inline=attempt == STALE_TRIES
                )
                for failure in work.failures:
                    self._failed(failure)
                if draft is not None:
                    await self._publish(work, draft)
            except (Stale, Rejection) as error:
                self.meter.stale += 1
                _log.debug("plan stale", attempt=attempt, reason=str(error))
                continue
            self._answered([cause.seq for cause in dirty.causes], published=draft is not None)
            self._shelf.dirty.merge(left_out(dirty, level))
            again = unseen(work, draft is not None)
            if not again.empty():
                self._take_in(again)
            self._remember(work)
            return
        self._take_in(dirty)

    def _next(self) -> Dirty:
        """Take what is dirty, but no more orders than fit into one revision."""
        dirty, self._dirty = expand(self.state, self._dirty), Dirty()
        dirty.everything = False
        limit = self.settings.orders_per_round
        if len(dirty.orders) > limit:
            known = [order_id for order_id in dirty.orders if order_id in self.state.orders]
            ranked = sorted(known, key=lambda o: (-self.state.orders[o].priority, self.state.orders[o].window_end_s))
            dirty.orders = dict.fromkeys(ranked[:limit])
            self._dirty.orders = dict.fromkeys(ranked[limit:])
        return dirty

    def _begin(self, dirty: Dirty, *, wide: bool = False, with_stock: bool = True) -> Working:
        work = begin(self.state, dirty, self._plan_from_s(), self.settings, self.memory, wide)
        work.with_stock = with_stock
        return work

    def _plan_from_s(self) -> int:
        """Now, and a little: a plan takes a moment to get out, and company time may run fast."""
        return self._clock.now_s() + max(self.settings.lead_s, int(self._speed() / 20))

    def _speed(self) -> float:
        """Company seconds per real second; nothing passes while a clock is held."""
        return 1.0 if getattr(self._clock, "held", False) else float(getattr(self._clock, "speed", 1.0))

    async def _publish(self, work: Working, draft: Draft) -> None:
        cause = max((cause.seq for cause in draft.head.causes), default=0)
        command = PublishRevision(head=draft.head, delta=draft.delta)
        await self._core.submit(command, principal=PRINCIPAL, cause=cause, internal=True)
        self.meter.published(draft.head)
        if draft.delta.proposals:
            self._ask_releaser()

    def _ask_releaser(self) -> None:
        self._releaser.asked = True
        self._idle.clear()
        self._wake.set()

    def _answered(self, seqs: list[int], *, published: bool) -> None:
        now_ns = self._clock.monotonic_ns()
        for seq in seqs:
            heard_ns = self._heard_ns.pop(seq, None)
            if heard_ns is not None and published:
                self.meter.answered(now_ns - heard_ns)

    def _remember(self, work: Working) -> None:
        """What the quiet moments should look at: touched vehicles, and stock that may need replenishment."""
        if self.settings.improve_budget_ms:
            self._improver.touch(vehicle_id for vehicle_id in work.routes if vehicle_id in self.state.vehicles)
            if work.tasks:
                self._improver.touch_plant()
        if not work.with_stock:
            self._restocker.asked.merge(work.dirty.stock())

    # --- quiet moments ---

    async def _settle(self, make: Callable[[Working], Steps[Draft | None]], most: Level = Level.CORE) -> bool:
        """Run a pass of the improver and publish what comes of it; True when something did. Not below level `most`."""
        async with self._turn:
            if self._keeper.look() > most:
                return False
            for attempt in range(2):
                work = self._begin(Dirty(), wide=True, with_stock=False)
                try:
                    draft = await self._driver.drive(work, make(work), inline=attempt > 0 and most is Level.CORE)
                    if draft is not None:
                        await self._publish(work, draft)
                    return draft is not None
                except (Stale, Rejection) as error:
                    _log.debug("improvement stale", attempt=attempt, reason=str(error))
            return False

    # --- time ---

    async def _tick(self) -> None:
        """What only the passing of time brings: trips that do not leave, areas that clear, a helper that is back."""
        while True:
            await asyncio.sleep(TICK_S)
            self._time_passed()
            await self._guarded(self._keeper.tend())
            self._shelf.try_again()

    def _time_passed(self) -> None:
        """What is behind by now, and days that are over."""
        now_s = self._clock.now_s()
        late = overdue(self.state, self.memory, now_s, self.settings.notice_s)
        if not late.empty():
            self._take_in(late)
        self._learner.look()
        if self._releaser.overslept():
            self._ask_releaser()


def _stock_went_wrong(dirty: Dirty) -> bool:
    return dirty.must_publish and bool(dirty.item_sites or dirty.supplies)
