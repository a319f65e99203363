"""Building a whole schedule: facts first, then what is fixed, then everything else by priority.

Serial schedule generation with gap insertion (Kolisch 1996): an operation is placed once all it waits for
stands; what stands is not moved. A fixed operation whose predecessor cannot end in time gives way, and takes
with it only what depends on it.
Promises: ends; the schedule keeps every hard rule; every wish given up has a waiver.
May not: judge the result.
Called by: `repair`.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from solvers.scheduling.board import Board
from solvers.scheduling.choose import choose
from solvers.scheduling.plan import Schedule, Waiver
from solvers.scheduling.shop import Shop
from solvers.scheduling.wishes import Obstacle, founded, obstacle, waiver

Keys = Sequence[tuple[int, ...]]
"""Priority of each operation, the smaller the earlier it is placed."""

MAX_ROUNDS = 4


def build(shop: Shop, keys: Keys, may_advance: bool = False, machines: Sequence[int] | None = None) -> Schedule:
    """A feasible schedule; operations are placed in the order of their keys as far as precedence lets them.

    `machines`: where each operation shall run, -1 = wherever it is cheapest; wishes come first.
    """
    demoted: list[int] = []
    for _ in range(MAX_ROUNDS):
        builder = _Builder(shop, keys, may_advance, machines)
        builder.run(demoted)
        doubtful = [n for n in builder.waivers if not founded(builder.board, shop.operations[n])]
        if not doubtful:
            break
        # Something gave way to a wish that was itself given up later: let that one come last.
        demoted = [n for n in demoted if n not in builder.evicted] + sorted(builder.evicted)
    return builder.board.schedule(builder.waivers)


class _Builder:
    """One pass."""

    def __init__(self, shop: Shop, keys: Keys, may_advance: bool, machines: Sequence[int] | None) -> None:
        self.shop = shop
        self.keys = keys
        self.may_advance = may_advance
        self.machines = machines
        self.board = Board(shop)
        self.waivers: dict[int, Waiver] = {}
        self.evicted: set[int] = set()
        self.heap: list[tuple[tuple[int, ...], int]] = []

    def run(self, demoted: Sequence[int]) -> None:
        board = self.board
        for op in self.shop.operations:
            if op.started:
                board.place(op.number, *op.started)
        self._settle(demoted)
        for op in self.shop.operations:
            self._offer(op.number)
        while self.heap:
            _, number = heapq.heappop(self.heap)
            if board.machine[number] < 0 and self._is_ready(number):
                self._place(number)

    def _settle(self, demoted: Sequence[int]) -> None:
        """Keep every wish that can be kept: pins before fences, then by time."""
        rank = {number: position + 1 for position, number in enumerate(demoted)}
        wishing = [op for op in self.shop.operations if op.wish and not op.started]
        wishing.sort(key=lambda op: (rank.get(op.number, 0), not op.pinned, op.wish, op.number))
        for op in wishing:
            why = obstacle(self.board, op)
            if why:
                self.waivers[op.number] = waiver(self.shop, op, why)
            else:
                self._keep(op.number)

    def _keep(self, number: int) -> None:
        op = self.shop.operations[number]
        assert op.wish is not None
        machine, start_s = op.wish
        duration_s = op.duration_on(machine)
        assert duration_s is not None
        _, end_s = self.shop.calendars[machine].fit(start_s, duration_s, op.task.interruptible)
        self.board.place(number, machine, start_s, end_s)
        self.board.kept.add(number)
        self.waivers.pop(number, None)
        self._give_way(number)

    def _place(self, number: int) -> None:
        op = self.shop.operations[number]
        if op.wish:
            why = obstacle(self.board, op)
            if why is None:
                self._keep(number)
                self._offer_behind(number)
                return
            self.waivers[number] = waiver(self.shop, op, why)
        machine = -1 if self.machines is None else self.machines[number]
        self.board.place(number, *choose(self.board, number, self.may_advance, machine))
        self._give_way(number)
        self._offer_behind(number)

    def _offer(self, number: int) -> None:
        if self.board.machine[number] < 0 and self._is_ready(number):
            # One that gave way comes at once, before its place is lost to something that could move.
            key = (-(2**62),) if number in self.evicted else self.keys[number]
            heapq.heappush(self.heap, (key, number))

    def _offer_behind(self, number: int) -> None:
        for later, _ in self.shop.operations[number].behind:
            self._offer(later)

    def _is_ready(self, number: int) -> bool:
        return all(self.board.machine[earlier] >= 0 for earlier, _ in self.shop.operations[number].before)

    def _give_way(self, number: int) -> None:
        """Evict kept successors that start before this one ends."""
        for later, lag_s in self.shop.operations[number].behind:
            in_time = self.board.start_s[later] >= self.board.end_s[number] + lag_s
            if later in self.board.kept and not in_time:
                task_id = self.shop.operations[number].task.task_id
                self._evict(later, ("what it waits for ends later", (task_id,)))

    def _evict(self, number: int, why: Obstacle) -> None:
        self.evicted.add(number)
        self.waivers[number] = waiver(self.shop, self.shop.operations[number], why)
        doomed = [number]
        while doomed:
            gone = doomed.pop()
            if self.board.machine[gone] < 0:
                continue
            doomed.extend(self._dependents(gone))
            next_one = self._lift(gone)
            if next_one is not None:
                doomed.append(next_one)
            self._offer(gone)

    def _dependents(self, number: int) -> list[int]:
        """Free operations that stand behind it; kept ones are looked at again when it stands again."""
        movable = []
        for later, _ in self.shop.operations[number].behind:
            fixed = later in self.board.kept or self.shop.operations[later].started
            if self.board.machine[later] >= 0 and not fixed:
                movable.append(later)
        return movable

    def _lift(self, number: int) -> int | None:
        """Take it off; returns the next on the machine if its setup no longer fits (no triangle inequality)."""
        board, shop = self.board, self.shop
        machine = board.machine[number]
        position = board.operations[machine].index(number)
        board.remove(number)
        line = board.operations[machine]
        if position >= len(line) or shop.operations[line[position]].started:
            return None
        later = line[position]
        if position:
            earlier = line[position - 1]
            free_s = board.end_s[earlier] + shop.setup_s(machine, earlier, later)
        else:
            free_s = shop.first_start_s(machine, later)
        if board.start_s[later] >= free_s:
            return None
        if later in board.kept:
            self.evicted.add(later)
            self.waivers[later] = waiver(shop, shop.operations[later], ("its setup does not fit", ()))
        return later
