"""Sequence-dependent setups as CP-SAT circuits, machine by machine.

What is fixed forms blocks, as long as possible: only where something free could come between is there a choice.
Promises: exact for the sequences it offers; where it leaves some out, it says so (`whole`).
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from solvers.scheduling.draft import Draft
from solvers.scheduling.shop import Shop

MAX_ARCS = 4_000
"""Sequence literals of one machine; above that its sequence is frozen for the call."""
FULL = 20
"""Up to so many tasks on a machine any may follow any."""
NEAR = 12
"""Otherwise one at most this many places away in the incumbent's order of those that could run here."""


@dataclass(frozen=True, slots=True)
class Node:
    """One free operation, or fixed ones in a row: `first`..`last`. `literal`: does it run here."""

    first: int
    last: int
    start: Any
    end: Any
    literal: Any
    fixed: bool
    at_s: int

    @property
    def key(self) -> tuple[int, int]:
        return self.at_s, self.first


Gap = tuple[int, int, int]
"""(setup seconds, setup cents, price in points)."""


class Setups:
    """The gaps of one machine."""

    def __init__(self, shop: Shop, machine: int) -> None:
        made, prices = shop.machines[machine], shop.problem.prices
        self.shop, self.family = shop, made.family
        self.table = {
            (s.from_family, s.to_family): (
                s.duration_s,
                s.cost_cents,
                prices.setup_s * s.duration_s + prices.cost_cent * s.cost_cents,
            )
            for s in made.setups
            if s.duration_s or s.cost_cents
        }

    def gap(self, earlier: int, later: int) -> Gap:
        """Between two operations; `earlier` -1 is the state the machine is in. None in front of what has started."""
        operations = self.shop.operations
        if not self.table or operations[later].started:
            return 0, 0, 0
        family = self.family if earlier < 0 else operations[earlier].task.family
        return self.table.get((family, operations[later].task.family), (0, 0, 0))


def setups(draft: Draft, machine: int) -> None:
    """A circuit through the tasks of the machine, or the incumbent's sequence."""
    gaps = Setups(draft.shop, machine)
    if not gaps.table:
        return
    loose = [
        Node(n, n, draft.slots[n].start, draft.slots[n].end, literal, False, draft.at(n).start_s)
        for n in sorted(draft.free)
        if (literal := draft.present(n, machine)) is not None
    ]
    blocks = _blocks(draft, machine, gaps, loose)
    line = sorted([node for node in loose if _leads(draft, node.first, machine)] + blocks, key=lambda node: node.key)
    count = len(loose) + len(blocks)
    if not loose:
        draft.terms.extend(gaps.gap(a, b)[2] for a, b in _steps(line))
    elif min(count, 2 * NEAR) * len(loose) + count > MAX_ARCS:
        _frozen_sequence(draft, machine, gaps, loose, line)
    else:
        _circuit(draft, machine, gaps, sorted(loose + blocks, key=lambda node: node.key), line)


def _leads(draft: Draft, number: int, machine: int) -> bool:
    return draft.machine_at(number) == machine and not any(now for _, _, now in draft.joins.get(number, ()))


def _blocks(draft: Draft, machine: int, gaps: Setups, loose: list[Node]) -> list[Node]:
    """The fixed ones in order; those that nothing free fits between are one node, their setups are paid here."""
    machine_id = draft.shop.machines[machine].machine_id
    members: dict[tuple[int, int], int] = {}
    for op in draft.shop.operations:
        here = draft.at(op.number)
        if here.machine_id == machine_id and op.number not in draft.free:
            # A batch is one stop on the way.
            members.setdefault((here.start_s, op.number if not op.task.batch else -1), op.number)
    line = sorted(members.values(), key=lambda n: (draft.at(n).start_s, draft.at(n).end_s, n))
    shortest_s = min((way.size_s for node in loose for way in draft.slots[node.first].own(machine)), default=2**50)
    first_s = min((draft.slots[node.first].first_s for node in loose), default=2**50)
    last_s = max((draft.slots[node.first].last_s for node in loose), default=0)
    rows: list[list[int]] = []
    for number in line:
        slot = draft.slots[number]
        if rows:
            from_s, to_s = max(first_s, draft.slots[rows[-1][-1]].end), min(last_s, slot.start)
        if rows and to_s - from_s < shortest_s:
            draft.terms.append(gaps.gap(rows[-1][-1], number)[2])
            rows[-1].append(number)
        else:
            rows.append([number])
    return [
        Node(row[0], row[-1], draft.slots[row[0]].start, draft.slots[row[-1]].end, True, True, draft.at(row[0]).start_s)
        for row in rows
    ]


