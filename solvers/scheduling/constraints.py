"""The hard rules of the schedule as CP-SAT constraints, one function each.

Promises: the incumbent's hint keeps every one of them.
May not: import ortools.
Called by: `model`.
"""

from __future__ import annotations

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
    """A pin or fence given up for a late predecessor comes back if that predecessor is in time again."""
    for waiver in draft.incumbent.waivers:
        op = draft.shop.operations[draft.shop.number_of[waiver.task_id]]
        slot = draft.slots[op.number]
        if slot.fixed or op.wish is None or obstacle_apart_from_predecessors(draft.shop, op, draft.incumbent):
            continue
        machine, start_s = op.wish[0], op.wish[1]
        late = next((n, lag) for n, lag in op.before if draft.at(n).end_s + lag > start_s)
        back = draft.boolean(f"back {op.number}", False)
        draft.model.add(slot.start == start_s - draft.now_s).only_enforce_if(back)
        on_it = [option.literal for option in slot.options if option.machine == machine]
        draft.model.add_bool_or([literal for literal in on_it if literal is not True] or [back]).only_enforce_if(back)
        if not draft.slots[late[0]].fixed:
            draft.model.add(draft.slots[late[0]].end + late[1] > start_s - draft.now_s).only_enforce_if(back.negated())
