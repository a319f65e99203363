"""A solution of the annealing, and the exact price of a change to it, compiled.

Semi-active timing: every operation starts as soon as its predecessors, its machine, the calendar and its own floor let
it. All operations stand in one order that respects precedence and every machine's sequence; a change re-times only
what lies behind it in that order and does change, and it can be taken back.
Called by: `rich_anneal`, `search`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.rich import NEVER, Records, Rich, record_type
from solvers.scheduling.kernel.rich_fit import fit, staff
from solvers.scheduling.kernel.timing import REFUSED, inlined, lean

PRICE, MAKESPAN, OLD_PRICE, OLD_MAKESPAN, LOGGED, JOBS, MOVES, SAVED, SEEDS, CREW, STAMP = range(11)
MAX_MOVES = 16
"""Operations that one change may move."""


OP_FIELDS = (
    "mode",
    "machine",
    "before",
    "after",
    "floor",
    "position",
    "calendar",
    "start",
    "end",
    "own",
    "stamp",
    "crew",
)
JOB_FIELDS = ("end", "stamp")


class State(NamedTuple):
    """A solution with its times, and a log to take the last change back.

    ops: decisions (mode, machine, neighbours on it, floor = never start before, -1 none), position in `order`, and as
    last timed: calendar, start, end, own price with the setup in front. first: by machine. used: operations in each
    overtime window. head: the numbers named above. The rest is room: dirty by position, the log, the parts of the
    order overwritten, what to time first. held: units by operation, -1 none; free, holder: until when and by whom each
    unit was handed out last; crew: who held a unit last before an operation that waited for it.
    """

    ops: Records
    order: Ints
    first: Ints
    jobs: Records
    used: Ints
    head: Ints
    dirty: Ints
    log: Ints
    log_job: Ints
    moves: Ints
    saved: Ints
    seeds: Ints
    held: Ints
    free: Ints
    holder: Ints
    chosen: Ints


def empty_state(rich: Rich) -> State:
    """Room for a solution and its log."""
    count, jobs = len(rich.ops), len(rich.jobs)
    most = int((rich.modes["need_stop"] - rich.modes["need_first"]).max(initial=0))
    ops = np.zeros(count, record_type(OP_FIELDS))
    for name in ("mode", "machine", "before", "after", "floor", "crew"):
        ops[name] = -1
    return State(
        ops=ops,
        order=np.arange(count, dtype=np.int64),
        first=np.full(len(rich.machines), -1, np.int64),
        jobs=np.zeros(jobs, record_type(JOB_FIELDS)),
        used=np.zeros(len(rich.windows), np.int64),
        head=np.zeros(STAMP + 1, np.int64),
        dirty=np.zeros(count, np.int64),
        log=np.zeros((count, 6 + most), np.int64),
        log_job=np.zeros((jobs, 2), np.int64),
        moves=np.zeros((MAX_MOVES, 5), np.int64),
        saved=np.zeros(4 * count + 64, np.int64),
        seeds=np.zeros(4 * MAX_MOVES, np.int64),
        held=np.full((count, most), -1, np.int64),
        free=np.zeros(len(rich.units), np.int64),
        holder=np.zeros(len(rich.units), np.int64),
        chosen=np.full(most, -1, np.int64),
    )


@inlined
def _own_price(rich: Rich, number: int, machine: int, mode: int, start: int) -> int:
    """What mode, start and the change against the published place cost."""
    price = rich.modes[mode].price
    published = rich.ops[number].published_machine
    if published >= 0:
        shift = abs(start - rich.ops[number].published_start)
        if shift > 0 or published != machine:
            price += rich.ops[number].moved_price + rich.ops[number].shifted_price * shift
        if published != machine:
            price += rich.ops[number].reassigned_price
    at = rich.ops[number].step_stop - 1
    while at >= rich.ops[number].step_first and rich.steps[at].from_s > start:
        at -= 1
    if at >= rich.ops[number].step_first:
        price += rich.steps[at].price
    return price


@lean
def _job_price(rich: Rich, job: int, end: int) -> int:
    price = rich.jobs[job].late_price * max(0, end - rich.jobs[job].due)
    return price + rich.prices[1] * max(0, end - rich.jobs[job].deadline)


@lean
def use(rich: Rich, state: State, calendar: int, start: int, end: int, change: int) -> int:
    """Count an operation in or out of the overtime windows it works in; gives the change of what they cost."""
    price, last = 0, -1
    for at in range(rich.calendars[calendar].piece_first, rich.calendars[calendar].piece_stop):
        if rich.pieces[at].start >= end:
            break
        window = rich.pieces[at].window
        if rich.pieces[at].end > start and window != last:
            last = window
            state.used[window] += change
            if state.used[window] == (1 if change > 0 else 0):
                price += change * rich.windows[window]
    return price


@inlined
def _waits_until(rich: Rich, state: State, number: int) -> int:
    """Ready by release, floor and predecessors."""
    earliest = max(rich.ops[number].release, state.ops[number].floor)
    for at in range(rich.ops[number].ahead_first, rich.ops[number].ahead_stop):
        ready = state.ops[rich.ahead[at].op].end + rich.ahead[at].lag
        if ready > earliest:
            earliest = ready
    return earliest


@inlined
def _mark(state: State, number: int) -> int:
    at = state.ops[number].position
    if state.dirty[at]:
        return 0
    state.dirty[at] = 1
    return 1


@lean
def begin(state: State) -> None:
    """From here on a change can be taken back."""
    head = state.head
    head[OLD_PRICE], head[OLD_MAKESPAN] = head[PRICE], head[MAKESPAN]
    for counter in (LOGGED, JOBS, MOVES, SAVED, SEEDS):
        head[counter] = 0


@lean
def evaluate(rich: Rich, state: State) -> int:
    """Re-time what the moves since `begin` touch, and all that changes with it; the new price, or `REFUSED`."""
    pending, at = 0, len(state.order)
    for seed in range(state.head[SEEDS]):
        pending += _mark(state, state.seeds[seed])
        at = min(at, state.ops[state.seeds[seed]].position)
    return _retime(rich, state, pending, at)


@lean
def unlink(state: State, number: int) -> None:
    """Take an operation off its machine."""
    before, after = state.ops[number].before, state.ops[number].after
    if before >= 0:
        state.ops[before].after = after
    else:
        state.first[state.ops[number].machine] = after
    if after >= 0:
        state.ops[after].before = before


@lean
def link(rich: Rich, state: State, number: int, mode: int, before: int) -> None:
    """Put an operation on the machine of a mode behind `before`; -1 puts it first."""
    machine = rich.modes[mode].machine
    after = state.ops[before].after if before >= 0 else state.first[machine]
    state.ops[number].machine, state.ops[number].mode = machine, mode
    state.ops[number].before, state.ops[number].after = before, after
    if before >= 0:
        state.ops[before].after = number
    else:
        state.first[machine] = number
    if after >= 0:
        state.ops[after].before = number


@lean
def load(rich: Rich, state: State, modes: Ints, starts: Ints, last: Ints) -> int:
    """Link the operations with these modes in the order of `state` and time them; gives the price, or `REFUSED`.

    starts: as scheduled; the last of those worth waiting for that is no later becomes the floor, so that what has been
    pushed away comes back once it can. last: by machine, all -1.
    """
    head, price = state.head, 0
    for position in range(len(state.order)):
        number = state.order[position]
        op, mine, mode = rich.ops[number], state.ops[number], modes[number]
        mine.position, mine.mode, mine.machine = position, mode, rich.modes[mode].machine
        for at in range(op.floor_first, op.floor_stop):
            if rich.floors[at] <= starts[number]:
                mine.floor = rich.floors[at]
        if op.fixed_start > NEVER:
            mine.start, mine.end = op.fixed_start, op.fixed_end
        if op.linked:
            link(rich, state, number, mode, last[mine.machine])
            last[mine.machine] = number
        else:
            price += op.fixed_price + use(rich, state, rich.modes[mode].calendar, mine.start, mine.end, 1)
    head[MAKESPAN] = 0
    for job in range(len(rich.jobs)):
        end = 0
        for at in range(rich.jobs[job].sink_first, rich.jobs[job].sink_stop):
            end = max(end, state.ops[rich.sinks[at]].end)
        state.jobs[job].end = end
        price += _job_price(rich, job, end)
        head[MAKESPAN] = max(head[MAKESPAN], end)
    head[PRICE] = price + rich.prices[0] * head[MAKESPAN]
    return evaluate_all(rich, state)


@lean
def evaluate_all(rich: Rich, state: State) -> int:
    """Time everything; the price, or `REFUSED`."""
    begin(state)
    count = len(state.order)
    for at in range(count):
        state.dirty[at] = 1
    price = _retime(rich, state, count, 0)
    state.head[PRICE] = price
    return price


@lean
def _retime(rich: Rich, state: State, pending: int, at: int) -> int:
    """Re-time the dirty, `pending` in number, the first at or behind `at` in the order."""
    head, order = state.head, state.order
    price, refused = head[PRICE], False
    head[STAMP] += 1
    crewed = len(state.chosen) > 0
    if crewed:
        _hand_out(rich, state, at)
    while pending > 0 or (crewed and at < len(order)):
        number = order[at]
        at += 1
        if state.dirty[at - 1]:
            state.dirty[at - 1] = 0
            pending -= 1
        elif not crewed or not _is_crewed(rich, state, number):
            continue
        if refused:
            continue
        if not rich.ops[number].linked:
            refused = not rich.ops[number].started and _waits_until(rich, state, number) > rich.ops[number].fixed_start
            continue
        machine, mode, before = state.ops[number].machine, state.ops[number].mode, state.ops[number].before
        earliest = _waits_until(rich, state, number)
        own, ready = 0, rich.machines[machine].ready
        if not rich.ops[number].started:
            family = rich.ops[before].family if before >= 0 else rich.machines[machine].family
            own = rich.setup[machine, family, rich.ops[number].family, 1]
            free = state.ops[before].end if before >= 0 else ready
            free += rich.setup[machine, family, rich.ops[number].family, 0]
            earliest = max(earliest, free, ready)
        calendar = rich.modes[mode].calendar
        if rich.ops[number].fixed_start > NEVER:
            start, end = rich.ops[number].fixed_start, rich.ops[number].fixed_end
            own += rich.ops[number].fixed_price
            crew_changes = _dismiss(state, number)
            # What has started is first on its machine, whatever its times.
            refused = before >= 0 if rich.ops[number].started else start < earliest
        else:
            stretches = rich.ops[number].stretches
            if crewed and _is_crewed(rich, state, number):
                start, end = staff(rich, state.free, state.chosen, calendar, earliest, mode, stretches)
                refused = start < 0
                if refused:
                    continue
                crew_changes = _engage(state, number, start, end)
            else:
                start, end = fit(rich, calendar, earliest, rich.modes[mode].work, stretches)
                crew_changes = _dismiss(state, number)
            own += _own_price(rich, number, machine, mode, start)
        old_end = state.ops[number].end
        same = start == state.ops[number].start and end == old_end
        same = same and own == state.ops[number].own and calendar == state.ops[number].calendar
        if same and not crew_changes:
            continue
        price += own - state.ops[number].own
        price += _replace(rich, state, number, calendar, start, end, own)
        if end != old_end:
            after = state.ops[number].after
            if after >= 0:
                pending += _mark(state, after)
            for later in range(rich.ops[number].behind_first, rich.ops[number].behind_stop):
                pending += _mark(state, rich.behind[later])
    if refused:
        return REFUSED
    price += _end_jobs(rich, state)
    head[PRICE] = price
    return price


@inlined
def _is_crewed(rich: Rich, state: State, number: int) -> bool:
    """Free to move, and in need of people or tools."""
    mode = state.ops[number].mode
    return rich.modes[mode].need_stop > rich.modes[mode].need_first and rich.ops[number].fixed_start <= NEVER


@lean
def _hand_out(rich: Rich, state: State, stop: int) -> None:
    """The units as those in front of `stop` in the order leave them."""
    for unit in range(len(state.free)):
        state.free[unit], state.holder[unit] = NEVER, -1
    for at in range(stop):
        number = state.order[at]
        for place in range(len(state.chosen)):
            unit = state.held[number, place]
            if unit >= 0 and state.ops[number].end > state.free[unit]:
                state.free[unit], state.holder[unit] = state.ops[number].end, number


@lean
def _engage(state: State, number: int, start: int, end: int) -> bool:
    """Give the chosen units to an operation; whether it had others, or waits for another holder."""
    changes, crew = False, -1
    for place in range(len(state.chosen)):
        unit = state.chosen[place]
        changes = changes or unit != state.held[number, place]
        if unit >= 0:
            if state.free[unit] == start:
                crew = state.holder[unit]
            state.free[unit], state.holder[unit] = end, number
    state.head[CREW] = crew
    return changes or crew != state.ops[number].crew


@lean
def _dismiss(state: State, number: int) -> bool:
    """An operation needs no units; whether it had any."""
    changes = False
    for place in range(len(state.chosen)):
        changes = changes or state.held[number, place] >= 0
        state.chosen[place] = -1
    state.head[CREW] = -1
    return changes


@lean
def _replace(rich: Rich, state: State, number: int, calendar: int, start: int, end: int, own: int) -> int:
    """New times for one operation, the old ones into the log; gives the change of what overtime costs."""
    head, log, mine = state.head, state.log[state.head[LOGGED]], state.ops[number]
    log[0], log[1], log[2], log[3], log[4] = number, mine.start, mine.end, mine.own, mine.calendar
    head[LOGGED] += 1
    price = 0
    if len(rich.windows):
        price += use(rich, state, mine.calendar, mine.start, mine.end, -1)
        price += use(rich, state, calendar, start, end, 1)
    mine.start, mine.end, mine.own, mine.calendar = start, end, own, calendar
    log[5], mine.crew = mine.crew, head[CREW]
    for place in range(len(state.chosen)):
        log[6 + place], state.held[number, place] = state.held[number, place], state.chosen[place]
    job = rich.ops[number].job
    if rich.ops[number].sink and state.jobs[job].stamp != head[STAMP]:
        state.jobs[job].stamp = head[STAMP]
        state.log_job[head[JOBS], 0], state.log_job[head[JOBS], 1] = job, state.jobs[job].end
        head[JOBS] += 1
    return price


@lean
def _end_jobs(rich: Rich, state: State) -> int:
    """Ends of the jobs touched, and the makespan; gives the change of what they cost."""
    head = state.head
    price, makespan, sank = 0, head[MAKESPAN], False
    for entry in range(head[JOBS]):
        job, old_end = state.log_job[entry, 0], state.log_job[entry, 1]
        end = 0
        for at in range(rich.jobs[job].sink_first, rich.jobs[job].sink_stop):
            end = max(end, state.ops[rich.sinks[at]].end)
        state.jobs[job].end = end
        price += _job_price(rich, job, end) - _job_price(rich, job, old_end)
        sank = sank or old_end == head[MAKESPAN]
        makespan = max(makespan, end)
    if sank:
        makespan = 0
        for job in range(len(state.jobs)):
            makespan = max(makespan, state.jobs[job].end)
    price += rich.prices[0] * (makespan - head[MAKESPAN])
    head[MAKESPAN] = makespan
    return price


@lean
def copy_state(source: State, target: State) -> None:
    """Take over a solution with its times."""
    for at in range(len(source.order)):
        target.order[at] = source.order[at]
        target.ops[at] = source.ops[at]
        for place in range(len(source.chosen)):
            target.held[at, place] = source.held[at, place]
    for at in range(len(source.first)):
        target.first[at] = source.first[at]
    for at in range(len(source.jobs)):
        target.jobs[at] = source.jobs[at]
    for at in range(len(source.used)):
        target.used[at] = source.used[at]
    target.head[PRICE], target.head[MAKESPAN] = source.head[PRICE], source.head[MAKESPAN]
