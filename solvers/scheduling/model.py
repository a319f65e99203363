"""The schedule as a CP-SAT model: the exact engine that improves an incumbent, or proves it.

The incumbent goes in as a complete hint (starts, choices, sequences, batches, people, tardiness, changes) and its
objective as an upper bound. The hint is computed here, value by value: `repair_hint` and completion solves are known
to crash.
Promises: says how the solve ended; a schedule it returns still has to pass `check`.
May not: run in the core process: it is the only module here that imports ortools, and does so when called.
Called by: `solve`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from solvers.budget import Deadline
from solvers.result import SolveStatus
from solvers.scheduling import batches, constraints, objective, units
from solvers.scheduling.draft import Draft, Option, slot_of
from solvers.scheduling.horizon import horizon_s
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.pools import Pools
from solvers.scheduling.sequences import setups
from solvers.scheduling.shop import Shop
from solvers.scheduling.ways import Ways

MAX_EXACT = 2**52
"""Bounds come as floats; above this they are not exact."""
TELL_S = 0.2
"""Incumbents of a running call are read out at most so often."""


class Line:
    """Between a running call and whoever waits for it in another thread: incumbents come out, a stop goes in."""

    def __init__(self) -> None:
        self.stopped = False
        self.told_s = 0.0
        self._found: deque[Schedule] = deque()
        self._solver: Any = None

    def stop(self) -> None:
        """End the call soon."""
        self.stopped = True
        if self._solver is not None:
            self._solver.stop_search()

    def drain(self) -> Iterable[Schedule]:
        """Incumbents since the last time."""
        while self._found:
            yield self._found.popleft()

    def watch(self, solver: Any) -> None:
        """The solver that a stop shall reach."""
        self._solver = solver

    def tell(self, schedule: Schedule) -> None:
        """An incumbent of the running call."""
        self._found.append(schedule)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one CP-SAT call may spend, building the model included: `seconds`, and never past the deadline.

    `plain`: nothing but the makespan is priced.
    """

    seconds: float
    deadline: Deadline
    workers: int
    seed: int
    line: Line | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Improvement:
    """How the call ended; `bound` in points, only where every operation was free.

    `finished`: nothing better can be found with what was free. `built_s`: time it took to build the model.
    """

    status: SolveStatus
    schedule: Schedule | None = None
    bound: int | None = None
    finished: bool = False
    built_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """The finished model: its draft, what it minimises, and who asks for which pool of people."""

    draft: Draft
    total: Any
    demands: units.Demands


def build(shop: Shop, incumbent: Schedule, cost: int, free: Collection[int]) -> Model:
    """The model of the operations in `free`, the rest folded in; every variable hinted."""
    from ortools.sat.python import cp_model as cp

    ahead_s, sure = horizon_s(shop, incumbent, cost)
    free = batches.all_or_none(shop, incumbent, {n for n in free if not shop.operations[n].started})
    reach_s = _reach_s(shop, incumbent, free)
    draft = Draft(cp, cp.CpModel(), shop, incumbent, free, Pools(shop.problem), Ways(shop, ahead_s), sure, reach_s)
    batches.candidates(draft)
    for operation in shop.operations:
        draft.slots.append(slot_of(draft, operation))
    constraints.precedence(draft)
    for machine in range(len(shop.machines)):
        constraints.one_at_a_time(draft, machine)
        setups(draft, machine)
    batches.join(draft)
    demands = units.hold(draft)
    constraints.waived(draft)
    objective.tardiness(draft)
    objective.makespan(draft)
    objective.machine_cost(draft)
    objective.overtime(draft)
    objective.start_cost(draft)
    objective.change(draft)
    total = sum(draft.terms)
    draft.model.minimize(total)
    return Model(draft, total, demands)


def _reach_s(shop: Shop, incumbent: Schedule, free: Collection[int]) -> int | None:
    """A window of a larger problem moves by its own length at most; None: anywhere."""
    movable = sum(not op.started and (op.wish is None) for op in shop.operations)
    if 2 * len(free) > movable:
        return None
    places = [incumbent.assignments[n] for n in free]
    longest_s = max((mode.duration_s for n in free for mode in shop.operations[n].task.modes), default=0)
    first_s, last_s = min(p.start_s for p in places), max(p.end_s for p in places)
    return max(last_s - first_s, 2 * longest_s)


def improve(shop: Shop, incumbent: Schedule, cost: int, free: Collection[int], limits: Limits) -> Improvement:
    """Look for a schedule that costs less than `cost`; only the operations in `free` move.

    `incumbent` must pass `check` and cost exactly that.
    """
    began_s = limits.deadline.elapsed_s()
    made = build(shop, incumbent, cost, free)
    made.draft.model.add(made.total <= cost)
    built_s = limits.deadline.elapsed_s() - began_s
    seconds = min(limits.seconds - built_s, limits.deadline.left_s())
    if seconds <= 0 or (limits.line is not None and limits.line.stopped):
        return Improvement(SolveStatus.NO_SOLUTION_IN_TIME, built_s=built_s)
    return replace(_run(made, limits, seconds), built_s=built_s)


