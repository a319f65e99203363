"""The search that answers in milliseconds: repair, insert, improve.

Promises: takes any start, even an impossible or incomplete one, makes it possible (what cannot stay is dropped, what
fits is inserted, late if that is cheaper than not at all), and then never gives back anything dearer; keeps its time
limit to about a millisecond; drops the interpreter's lock while it works, so it may run in a thread. It may not read
a clock but the budget's. Called by planning (in the core), by `solve` (in solver processes) and by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from solvers.budget import Budget, Deadline
from solvers.routing import arrays, first_plan, layout
from solvers.routing.cut import cut, merge
from solvers.routing.kernel import entries as kernel
from solvers.routing.layout import Data, State
from solvers.routing.plan import Reason, RoutingPlan, Sequences, Unplanned, sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of


@dataclass(frozen=True, slots=True)
class Tuning:
    """Parameters of the search. Costs are relative to the mean cost of a leg, so they suit any problem.

    removals: mean number of stops taken out in a step. longest: longest string. places: nearest planned stops beside
    which an insertion is tried. heat_cold, heat_warm: first temperature without and with a start. heat_end: last one.
    slice_share: share of the budget between two looks at the stopwatch; slice_s: but no longer than this.
    """

    removals: int = 10
    longest: int = 10
    places: int = 50
    heat_cold: float = 2.0
    heat_warm: float = 0.1
    heat_end: float = 0.03
    slice_share: float = 0.01
    slice_s: float = 0.005


DEFAULT_TUNING = Tuning()
FIRST_SLICE = 8
MOST_STEPS_A_SLICE = 20_000


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    cost, start_cost: of `plan` and of the repaired start, in ticks; `cost` is never more. They are the kernel's,
    which are the checker's to the tick; with a `focus` they are of the part in focus.
    """

    plan: RoutingPlan
    cost: int
    start_cost: int
    iterations: int
    improvements: int
    first_feasible_s: float | None
    wall_s: float


def search(
    problem: RoutingProblem,
    start: RoutingPlan | Sequences | None,
    budget: Budget,
    *,
    focus: Collection[str] | None = None,
    tuning: Tuning = DEFAULT_TUNING,
    pool: RoutePool | None = None,
) -> SearchResult:
    """Improve `start` (None: from nothing) within the budget.

    pool: gets the routes of the good plans met, for `engines.setpart`.
    focus: vehicles that may be touched, with the unplanned stops; all other routes stay as they are. Same seed and an
    `iterations` limit that bites: same result. Raises nothing for a bad start; what cannot be kept is left out.
    """
    deadline = budget.start()
    given = _sequences(start)
    if focus is not None:
        part, part_start = cut(problem, given, focus)
        found = search(part, part_start, budget, tuning=tuning)
        return _widen(problem, start, given, focus, found)
    run = _Run(problem, given, budget, deadline, tuning)
    warm = any(trip for trips in given.values() for trip in trips)
    if not warm:
        run.begin_with_savings()
    run.improve(warm, pool)
    return run.result()


