"""The variables of the CP-SAT model: a start for each operation, and its ways to run.

One optional interval of fixed size for each machine and each stretch over breaks. Every variable gets its hint from
the incumbent as it is made. Times inside are relative to `now_s`.
Promises: the incumbent's own place is among the ways of every operation.
May not: import ortools; `model` hands the module in.
Called by: `constraints`, `objective`, `model`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.shop import Operation, Shop

MAX_STRETCHES = 12
"""Ways of different length that one machine offers an operation; more are left out, and no proof is claimed."""


@dataclass(slots=True)
class Option:
    """One way to run an operation: on this machine, occupying it for `size_s`."""

    machine: int
    size_s: int
    cost_cents: int
    literal: Any
    interval: Any


@dataclass(slots=True)
class Slot:
    """The variables of one operation; constants if it is fixed in this model."""

    start: Any
    end: Any
    options: list[Option]
    fixed: bool


@dataclass(slots=True)
class Draft:
    """The model in the making. Times inside are relative to `now_s`; `whole`: nothing was frozen for size."""

    cp: Any
    model: Any
    shop: Shop
    incumbent: Schedule
    free: Collection[int]
    horizon_s: int
    whole: bool
    slots: list[Slot] = field(default_factory=list)
    terms: list[Any] = field(default_factory=list)

    @property
    def now_s(self) -> int:
        return self.shop.problem.now_s

    def at(self, operation: int) -> Assignment:
        """Where the incumbent has it."""
        return self.incumbent.assignments[operation]

    def machine_at(self, operation: int) -> int:
        """The incumbent's machine, by number."""
        return self.shop.machine_of[self.at(operation).machine_id]

    def boolean(self, name: str, hint: bool) -> Any:
        """A literal with its hint."""
        literal = self.model.new_bool_var(name)
        self.model.add_hint(literal, hint)
        return literal

    def integer(self, domain: Any, name: str, hint: int) -> Any:
        """An integer variable with its hint."""
        variable = self.model.new_int_var_from_domain(domain, name)
        self.model.add_hint(variable, hint)
        return variable

    def range(self, high: int) -> Any:
        """0..high"""
        return self.cp.Domain(0, max(0, high))


