"""The hard rules of the schedule as CP-SAT constraints, one function each.

Promises: the incumbent's hint keeps every one of them.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from solvers.scheduling.draft import Draft
from solvers.scheduling.shop import Shop
from solvers.scheduling.wishes import obstacle_apart_from_predecessors

MAX_ARCS = 4_000
"""Sequence literals of one machine; above that its sequence is frozen for the call."""
MAX_FIXED_INTERVALS = 200
NEAR = 12
"""A task may follow one at most this many places away in the incumbent's order of those that could run here."""


def precedence(draft: Draft) -> None:
    """A task starts after what it waits for, unless it has started against that already."""
    for op in draft.shop.operations:
        slot = draft.slots[op.number]
        for earlier, lag_s in op.before:
            if not op.started and not (slot.fixed and draft.slots[earlier].fixed):
                draft.model.add(slot.start >= draft.slots[earlier].end + lag_s)


def one_at_a_time(draft: Draft, machine: int) -> None:
    """No two tasks at once on a machine; its blocked time too, if no task stretches over it."""
    intervals, stretching = [], False
    for op in draft.shop.operations:
        for option in draft.slots[op.number].options:
            if option.machine == machine:
                intervals.append(option.interval)
                stretching = stretching or op.task.interruptible or op.started is not None
    if not stretching:
        calendar, now_s = draft.shop.calendars[machine], draft.now_s
        spans = [(s - now_s, e - s) for s, e in zip(calendar.starts, calendar.ends, strict=True) if e > now_s]
        for start_s, size_s in spans[:MAX_FIXED_INTERVALS]:
            intervals.append(draft.model.new_fixed_size_interval_var(start_s, size_s, "blocked"))
    if len(intervals) > 1:
        draft.model.add_no_overlap(intervals)


def _present(draft: Draft, operation: int, machine: int) -> Any:
    """True, or a literal: does it run on this machine? None: it cannot."""
    literals = [option.literal for option in draft.slots[operation].options if option.machine == machine]
    if len(literals) <= 1:
        return literals[0] if literals else None
    present = draft.boolean(f"on {operation} {machine}", draft.machine_at(operation) == machine)
    draft.model.add(sum(literals) == present)
    return present


def setups(draft: Draft, machine: int) -> None:
    """Sequence-dependent setups: a circuit through the tasks of the machine, or the incumbent's sequence."""
    shop = draft.shop
    if not shop.setups[machine]:
        return
    present = {n: p for n in range(len(shop.operations)) if (p := _present(draft, n, machine)) is not None}
    line = sorted(
        (n for n in present if draft.machine_at(n) == machine), key=lambda n: (draft.at(n).start_s, draft.at(n).end_s)
    )
    free = sum(not draft.slots[n].fixed for n in present)
    fixed = len(present) - free
    if fixed + 2 * fixed * free + free * free > MAX_ARCS:
        _frozen_sequence(draft, machine, present, line)
    elif free:
        _circuit(draft, machine, present, line)
    else:
        _setup_cost(draft, [shop.setup_s(machine, a, b) for a, b in _steps(shop, line)])


def _steps(shop: Shop, line: list[int]) -> list[tuple[int, int]]:
    """Neighbours in the line that have a setup between them; -1 in front; none before what has started."""
    steps = list(zip([-1, *line], line, strict=False))
    return [(earlier, later) for earlier, later in steps if not shop.operations[later].started]


def _setup_cost(draft: Draft, seconds: list[Any]) -> None:
    draft.terms.append(draft.shop.problem.prices.setup_s * sum(seconds))


