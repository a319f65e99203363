"""Repair: a feasible schedule in milliseconds, as near to the plan in force as the facts allow.

Affected-operations right shift: what can stay stays, what cannot moves right or to another machine, whichever
costs less; new tasks are inserted into the gaps or, if that pays, in front. A few priority rules are tried and the
cheapest result is taken.
Promises: always a schedule of all tasks that `check` passes; the same input gives the same schedule; with
nothing new and nothing broken it changes nothing.
May not: import a solver or look at a clock.
Called by: planning in the core, `solve` for a first incumbent, `io`.
"""

from __future__ import annotations

from solvers.scheduling.build import Keys, build
from solvers.scheduling.check import figures
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.shop import Operation, Shop, index

_FAR_S = 2**50
_FEW_TASKS = 400


def repair(problem: SchedulingProblem) -> Schedule:
    """Schedule every task, starting from what is published."""
    shop = index(problem)
    if not problem.published:
        return _cheapest(problem, [(build(shop, keys)) for keys in _fresh(shop)])
    stable = build(shop, _published_first(shop))
    new = any(op.published is None and op.started is None for op in shop.operations)
    if not new and not figures(problem, stable).moved:
        return stable
    others = [build(shop, _affected_last(shop))]
    others += [build(shop, keys, may_advance=True) for keys in _advancing(shop)]
    if new:
        others += [build(shop, keys) for keys in _merged(shop)]
    return _cheapest(problem, [stable, *others])


def _cheapest(problem: SchedulingProblem, schedules: list[Schedule]) -> Schedule:
    return min(schedules, key=lambda schedule: figures(problem, schedule).objective)


def _latest_start_s(shop: Shop, op: Operation) -> int:
    """When it must start for its job to be in time, without contention."""
    due_s = shop.problem.jobs[op.job].due_s
    least_s = min(duration for _, duration, _ in op.modes)
    return (_FAR_S if due_s is None else due_s) - op.tail_s - least_s


def _published_first(shop: Shop) -> Keys:
    """The order in force; new tasks into the gaps, the most urgent first."""
    return [
        (0, op.published[1], op.number) if op.published else (1, _latest_start_s(shop, op), op.number)
        for op in shop.operations
    ]


def _affected_last(shop: Shop) -> Keys:
    """What can stay comes first; what a fact pushes away gets the gaps that are left."""
    keys: list[tuple[int, ...]] = []
    for op in shop.operations:
        late = _latest_start_s(shop, op)
        if op.published is None:
            keys.append((2, late, op.number))
            continue
        machine, start_s = op.published
        duration_s = op.duration_on(machine) or 0
        fits_s, _ = shop.calendars[machine].fit(start_s, duration_s, op.task.interruptible)
        stays = duration_s > 0 and fits_s == start_s >= op.head_s
        keys.append((0, start_s, op.number) if stays else (1, late, op.number))
    return keys


def _merged(shop: Shop) -> list[Keys]:
    """New tasks among the published ones at their earliest time; and new tasks in front of all."""
    among = [(op.published[1] if op.published else op.head_s, op.number) for op in shop.operations]
    first = [
        (1, op.published[1], op.number) if op.published else (0, _latest_start_s(shop, op), op.number)
        for op in shop.operations
    ]
    return [among, first]


def _advancing(shop: Shop) -> list[Keys]:
    """Everything may close up; small problems only, it is the rule that wins least often."""
    if len(shop.operations) > _FEW_TASKS:
        return []
    return [[(op.published[1] if op.published else op.head_s, op.number) for op in shop.operations]]


def _numbered(shop: Shop) -> list[tuple[int, Operation]]:
    return list(enumerate(shop.operations))


def _fresh(shop: Shop) -> list[Keys]:
    """Nothing is published: latest start, latest start by weight (two ways), most work remaining, chain order."""
    jobs = shop.problem.jobs
    late = [_latest_start_s(shop, op) for op in shop.operations]
    rules: list[Keys] = [
        [(late[op.number], op.number) for op in shop.operations],
        [(-op.tail_s - min(d for _, d, _ in op.modes), op.number) for op in shop.operations],
        [(op.head_s, -op.tail_s, op.number) for op in shop.operations],
    ]
    if len({job.weight for job in jobs}) > 1:
        now_s = shop.problem.now_s
        rules.append([(now_s + (late[n] - now_s) // max(1, jobs[op.job].weight), n) for n, op in _numbered(shop)])
        rules.append([(-jobs[op.job].weight, late[op.number], op.number) for op in shop.operations])
    return rules
