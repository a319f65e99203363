"""The search for problems with rules that the fast kernel does not know.

Promises: takes any start, even an impossible or incomplete one, makes it possible, puts back what fits, and then never
gives back anything dearer; keeps its time limit; drops the interpreter's lock while it works. Called by
`routing.search`, which says what the arguments mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.budget import Budget, Deadline
from solvers.routing.arrays import decode
from solvers.routing.layout import I64
from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.plain import SearchResult
from solvers.routing.plan import Reason, Sequences
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.rich import entries, shape, tables
from solvers.routing.rich.start import encode
from solvers.routing.timing import plan_of


@dataclass(frozen=True, slots=True)
class RichTuning:
    """Parameters of the search. Costs are relative to the mean cost of a leg, so they suit any problem.

    removals: mean number of stops taken out in a step. longest: longest string. places: nearest planned stops beside
    which an insertion is tried. heat_cold, heat_warm: first temperature without and with a start. heat_end: last one.
    slice_share: share of the budget between two looks at the stopwatch; slice_s: but no longer than this.
    """

    removals: int = 10
    longest: int = 10
    places: int = 40
    heat_cold: float = 1.0
    heat_warm: float = 0.1
    heat_end: float = 0.01
    slice_share: float = 0.01
    slice_s: float = 0.005


RICH_TUNING = RichTuning()
FIRST_SLICE = 8
MOST_STEPS_A_SLICE = 20_000
BY_GAIN_LIMIT = 12
"""Up to so many absent units are put back in order of gain; beyond, in order of prize and window's end."""
PUT_BACK_AT_ONCE = 32
NOTHING = np.empty(0, np.int64)


def run_rich(
    problem: RoutingProblem,
    given: Sequences,
    budget: Budget,
    deadline: Deadline,
    *,
    improve: bool = True,
    pool: RoutePool | None = None,
    tuning: RichTuning = RICH_TUNING,
) -> SearchResult:
    """Repair the start, put back what is missing at its cheapest, and, unless told not to, improve it.

    With an iterations limit that bites the result depends on the seed alone.
    """
    run = _Run(problem, given, budget, deadline, tuning)
    if improve:
        run.improve(any(trip for trips in given.values() for trip in trips), pool)
    return run.result()


def warm_up_rich() -> None:
    """Compile or load the rich kernel."""
    leg = np.ones((2, 2), np.int32) - np.eye(2, dtype=np.int32)
    stops = (Stop("s", 1, (1,), 0, 100, 100, prize_cents=1000),)
    problem = RoutingProblem((Profile(leg, leg),), stops, (Vehicle("v", 0, 0, (9,), cents_per_km=1),), ("units",))
    budget = Budget(seconds=3600.0, iterations=2)
    run_rich(problem, {}, budget, budget.start())


