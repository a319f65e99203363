"""The objective as CP-SAT terms, one function a part; the same prices as `check.figures`.

Promises: for the incumbent the terms add up to exactly what `check` says. What is fixed is a number.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from typing import Any

from solvers.scheduling.draft import Draft, Slot
from solvers.scheduling.problem import change_pct
from solvers.scheduling.shop import Operation


def tardiness(draft: Draft) -> None:
    """Weighted seconds late, and seconds past the deadline, of each job that has one."""
    shop, prices = draft.shop, draft.shop.problem.prices
    members: dict[int, list[int]] = {}
    for op in shop.operations:
        members.setdefault(op.job, []).append(op.number)
    for number, operations in members.items():
        job = shop.problem.jobs[number]
        for limit_s, price in ((job.due_s, prices.tardiness_s * job.weight), (job.deadline_s, prices.deadline_s)):
            if limit_s is not None and price:
                _past(draft, f"{number} {price}", operations, limit_s - draft.now_s, price)


def _past(draft: Draft, name: str, operations: list[int], limit_s: int, price: int) -> None:
    now = max(0, *(draft.at(n).end_s - draft.now_s - limit_s for n in operations), 0)
    fixed = max([0, *(draft.slots[n].end - limit_s for n in operations if draft.slots[n].fixed)])
    ends = [draft.slots[n] for n in _last(draft, operations)]
    most = max([0, *(slot.last_s - limit_s for slot in ends)])
    if most <= fixed:
        draft.terms.append(price * fixed)
        return
    late = draft.integer(draft.cp.Domain(fixed, most), f"late {name}", now)
    for slot in ends:
        draft.model.add(late >= slot.end - limit_s)
    draft.terms.append(price * late)


def _last(draft: Draft, operations: list[int]) -> list[int]:
    """The free ones among them that nothing among them waits for."""
    among, every = set(operations), draft.shop.operations
    return [
        n
        for n in operations
        if not draft.slots[n].fixed
        and not any(later in among and not every[later].started for later, _ in every[n].behind)
    ]


def makespan(draft: Draft) -> None:
    """From now to the last end."""
    price = draft.shop.problem.prices.makespan_s
    if price and draft.slots:
        _past(draft, "all", list(range(len(draft.slots))), 0, price)


def machine_cost(draft: Draft) -> None:
    """What the chosen modes cost."""
    price = draft.shop.problem.prices.cost_cent
    for slot in draft.slots:
        for option in slot.options:
            if option.mode.cost_cents and price and option.mode.machine_id == _machine_id(draft, option.machine):
                draft.terms.append(price * option.mode.cost_cents * option.literal)


def _machine_id(draft: Draft, machine: int) -> str:
    return draft.shop.machines[machine].machine_id


def overtime(draft: Draft) -> None:
    """Each window that is worked in, once."""
    price = draft.shop.problem.prices.cost_cent
    uses: dict[tuple[int, int], list[Any]] = {}
    for slot in draft.slots:
        for option in slot.options:
            for window in option.windows:
                uses.setdefault((option.machine, window), []).append(option.literal)
    here: set[tuple[int, int]] = set()
    for place in draft.incumbent.assignments:
        machine = draft.shop.machine_of[place.machine_id]
        span = (place.start_s - draft.now_s, place.end_s - draft.now_s)
        here.update((machine, window) for window in (draft.ways.used(machine, *span) if place.overtime else ()))
    for key, literals in uses.items():
        cost_cents = draft.shop.machines[key[0]].overtime[key[1]].cost_cents
        if not cost_cents or not price:
            continue
        paid: Any = 1
        if not any(literal is True for literal in literals):
            paid = draft.boolean(f"overtime {key}", key in here)
            for literal in literals:
                draft.model.add_implication(literal, paid)
        draft.terms.append(price * cost_cents * paid)


def start_cost(draft: Draft) -> None:
    """The step each start falls on."""
    price = draft.shop.problem.prices.cost_cent
    for op in draft.shop.operations:
        if op.task.start_cost and price:
            slot = draft.slots[op.number]
            steps = [(-draft.horizon_s - draft.now_s, 0)]
            steps += [(step.from_s - draft.now_s, step.cost_cents) for step in op.task.start_cost]
            here_s = draft.at(op.number).start_s - draft.now_s
            now = max(number for number, (from_s, _) in enumerate(steps) if from_s <= here_s)
            cents = steps[now][1] if slot.fixed else _step(draft, op, slot, steps, now)
            draft.terms.append(price * cents)


def _step(draft: Draft, op: Operation, slot: Slot, steps: list[tuple[int, int]], now: int) -> Any:
    """The cents as a sum over literals, one for each different cost."""
    ends = [from_s - 1 for from_s, _ in steps[1:]] + [max(draft.horizon_s, steps[-1][0])]
    spans: dict[int, list[tuple[int, int]]] = {}
    for (from_s, cost_cents), last_s in zip(steps, ends, strict=True):
        if from_s <= slot.last_s and last_s >= slot.first_s:
            spans.setdefault(cost_cents, []).append((from_s, last_s))
    literals = []
    for cost_cents, pairs in spans.items():
        literal = draft.boolean(f"step {op.number} {cost_cents}", cost_cents == steps[now][1])
        draft.model.add_linear_expression_in_domain(slot.start, draft.spans(pairs)).only_enforce_if(literal)
        literals.append((cost_cents, literal))
    draft.model.add_exactly_one([literal for _, literal in literals])
    return sum(cost_cents * literal for cost_cents, literal in literals)


def change(draft: Draft) -> None:
    """Price of moving, shifting and reassigning what is published; dearer for what was to start soon."""
    problem = draft.shop.problem
    prices, now_s = problem.prices, draft.now_s
    for op in draft.shop.operations:
        if op.published is None or op.started:
            continue
        slot, here = draft.slots[op.number], draft.at(op.number)
        machine, start_s = op.published[0], op.published[1]
        pct = change_pct(prices, now_s, start_s)
        reassigned, moved, shifted = (
            price * pct // 100 for price in (prices.reassigned_task, prices.moved_task, prices.shifted_s)
        )
        if reassigned:
            same = [option.literal for option in slot.options if option.machine == machine]
            draft.terms.append(reassigned * (1 - sum(same)))
        if moved:
            stays_now = here.start_s == start_s and draft.machine_at(op.number) == machine
            draft.terms.append(moved * (1 - _stays(draft, op, slot, stays_now)))
        if shifted:
            draft.terms.append(shifted * _shift(draft, op, slot, start_s - now_s))


def _shift(draft: Draft, op: Operation, slot: Slot, start_s: int) -> Any:
    here_s = draft.at(op.number).start_s - draft.now_s
    if slot.fixed:
        return abs(here_s - start_s)
    shift = draft.integer(draft.range(2**40), f"shift {op.number}", abs(here_s - start_s))
    draft.model.add(shift >= slot.start - start_s)
    draft.model.add(shift >= start_s - slot.start)
    return shift


def _stays(draft: Draft, op: Operation, slot: Slot, stays_now: bool) -> Any:
    """A literal that may be true only where the published start and machine are kept."""
    assert op.published is not None
    machine, start_s = op.published[0], op.published[1]
    if slot.fixed:
        return int(stays_now)
    on_it = [option.literal for option in slot.options if option.machine == machine]
    if not on_it or not slot.first_s <= start_s - draft.now_s <= slot.last_s:
        return 0
    stays = draft.boolean(f"stays {op.number}", stays_now)
    draft.model.add(slot.start == start_s - draft.now_s).only_enforce_if(stays)
    if on_it[0] is not True:
        draft.model.add_bool_or(on_it).only_enforce_if(stays)
    return stays
