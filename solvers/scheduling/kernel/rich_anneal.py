"""Simulated annealing on machine sequences with exact timing, compiled: for every objective and rule of the shop.

Moves that help are those that break a critical chain (Van Laarhoven, Aarts and Lenstra 1992): an operation that waits
for its machine is put before the one it waits for, or somewhere before that, or on another machine; one that waits for
its floor loses it. The chain starts at a job that hurts, drawn by what it costs. Families are brought together.
Called by: `search`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.rich import NEVER, Rich
from solvers.scheduling.kernel.rich_moves import overtake, relocate, undo
from solvers.scheduling.kernel.rich_state import MAX_MOVES, OLD_PRICE, PRICE, State, begin, copy_state, evaluate
from solvers.scheduling.kernel.timing import REFUSED, lean

CHAIN_SHARE = 0.6
"""Share of moves that start from a critical chain; the others take any operation."""
ELSEWHERE_SHARE = 0.35
"""Share of moves to another machine, where there is one."""
FAMILY_SHARE = 0.15
"""Share of moves on a machine with setups that bring an operation beside one of its family."""
FOCUS_SHARE = 0.4
"""Share of moves that take one of the operations the caller named, where it named some."""
CHANGED_SHARE = 0.4
"""Share of chains that end in an operation later than published, where changes cost something."""
HOME_SHARE = 0.1
"""Share of moves that bring something back to where it was published."""
RUN_SHARE = 0.1
"""Share of moves on a machine with setups that take a run of one family,"""
RUN = 8
"""or its first operations, so many."""
FLOOR, JOB, MACHINE, CREW = 0, 1, 2, 3


class Room(NamedTuple):
    """Room for a chain, the state of the random numbers, what may be moved, and what of it is tried more often."""

    chain: Ints
    random: npt.NDArray[np.uint64]
    movable: Ints
    focus: Ints


@lean
def _bits(room: Room) -> int:
    """The next 31 random bits (xorshift64*, Vigna 2016)."""
    x = room.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    room.random[0] = x
    return int((x * np.uint64(2685821657736338717)) >> np.uint64(33))


@lean
def _below(room: Room, limit: int) -> int:
    return (_bits(room) * limit) >> 31


@lean
def _chance(room: Room) -> float:
    """In (0, 1)."""
    return (_bits(room) + 0.5) / 2147483648.0


@lean
def _hurting_job(rich: Rich, state: State, room: Room) -> int:
    """A job drawn by what its end costs; the one that ends last where none is late."""
    total, last, last_end = 0.0, 0, -1
    for job in range(len(rich.jobs)):
        end = state.jobs[job].end
        total += rich.jobs[job].late_price * max(0, end - rich.jobs[job].due)
        total += rich.prices[1] * max(0, end - rich.jobs[job].deadline)
        if end > last_end:
            last, last_end = job, end
    if total <= 0.0 or (rich.prices[0] > 0 and _chance(room) < 0.05):
        return last
    mark = _chance(room) * total
    for job in range(len(rich.jobs)):
        end = state.jobs[job].end
        mark -= rich.jobs[job].late_price * max(0, end - rich.jobs[job].due)
        mark -= rich.prices[1] * max(0, end - rich.jobs[job].deadline)
        if mark <= 0.0:
            return job
    return last


@lean
def _cause(rich: Rich, state: State, number: int) -> tuple[int, int]:
    """Why an operation does not start earlier, and the operation it waits for (-1: none)."""
    kind, which, earliest = FLOOR, -1, rich.ops[number].release
    if state.ops[number].floor > earliest:
        earliest, which = state.ops[number].floor, -2
    for at in range(rich.ops[number].ahead_first, rich.ops[number].ahead_stop):
        ready = state.ops[rich.ahead[at].op].end + rich.ahead[at].lag
        if ready > earliest:
            kind, which, earliest = JOB, rich.ahead[at].op, ready
    before = state.ops[number].before
    if before >= 0 and rich.ops[number].linked:
        setup = rich.setup[state.ops[number].machine, rich.ops[before].family, rich.ops[number].family, 0]
        if state.ops[before].end + setup > earliest:
            return MACHINE, before
    crew = state.ops[number].crew
    if crew >= 0 and len(state.chosen) > 0 and state.ops[crew].end == state.ops[number].start > earliest:
        return CREW, crew
    return kind, which


@lean
def _shifted(rich: Rich, state: State, room: Room, way: int) -> int:
    """Any operation that is later (1) or earlier (-1) than published, -1 if a few tries find none."""
    for _ in range(12):
        number = room.movable[_below(room, len(room.movable))]
        op = rich.ops[number]
        if op.published_machine >= 0 and (state.ops[number].start - op.published_start) * way > 0:
            return int(number)
    return -1


@lean
def _on_chain(rich: Rich, state: State, room: Room) -> int:
    """An operation of a critical chain that waits for its machine, units or floor, -1 if the chain has none.

    The chain ends in a job that hurts, or in an operation that is later than published.
    """
    number, found = -1, 0
    if rich.prices[2] > 0 and _chance(room) < CHANGED_SHARE:
        number = _shifted(rich, state, room, 1)
    if number < 0:
        job = _hurting_job(rich, state, room)
        for at in range(rich.jobs[job].sink_first, rich.jobs[job].sink_stop):
            if state.ops[rich.sinks[at]].end == state.jobs[job].end:
                number = rich.sinks[at]
    while number >= 0 and found < len(room.chain):
        kind, which = _cause(rich, state, number)
        if (kind >= MACHINE or which == -2) and rich.ops[number].fixed_start <= NEVER:
            room.chain[found] = number
            found += 1
        number = which
    return room.chain[_below(room, found)] if found > 0 else -1


@lean
def _hold_back(rich: Rich, state: State, room: Room) -> bool:
    """An operation earlier than published, and those like it that follow it, wait for their published starts."""
    number, done = _shifted(rich, state, room, -1), False
    for _ in range(MAX_MOVES // 2):
        if number < 0:
            break
        op, mine = rich.ops[number], state.ops[number]
        if op.fixed_start > NEVER or op.published_machine < 0 or mine.start >= op.published_start:
            break
        done = relocate(rich, state, number, mine.mode, mine.before, op.published_start) or done
        following = state.ops[number].after
        if op.behind_first < op.behind_stop and (following < 0 or _below(room, 2)):
            following = rich.behind[op.behind_first]
        number = following
    return done


@lean
def _home(rich: Rich, state: State, number: int) -> bool:
    """Where it was published: that machine, in front of what starts there later."""
    op, mode = rich.ops[number], -1
    for other in range(op.mode_first, op.mode_stop):
        if rich.modes[other].machine == op.published_machine and (mode < 0 or other == state.ops[number].mode):
            mode = other
    if mode < 0:
        return False
    before, current = -1, state.first[op.published_machine]
    while current >= 0 and (state.ops[current].start < op.published_start or current == number):
        if current != number:
            before = current
        current = state.ops[current].after
    return relocate(rich, state, number, mode, before, op.published_start)


@lean
def _place_on(rich: Rich, state: State, room: Room, number: int, machine: int) -> int:
    """Behind whom it would stand on another machine by its start, give or take a few places; -1: first."""
    ready = rich.ops[number].release
    for at in range(rich.ops[number].ahead_first, rich.ops[number].ahead_stop):
        ready = max(ready, state.ops[rich.ahead[at].op].end + rich.ahead[at].lag)
    before, current = -1, state.first[machine]
    while current >= 0 and state.ops[current].end <= ready:
        before, current = current, state.ops[current].after
    for _ in range(_below(room, 3)):
        if current < 0:
            break
        before, current = current, state.ops[current].after
    if _below(room, 2) and before >= 0:
        before = state.ops[before].before
    return before


@lean
def _earlier(state: State, room: Room, number: int) -> int:
    """Behind whom it stands when it overtakes one or some."""
    before = state.ops[state.ops[number].before].before
    while before >= 0 and _chance(room) < 0.35:
        before = state.ops[before].before
    return before


@lean
def _later(state: State, room: Room, number: int) -> int:
    """Behind whom it stands when one or some overtake it."""
    behind = state.ops[number].after
    while _chance(room) < 0.35 and state.ops[behind].after >= 0:
        behind = state.ops[behind].after
    return behind


@lean
def _beside_family(rich: Rich, state: State, room: Room, number: int) -> int:
    """Behind whom it stands beside the nearest of its family, ahead or behind; itself if there is none."""
    family, ahead = rich.ops[number].family, _below(room, 2) == 0
    other = state.ops[number].before if ahead else state.ops[number].after
    hops = 0
    while other >= 0 and (rich.ops[other].family != family or hops == 0) and hops < 30:
        other = state.ops[other].before if ahead else state.ops[other].after
        hops += 1
    if other < 0 or rich.ops[other].family != family:
        return number
    return other if ahead or _below(room, 2) else state.ops[other].before


@lean
def _new_floor(rich: Rich, state: State, room: Room, number: int) -> int:
    """One of the starts worth waiting for, or none."""
    first, last = rich.ops[number].floor_first, rich.ops[number].floor_stop
    pick = first + _below(room, last - first + 1)
    return rich.floors[pick] if pick < last else -1


@lean
def _pick(rich: Rich, state: State, room: Room) -> int:
    """The operation to move."""
    number = -1
    if len(room.focus) > 0 and _chance(room) < FOCUS_SHARE:
        number = room.focus[_below(room, len(room.focus))]
    elif _chance(room) < CHAIN_SHARE:
        number = _on_chain(rich, state, room)
        if number >= 0 and state.ops[number].before >= 0 and _chance(room) < 0.25:
            number = state.ops[number].before
    if number < 0 or rich.ops[number].fixed_start > NEVER:
        number = room.movable[_below(room, len(room.movable))]
    return number


@lean
def _shift_run(rich: Rich, state: State, room: Room, number: int) -> bool:
    """The run of one family around an operation goes in front of the run before it."""
    family, first = rich.ops[number].family, number
    while state.ops[first].before >= 0 and rich.ops[state.ops[first].before].family == family:
        first = state.ops[first].before
    target = state.ops[first].before
    if target < 0:
        return False
    other = rich.ops[target].family
    while target >= 0 and rich.ops[target].family == other:
        target = state.ops[target].before
    current, done = first, False
    for _ in range(RUN):
        if current < 0 or rich.ops[current].family != family or rich.ops[current].fixed_start > NEVER:
            break
        following = state.ops[current].after
        if not relocate(rich, state, current, state.ops[current].mode, target, state.ops[current].floor):
            break
        done, target, current = True, current, following
    return done


@lean
def _propose(rich: Rich, state: State, room: Room) -> bool:
    """Make one move; False if there is none."""
    if rich.prices[2] > 0 and _chance(room) < HOME_SHARE and _hold_back(rich, state, room):
        return True
    number = _pick(rich, state, room)
    crew = state.ops[number].crew
    if len(state.chosen) > 0 and crew >= 0 and _chance(room) < 0.3:
        return overtake(rich, state, number, crew)
    op = rich.ops[number]
    if op.published_machine >= 0 and rich.prices[2] > 0:
        moved = state.ops[number].start != op.published_start or state.ops[number].machine != op.published_machine
        if moved and _chance(room) < HOME_SHARE:
            return _home(rich, state, number)
    mode, machine, floor = state.ops[number].mode, state.ops[number].machine, state.ops[number].floor
    floors = rich.ops[number].floor_stop - rich.ops[number].floor_first
    if floors > 0 and _chance(room) < 0.3:
        wanted = _new_floor(rich, state, room, number)
        if wanted == floor:
            return False
        return relocate(rich, state, number, mode, state.ops[number].before, wanted)
    options = rich.ops[number].mode_stop - rich.ops[number].mode_first
    if options > 1 and _chance(room) < ELSEWHERE_SHARE:
        other = rich.ops[number].mode_first + _below(room, options - 1)
        other += other >= mode
        if rich.modes[other].machine == machine:
            return relocate(rich, state, number, other, state.ops[number].before, floor)
        floor = _new_floor(rich, state, room, number) if floors > 0 else -1
        target = _place_on(rich, state, room, number, rich.modes[other].machine)
        return relocate(rich, state, number, other, target, floor)
    before, after = state.ops[number].before, state.ops[number].after
    if rich.setup.shape[1] > 1 and rich.ops[number].linked and _chance(room) < RUN_SHARE:
        return _shift_run(rich, state, room, number)
    if rich.setup.shape[1] > 1 and _chance(room) < FAMILY_SHARE:
        target = _beside_family(rich, state, room, number)
        return target != number and relocate(rich, state, number, mode, target, floor)
    if before >= 0 and (after < 0 or _chance(room) < 0.7):
        return relocate(rich, state, number, mode, _earlier(state, room, number), floor)
    if after >= 0:
        return relocate(rich, state, number, mode, _later(state, room, number), floor)
    return False


@lean
def anneal(rich: Rich, state: State, best: State, room: Room, steps: int, hot: float, cold: float) -> int:
    """So many moves, cooling from `hot` to `cold` points; returns how many were taken.

    A better solution is copied only when it is about to be left; the move that would leave it is not made.
    """
    taken, heat, better = 0, hot, False
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    for _ in range(steps):
        heat *= cooling
        begin(state)
        if not _propose(rich, state, room):
            continue
        bound = state.head[PRICE] - heat * np.log(_chance(room))
        price = evaluate(rich, state)
        if price > bound:
            undo(rich, state)
            continue
        if better and price > state.head[OLD_PRICE]:
            undo(rich, state)
            copy_state(state, best)
            better = False
            continue
        taken += 1
        better = price < best.head[PRICE]
    if better:
        copy_state(state, best)
    return taken


@lean
def usual_loss(rich: Rich, state: State, room: Room, steps: int) -> float:
    """What a move that does not pay costs in points, the geometric mean of so many tries; nothing is moved."""
    total, count, price = 0.0, 0, state.head[PRICE]
    for _ in range(steps):
        begin(state)
        if _propose(rich, state, room):
            loss = evaluate(rich, state) - price
            if 0 < loss < REFUSED - price:
                total += np.log(loss)
                count += 1
            undo(rich, state)
    return float(np.exp(total / count)) if count else 1.0