def horizon_s(shop: Shop, incumbent: Schedule, objective: int) -> tuple[int, bool]:
    """The latest end worth looking at, from now; and whether no better schedule can end later."""
    prices, now_s = shop.problem.prices, shop.problem.now_s
    last_s = max((assignment.end_s for assignment in incumbent.assignments), default=now_s) - now_s
    others = prices.tardiness_s, prices.setup_s, prices.cost_cent, prices.moved_task, prices.shifted_s
    if prices.makespan_s and not any((*others, prices.reassigned_task)):
        return last_s, True
    longest_s = max((duration for op in shop.operations for _, duration, _ in op.modes), default=0)
    near_s, sure_s = last_s + last_s // 4 + longest_s, _sure_s(shop, last_s, longest_s)
    if prices.makespan_s:
        sure_s = min(sure_s, max(last_s, objective // prices.makespan_s))
    return (sure_s, True) if sure_s <= 2 * near_s else (near_s, False)


def _sure_s(shop: Shop, last_s: int, longest_s: int) -> int:
    """Even one after the other everything is done by then: later than that, all can move left."""
    problem = shop.problem
    moments = [entry.start_s for entry in problem.published] + [job.release_s for job in problem.jobs]
    base_s = max([last_s, *(moment_s - problem.now_s for moment_s in moments)])
    setups = max((gap_s for table in shop.setups for gap_s in table.values()), default=0)
    work_s = sum(
        max(duration for _, duration, _ in op.modes) + setups + max((lag for _, lag in op.before), default=0)
        for op in shop.operations
    )
    blocked_s = sum(
        max(0, end_s - max(start_s, problem.now_s)) + longest_s
        for calendar in shop.calendars
        for start_s, end_s in zip(calendar.starts, calendar.ends, strict=True)
        if end_s > problem.now_s
    )
    return base_s + work_s + blocked_s


def slot_of(draft: Draft, op: Operation) -> Slot:
    """Constants for what is fixed in this model, variables for the rest."""
    here, now_s = draft.at(op.number), draft.now_s
    if op.started or op.number not in draft.free:
        machine, start_s, size_s = draft.machine_at(op.number), here.start_s - now_s, here.end_s - here.start_s
        interval = draft.model.new_fixed_size_interval_var(start_s, size_s, f"fixed {op.number}")
        cost_cents = next((cost for option, _, cost in op.modes if option == machine), 0)
        return Slot(start_s, here.end_s - now_s, [Option(machine, size_s, cost_cents, True, interval)], True)
    ways = _ways(draft, op)
    everywhere = draft.cp.Domain.from_intervals([pair for _, _, _, pairs in ways for pair in pairs])
    start = draft.integer(everywhere, f"start {op.number}", here.start_s - now_s)
    if len(ways) == 1:
        machine, size_s, cost_cents, _ = ways[0]
        interval = draft.model.new_fixed_size_interval_var(start, size_s, f"run {op.number}")
        return Slot(start, start + size_s, [Option(machine, size_s, cost_cents, True, interval)], False)
    return _chosen(draft, op, start, ways)


Way = tuple[int, int, int, list[list[int]]]
"""(machine, size, cost, start intervals)."""


def _ways(draft: Draft, op: Operation) -> list[Way]:
    """Machine by machine and size by size, the starts that are open; always holds the incumbent's."""
    ways: list[Way] = []
    here, now_s, shop = draft.at(op.number), draft.now_s, draft.shop
    for machine, duration_s, cost_cents in op.modes:
        if op.pinned and op.wish and machine != op.wish[0]:
            continue
        first_s = max(op.head_s, shop.machines[machine].ready_s, op.wish[1] if op.pinned and op.wish else 0)
        by_size: dict[int, list[list[int]]] = {}
        for low, high, size_s in _pieces(draft, op, machine, first_s, duration_s):
            by_size.setdefault(size_s, []).append([low - now_s, high - now_s])
        current = here.end_s - here.start_s if draft.machine_at(op.number) == machine else -1
        sizes = sorted(by_size, key=lambda size_s: (size_s != current, size_s))
        draft.whole = draft.whole and len(sizes) <= MAX_STRETCHES
        ways.extend((machine, size_s, cost_cents, by_size[size_s]) for size_s in sizes[:MAX_STRETCHES])
    return ways


def _pieces(draft: Draft, op: Operation, machine: int, first_s: int, work_s: int) -> list[tuple[int, int, int]]:
    calendar, last_s = draft.shop.calendars[machine], draft.now_s + draft.horizon_s - work_s
    pieces = calendar.stretches(first_s, last_s, work_s)
    return pieces if op.task.interruptible else [piece for piece in pieces if piece[2] == work_s]


def _chosen(draft: Draft, op: Operation, start: Any, ways: list[Way]) -> Slot:
    """Several ways: a literal for each, exactly one of them true."""
    model, here = draft.model, draft.at(op.number)
    size_here_s, machine_here = here.end_s - here.start_s, draft.machine_at(op.number)
    end = draft.integer(draft.range(draft.horizon_s), f"end {op.number}", here.end_s - draft.now_s)
    options = []
    for position, (machine, size_s, cost_cents, pairs) in enumerate(ways):
        literal = draft.boolean(f"way {op.number} {position}", (machine, size_s) == (machine_here, size_here_s))
        interval = model.new_optional_fixed_size_interval_var(start, size_s, literal, f"run {op.number} {position}")
        model.add_linear_expression_in_domain(start, draft.cp.Domain.from_intervals(pairs)).only_enforce_if(literal)
        model.add(end == start + size_s).only_enforce_if(literal)
        options.append(Option(machine, size_s, cost_cents, literal, interval))
    model.add_exactly_one([option.literal for option in options])
    return Slot(start, end, options, False)
