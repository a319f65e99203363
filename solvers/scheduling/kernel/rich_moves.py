"""Moving an operation in a solution of the annealing, and taking moves back, compiled.

The order of all operations is kept up to date: what has to follow the move inside the stretch between old and new place
is ordered anew (Pearce and Kelly 2007), which tells a circle as well.
Called by: `rich_anneal`.
"""

from __future__ import annotations

from solvers.scheduling.kernel.rich import Rich
from solvers.scheduling.kernel.rich_state import (
    JOBS,
    LOGGED,
    MAKESPAN,
    MAX_MOVES,
    MOVES,
    OLD_MAKESPAN,
    OLD_PRICE,
    PRICE,
    SAVED,
    SEEDS,
    STAMP,
    State,
    link,
    unlink,
    use,
)
from solvers.scheduling.kernel.timing import lean


@lean
def undo(rich: Rich, state: State) -> None:
    """Take back everything since `begin`."""
    head = state.head
    for entry in range(head[LOGGED] - 1, -1, -1):
        log = state.log[entry]
        mine = state.ops[log[0]]
        if len(rich.windows):
            use(rich, state, mine.calendar, mine.start, mine.end, -1)
            use(rich, state, log[4], log[1], log[2], 1)
        mine.start, mine.end, mine.own, mine.calendar = log[1], log[2], log[3], log[4]
        mine.crew = log[5]
        for place in range(len(state.chosen)):
            state.held[log[0], place] = log[6 + place]
    for entry in range(head[JOBS] - 1, -1, -1):
        state.jobs[state.log_job[entry, 0]].end = state.log_job[entry, 1]
    for entry in range(head[MOVES] - 1, -1, -1):
        move = state.moves[entry]
        unlink(state, move[0])
        link(rich, state, move[0], move[1], move[2])
        state.ops[move[0]].floor = move[3]
        if move[4]:
            _restore_order(state)
    head[PRICE], head[MAKESPAN] = head[OLD_PRICE], head[OLD_MAKESPAN]


@lean
def relocate(rich: Rich, state: State, number: int, mode: int, before: int, floor: int) -> bool:
    """Move an operation behind `before` (not itself); False, with nothing done, if that would run in a circle."""
    head = state.head
    if head[MOVES] == MAX_MOVES:
        return False
    old_mode, old_before, old_after = state.ops[number].mode, state.ops[number].before, state.ops[number].after
    unlink(state, number)
    after = state.ops[before].after if before >= 0 else state.first[rich.modes[mode].machine]
    moved = 0
    if after >= 0 and state.ops[after].position < state.ops[number].position:
        moved = _advance(rich, state, number, after, -1)
    elif before >= 0 and state.ops[before].position > state.ops[number].position:
        moved = _put_off(rich, state, number, before)
    if moved < 0:
        link(rich, state, number, old_mode, old_before)
        return False
    link(rich, state, number, mode, before)
    move = state.moves[head[MOVES]]
    move[0], move[1], move[2], move[3], move[4] = number, old_mode, old_before, state.ops[number].floor, moved
    head[MOVES] += 1
    state.ops[number].floor = floor
    for touched in (number, old_after, after):
        _touch(state, touched)
    if moved:
        _touch_order(state)
    return True


@lean
def overtake(rich: Rich, state: State, number: int, other: int) -> bool:
    """Order an operation in front of another one that holds its units, both where they are on their machines."""
    head = state.head
    if head[MOVES] == MAX_MOVES or state.ops[other].position > state.ops[number].position:
        return False
    if _advance(rich, state, number, other, state.ops[number].before) < 0:
        return False
    move, mine = state.moves[head[MOVES]], state.ops[number]
    move[0], move[1], move[2], move[3], move[4] = number, mine.mode, mine.before, mine.floor, 1
    head[MOVES] += 1
    _touch_order(state)
    return True


@lean
def _touch(state: State, number: int) -> None:
    if number >= 0:
        state.seeds[state.head[SEEDS]] = number
        state.head[SEEDS] += 1


@lean
def _touch_order(state: State) -> None:
    """Units are handed out anew from where the order changed last."""
    if len(state.chosen):
        _touch(state, state.order[state.saved[state.head[SAVED] - 2]])


@lean
def _advance(rich: Rich, state: State, number: int, after: int, before: int) -> int:
    """Order `number` and what it waits for, and `before`, in front of `after`; 1 if done, -1 if it cannot."""
    low, high, stamp = state.ops[after].position, state.ops[number].position, _next_stamp(state)
    if state.head[SAVED] + high - low + 3 > len(state.saved):
        return -1
    state.ops[number].stamp = stamp
    for at in range(rich.ops[number].ahead_first, rich.ops[number].ahead_stop):
        state.ops[rich.ahead[at].op].stamp = stamp
    if before >= 0:
        state.ops[before].stamp = stamp
    for place in range(high - 1, low - 1, -1):
        other = state.order[place]
        if state.ops[other].stamp == stamp:
            if other == after:
                return -1
            if state.ops[other].before >= 0:
                state.ops[state.ops[other].before].stamp = stamp
            for at in range(rich.ops[other].ahead_first, rich.ops[other].ahead_stop):
                state.ops[rich.ahead[at].op].stamp = stamp
    _split(state, low, high, stamp, True)
    return 1


@lean
def _put_off(rich: Rich, state: State, number: int, before: int) -> int:
    """Order `number` and what waits for it behind `before`; 1 if the order changed, -1 if it cannot."""
    low, high, stamp = state.ops[number].position, state.ops[before].position, _next_stamp(state)
    if state.head[SAVED] + high - low + 3 > len(state.saved):
        return -1
    state.ops[number].stamp = stamp
    for at in range(rich.ops[number].behind_first, rich.ops[number].behind_stop):
        state.ops[rich.behind[at]].stamp = stamp
    for place in range(low + 1, high + 1):
        other = state.order[place]
        if state.ops[other].stamp == stamp:
            if other == before:
                return -1
            if state.ops[other].after >= 0:
                state.ops[state.ops[other].after].stamp = stamp
            for at in range(rich.ops[other].behind_first, rich.ops[other].behind_stop):
                state.ops[rich.behind[at]].stamp = stamp
    _split(state, low, high, stamp, False)
    return 1


@lean
def _next_stamp(state: State) -> int:
    state.head[STAMP] += 1
    return state.head[STAMP]


@lean
def _split(state: State, low: int, high: int, stamp: int, stamped_first: bool) -> None:
    """Order the stamped of [low, high] before or behind the others, each group as it was; the old order is saved."""
    saved, top, place = state.saved, state.head[SAVED], low
    for at in range(low, high + 1):
        saved[top + at - low] = state.order[at]
    for turn in range(2):
        for at in range(top, top + high - low + 1):
            other = saved[at]
            if (state.ops[other].stamp == stamp) == (stamped_first == (turn == 0)):
                state.order[place] = other
                state.ops[other].position = place
                place += 1
    top += high - low + 1
    saved[top], saved[top + 1] = low, high
    state.head[SAVED] = top + 2


@lean
def _restore_order(state: State) -> None:
    top = state.head[SAVED] - 2
    low, high = state.saved[top], state.saved[top + 1]
    top -= high - low + 1
    for at in range(low, high + 1):
        state.order[at] = state.saved[top + at - low]
        state.ops[state.order[at]].position = at
    state.head[SAVED] = top
