"""Pins and fences on the board: which can be kept, and what forbids the others.

Promises: a wish is given up only for a fact, a predecessor, a unit that is away, or another wish that is kept.
May not: move anything.
Called by: `build`, `settle`, `constraints`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solvers.scheduling.board import Board, Place, Run
from solvers.scheduling.crew import match
from solvers.scheduling.plan import Rule, Schedule, Waiver
from solvers.scheduling.shop import Operation, Shop, Way

Obstacle = tuple[str, tuple[str, ...]]
"""(reason, ids it conflicts with)."""


def wished(shop: Shop, op: Operation) -> Place | None:
    """The place that it wishes for, without units; None where the machine cannot do it then."""
    assert op.wish is not None
    machine, start_s = op.wish
    way = op.way_on(machine)
    if way is None:
        return None
    end_s = shop.calendar(machine, op.overtime).fits(start_s, way.work_s, op.task.interruptible)
    if end_s is None:
        return None
    return Place(way, start_s, end_s, (), op.overtime and bool(shop.windows_met(machine, start_s, end_s)))


def fact(shop: Shop, op: Operation) -> Obstacle | None:
    """What forbids the wished place whatever else stands; None if nothing does."""
    assert op.wish is not None
    machine, start_s = op.wish
    machine_id = shop.machines[machine].machine_id
    if op.duration_on(machine) is None:
        return "it can no longer run on that machine", (machine_id,)
    if start_s < shop.problem.now_s:
        return "that start has passed", ()
    if start_s < shop.machines[machine].ready_s:
        return "the machine is not ready by then", (machine_id,)
    if start_s < op.release_s:
        return "its materials arrive later", ()
    hopeless = []
    for earlier, lag_s in op.before:
        before = shop.operations[earlier]
        least_s = min(duration for _, duration, _ in before.modes)
        end_s = before.started[2] if before.started else before.head_s + least_s
        if end_s + lag_s > start_s:
            hopeless.append(before.task.task_id)
    return ("what it waits for ends later", tuple(hopeless)) if hopeless else None


def late(board: Board, op: Operation) -> Obstacle | None:
    """What it waits for and stands, but ends too late for the wished start."""
    assert op.wish is not None
    operations = board.shop.operations
    ends = [(earlier, run.end_s + lag_s) for earlier, lag_s in op.before if (run := board.run_of[earlier])]
    too_late = tuple(operations[earlier].task.task_id for earlier, end_s in ends if end_s > op.wish[1])
    return ("what it waits for ends later", too_late) if too_late else None


def obstacle(board: Board, op: Operation, fixed_only: bool = False) -> tuple[Obstacle | None, Place | None]:
    """What stands in the way of the wish on this board, or the place to take.

    `fixed_only`: only what has started or is kept counts; the place then names units that others may hold.
    """
    shop = board.shop
    assert op.wish is not None
    machine, start_s = op.wish
    machine_id = shop.machines[machine].machine_id
    runs = [run for run in board.runs[machine] if (run.fixed or not fixed_only) and op.number not in run.members]
    batch = [run for run in runs if run.start_s == start_s and not run.started]
    if fixed_only:
        batch = [run for run in batch if any(member in board.kept for member in run.members)]
    place = wished(shop, op)
    if batch and shop.machines[machine].batch_capacity:
        mates = [member for member in batch[0].members if member in board.kept or not fixed_only]
        joint = place and _join(board, op, place.way, batch[0], mates)
        return (None, joint) if joint else (("the machine is taken", _names(shop, batch)), None)
    if place is None:
        return ("the machine is down or off shift", (machine_id,)), None
    takers = [run for run in runs if _collide(shop, op, place, run)]
    if takers:
        return ("the machine is taken", _names(shop, takers)), None
    if start_s < shop.first_start_s(machine, op.number) and not any(run.start_s <= start_s for run in runs):
        return ("the machine is not ready by then", (machine_id,)), None
    return _with_units(board, op, place, fixed_only)


def _join(board: Board, op: Operation, way: Way, run: Run, mates: list[int]) -> Place | None:
    """The batch of these mates with it, if that does not make the batch longer."""
    shop, machine, task = board.shop, way.machine, op.task
    members = [shop.operations[member].task for member in mates]
    size = task.size + sum(member.size for member in members)
    alike = bool(task.batch) and (task.batch, task.family) == (members[0].batch, members[0].family)
    if not alike or size > shop.machines[machine].batch_capacity or len(run.held) != len(way.needs):
        return None
    if match([[unit for unit in run.held if unit in need] for need in way.needs]) is None:
        return None
    if run.overtime != op.overtime and shop.windows_met(machine, run.start_s, run.end_s):
        return None
    calendar = shop.calendar(machine, run.overtime)
    end_s = calendar.fits(run.start_s, *board.joint(machine, [*mates, op.number]))
    return Place(way, run.start_s, end_s, run.held, run.overtime, run) if end_s and end_s <= run.end_s else None


def _collide(shop: Shop, op: Operation, place: Place, run: Run) -> bool:
    other, machine = run.members[0], place.way.machine
    if run.start_s <= place.start_s:
        return run.end_s + shop.setup_s(machine, other, op.number) > place.start_s
    return place.end_s + shop.setup_s(machine, op.number, other) > run.start_s


def _with_units(board: Board, op: Operation, place: Place, fixed_only: bool) -> tuple[Obstacle | None, Place | None]:
    way, shop = place.way, board.shop
    if not way.needs:
        return None, place
    free: list[list[int]] = []
    names: dict[str, None] = {}
    for need in way.needs:
        free.append([])
        for unit in need:
            holders = list(_holders(board, unit, place, fixed_only, op.number))
            if not holders and is_there(shop, unit, place):
                free[-1].append(unit)
            names |= dict.fromkeys(_names(shop, holders) or (shop.units[unit],))
    held = match(free)
    if held is not None:
        return None, place._replace(held=held)
    return ("operators or tools that it needs are away or taken", tuple(names)), None


def _holders(board: Board, unit: int, place: Place, fixed_only: bool, number: int) -> Iterable[Run]:
    for run in board.unit_runs[unit]:
        meets = run.start_s < place.end_s and run.end_s > place.start_s
        if meets and (run.fixed or not fixed_only) and number not in run.members:
            yield run


def is_there(shop: Shop, unit: int, place: Place) -> bool:
    """Is the unit never away while the machine works at this place?"""
    calendar = shop.calendar(place.way.machine, place.overtime)
    return shop.is_there(unit, place.start_s, place.end_s, calendar)


def _names(shop: Shop, runs: Iterable[Run]) -> tuple[str, ...]:
    return tuple(shop.operations[member].task.task_id for run in runs for member in run.members)


def waiver(shop: Shop, op: Operation, why: Obstacle) -> Waiver:
    """The waiver of this operation's wish."""
    assert op.wish is not None
    machine, start_s = op.wish
    rule: Rule = "pin" if op.pinned else "fence"
    return Waiver(op.task.task_id, rule, shop.machines[machine].machine_id, start_s, *why)


