"""Making the plan better while nothing is on fire: wide searches in the core, whole ones in solver processes.

Promises: works beside the repairs and never holds them up; a result is fitted onto the plan that is in force when it
comes, looked at by the checker again, and dropped unless it saves more than it disturbs. When solver processes are
away, the core's own search goes on. Made and stopped by the planner.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog

from orchestrator.domain.plan import Find, Tier
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft, finish
from orchestrator.planning.ladder import Level
from orchestrator.planning.level_keeper import LevelKeeper
from orchestrator.planning.meter import Meter
from orchestrator.planning.plan_once import hand_on
from orchestrator.planning.ports import Kind, SolveOutcome, Solvers
from orchestrator.planning.rebase import Wanted, rebase
from orchestrator.planning.replenish import adopt, answered
from orchestrator.planning.route import route
from orchestrator.planning.route_solve import improve, trips_of
from orchestrator.planning.routing_problem import RouteJob, build
from orchestrator.planning.schedule import Scheduled, solve_from, take_better
from orchestrator.planning.scheduling_problem import scheduling_problem
from orchestrator.planning.scope import surroundings
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.steps import Steps
from orchestrator.planning.stops import can_be_served
from orchestrator.planning.verdict import not_now
from orchestrator.planning.working import Working
from solvers.budget import Budget
from solvers.replenishment.plan import ReplenishmentPlan
from solvers.routing.plan import RoutingPlan, sequences_of
from solvers.routing.problem import TICKS_PER_CENT
from solvers.routing.timing import plan_of
from solvers.scheduling.kernel.search import polish
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair

SLICE_S = 0.4
"""The core's own search looks this often at what has happened meanwhile."""
UNPLANNED_MAX = 40
HORIZON_S = 900
"""A background solve takes no longer than this in company time: at high speeds its result would be of yesterday."""
WHOLE_VEHICLES_MAX = 300
PAUSE_S = 0.25
PLANT_SHARE = 0.5
"""Of the time for what is near, so much goes to a schedule that has changed."""


_log = structlog.get_logger("muster.planning")


@dataclass(frozen=True, slots=True)
class Finder:
    """Who found a plan, for its revision."""

    engine: str
    found_by: tuple[Find, ...] = ()


SEARCH = Finder("search")
FINDS_KEPT = 8


class Begin(Protocol):
    """Makes a new pass."""

    def __call__(self, dirty: Dirty, *, wide: bool = False, with_stock: bool = True) -> Working:
        """A pass over what is dirty, as of now."""
        ...


@dataclass(slots=True)
class Hands:
    """What the planner lends: begin a pass, run it and publish its draft, and how fast company time runs."""

    begin: Begin
    settle: Callable[[Callable[[Working], Steps[Draft | None]]], Awaitable[bool]]
    speed: Callable[[], float]
    pool: Executor
    meter: Meter
    keeper: LevelKeeper


