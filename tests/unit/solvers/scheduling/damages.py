"""Single damages to a schedule, as a solver with a mistake would do them.

Some leave it feasible, because a task may stand elsewhere too; which ones, a judge must say.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from solvers.scheduling.plan import Assignment, Schedule, Waiver
from solvers.scheduling.problem import SchedulingProblem, Task

Damage = Callable[[random.Random, SchedulingProblem, Schedule, Assignment], Schedule | None]
"""(chance, problem, schedule, the assignment that is hit) -> the damaged schedule, None where it cannot be done."""


def _with(schedule: Schedule, place: Assignment, *instead: Assignment) -> Schedule:
    kept: list[Assignment] = []
    for other in schedule.assignments:
        kept.extend(instead if other is place else (other,))
    return replace(schedule, assignments=tuple(kept))


def _moved(schedule: Schedule, place: Assignment, by_s: int) -> Schedule:
    return _with(schedule, place, replace(place, start_s=place.start_s + by_s, end_s=place.end_s + by_s))


def _task(problem: SchedulingProblem, place: Assignment) -> Task:
    return next(task for _, task in problem.tasks() if task.task_id == place.task_id)


def _units(problem: SchedulingProblem) -> list[str]:
    return [o.operator_id for o in problem.operators] + [tool.tool_id for tool in problem.tools]


def a_second_early(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _moved(schedule, place, -1)


def a_second_late(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _moved(schedule, place, 1)


def far_away(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _moved(schedule, place, rng.randint(-150, 150))


def longer(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _with(schedule, place, replace(place, end_s=place.end_s + rng.randint(1, 3)))


def shorter(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _with(schedule, place, replace(place, end_s=place.end_s - rng.randint(1, 3)))


def other_machine(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    others = [m.machine_id for m in problem.machines if m.machine_id != place.machine_id]
    return _with(schedule, place, replace(place, machine_id=rng.choice(others))) if others else None


def other_mode(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    """To another of its machines, with the right length for it."""
    modes = [mode for mode in _task(problem, place).modes if mode.machine_id != place.machine_id]
    if not modes:
        return None
    mode = rng.choice(modes)
    return _with(schedule, place, replace(place, machine_id=mode.machine_id, end_s=place.start_s + mode.duration_s))


def exchanged(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule | None:
    """Two tasks take each other's places."""
    other = rng.choice(schedule.assignments)
    if other is place:
        return None
    there = _with(schedule, place, replace(other, task_id=place.task_id))
    return _with(there, other, replace(place, task_id=other.task_id))


def unit_dropped(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    return _with(schedule, place, replace(place, held=place.held[1:])) if place.held else None


def unit_added(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    units = _units(problem)
    return _with(schedule, place, replace(place, held=(*place.held, rng.choice(units)))) if units else None


def unit_unknown(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    return _with(schedule, place, replace(place, held=("nobody", *place.held[1:]))) if place.held else None


def unit_replaced(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    if not place.held:
        return None
    return _with(schedule, place, replace(place, held=(rng.choice(_units(problem)), *place.held[1:])))


def overtime_flipped(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _with(schedule, place, replace(place, overtime=not place.overtime))


def batch_joined(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    """Into what runs on a machine with batches, whether or not it belongs there."""
    batches = {machine.machine_id for machine in problem.machines if machine.batch_capacity}
    others = [o for o in schedule.assignments if o.machine_id in batches and o is not place]
    return _with(schedule, place, replace(rng.choice(others), task_id=place.task_id)) if others else None


def batch_left(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    """One member starts after the batch."""
    spot = place.machine_id, place.start_s
    if not any((o.machine_id, o.start_s) == spot for o in schedule.assignments if o is not place):
        return None
    return _moved(schedule, place, place.end_s - place.start_s)


def forgotten(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _with(schedule, place)


def doubled(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _with(schedule, place, place, place)


def unknown_machine(rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment) -> Schedule:
    return _with(schedule, place, replace(place, machine_id="nowhere"))


def waiver_lost(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    return replace(schedule, waivers=schedule.waivers[1:]) if schedule.waivers else None


def waiver_made_up(
    rng: random.Random, problem: SchedulingProblem, schedule: Schedule, place: Assignment
) -> Schedule | None:
    """A waiver of a wish that is kept, or that nobody has."""
    if any(waiver.task_id == place.task_id for waiver in schedule.waivers):
        return None
    waiver = Waiver(place.task_id, "pin", place.machine_id, place.start_s, "no reason")
    return replace(schedule, waivers=(*schedule.waivers, waiver))


DAMAGES: tuple[Damage, ...] = (
    a_second_early,
    a_second_late,
    far_away,
    longer,
    shorter,
    other_machine,
    other_mode,
    exchanged,
    unit_dropped,
    unit_added,
    unit_unknown,
    unit_replaced,
    overtime_flipped,
    batch_joined,
    batch_left,
    forgotten,
    doubled,
    unknown_machine,
    waiver_lost,
    waiver_made_up,
)