def founded(board: Board, op: Operation) -> bool:
    """On the finished board: is the wished place forbidden by more than operations that could move?"""
    return bool(fact(board.shop, op) or late(board, op) or obstacle(board, op, fixed_only=True)[0])


def obstacle_apart_from_predecessors(shop: Shop, op: Operation, schedule: Schedule) -> Obstacle | None:
    """What forbids the wished place whatever its predecessors do: facts, and wishes that are kept."""
    alone = replace(op, before=[])
    why = fact(shop, alone)
    return why or obstacle(_kept_only(shop, schedule), alone)[0]


def _kept_only(shop: Shop, schedule: Schedule) -> Board:
    """A board with what has started and the wishes that are kept."""
    waived = {waiver.task_id for waiver in schedule.waivers}
    board = Board(shop)
    for other, place in zip(shop.operations, schedule.assignments, strict=True):
        if not other.started and (other.wish is None or other.task.task_id in waived):
            continue
        machine = shop.machine_of[place.machine_id]
        at = [run for run in board.runs[machine] if run.start_s == place.start_s and run.started == bool(other.started)]
        if not other.started:
            board.kept.add(other.number)
        if at and shop.machines[machine].batch_capacity:
            at[0].members.append(other.number)
            continue
        held = tuple(shop.unit_of[unit] for unit in place.held)
        run = Run(machine, place.start_s, place.end_s, [other.number], held)
        run.overtime, run.started, run.fixed = place.overtime, bool(other.started), True
        board.insert(run)
        board.run_of[other.number] = run
    return board
