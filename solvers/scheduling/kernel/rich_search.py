"""Between schedules and the annealing: a schedule in, rounds of cooling down, a schedule out.

Promises: the same seed and moves give the same schedule; never gives back anything dearer than it had, as it
counts.
May not: judge; `search` has the checker do that.
Called by: `search`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from solvers.budget import Deadline
from solvers.scheduling.kernel.arrays import Ints, int_array
from solvers.scheduling.kernel.rich import NEVER, Records, Rich, rich_of
from solvers.scheduling.kernel.rich_anneal import Room, anneal, usual_loss
from solvers.scheduling.kernel.rich_state import (
    PRICE,
    State,
    copy_state,
    empty_state,
    load,
)
from solvers.scheduling.kernel.timing import REFUSED
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.shop import Shop

CHUNK_OPERATIONS = 600_000
"""Moves times operations between two looks at the clock: some milliseconds."""
HOT_SHARES = (0.25, 0.1)
"""An annealing with time begins at this share of what a move that does not pay usually costs, in turns: some problems
like it hotter than others;"""
WARM_SHARES = (0.02, 0.1)
"""or at this one where a plan is in force that is to be kept as far as it goes."""
PATIENT_MOVES = 4_000
"""It has time with so many moves an operation; with fewer it begins cooler, by the square root,"""
LEAST_SHARE = 0.005
"""but not below this share."""
COOLING = 20.0
"""How many times cooler it ends."""
SAMPLE = 400
"""Moves tried to learn what one costs."""
ROUND_S, WARM_ROUND_S = 2.0, 0.5
"""An annealing cools down over so many seconds at first, then over twice as long, and so on."""


class Annealing:
    """One search; `best` is the cheapest solution so far. `schedule` may be asked for while `run` goes on elsewhere."""

    def __init__(self, shop: Shop, start: Schedule, seed: int, focus: Collection[int] | None = None) -> None:
        self.shop, self.start = shop, start
        self.rich = rich_of(shop, start)
        self.state = state_of(shop, self.rich, start)
        self.best = empty_state(self.rich)
        free = np.flatnonzero(self.rich.ops["fixed_start"] <= NEVER).astype(np.int64)
        near = np.array(sorted(set(free.tolist()) & set(focus or ())), dtype=np.int64)
        dice = np.array([2 * seed + 88_172_645_463_325_252], np.uint64)
        self.room = Room(np.zeros(max(1, len(free)), np.int64), dice, free, near)
        self.possible = bool(self.state.head[PRICE] < REFUSED and len(free))
        self.inbox: deque[Schedule] = deque()
        self.warm = bool(self.rich.prices[2])
        self.span_s = WARM_ROUND_S if self.warm else ROUND_S
        self.turns = 0 if self.warm else seed % 2
        copy_state(self.state, self.best)
        self.shown = int(self.best.head[PRICE]), self.best.ops.copy(), self.best.held.copy()

    def run(self, deadline: Deadline, limit: int | None) -> int:
        """Annealings, each longer than the last; gives the moves tried."""
        done = 0
        while not deadline.over() and (limit is None or done < limit):
            left_s = deadline.left_s()
            seconds = left_s if left_s < 1.5 * self.span_s else self.span_s
            part = replace(deadline, seconds=seconds, began_s=deadline.stopwatch())
            done += self._cool(part, None if limit is None else limit - done)
            self.span_s *= 2
            self._go_on_from_best()
        return done

    def _cool(self, deadline: Deadline, limit: int | None) -> int:
        """From hot to cold, until the deadline."""
        count = len(self.rich.ops)
        chunk = max(1, CHUNK_OPERATIONS // count)
        hottest = (WARM_SHARES if self.warm else HOT_SHARES)[self.turns % 2]
        self.turns += 1
        loss = usual_loss(self.rich, self.state, self.room, min(SAMPLE, chunk))
        done, share, hot = 0, 0.0, LEAST_SHARE
        while share < 1.0 and (limit is None or done < limit):
            steps = chunk if limit is None else min(chunk, limit - done)
            heat = loss * hot * COOLING**-share
            anneal(self.rich, self.state, self.best, self.room, steps, heat, heat * 0.999)
            self._show()
            done += steps
            share = deadline.share() if limit is None else done / limit
            moves = (limit or done / max(share, 1e-6)) / count
            hot = max(LEAST_SHARE, hottest * min(1.0, moves / PATIENT_MOVES) ** 0.5)
        return done

    def _show(self) -> None:
        """Keep a copy of what is best now, for who asks while the search goes on."""
        price = int(self.best.head[PRICE])
        if price < self.shown[0]:
            self.shown = price, self.best.ops.copy(), self.best.held.copy()

    def _go_on_from_best(self) -> None:
        while self.inbox:
            came = state_of(self.shop, self.rich, self.inbox.popleft())
            if came.head[PRICE] < self.best.head[PRICE]:
                copy_state(came, self.best)
        copy_state(self.best, self.state)
        if len(self.rich.able):
            self._show()
            in_time_order = state_of(self.shop, self.rich, self.schedule())
            if in_time_order.head[PRICE] <= self.best.head[PRICE]:
                copy_state(in_time_order, self.state)

    def schedule(self) -> Schedule:
        """The best so far as a schedule, with the waivers of the start."""
        return schedule_of(self.shop, self.rich, *self.shown[1:], self.start)


def state_of(shop: Shop, rich: Rich, schedule: Schedule) -> State:
    """The schedule as a solution, timed; the price is `REFUSED` where something fixed is in the way."""
    places, now_s = schedule.assignments, shop.problem.now_s
    rank = {number: position for position, number in enumerate(shop.order)}
    order = sorted(range(len(places)), key=lambda n: (places[n].start_s, places[n].end_s, rank[n]))
    options = list(zip(rich.ops["mode_first"].tolist(), rich.ops["mode_stop"].tolist(), strict=True))
    ways = list(zip(rich.modes["machine"].tolist(), rich.modes["calendar"].tolist(), strict=True))
    modes = [
        _mode_of(ways[first:stop], shop.machine_of[place.machine_id], place.overtime) + first
        for (first, stop), place in zip(options, places, strict=True)
    ]
    state = empty_state(rich)
    state.order[:] = order
    last = np.full(len(shop.machines), -1, np.int64)
    load(rich, state, int_array(modes), int_array(place.start_s - now_s for place in places), last)
    return state


def _mode_of(ways: Sequence[tuple[int, int]], machine: int, overtime: bool) -> int:
    """The mode on that machine, with or without overtime; the first one where there is none."""
    fitting = [mode for mode, way in enumerate(ways) if way[0] == machine]
    exact = [mode for mode in fitting if (ways[mode][1] != machine) == overtime]
    return (exact or fitting or [0])[0]


def schedule_of(shop: Shop, rich: Rich, ops: Records, held: Ints, start: Schedule) -> Schedule:
    """The solution as a schedule; what is fixed stays as `start` has it."""
    now_s, machines, assignments = shop.problem.now_s, shop.machines, []
    free = (rich.ops["fixed_start"] <= NEVER).tolist()
    table = ops[["machine", "calendar", "start", "end"]].tolist()
    units = [tuple(shop.units[unit] for unit in one if unit >= 0) for one in held.tolist()]
    rows = zip(free, start.assignments, table, units, strict=True)
    for moves, place, (machine, calendar, start_s, end_s), crew in rows:
        if not moves:
            assignments.append(place)
            continue
        overtime = calendar != machine and _meets_overtime(rich, calendar, start_s, end_s)
        machine_id = machines[machine].machine_id
        assignments.append(Assignment(place.task_id, machine_id, now_s + start_s, now_s + end_s, overtime, crew))
    return Schedule(tuple(assignments), start.waivers)


def _meets_overtime(rich: Rich, calendar: int, start_s: int, end_s: int) -> bool:
    pieces = rich.pieces[rich.calendars[calendar]["piece_first"] : rich.calendars[calendar]["piece_stop"]]
    return bool(((pieces["start"] < end_s) & (pieces["end"] > start_s)).any())