class _Run:
    """One search: arrays, state, and what has happened so far."""

    def __init__(
        self, problem: RoutingProblem, given: Sequences, budget: Budget, deadline: Deadline, tuning: RichTuning
    ) -> None:
        self.problem, self.budget, self.deadline, self.tuning = problem, budget, deadline, tuning
        self.iterations = self.improvements = 0
        self.first_feasible_s: float | None = None
        self.task = tables.task_of(problem)
        self.state = tables.state_of(self.task, budget.seed)
        self._act(entries.LOAD, encode(problem, given), 0, 0)
        self._put_back()
        self._note_feasible()
        self.repaired_ticks = int(self.state.sc[shape.BEST])

    def _act(self, what: int, items: I64, first: int, end: int, heat: float = 0.0) -> int:
        tuning = self.tuning
        sizes = (tuning.removals, tuning.longest, tuning.places)
        return int(entries.act(self.task, self.state, what, items, first, end, *sizes, heat))

    def _put_back(self) -> None:
        """Insert what is absent, as far as time allows."""
        count = int(self.state.sc[shape.NABS])
        if count <= BY_GAIN_LIMIT:
            self._act(entries.PUT_BACK, NOTHING, 0, 0)
            return
        order = self._order(self.state.absent[:count].copy())
        for first in range(0, count, PUT_BACK_AT_ONCE):
            if self.deadline.left_s() <= self._reserve_s():
                return
            end = min(count, first + PUT_BACK_AT_ONCE)
            self._act(entries.PUT_BACK, order, first, end)

    def _order(self, units: I64) -> I64:
        """The dearest first; of equal ones those that must be served first."""
        rows = self.task.ui[units]
        optional = rows[:, shape.SORT] == shape.OPTIONS
        stops = rows[:, shape.A].copy()
        stops[optional] = self.task.options[stops[optional]]
        return units[np.lexsort((units, self.task.si[stops, shape.WE], -rows[:, shape.PRIZE]))]

    def improve(self, warm: bool, pool: RoutePool | None) -> None:
        """Search until the budget is spent."""
        if not self.problem.stops or not self.problem.vehicles:
            return
        limit = self.budget.iterations or 2**62
        hot = self._heat(self.tuning.heat_warm if warm else self.tuning.heat_cold)
        cold = self._heat(self.tuning.heat_end)
        steps, pooled = FIRST_SLICE, -1
        while self.iterations < limit:
            spent = self._spent(limit)
            if spent >= 1.0 or self.deadline.left_s() <= self._reserve_s() or self._enough():
                return
            began_s = self.deadline.elapsed_s()
            todo = min(steps, limit - self.iterations)
            self.improvements += self._act(entries.RUN, NOTHING, 0, todo, hot * (cold / hot) ** spent)
            self.iterations += todo
            self._note_feasible()
            if pool is not None and self.improvements > pooled:
                pool.add(decode(self.problem, self.state.best))
                pooled = self.improvements
            steps = self._next_slice(todo, self.deadline.elapsed_s() - began_s)

    def _next_slice(self, done: int, took_s: float) -> int:
        """Steps that take about as long as we may go without looking at the stopwatch.

        With a limit on iterations every slice is as long as the first, or the same seed would be another search.
        """
        if self.budget.iterations is not None:
            return FIRST_SLICE
        aim_s = min(self.tuning.slice_s, max(self.budget.seconds * self.tuning.slice_share, 0.0005))
        aim_s = min(aim_s, max(self.deadline.left_s() - self._reserve_s(), 0.0001))
        steps = int(done * aim_s / max(took_s, 1e-6))
        return max(1, min(steps, 4 * done, MOST_STEPS_A_SLICE))

    def _reserve_s(self) -> float:
        """Time kept back to write the plan out."""
        return min(0.3 * self.budget.seconds, 0.0005 + 1e-5 * len(self.problem.stops))

    def _spent(self, limit: int) -> float:
        if self.budget.iterations is None:
            return self.deadline.share()
        return max(self.iterations / limit, self.deadline.share() if self.deadline.over() else 0.0)

    def _enough(self) -> bool:
        return self.budget.solutions is not None and self.improvements >= self.budget.solutions

    def _heat(self, share: float) -> float:
        """Temperature in ticks for a share of the mean cost of a leg."""
        routes = float(self.state.vx[:, shape.COST].sum())
        stops = max(1, int(self.state.vx[:, shape.NSTOPS].sum()))
        return max(1.0, share * routes / stops)

    def _note_feasible(self) -> None:
        if self.first_feasible_s is None and self.state.sc[shape.BESTABS] == 0:
            self.first_feasible_s = self.deadline.elapsed_s()

    def result(self) -> SearchResult:
        """The best plan met, timed."""
        sequences = decode(self.problem, self.state.best)
        return SearchResult(
            plan_of(self.problem, sequences, self._reasons(sequences)),
            int(self.state.sc[shape.BEST]),
            self.repaired_ticks,
            self.iterations,
            self.improvements,
            self.first_feasible_s,
            self.deadline.elapsed_s(),
        )

    def _reasons(self, sequences: Sequences) -> dict[str, Reason]:
        """Why options are not planned whose place another took."""
        if not self.problem.options:
            return {}
        planned = {stop_id for trips in sequences.values() for trip in trips for stop_id in trip}
        groups = (ids for ids in self.problem.options.values() if not planned.isdisjoint(ids))
        return {stop_id: Reason.OTHER_OPTION for ids in groups for stop_id in ids if stop_id not in planned}