def _run(made: Model, limits: Limits, seconds: float) -> Improvement:
    draft, cp = made.draft, made.draft.cp
    solver = cp.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = seconds
    parameters.num_workers = limits.workers
    parameters.random_seed = limits.seed
    parameters.log_search_progress = False
    parameters.symmetry_level = 0
    parameters.cp_model_probing_level = 0
    # Disjunctions say little to a linear program; only sums of costs do, so that it has every other turn there.
    parameters.linearization_level = 0 if limits.plain or limits.seed % 2 else 1
    if not is_whole(draft):
        # A window is small and its bound is not asked for: less preparation, more search.
        parameters.linearization_level = 0
        parameters.max_presolve_iterations = 1
    answer = solver.solve(draft.model, _reporter(made, limits, solver))
    status = {
        cp.OPTIMAL: SolveStatus.OPTIMAL,
        cp.FEASIBLE: SolveStatus.FEASIBLE,
        cp.INFEASIBLE: SolveStatus.INFEASIBLE,
        cp.MODEL_INVALID: SolveStatus.MODEL_INVALID,
    }.get(answer, SolveStatus.NO_SOLUTION_IN_TIME)
    whole, finished = is_whole(draft), status is SolveStatus.OPTIMAL
    exact = whole and status.has_plan and abs(solver.best_objective_bound) < MAX_EXACT
    bound = math.ceil(solver.best_objective_bound - 1e-6) if exact else None
    if finished and bound is None:
        status = SolveStatus.FEASIBLE
    return Improvement(status, read(made, solver.value) if status.has_plan else None, bound, finished)


def _reporter(made: Model, limits: Limits, solver: Any) -> Any:
    """Sends incumbents down the line, not too often."""
    if limits.line is None:
        return None
    line, deadline = limits.line, limits.deadline
    line.watch(solver)
    callback: Any = made.draft.cp.CpSolverSolutionCallback

    class Reporter(callback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            if deadline.elapsed_s() - line.told_s >= TELL_S:
                line.told_s = deadline.elapsed_s()
                line.tell(read(made, self.value))
            if line.stopped:
                self.stop_search()

    return Reporter()


def is_whole(draft: Draft) -> bool:
    """Does the model leave out no schedule of the problem, so that its bound is one?"""
    fixed = (op for op in draft.shop.operations if op.number not in draft.free)
    return draft.whole and not draft.incumbent.waivers and all(op.started or op.wish for op in fixed)


def read(made: Model, value: Any) -> Schedule:
    """Plain numbers out of the solver; a wish that came back loses its waiver."""
    draft, shop = made.draft, made.draft.shop
    chosen = [_chosen(draft, number, value) for number in range(len(draft.slots))]
    spans = [_span(made, number, option, value) for number, option in enumerate(chosen)]
    held = units.hand_out(draft, spans)
    assignments, back = [], set()
    for op, option, span in zip(shop.operations, chosen, spans, strict=True):
        start_s, end_s = draft.now_s + span.start_s, draft.now_s + span.end_s
        machine_id = shop.machines[option.machine].machine_id
        overtime = chosen[span.leader].overtime
        assignments.append(Assignment(op.task.task_id, machine_id, start_s, end_s, overtime, held[op.number]))
        if op.wish and (op.wish[0], op.wish[1]) == (option.machine, start_s):
            back.add(op.task.task_id)
    waivers = tuple(waiver for waiver in draft.incumbent.waivers if waiver.task_id not in back)
    return Schedule(tuple(assignments), waivers)


def _chosen(draft: Draft, number: int, value: Any) -> Option:
    options = draft.slots[number].options
    return next(option for option in options if option.literal is True or value(option.literal))


def _span(made: Model, number: int, option: Option, value: Any) -> units.Span:
    """Where it stands, whose batch it is in, and how many of each pool it holds."""
    draft, slot = made.draft, made.draft.slots[number]
    if slot.fixed:
        leader = draft.leader_of.get(number, number)
        return units.Span(slot.start, slot.end, leader, draft.pools.held(draft.at(number).held))
    counts: dict[int, int] = {}
    for pools, count in draft.pools.needs(option.mode):
        if len(pools) == 1:
            counts[pools[0]] = counts.get(pools[0], 0) + count
    for pool, taken in made.demands.get(number, ()):
        counts[pool] = counts.get(pool, 0) + int(value(taken))
    start_s = int(value(slot.start))
    return units.Span(start_s, int(value(slot.end)), number if option.leader < 0 else option.leader, counts)