def insert_only(
    problem: RoutingProblem,
    start: RoutingPlan | Sequences | None,
    *,
    focus: Collection[str] | None = None,
    tuning: Tuning = DEFAULT_TUNING,
) -> SearchResult:
    """Repair the start and insert what is missing at its cheapest, no more: deterministic, a few milliseconds."""
    budget = Budget(seconds=3600.0)
    deadline = budget.start()
    given = _sequences(start)
    if focus is not None:
        part, part_start = cut(problem, given, focus)
        return _widen(problem, start, given, focus, insert_only(part, part_start, tuning=tuning))
    return _Run(problem, given, budget, deadline, tuning).result()


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile or load every kernel, so that nothing is compiled while somebody waits. Call at process start."""
    say = progress or (lambda _: None)
    say("routing kernels: loading")
    leg = np.ones((3, 3), np.int32) - np.eye(3, dtype=np.int32)
    stops = tuple(Stop(f"s{k}", k, (1, 1), 0, 100, 100, prize_cents=1000) for k in (1, 2))
    problem = RoutingProblem((Profile(leg, leg),), stops, (Vehicle("v", 0, 0, (9, 9), cents_per_km=1000),))
    search(problem, None, Budget(seconds=600.0, iterations=2))
    data = arrays.data_of(problem)
    kernel.place(data, arrays.state_of(data, 0), 0, 0, 1)
    say("routing kernels: ready")


def _sequences(start: RoutingPlan | Sequences | None) -> Sequences:
    if start is None:
        return {}
    return sequences_of(start) if isinstance(start, RoutingPlan) else start


def _widen(
    problem: RoutingProblem,
    start: RoutingPlan | Sequences | None,
    given: Sequences,
    focus: Collection[str],
    found: SearchResult,
) -> SearchResult:
    """The plan of the whole problem, from that of the part in focus; routes that are timed already stay as they are."""
    if not isinstance(start, RoutingPlan):
        return replace(found, plan=plan_of(problem, merge(given, sequences_of(found.plan), focus)))
    inside = set(focus)
    routes = {r.vehicle_id: r for r in start.routes if r.vehicle_id not in inside}
    routes.update({r.vehicle_id: r for r in found.plan.routes})
    ordered = tuple(routes[v.vehicle_id] for v in problem.vehicles if v.vehicle_id in routes)
    planned = {stop_id for route in ordered for stop_id in route.stop_ids}
    known = {u.stop_id: u for u in (*start.unplanned, *found.plan.unplanned)}
    left = (s.stop_id for s in problem.stops if s.stop_id not in planned)
    unplanned = tuple(known.get(stop_id) or Unplanned(stop_id, Reason.UNEXPLAINED) for stop_id in left)
    return replace(found, plan=RoutingPlan(ordered, unplanned))


class _Run:
    """One search: arrays, state, and what has happened so far."""

    def __init__(
        self, problem: RoutingProblem, given: Sequences, budget: Budget, deadline: Deadline, tuning: Tuning
    ) -> None:
        self.problem, self.budget, self.deadline, self.tuning = problem, budget, deadline, tuning
        self.iterations = self.improvements = 0
        self.first_feasible_s: float | None = None
        self.data: Data = arrays.data_of(problem)
        self.state: State = arrays.state_of(self.data, budget.seed)
        kernel.repair(self.data, self.state, arrays.encode(problem, given), tuning.places)
        self._note_feasible()
        self.repaired_ticks = int(self.state.sc[layout.BEST])
        self.repaired = self.state.best.copy()

    def begin_with_savings(self) -> None:
        """Go on from a plan by savings: dearer perhaps than the repaired one, but a better place to search from."""
        if first_plan.applies(self.data):
            kernel.repair(self.data, self.state, first_plan.by_savings(self.data), self.tuning.places)
            self._note_feasible()

    def improve(self, warm: bool, pool: RoutePool | None = None) -> None:
        """Search until the budget is spent."""
        if not self.problem.stops or not self.problem.vehicles:
            return
        limit = self.budget.iterations or 2**62
        hot, cold = (
            self._heat(self.tuning.heat_warm if warm else self.tuning.heat_cold),
            self._heat(self.tuning.heat_end),
        )
        steps, pooled = FIRST_SLICE, -1
        while self.iterations < limit:
            spent = self._spent(limit)
            left_s = self.deadline.left_s() - self._reserve_s()
            if spent >= 1.0 or left_s <= 0.0 or self._enough():
                return
            began_s = self.deadline.elapsed_s()
            todo = min(steps, limit - self.iterations)
            heat = hot * (cold / hot) ** spent
            self.improvements += kernel.run(
                self.data, self.state, todo, self.tuning.removals, self.tuning.longest, self.tuning.places, heat
            )
            self.iterations += todo
            self._note_feasible()
            if pool is not None and self.improvements > pooled:
                pool.add(arrays.decode(self.problem, self.state.best))
                pooled = self.improvements
            steps = self._next_slice(todo, self.deadline.elapsed_s() - began_s)

    def _next_slice(self, done: int, took_s: float) -> int:
        """Steps that take about as long as we may go without looking at the stopwatch.

        With a limit on iterations every slice is as long as the first: the temperature falls from slice to slice, and
        slices as long as the machine is quick would make the same seed another search.
        """
        if self.budget.iterations is not None:
            return FIRST_SLICE
        aim_s = min(self.tuning.slice_s, max(self.budget.seconds * self.tuning.slice_share, 0.0005))
        aim_s = min(aim_s, max(self.deadline.left_s() - self._reserve_s(), 0.0001))
        steps = int(done * aim_s / max(took_s, 1e-6))
        return max(1, min(steps, 4 * done, MOST_STEPS_A_SLICE))

    def _reserve_s(self) -> float:
        """Time kept back to write the plan out."""
        return min(0.3 * self.budget.seconds, 0.0005 + 8e-6 * len(self.problem.stops))

    def _spent(self, limit: int) -> float:
        if self.budget.iterations is None:
            return self.deadline.share()
        return max(self.iterations / limit, self.deadline.share() if self.deadline.over() else 0.0)

    def _enough(self) -> bool:
        return self.budget.solutions is not None and self.improvements >= self.budget.solutions

    def _heat(self, share: float) -> float:
        """Temperature in ticks for a share of the mean cost of a leg."""
        routes = float(self.state.vx[:, layout.COST].sum())
        stops = max(1, int(self.state.vx[:, layout.NSTOPS].sum()))
        return max(1.0, share * routes / stops)

    def _note_feasible(self) -> None:
        if self.first_feasible_s is None and self.state.sc[layout.BESTABS] == 0:
            self.first_feasible_s = self.deadline.elapsed_s()

    def result(self) -> SearchResult:
        """The best plan met, timed."""
        ticks = int(self.state.sc[layout.BEST])
        written = self.state.best if ticks < self.repaired_ticks else self.repaired
        return SearchResult(
            plan_of(self.problem, arrays.decode(self.problem, written)),
            min(ticks, self.repaired_ticks),
            self.repaired_ticks,
            self.iterations,
            self.improvements,
            self.first_feasible_s,
            self.deadline.elapsed_s(),
        )
