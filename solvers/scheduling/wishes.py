"""Pins and fences on the board: which can be kept, and what forbids the others.

Promises: a wish is given up only for a fact, a predecessor, or another wish that is kept.
May not: move anything that is kept.
Called by: `build`.
"""

from __future__ import annotations

from dataclasses import replace

from solvers.scheduling.board import Board
from solvers.scheduling.plan import Rule, Schedule, Waiver
from solvers.scheduling.shop import Operation, Shop

Obstacle = tuple[str, tuple[str, ...]]
"""(reason, ids it conflicts with)."""


def obstacle(board: Board, op: Operation) -> Obstacle | None:
    """What forbids the wished place, given what stands on the board; None if nothing does."""
    shop = board.shop
    assert op.wish is not None
    machine, start_s = op.wish
    duration_s = op.duration_on(machine)
    if duration_s is None:
        return "it can no longer run on that machine", (shop.machines[machine].machine_id,)
    if start_s < shop.problem.now_s:
        return "that start has passed", ()
    if start_s < op.release_s:
        return "its materials arrive later", ()
    late = tuple(shop.operations[earlier].task.task_id for earlier in _late(board, op, start_s))
    if late:
        return "what it waits for ends later", late
    if start_s < shop.first_start_s(machine, op.number) and not board.operations[machine]:
        return "the machine is not ready by then", (shop.machines[machine].machine_id,)
    interruptible = op.task.interruptible
    found_s, end_s = shop.calendars[machine].fit(start_s, duration_s, interruptible)
    if found_s != start_s:
        return "the machine is down or off shift", (shop.machines[machine].machine_id,)
    if board.fit(op.number, machine, start_s, duration_s)[0] != start_s:
        return "the machine is taken", _takers(board, op.number, machine, start_s, end_s)
    return None


def _late(board: Board, op: Operation, start_s: int) -> list[int]:
    """Predecessors that end too late: where they stand, or at the very earliest if they do not stand yet."""
    late = []
    for earlier, lag_s in op.before:
        before = board.shop.operations[earlier]
        if board.machine[earlier] >= 0:
            end_s = board.end_s[earlier]
        else:
            end_s = before.head_s + min(duration for _, duration, _ in before.modes)
        if end_s + lag_s > start_s:
            late.append(earlier)
    return late


def _takers(board: Board, operation: int, machine: int, start_s: int, end_s: int) -> tuple[str, ...]:
    shop, takers = board.shop, []
    for other in board.operations[machine]:
        if board.start_s[other] <= start_s:
            collides = board.end_s[other] + shop.setup_s(machine, other, operation) > start_s
        else:
            collides = end_s + shop.setup_s(machine, operation, other) > board.start_s[other]
        if collides:
            takers.append(shop.operations[other].task.task_id)
    return tuple(takers) or (shop.machines[machine].machine_id,)


def waiver(shop: Shop, op: Operation, why: Obstacle) -> Waiver:
    """The waiver of this operation's wish."""
    assert op.wish is not None
    machine, start_s = op.wish
    rule: Rule = "pin" if op.pinned else "fence"
    return Waiver(op.task.task_id, rule, shop.machines[machine].machine_id, start_s, *why)


def founded(board: Board, op: Operation) -> bool:
    """On the finished board: is the wished place forbidden by more than operations that could move?"""
    return obstacle(_fixed_only(board), op) is not None


def _fixed_only(board: Board) -> Board:
    """The same times, but only kept and started operations occupy their machines."""
    fixed = Board(board.shop)
    fixed.machine, fixed.start_s, fixed.end_s = board.machine, board.start_s, board.end_s
    for machine, line in enumerate(board.operations):
        for position, number in enumerate(line):
            if number in board.kept or board.shop.operations[number].started:
                fixed.starts[machine].append(board.starts[machine][position])
                fixed.ends[machine].append(board.ends[machine][position])
                fixed.operations[machine].append(number)
    return fixed


def obstacle_apart_from_predecessors(shop: Shop, op: Operation, schedule: Schedule) -> Obstacle | None:
    """What forbids the wished place whatever its predecessors do: facts, and wishes that are kept."""
    waived = {waiver.task_id for waiver in schedule.waivers}
    board = Board(shop)
    for other, place in zip(shop.operations, schedule.assignments, strict=True):
        if other.started or (other.wish and other.task.task_id not in waived):
            board.place(other.number, shop.machine_of[place.machine_id], place.start_s, place.end_s)
    return obstacle(board, replace(op, before=[]))
