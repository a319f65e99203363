"""Operators and tools in the CP-SAT model: who may be held by whom at once, and who holds whom in the end.

Promises: exact for people with several skills; no pool is asked for more than it has at any time, nor while it is
absent and the machine works.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from solvers.scheduling.draft import Draft, Option, Slot
from solvers.scheduling.shop import Operation

Demands = dict[int, list[tuple[int, Any]]]
"""For each operation: (pool, literal or number of units it takes), only for needs that several pools can meet."""


@dataclass(slots=True)
class _Use:
    """What asks for one pool."""

    intervals: list[Any] = field(default_factory=list)
    demands: list[Any] = field(default_factory=list)
    most: int = 0
    first_s: int = 2**50
    last_s: int = -(2**50)

    def add(self, slot: Slot, interval: Any, demand: Any, most: int) -> None:
        self.intervals.append(interval)
        self.demands.append(demand)
        self.most += most
        self.first_s, self.last_s = min(self.first_s, slot.first_s), max(self.last_s, slot.last_s)


def hold(draft: Draft) -> Demands:
    """Every need is met, and no pool gives more than it has."""
    uses: dict[int, _Use] = {}
    demands: Demands = {}
    for op in draft.shop.operations:
        if op.number in draft.free:
            _needs(draft, op, uses, demands)
    for pool, use in uses.items():
        _stand_in(draft, pool, use)
        capacity = len(draft.pools.members[pool])
        if use.most <= capacity:
            continue
        if capacity == 1:
            draft.model.add_no_overlap(use.intervals)
        else:
            draft.model.add_cumulative(use.intervals, use.demands, capacity)
    return demands


def _stand_in(draft: Draft, pool: int, use: _Use) -> None:
    """What is fixed, where it can meet what is free."""
    seen = set()
    for op in draft.shop.operations:
        here = draft.at(op.number)
        start_s, end_s = here.start_s - draft.now_s, here.end_s - draft.now_s
        if op.number in draft.free or not here.held or end_s <= use.first_s or start_s >= use.last_s:
            continue
        count = draft.pools.held(here.held).get(pool, 0)
        if count and (here.held, start_s, here.machine_id) not in seen:
            seen.add((here.held, start_s, here.machine_id))
            use.intervals.append(draft.model.new_fixed_size_interval_var(start_s, end_s - start_s, "held"))
            use.demands.append(count)
            use.most += count


def _needs(draft: Draft, op: Operation, uses: dict[int, _Use], demands: Demands) -> None:
    slot = draft.slots[op.number]
    own = [option for option in slot.options if option.leader < 0]
    kinds: dict[object, list[Option]] = {}
    for option in own:
        if draft.pools.needs(option.mode):
            kinds.setdefault((option.mode.operators, option.mode.tools), []).append(option)
    here, follows = draft.at(op.number), any(hint for _, _, hint in draft.joins.get(op.number, ()))
    for options in kinds.values():
        now = not follows and any(option.mode.machine_id == here.machine_id for option in options)
        needs = draft.pools.needs(options[0].mode)
        shares = draft.pools.shares(options[0].mode, here.held) if now else [{} for _ in needs]
        in_use: Any = True
        for (pools, count), share in zip(needs, shares, strict=True):
            if len(pools) == 1:
                for option in options:
                    uses.setdefault(pools[0], _Use()).add(slot, option.interval, count, count)
                continue
            if in_use is True and len(options) < len(slot.options):
                in_use = draft.any_of([option.literal for option in options], f"so {op.number}", now)
            taken = [_take(draft, op, options, pool, count, share.get(pool, 0), uses) for pool in pools]
            demands.setdefault(op.number, []).extend(zip(pools, taken, strict=True))
            draft.model.add(sum(taken) == count * in_use)


def _take(
    draft: Draft, op: Operation, options: list[Option], pool: int, count: int, now: int, uses: dict[int, _Use]
) -> Any:
    """How many units of this pool the need takes: a literal, or a number."""
    slot, most = draft.slots[op.number], min(count, len(draft.pools.members[pool]))
    some = draft.boolean(f"hold {op.number} {pool}", now > 0)
    number = some
    if most > 1:
        number = draft.integer(draft.range(most), f"held {op.number} {pool}", now)
        draft.model.add(number >= some)
        draft.model.add(number <= most * some)
    uses.setdefault(pool, _Use()).add(slot, draft.held_interval(op.number, some), number, most)
    for option in options if draft.pools.absences[pool] else ():
        present = draft.attended(option, not op.task.interruptible, pool)
        conditions = [literal for literal in (option.literal, some) if literal is not True]
        draft.model.add_linear_expression_in_domain(slot.start, present).only_enforce_if(conditions)
    return number


@dataclass(frozen=True, slots=True)
class Span:
    """Where an operation has come to stand; `leader`: whose batch it is in, itself otherwise."""

    start_s: int
    end_s: int
    leader: int
    counts: dict[int, int]


def hand_out(draft: Draft, spans: Sequence[Span]) -> list[tuple[str, ...]]:
    """Units by id, first come first served: those it has already, if they are there."""
    pools, busy_s = draft.pools, dict.fromkeys(draft.pools.pool_of, -(2**50))
    held: list[tuple[str, ...]] = [()] * len(spans)
    for op in draft.shop.operations:
        if op.started:
            held[op.number] = draft.at(op.number).held
            busy_s.update(dict.fromkeys(held[op.number], spans[op.number].end_s))
    line = [n for n, span in enumerate(spans) if span.leader == n and not draft.shop.operations[n].started]
    for number in sorted(line, key=lambda n: (spans[n].start_s, n)):
        span, before = spans[number], draft.at(number).held
        got: list[str] = []
        for pool, count in span.counts.items():
            there = [unit for unit in pools.members[pool] if busy_s[unit] <= span.start_s]
            got.extend(sorted(there, key=lambda unit: unit not in before)[:count])
        held[number] = before if sorted(before) == sorted(got) else tuple(got)
        busy_s.update(dict.fromkeys(got, span.end_s))
    return [held[span.leader] if span.leader != number else held[number] for number, span in enumerate(spans)]