class Improver:
    """Two loops: around what changed last, and over everything."""

    def __init__(self, hands: Hands, solvers: Solvers, settings: PlanningSettings) -> None:
        self._hands, self._solvers, self._settings = hands, solvers, settings
        self._recent: dict[str, None] = {}
        self._plant = False
        self._news = asyncio.Event()
        self._asked = asyncio.Event()
        self._seed = 0

    def touch(self, vehicle_ids: Iterable[str]) -> None:
        """These vehicles have other routes now: look around them when there is time."""
        self._recent.update(dict.fromkeys(vehicle_ids))
        if self._recent:
            self._news.set()

    def touch_plant(self) -> None:
        """The schedule has changed: look at it when there is time."""
        self._plant = True
        self._news.set()

    def ask(self) -> None:
        """Start the next background solve now."""
        self._asked.set()

    # --- in the core ---

    async def nearby(self) -> None:
        """Improve around what changed last, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._hands.keeper.level > Level.CORE:
                continue  # what changed is remembered
            budget_s = left_s = self._settings.improve_budget_ms / 1000
            if self._plant:
                left_s -= await self._polished(left_s * PLANT_SHARE)
            while self._recent and left_s > 0:
                left_s -= await self._around(self._next(), left_s)
            await asyncio.sleep(max(PAUSE_S, budget_s - left_s))  # never more than half of a core

    def _next(self) -> list[str]:
        """Vehicles of one depot that changed; the others keep their place in the queue."""
        vehicles = self._hands.begin(Dirty(), with_stock=False).state.vehicles
        known = [vehicle_id for vehicle_id in self._recent if vehicle_id in vehicles]
        depot_id = vehicles[known[0]].depot_id if known else ""
        chosen = [v for v in known if vehicles[v].depot_id == depot_id][: self._settings.vehicles_max]
        self._recent = {v: None for v in known if v not in chosen}
        return chosen

    async def _around(self, vehicles: list[str], seconds: float) -> float:
        """Slices of search around some vehicles, each fitted onto the plan at once. Returns the time spent."""
        spent_s = 0.0
        while spent_s < seconds:
            work = self._hands.begin(Dirty(), wide=True, with_stock=False)
            around = surroundings(work, [v for v in vehicles if v in work.state.vehicles])
            waiting = _waiting(work, work.state.vehicles[around[0]].depot_id) if around else []
            self._seed += 1
            loop = asyncio.get_running_loop()
            # Built in a thread, for it takes longer than the loop may be held up. Should the state change meanwhile
            # the problem is a little off, and `rebase` finds out.
            job = await loop.run_in_executor(self._hands.pool, build, work, around, waiting)
            if not job.search.stops:
                return spent_s
            solved = await loop.run_in_executor(self._hands.pool, partial(improve, job, SLICE_S, self._seed))
            spent_s += SLICE_S
            placed = len(waiting) - len(solved.plan.unplanned)
            if solved.gain_ticks > 0 or placed > 0:
                await self._adopt(trips_of(solved), waiting, self._settings.improve_gain_cents, Tier.IMPROVE, SEARCH)
        return spent_s

    async def _polished(self, seconds: float) -> float:
        """A little search on the schedule in force. Returns the time spent."""
        self._plant = False
        problem = scheduling_problem(self._hands.begin(Dirty(), with_stock=False))
        if not problem.jobs:
            return 0.0
        self._seed += 1
        search = partial(_polish, problem, Budget(seconds=seconds, seed=self._seed))
        found = await asyncio.get_running_loop().run_in_executor(self._hands.pool, search)
        if found is not None:
            await self._adopt_schedule(found, Tier.IMPROVE, SEARCH)
        return seconds

    async def _adopt_schedule(self, schedule: Schedule, tier: Tier, by: Finder) -> None:
        def steps(fresh: Working) -> Steps[Draft | None]:
            fresh.engine, fresh.found_by = by.engine, by.found_by
            moved = yield from take_better(fresh, schedule)
            if moved is None:
                return None
            hand_on(fresh, moved)
            yield from route(fresh)
            return finish(fresh, tier)

        await self._hands.settle(steps)

    async def _adopt(self, wanted: Wanted, waiting: list[str], least_cents: int, tier: Tier, by: Finder) -> bool:
        def steps(work: Working) -> Steps[Draft | None]:
            work.engine, work.found_by = by.engine, by.found_by
            taken = yield from rebase(work, wanted, waiting, least_cents)
            return finish(work, tier) if taken else None

        return await self._hands.settle(steps)

    # --- in solver processes ---

    async def everywhere(self) -> None:
        """Solve the whole fleet and the whole plant now and then, for ever."""
        while True:
            every_s = min(self._settings.background_every_s, 2 * HORIZON_S / max(1.0, self._hands.speed()))
            try:
                async with asyncio.timeout(max(1.0, every_s)):
                    await self._asked.wait()
            except TimeoutError:
                pass
            self._asked.clear()
            self._hands.meter.degraded(self._hands.keeper.look())
            if self._solvers.available and self._hands.keeper.solvers_wanted:
                await self._whole_fleet()
                await self._whole_plant()
                await self._whole_stock()

    def _budget(self) -> Budget:
        seconds = min(float(self._settings.background_budget_s), HORIZON_S / max(1.0, self._hands.speed()))
        self._seed += 1
        return Budget(seconds=max(0.5, seconds), seed=self._seed)

    async def _solve(self, kind: Kind, problem: Any, start: Any) -> tuple[Any | None, Finder]:
        outcome = await self._solvers.solve(kind, problem, start, self._budget())
        self._hands.meter.solved(kind, outcome.status.value.lower(), outcome.wall_s)
        _log.debug("background solve", kind=kind, status=outcome.status.value, note=outcome.note, s=outcome.wall_s)
        return (outcome.plan if outcome.status.has_plan else None), finder(outcome)

    async def _whole_fleet(self) -> None:
        work = self._hands.begin(Dirty(), wide=True, with_stock=False)
        for depot_id, vehicles in work.memory.vehicles_of.items():
            waiting = _waiting(work, depot_id)
            make = partial(_whole_job, work, vehicles[:WHOLE_VEHICLES_MAX], waiting)
            job, start = await asyncio.get_running_loop().run_in_executor(self._hands.pool, make)
            if not job.search.stops:
                continue
            plan, by = await self._solve("routing", job.search, start)
            if plan is not None:
                wanted = {key: (*job.frozen.get(key, ()), *trips) for key, trips in _sequences(plan).items()}
                full = {key: wanted.get(key, job.frozen.get(key, ())) for key in job.cuts}
                changed = {key: trips for key, trips in full.items() if trips != job.start[key]}
                await self._adopt(changed, waiting, self._settings.gain_cents, Tier.BACKGROUND, by)
            work = self._hands.begin(Dirty(), wide=True, with_stock=False)

    async def _whole_plant(self) -> None:
        work = self._hands.begin(Dirty(), with_stock=False)
        problem = scheduling_problem(work)
        if not problem.jobs:
            return
        loop = asyncio.get_running_loop()
        start: Scheduled = await loop.run_in_executor(self._hands.pool, partial(solve_from, problem, None))
        schedule, by = await self._solve("scheduling", problem, start.schedule)
        if schedule is not None:
            await self._adopt_schedule(schedule, Tier.BACKGROUND, by)

    async def _whole_stock(self) -> None:
        """What items share is better used by a program over all of them; dropped when stock was looked at meanwhile."""
        work = self._hands.begin(Dirty(), with_stock=False)
        memory, problem, known = work.memory, work.memory.stock_problem, work.memory.replenishment
        if problem is None or known is None or not _shares(known):
            return
        plan, by = await self._solve("replenishment", problem, known)
        if plan is None or plan.proposals == known.proposals:
            return
        held = dict(work.state.plan.proposals)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._hands.pool, answered, problem, plan, memory.moves, held)

        def steps(fresh: Working) -> Steps[Draft | None]:
            fresh.engine, fresh.found_by = by.engine, by.found_by
            if memory.replenishment is not known or not adopt(fresh, found):
                return None
            yield from ()
            return finish(fresh, Tier.BACKGROUND)

        await self._hands.settle(steps)


def finder(outcome: SolveOutcome) -> Finder:
    """Who found an outcome's plan, and the last finds on the way; costs are routing's ticks, nobody else tells any."""
    found = tuple(
        Find(engine=one.engine, at_ms=round(1000 * one.at_s), cost_cents=round(one.cost / TICKS_PER_CENT))
        for one in outcome.improvements[-FINDS_KEPT:]
    )
    return Finder(outcome.engine or "background", found)


def _polish(problem: SchedulingProblem, budget: Budget) -> Schedule | None:
    """A better schedule than the one in force, None if a short search finds none."""
    start = repair(problem)  # what planning from nothing gives, the answer to the last event has tried
    found = polish(problem, start, budget)
    return found if found != start else None


def _shares(plan: ReplenishmentPlan) -> bool:
    """Whether a limit that items share has cut, raised or held something."""
    return bool(plan.held) or any(proposal.reason.limit for proposal in plan.proposals)


def _waiting(work: Working, depot_id: str) -> list[str]:
    """Unplanned orders of a depot that a better plan may find a place for."""
    plan = work.state.plan
    waiting = [
        order_id
        for order_id in plan.unplanned
        if work.is_open(order_id) and order_id not in plan.vehicle_of and can_be_served(work, order_id, depot_id)
    ]
    return [order_id for order_id in waiting if not_now(work, order_id) is None][:UNPLANNED_MAX]


def _whole_job(work: Working, vehicles: tuple[str, ...], waiting: list[str]) -> tuple[RouteJob, RoutingPlan]:
    job = build(work, vehicles, waiting)
    return job, plan_of(job.search, job.search_start)


def _sequences(plan: RoutingPlan) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {key: tuple(trips) for key, trips in sequences_of(plan).items()}
