"""One search of a plain problem: arrays, states of the kernel, and how the budget is spent on them.

Promises: never gives back anything dearer than the repaired start; keeps the limit to about a millisecond; with one
worker, the same seed and number of iterations is the same search. Two workers are two threads without the interpreter's
lock: on a large problem each works on a region of its own, cut anew each round; on a small one each works on a plan
of its own, and the worse one goes on from the better. Called by `search`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from solvers.budget import Budget, Deadline
from solvers.routing import arrays, first_plan, layout
from solvers.routing.kernel import entries as kernel
from solvers.routing.layout import I64, Data, State
from solvers.routing.plan import RoutingPlan, Sequences
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.regions import Regions, merge_written
from solvers.routing.timing import plan_of


@dataclass(frozen=True, slots=True)
class Tuning:
    """Parameters of the search. Costs are relative to the mean cost of a leg, so they suit any problem.

    removals: mean number of stops taken out in a step. longest: longest string. places: nearest planned stops beside
    which an insertion is tried. heat_cold: first temperature without a start if there is time for HASTY steps a stop;
    with more time, less will do. heat_warm: first temperature with a start. heat_end: last one.
    slice_share: share of the budget between two looks at the stopwatch; slice_s: but no longer than this.
    rounds: how often two workers put their work together; round_s: but not more often than this.
    """

    removals: int = 10
    longest: int = 10
    places: int = 50
    heat_cold: float = 4.0
    heat_warm: float = 0.1
    heat_end: float = 0.03
    slice_share: float = 0.01
    slice_s: float = 0.005
    rounds: int = 50
    round_s: float = 0.04


DEFAULT_TUNING = Tuning()
HASTY = 200.0
STEPS_A_S = 100_000.0
"""What a worker is expected to do in a second: enough to choose a temperature by."""
MANY, LONG = 500, 20
"""Stops of a large problem, and of a long route."""
FIRST_SLICE = 8
MOST_STEPS_A_SLICE = 20_000
ARRANGED = 150
"""From so many stops on, near stops are put near each other in memory first."""
REGIONAL = 150
REGIONAL_ROUTES = 12
"""With so many stops and routes or more, workers share one plan by regions."""
SAMPLE_S = 0.02
SAMPLE_GAP = 0.02
"""So often a solution that is so near to the best goes into the pool of routes."""
CREW = 2
"""Workers that a search can use."""


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


class _Worker:
    """One state of the kernel, and how fast it goes."""

    def __init__(self, data: Data, seed: int, tuning: Tuning) -> None:
        self.data, self.tuning = data, tuning
        self.state: State = arrays.state_of(data, seed)
        self.iterations = self.improvements = 0
        self._steps, self._step_s = FIRST_SLICE // 4, 1e-9
        self.sample: Callable[[I64], None] | None = None
        self._sampled_s, self._now = 0.0, np.zeros_like(self.state.best)

    def run(self, deadline: Deadline, until_s: float, aim_s: float, heat: Callable[[], float]) -> None:
        """Search until that much time has gone by, looking at the stopwatch about every `aim_s`."""
        while deadline.elapsed_s() < until_s:
            self.slice(deadline, until_s, aim_s, heat())

    def slice(self, deadline: Deadline, until_s: float, aim_s: float, heat: float) -> None:
        """Search for about `aim_s`, but not beyond `until_s`."""
        began_s = deadline.elapsed_s()
        aim_s = min(aim_s, max(until_s - began_s, 0.0001))
        steps = max(1, min(int(aim_s / self._step_s), 4 * self._steps, MOST_STEPS_A_SLICE))
        self.steps(steps, heat)
        self._steps = steps
        ended_s = deadline.elapsed_s()
        self._step_s = max(1e-9, (ended_s - began_s) / steps)
        if self.sample is not None and ended_s >= self._sampled_s + SAMPLE_S:
            self._sampled_s = ended_s
            self._take_sample(self.sample)

    def _take_sample(self, sample: Callable[[I64], None]) -> None:
        """The present solution, if it is good, is worth remembering for its routes."""
        if self.state.sc[layout.CUR] <= self.state.sc[layout.BEST] * (1.0 + SAMPLE_GAP):
            kernel.write_down(self.state, self._now)
            sample(self._now)

    def steps(self, count: int, heat: float) -> None:
        """So many steps."""
        tuning = self.tuning
        self.improvements += kernel.run(
            self.data, self.state, count, tuning.removals, tuning.longest, tuning.places, heat
        )
        self.iterations += count


def _add_to_pool(pool: RoutePool, vehicle_ids: list[str], stop_ids: list[str], written: I64) -> None:
    pool.add_written(written, vehicle_ids, stop_ids)


class PlainSearch:
    """One search: arrays, workers, the best plan so far, and what has happened."""

    def __init__(
        self, problem: RoutingProblem, given: Sequences, budget: Budget, deadline: Deadline, tuning: Tuning
    ) -> None:
        self.problem, self.budget, self.deadline, self.tuning = problem, budget, deadline, tuning
        self.first_feasible_s: float | None = None
        self.order = arrays.near_together(problem) if len(problem.stops) >= ARRANGED else None
        self.data: Data = arrays.data_of(problem, self.order)
        self.lead = _Worker(self.data, budget.seed, tuning)
        self.crew = [self.lead]
        kernel.repair(self.data, self.lead.state, arrays.encode(problem, given, self.order), tuning.places)
        self.repaired_ticks = int(self.lead.state.sc[layout.BEST])
        self.best_ticks, self.best = self.repaired_ticks, self.lead.state.best.copy()
        self._keep(self.lead.state)

    def begin_with_savings(self) -> None:
        """Go on from a plan by savings: dearer perhaps than the repaired one, but a better place to search from."""
        if first_plan.applies(self.data):
            kernel.repair(self.data, self.lead.state, first_plan.by_savings(self.data), self.tuning.places)
            self._keep(self.lead.state)

    def improve(self, warm: bool, pool: RoutePool | None = None) -> None:
        """Search until the budget is spent."""
        if not self.problem.stops or not self.problem.vehicles:
            return
        self.hot = self._heat(self.tuning.heat_warm if warm else self._heat_cold())
        self.cold = self._heat(self.tuning.heat_end)
        sample = self._sampler(pool) if pool is not None else None
        self.lead.sample = sample
        self._spend(sample)
        if sample is not None:
            sample(self.best)

    def _spend(self, sample: Callable[[I64], None] | None) -> None:
        if self.budget.iterations is not None:
            self._count_steps(self.budget.iterations)
        elif self.budget.workers < CREW:
            self._alone()
        else:
            self.crew.append(_Worker(self.data, self.budget.seed + 1_000_003, self.tuning))
            self.crew[-1].sample = sample
            with ThreadPoolExecutor(len(self.crew) - 1) as threads:
                if self._regional():
                    self._by_regions(threads)
                else:
                    self._as_rivals(threads)

    def _sampler(self, pool: RoutePool) -> Callable[[I64], None]:
        """What puts a solution into the pool."""
        vehicle_ids = [vehicle.vehicle_id for vehicle in self.problem.vehicles]
        stop_ids = [stop.stop_id for stop in self.problem.stops]
        if self.order is not None:
            stop_ids = [stop_ids[k] for k in self.order.tolist()]
        return partial(_add_to_pool, pool, vehicle_ids, stop_ids)

    def _regional(self) -> bool:
        """Whether regions leave each worker enough routes to move stops between."""
        return len(self.problem.stops) >= REGIONAL and self._routes() >= REGIONAL_ROUTES

    def _routes(self) -> int:
        """Vehicles in use."""
        return int((self.lead.state.vx[:, layout.NSTOPS] > 0).sum())

    def _count_steps(self, limit: int) -> None:
        """Slices of the same length: the temperature falls from slice to slice, whatever the machine's speed."""
        while self.lead.iterations < limit and not self.deadline.over() and not self._enough():
            spent = self.lead.iterations / limit
            self.lead.steps(min(FIRST_SLICE, limit - self.lead.iterations), self._temperature(spent))
            self._keep(self.lead.state)

    def _alone(self) -> None:
        end_s = self.budget.seconds - self._reserve_s()
        while self.deadline.elapsed_s() < end_s and not self._enough():
            self.lead.slice(self.deadline, end_s, self._aim_s(), self._now())
            self._keep(self.lead.state)

    def _by_regions(self, threads: ThreadPoolExecutor) -> None:
        """Each worker searches the routes of a region; after each round the regions are cut anew."""
        regions = Regions(self.data, self.budget.seed)
        now, scratch = self.lead.state.best.copy(), [np.zeros_like(self.best) for _ in self.crew]
        while self._time_left() and not self._enough():
            owner = regions.split(now, len(self.crew))
            for number, worker in enumerate(self.crew):
                regions.hand_over(worker.state, now, owner, number)
                kernel.load(self.data, worker.state, now)
            self._round(threads)
            for worker, out in zip(self.crew, scratch, strict=True):
                kernel.write_down(worker.state, out)
            now = merge_written(scratch, owner)
            ticks = sum(int(worker.state.sc[layout.BEST]) for worker in self.crew)
            absent = sum(int(worker.state.sc[layout.BESTABS]) for worker in self.crew)
            self._offer(ticks, absent, partial(merge_written, [worker.state.best for worker in self.crew], owner))

    def _as_rivals(self, threads: ThreadPoolExecutor) -> None:
        """Each worker has a plan of its own; in the second half, the worse one goes on from the better one's."""
        second = self.crew[1].state
        kernel.load(self.data, second, self.lead.state.best)
        while self._time_left() and not self._enough():
            self._round(threads)
            for worker in self.crew:
                self._keep(worker.state)
            if self.deadline.share() > 0.5:
                ahead, behind = sorted((w.state for w in self.crew), key=lambda state: int(state.sc[layout.CUR]))
                if ahead.sc[layout.CUR] < behind.sc[layout.CUR]:
                    now = np.zeros_like(self.best)
                    kernel.write_down(ahead, now)
                    kernel.load(self.data, behind, now)

    def _round(self, threads: ThreadPoolExecutor) -> None:
        """All workers search for a while."""
        length_s = max(self.tuning.round_s, self.budget.seconds / self.tuning.rounds)
        until_s = min(self.deadline.elapsed_s() + length_s, self.budget.seconds - self._reserve_s())
        aim_s = self._aim_s()
        others = [threads.submit(worker.run, self.deadline, until_s, aim_s, self._now) for worker in self.crew[1:]]
        self.lead.run(self.deadline, until_s, aim_s, self._now)
        for other in others:
            other.result()

    def _now(self) -> float:
        return self._temperature(self.deadline.share())

    def _temperature(self, spent: float) -> float:
        return self.hot * (self.cold / self.hot) ** spent

    def _time_left(self) -> bool:
        return self.deadline.elapsed_s() < self.budget.seconds - self._reserve_s()

    def _aim_s(self) -> float:
        return min(self.tuning.slice_s, max(self.budget.seconds * self.tuning.slice_share, 0.0005))

    def _reserve_s(self) -> float:
        """Time kept back to write the plan out."""
        return min(0.3 * self.budget.seconds, 0.0005 + 8e-6 * len(self.problem.stops))

    def _enough(self) -> bool:
        improvements = sum(worker.improvements for worker in self.crew)
        return self.budget.solutions is not None and improvements >= self.budget.solutions

    def _heat_cold(self) -> float:
        """First temperature without a start.

        Little time is best spent in a heat that soon finds where routes go at all; the more steps there are for each
        stop, the less of the first plan need be undone. Many stops on long routes are the exception: their legs are
        short beside what it takes to turn two routes into others.
        """
        if len(self.problem.stops) >= max(MANY, LONG * self._routes()):
            return self.tuning.heat_cold
        workers = CREW if self.budget.workers >= CREW and self._regional() else 1
        steps = self.budget.iterations or STEPS_A_S * self.budget.seconds * workers
        a_stop = steps / len(self.problem.stops)
        return self.tuning.heat_cold * min(1.0, math.sqrt(HASTY / a_stop))

    def _heat(self, share: float) -> float:
        """Temperature in ticks for a share of the mean cost of a leg."""
        vx = self.lead.state.vx
        return max(1.0, share * float(vx[:, layout.COST].sum()) / max(1, int(vx[:, layout.NSTOPS].sum())))

    def _keep(self, state: State) -> None:
        self._offer(int(state.sc[layout.BEST]), int(state.sc[layout.BESTABS]), state.best.copy)

    def _offer(self, ticks: int, absent: int, written: Callable[[], I64]) -> None:
        """Keep a plan if it is the best so far."""
        if self.first_feasible_s is None and absent == 0:
            self.first_feasible_s = self.deadline.elapsed_s()
        if ticks < self.best_ticks:
            self.best_ticks, self.best = ticks, written()

    def result(self) -> SearchResult:
        """The best plan met, timed."""
        return SearchResult(
            plan_of(self.problem, arrays.decode(self.problem, self.best, self.order)),
            self.best_ticks,
            self.repaired_ticks,
            sum(worker.iterations for worker in self.crew),
            sum(worker.improvements for worker in self.crew),
            self.first_feasible_s,
            self.deadline.elapsed_s(),
        )
