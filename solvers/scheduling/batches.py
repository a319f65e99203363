"""Batches in the CP-SAT model: the longest member leads, the others join it.

Promises: whoever joins starts, ends and stands where its leader does; a batch has one family and one name, and is
never larger than its machine. Batches that hold something fixed are fixed as a whole, though others may join them.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from solvers.scheduling.draft import Draft, may_use
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Mode
from solvers.scheduling.shop import Operation, Shop

MAX_JOINS = 3_000
"""Literals for joining; above that only what is near in time may share a batch."""
NEAR_JOINS = 4

Member = tuple[int, Mode]
"""(operation, its mode on the machine)."""


def groups(shop: Shop, schedule: Schedule) -> list[list[int]]:
    """What runs together, leader first; what runs alone is not told."""
    found: dict[tuple[str, int], list[int]] = {}
    for op, here in zip(shop.operations, schedule.assignments, strict=True):
        if op.task.batch and shop.machines[shop.machine_of[here.machine_id]].batch_capacity:
            found.setdefault((here.machine_id, here.start_s), []).append(op.number)
    return [sorted(group, key=lambda n: _rank(shop, n, schedule)) for group in found.values() if len(group) > 1]


def _rank(shop: Shop, number: int, schedule: Schedule) -> tuple[int, int]:
    machine_id = schedule.assignments[number].machine_id
    work_s = next((m.duration_s for m in shop.operations[number].task.modes if m.machine_id == machine_id), 0)
    return -work_s, number


def all_or_none(shop: Shop, schedule: Schedule, free: Collection[int]) -> set[int]:
    """The operations that may move if a batch moves as a whole or not at all.

    One whose members ask for different people, and share them because each of these can do everything, stays.
    """
    fixed: set[int] = set()
    for group in groups(shop, schedule):
        modes = [_mode(shop, shop.operations[n], shop.machine_of[schedule.assignments[n].machine_id]) for n in group]
        needs = {(mode.operators, mode.tools) for mode in modes if mode is not None}
        if len(needs) > 1 or not set(group) <= set(free):
            fixed.update(group)
    return set(free) - fixed


def candidates(draft: Draft) -> None:
    """Who may join whom; the incumbent's own batches are always among them."""
    shop = draft.shop
    leader_of = {n: group[0] for group in groups(shop, draft.incumbent) for n in group[1:]}
    draft.leader_of.update(leader_of)
    pairs: list[tuple[int, int, int]] = []
    for machine, made in enumerate(shop.machines):
        if made.batch_capacity:
            found = _pairs(draft, machine, made.batch_capacity, leader_of)
            pairs.extend((other, leader, machine) for leader, other in found)
    if len(pairs) > MAX_JOINS:
        draft.whole = False
        pairs = list(_nearest(draft, pairs, leader_of))
    for later, leader, machine in pairs:
        now = leader_of.get(later) == leader and draft.machine_at(later) == machine
        draft.joins.setdefault(later, []).append((leader, machine, now))


def _pairs(draft: Draft, machine: int, capacity: int, leader_of: dict[int, int]) -> Iterable[tuple[int, int]]:
    """(leader, other) on one machine."""
    alike: dict[tuple[str, str], list[Member]] = {}
    for op in draft.shop.operations:
        mode = _mode(draft.shop, op, machine)
        if op.task.batch and not op.started and mode is not None:
            alike.setdefault((op.task.batch, op.task.family), []).append((op.number, mode))
    operations, free = draft.shop.operations, draft.free
    for members in alike.values():
        members.sort(key=lambda member: (-member[1].duration_s, member[0] in free, member[0]))
        for place, (leader, mode) in enumerate(members):
            if leader not in free and (draft.machine_at(leader) != machine or leader in leader_of):
                continue
            for other, other_mode in members[place + 1 :]:
                size = operations[leader].task.size + operations[other].task.size
                if other not in free or size > capacity:
                    continue
                if (mode.operators, mode.tools) != (other_mode.operators, other_mode.tools):
                    draft.whole = False
                elif _fits(draft, leader, mode, other):
                    yield leader, other


def _mode(shop: Shop, op: Operation, machine: int) -> Mode | None:
    machine_id = shop.machines[machine].machine_id
    return next((m for m in op.task.modes if m.machine_id == machine_id and may_use(op, machine, m)), None)


def _fits(draft: Draft, leader: int, mode: Mode, other: int) -> bool:
    """A fixed leader stays as it is: stretched, it takes nobody who cannot stretch."""
    here = draft.at(leader)
    stretched = leader not in draft.free and here.end_s - here.start_s != mode.duration_s
    return not stretched or draft.shop.operations[other].task.interruptible


def _nearest(
    draft: Draft, pairs: list[tuple[int, int, int]], leader_of: dict[int, int]
) -> Iterable[tuple[int, int, int]]:
    by_other: dict[int, list[tuple[int, int, int]]] = {}
    for pair in pairs:
        by_other.setdefault(pair[0], []).append(pair)
    for other, mine in by_other.items():
        start_s, leader = draft.at(other).start_s, leader_of.get(other, -1)
        mine.sort(key=lambda pair: (pair[1] != leader, abs(draft.at(pair[1]).start_s - start_s)))
        yield from mine[:NEAR_JOINS]


def join(draft: Draft) -> None:
    """Whoever joins does as its leader does, and there is room for all."""
    aboard: dict[tuple[int, int], list[Any]] = {}
    for number in draft.joins:
        slot = draft.slots[number]
        for option in slot.options:
            if option.leader >= 0:
                _follow(draft, number, option.leader, option.machine, option.literal)
                size = draft.shop.operations[number].task.size
                aboard.setdefault((option.leader, option.machine), []).append(size * option.literal)
    fixed = {g[0]: g[1:] for g in groups(draft.shop, draft.incumbent) if g[0] not in draft.free}
    for (leader, machine), sizes in aboard.items():
        there = sum(draft.shop.operations[n].task.size for n in [leader, *fixed.get(leader, ())])
        draft.model.add(sum(sizes) + there <= draft.shop.machines[machine].batch_capacity)


def _follow(draft: Draft, number: int, leader: int, machine: int, literal: Any) -> None:
    slot, led, model = draft.slots[number], draft.slots[leader], draft.model
    model.add(slot.start == led.start).only_enforce_if(literal)
    model.add(slot.end == led.end).only_enforce_if(literal)
    if led.fixed:
        return
    ways = led.own(machine)
    if not draft.shop.operations[number].task.interruptible:
        ways = [way for way in ways if way.size_s == way.mode.duration_s]
    if not any(way.literal is True for way in ways):
        model.add_bool_or([*(way.literal for way in ways), literal.negated()])