def _frozen_sequence(draft: Draft, machine: int, present: dict[int, Any], line: list[int]) -> None:
    """Too many arcs: who is on the machine, and in which order, stays."""
    draft.whole = False
    shop, on_it = draft.shop, set(line)
    for number, literal in present.items():
        if literal is not True:
            draft.model.add(literal == (number in on_it))
    for earlier, later in _steps(shop, line):
        slot = draft.slots[later]
        if not slot.fixed:
            free_s = draft.slots[earlier].end if earlier >= 0 else shop.machines[machine].ready_s - draft.now_s
            draft.model.add(slot.start >= free_s + shop.setup_s(machine, earlier, later))
        elif earlier >= 0 and not draft.slots[earlier].fixed:
            draft.model.add(slot.start >= draft.slots[earlier].end + shop.setup_s(machine, earlier, later))
    _setup_cost(draft, [shop.setup_s(machine, a, b) for a, b in _steps(shop, line)])


def _circuit(draft: Draft, machine: int, present: dict[int, Any], line: list[int]) -> None:
    shop, model, node = draft.shop, draft.model, {n: i + 1 for i, n in enumerate(present)}
    follows = dict(zip([-1, *line], [*line, -1], strict=True))
    fixed = [n for n in line if draft.slots[n].fixed]
    fixed_after = dict(pairwise(fixed))
    rank = {n: i for i, n in enumerate(sorted(present, key=lambda n: (draft.at(n).start_s, n)))}
    draft.whole = draft.whole and len(present) <= NEAR + 1
    arcs: list[tuple[int, int, Any]] = [(0, 0, draft.boolean(f"idle {machine}", not line))]
    costs: list[Any] = []
    for earlier in (-1, *present):
        for later in (*present, -1):
            is_now = follows.get(earlier, -2) == later
            if earlier == later or not _may_follow(draft, earlier, later, fixed_after):
                continue
            far = min(earlier, later) >= 0 and abs(rank[earlier] - rank[later]) > NEAR
            if far and not is_now and fixed_after.get(earlier) != later:
                continue
            arc = draft.boolean(f"arc {machine} {earlier} {later}", is_now)
            arcs.append((node.get(earlier, 0), node.get(later, 0), arc))
            if later >= 0 and not shop.operations[later].started:
                setup_s = shop.setup_s(machine, earlier, later)
                free_s = draft.slots[earlier].end if earlier >= 0 else shop.machines[machine].ready_s - draft.now_s
                model.add(draft.slots[later].start >= free_s + setup_s).only_enforce_if(arc)
                costs.append(setup_s * arc)
    for number, literal in present.items():
        if literal is not True:
            arcs.append((node[number], node[number], literal.negated()))
    model.add_circuit(arcs)
    _setup_cost(draft, costs)


def _may_follow(draft: Draft, earlier: int, later: int, fixed_after: dict[int, int]) -> bool:
    """What has started comes first; fixed tasks follow each other only in the order they have."""
    if later >= 0 and draft.shop.operations[later].started:
        return earlier < 0
    if earlier < 0 or later < 0:
        return True
    both_fixed = draft.slots[earlier].fixed and draft.slots[later].fixed
    return not both_fixed or fixed_after.get(earlier) == later


def waived(draft: Draft) -> None:
    """A pin or fence given up for a late predecessor comes back if that predecessor is in time again."""
    for waiver in draft.incumbent.waivers:
        op = draft.shop.operations[draft.shop.number_of[waiver.task_id]]
        slot = draft.slots[op.number]
        if slot.fixed or op.wish is None or obstacle_apart_from_predecessors(draft.shop, op, draft.incumbent):
            continue
        machine, start_s = op.wish
        late = next((n, lag) for n, lag in op.before if draft.at(n).end_s + lag > start_s)
        back = draft.boolean(f"back {op.number}", False)
        draft.model.add(slot.start == start_s - draft.now_s).only_enforce_if(back)
        on_it = [option.literal for option in slot.options if option.machine == machine]
        draft.model.add_bool_or([literal for literal in on_it if literal is not True] or [back]).only_enforce_if(back)
        draft.model.add(draft.slots[late[0]].end + late[1] > start_s - draft.now_s).only_enforce_if(back.negated())
