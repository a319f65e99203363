"""The objective as CP-SAT terms, one function a part; the same prices as `check.figures`.

Promises: for the incumbent the terms add up to exactly what `check` says.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from typing import Any

from solvers.scheduling.draft import Draft, Slot
from solvers.scheduling.shop import Operation


def tardiness(draft: Draft) -> None:
    """Weighted seconds late, of each job with a due date."""
    shop, now_s = draft.shop, draft.now_s
    members: dict[int, list[int]] = {}
    for op in shop.operations:
        members.setdefault(op.job, []).append(op.number)
    for number, operations in members.items():
        job = shop.problem.jobs[number]
        price = shop.problem.prices.tardiness_s * job.weight
        if job.due_s is None or not price:
            continue
        late_s = max(0, max(draft.at(n).end_s for n in operations) - job.due_s)
        late = draft.integer(draft.range(max(late_s, now_s + draft.horizon_s - job.due_s)), f"late {number}", late_s)
        for operation in operations:
            draft.model.add(late >= draft.slots[operation].end + now_s - job.due_s)
        draft.terms.append(price * late)


def makespan(draft: Draft) -> None:
    """From now to the last end."""
    price = draft.shop.problem.prices.makespan_s
    if not price or not draft.slots:
        return
    last_s = max(assignment.end_s for assignment in draft.incumbent.assignments) - draft.now_s
    makespan = draft.integer(draft.range(draft.horizon_s), "makespan", last_s)
    for slot in draft.slots:
        draft.model.add(makespan >= slot.end)
    draft.terms.append(price * makespan)


def machine_cost(draft: Draft) -> None:
    """What the chosen machines cost."""
    price = draft.shop.problem.prices.cost_cent
    for slot in draft.slots:
        for option in slot.options:
            if option.cost_cents and price:
                draft.terms.append(price * option.cost_cents * option.literal)


def change(draft: Draft) -> None:
    """Price of moving, shifting and reassigning what is published."""
    prices, now_s = draft.shop.problem.prices, draft.now_s
    for op in draft.shop.operations:
        if op.published is None or op.started:
            continue
        slot, here = draft.slots[op.number], draft.at(op.number)
        machine, start_s = op.published
        if prices.reassigned_task:
            same = [option.literal for option in slot.options if option.machine == machine]
            draft.terms.append(prices.reassigned_task * (1 - sum(same)))
        if prices.moved_task:
            stays_now = here.start_s == start_s and draft.machine_at(op.number) == machine
            draft.terms.append(prices.moved_task * (1 - _stays(draft, op, slot, stays_now)))
        if prices.shifted_s:
            shift = draft.integer(draft.range(2**40), f"shift {op.number}", abs(here.start_s - start_s))
            draft.model.add(shift >= slot.start + now_s - start_s)
            draft.model.add(shift >= start_s - now_s - slot.start)
            draft.terms.append(prices.shifted_s * shift)


def _stays(draft: Draft, op: Operation, slot: Slot, stays_now: bool) -> Any:
    """A literal that may be true only where the published start and machine are kept."""
    assert op.published is not None
    machine, start_s = op.published
    if slot.fixed:
        return int(stays_now)
    on_it = [option.literal for option in slot.options if option.machine == machine]
    if not on_it:
        return 0
    stays = draft.boolean(f"stays {op.number}", stays_now)
    draft.model.add(slot.start == start_s - draft.now_s).only_enforce_if(stays)
    if on_it[0] is not True:
        draft.model.add_bool_or(on_it).only_enforce_if(stays)
    return stays
