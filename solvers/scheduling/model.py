"""The schedule as a CP-SAT model: the exact engine that improves an incumbent, or proves it.

The incumbent goes in as a complete hint (starts, choices, sequences, tardiness, changes) and its objective as an
upper bound. The hint is computed here, value by value: `repair_hint` and completion solves are known to crash.
Promises: says how the solve ended; a schedule it returns still has to pass `check`.
May not: run in the core process: it is the only module here that imports ortools, and does so when called.
Called by: `solve`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from solvers.budget import Deadline
from solvers.result import SolveStatus
from solvers.scheduling import constraints, objective
from solvers.scheduling.draft import Draft, Slot, horizon_s, slot_of
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.shop import Operation, Shop


@dataclass(frozen=True, slots=True)
class Limits:
    """What one CP-SAT call may spend, building the model included: `seconds`, and never past the deadline."""

    seconds: float
    deadline: Deadline
    workers: int
    seed: int


@dataclass(frozen=True, slots=True)
class Improvement:
    """How the call ended; `bound` in points, only where every operation was free."""

    status: SolveStatus
    schedule: Schedule | None = None
    bound: int | None = None


def improve(shop: Shop, incumbent: Schedule, cost: int, free: Collection[int], limits: Limits) -> Improvement:
    """Look for a schedule that costs less than `cost`; only the operations in `free` move.

    `incumbent` must pass `check` and cost exactly that.
    """
    from ortools.sat.python import cp_model as cp

    ends_s = min(limits.deadline.elapsed_s() + limits.seconds, limits.deadline.seconds)
    draft = Draft(cp, cp.CpModel(), shop, incumbent, free, *horizon_s(shop, incumbent, cost))
    for operation in shop.operations:
        draft.slots.append(slot_of(draft, operation))
    constraints.precedence(draft)
    for machine in range(len(shop.machines)):
        constraints.one_at_a_time(draft, machine)
        constraints.setups(draft, machine)
    constraints.waived(draft)
    objective.tardiness(draft)
    objective.makespan(draft)
    objective.machine_cost(draft)
    objective.change(draft)
    total = sum(draft.terms)
    draft.model.add(total <= cost)
    draft.model.minimize(total)
    return _run(draft, limits, ends_s - limits.deadline.elapsed_s())


def _run(draft: Draft, limits: Limits, seconds: float) -> Improvement:
    if seconds <= 0:
        return Improvement(SolveStatus.NO_SOLUTION_IN_TIME)
    cp = draft.cp
    solver = cp.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = seconds
    parameters.num_workers = limits.workers
    parameters.random_seed = limits.seed
    parameters.log_search_progress = False
    parameters.symmetry_level = 0
    parameters.cp_model_probing_level = 0
    answer = solver.solve(draft.model)
    status = {
        cp.OPTIMAL: SolveStatus.OPTIMAL,
        cp.FEASIBLE: SolveStatus.FEASIBLE,
        cp.INFEASIBLE: SolveStatus.INFEASIBLE,
        cp.MODEL_INVALID: SolveStatus.MODEL_INVALID,
    }.get(answer, SolveStatus.NO_SOLUTION_IN_TIME)
    whole = (
        draft.whole
        and not draft.incumbent.waivers
        and all(not slot.fixed or op.started or op.wish for slot, op in _pairs(draft))
    )
    bound = int(solver.best_objective_bound) if whole and status.has_plan else None
    if status is SolveStatus.OPTIMAL and not whole:
        status = SolveStatus.FEASIBLE
    return Improvement(status, _read(draft, solver) if status.has_plan else None, bound)


def _pairs(draft: Draft) -> list[tuple[Slot, Operation]]:
    return list(zip(draft.slots, draft.shop.operations, strict=True))


def _read(draft: Draft, solver: Any) -> Schedule:
    """Plain numbers out of the solver; a wish that came back loses its waiver."""
    shop, assignments, back = draft.shop, [], set()
    for slot, op in _pairs(draft):
        chosen = next(o for o in slot.options if o.literal is True or solver.boolean_value(o.literal))
        start_s = draft.now_s + (slot.start if slot.fixed else int(solver.value(slot.start)))
        machine_id = shop.machines[chosen.machine].machine_id
        assignments.append(Assignment(op.task.task_id, machine_id, start_s, start_s + chosen.size_s))
        if op.wish == (chosen.machine, start_s):
            back.add(op.task.task_id)
    waivers = tuple(waiver for waiver in draft.incumbent.waivers if waiver.task_id not in back)
    return Schedule(tuple(assignments), waivers)