def _steps(line: list[Node]) -> list[tuple[int, int]]:
    """Neighbours in the line; -1 in front."""
    return list(zip([-1, *(node.last for node in line)], [node.first for node in line], strict=False))


def _frozen_sequence(draft: Draft, machine: int, gaps: Setups, loose: list[Node], line: list[Node]) -> None:
    """Too many arcs: who is on the machine, and in which order, stays."""
    draft.whole = False
    model, here = draft.model, {node.first for node in line}
    for node in loose:
        if node.literal is not True:
            model.add(node.literal == (node.first in here))
    free_s, last = draft.shop.machines[machine].ready_s - draft.now_s, -1
    for node in line:
        gap_s, _, price = gaps.gap(last, node.first)
        if not (node.fixed and isinstance(free_s, int)):
            model.add(node.start >= free_s + gap_s)
        draft.terms.append(price)
        free_s, last = node.end, node.last


def _circuit(draft: Draft, machine: int, gaps: Setups, nodes: list[Node], line: list[Node]) -> None:
    model, place = draft.model, {node.first: position + 1 for position, node in enumerate(nodes)}
    ready_s = draft.shop.machines[machine].ready_s - draft.now_s
    front = Node(-1, -1, ready_s, ready_s, True, False, -1)
    follows = dict(pairwise([-1, *(node.first for node in line), -1]))
    blocks = [node.first for node in nodes if node.fixed]
    next_block = dict(pairwise([-1, *blocks, -1]))
    full = len(nodes) <= FULL
    draft.whole = draft.whole and full
    arcs = [(0, 0, draft.boolean(f"idle {machine}", not line))] if not blocks else []
    for earlier in (front, *nodes):
        for later in (*nodes, front):
            is_now = follows.get(earlier.first) == later.first if line else False
            if earlier is later or not _may_follow(draft, earlier, later, next_block):
                continue
            near = full or abs(place.get(earlier.first, 0) - place.get(later.first, 0)) <= NEAR
            if not near and min(earlier.first, later.first) >= 0 and not is_now and not (earlier.fixed and later.fixed):
                continue
            arc = draft.boolean(f"arc {machine} {earlier.first} {later.first}", is_now)
            arcs.append((place.get(earlier.first, 0), place.get(later.first, 0), arc))
            if later.first >= 0:
                gap_s, _, price = gaps.gap(earlier.last, later.first)
                if not draft.shop.operations[later.first].started and not (earlier.fixed and later.fixed):
                    model.add(later.start >= earlier.end + gap_s).only_enforce_if(arc)
                if price:
                    draft.terms.append(price * arc)
    for node in nodes:
        if node.literal is not True:
            arcs.append((place[node.first], place[node.first], node.literal.negated()))
    model.add_circuit(arcs)


def _may_follow(draft: Draft, earlier: Node, later: Node, next_block: dict[int, int]) -> bool:
    """What has started comes first; what is fixed keeps its order, and the machine's state comes before all of it."""
    if later.first >= 0 and draft.shop.operations[later.first].started:
        return earlier.first < 0
    if earlier.fixed and (later.fixed or later.first < 0):
        return next_block[earlier.first] == later.first
    if earlier.first < 0 and later.fixed:
        return next_block[-1] == later.first
    if earlier.fixed and isinstance(earlier.end, int):
        return earlier.end < draft.slots[later.first].last_s
    if later.fixed and earlier.first >= 0:
        return draft.slots[earlier.first].first_s < later.start
    return True
