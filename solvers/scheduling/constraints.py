"""The hard rules of the schedule as CP-SAT constraints, one function each.

Promises: the incumbent's hint keeps every one of them.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

from typing import Any

from solvers.scheduling.draft import Draft
from solvers.scheduling.wishes import obstacle_apart_from_predecessors

MAX_FIXED_INTERVALS = 200


def precedence(draft: Draft) -> None:
    """A task starts after what it waits for; what is fixed is in the starts already."""
    for op in draft.shop.operations:
        slot = draft.slots[op.number]
        for earlier, lag_s in op.before if not slot.fixed else ():
            if not draft.slots[earlier].fixed:
                draft.model.add(slot.start >= draft.slots[earlier].end + lag_s)


def one_at_a_time(draft: Draft, machine: int) -> None:
    """No two tasks at once on a machine; its blocked time too, if no task stretches over it."""
    intervals, stretching = [], False
    for number in draft.free:
        for option in draft.slots[number].own(machine):
            intervals.append(option.interval)
            stretching = stretching or option.overtime or option.size_s != option.mode.duration_s
    if not stretching and len(intervals) > 1:
        calendar, now_s = draft.shop.calendars[machine], draft.now_s
        spans = [(s - now_s, e - s) for s, e in zip(calendar.starts, calendar.ends, strict=True) if e > now_s]
        for start_s, size_s in spans[:MAX_FIXED_INTERVALS]:
            intervals.append(draft.model.new_fixed_size_interval_var(start_s, size_s, "blocked"))
    if len(intervals) > 1:
        draft.model.add_no_overlap(intervals)


def waived(draft: Draft) -> None:
    """A pin or fence given up for a late predecessor comes back if that predecessor is in time again.

    Where the operation itself is fixed in this model, the predecessor stays late: nothing would found the waiver.
    """
    for waiver in draft.incumbent.waivers:
        op = draft.shop.operations[draft.shop.number_of[waiver.task_id]]
        if op.wish is None or obstacle_apart_from_predecessors(draft.shop, op, draft.incumbent):
            continue
        machine, start_s = op.wish[0], op.wish[1] - draft.now_s
        late = next(((n, lag_s) for n, lag_s in op.before if draft.at(n).end_s + lag_s > op.wish[1]), None)
        back: Any = _back(draft, op.number, machine, start_s) if op.number in draft.free else False
        if late is not None and not draft.slots[late[0]].fixed:
            still_late = draft.model.add(draft.slots[late[0]].end + late[1] > start_s)
            if back is not False:
                still_late.only_enforce_if(back.negated())


def _back(draft: Draft, number: int, machine: int, start_s: int) -> Any:
    """A literal: the wish is kept again."""
    slot = draft.slots[number]
    back = draft.boolean(f"back {number}", False)
    draft.model.add(slot.start == start_s).only_enforce_if(back)
    on_it = [option.literal for option in slot.options if option.machine == machine]
    if not on_it:
        draft.model.add(back == 0)
    elif on_it[0] is not True:
        draft.model.add_bool_or(on_it).only_enforce_if(back)
    return back
