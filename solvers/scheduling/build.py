"""Building a whole schedule: facts first, then what is fixed, then everything else by priority.

Serial schedule generation with gap insertion (Kolisch 1996): an operation is placed once all it waits for
stands; what stands is not moved. Pins and fences reserve their places first (`settle`).
Promises: ends; the schedule keeps every hard rule; every wish given up has a waiver.
May not: judge the result.
Called by: `repair`, `kernel.search`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from solvers.scheduling.board import Board, Run
from solvers.scheduling.choose import choose
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.settle import Wishes
from solvers.scheduling.shop import NEVER_S, Operation, Shop

Keys = Sequence[tuple[int, ...]]
"""Priority of each operation, the smaller the earlier it is placed."""

MAX_ROUNDS = 6
_AT_ONCE = (-(2**62),)
_SOON = (-(2**61),)


@dataclass(frozen=True, slots=True)
class Orders:
    """How to build: see `build`."""

    keys: Keys
    may_advance: bool = False
    machines: Sequence[int] | None = None
    overtime: Sequence[bool | None] | None = None


def build(
    shop: Shop,
    keys: Keys,
    may_advance: bool = False,
    machines: Sequence[int] | None = None,
    overtime: Sequence[bool | None] | None = None,
) -> Schedule:
    """A feasible schedule; operations are placed in the order of their keys as far as precedence lets them.

    `machines`: where each operation shall run, -1 = wherever it is cheapest; `overtime`: whether it shall work
    overtime, None = if that pays; wishes come first.
    """
    return built(shop, Orders(keys, may_advance, machines, overtime)).schedule()


def built(shop: Shop, orders: Orders) -> Build:
    """The same, not yet written down.

    A reservation that was given up late may leave a waiver without its reason: then it is built again, cautiously,
    so that nothing comes near a wish before that is decided, and what was doubtful goes first.
    """
    first: set[int] = set()
    for attempt in range(MAX_ROUNDS):
        one = Build(shop, orders, cautious=attempt > 0)
        one.run(first)
        doubtful = one.wishes.doubtful()
        if not doubtful and not one.wishes.broken:
            break
        first.update(doubtful)
    return one


class Build:
    """One pass. `left`: how much each operation waits for that does not stand yet."""

    def __init__(self, shop: Shop, orders: Orders, cautious: bool) -> None:
        self.shop = shop
        self.orders = orders
        self.board = Board(shop, cautious)
        self.left = [len(op.before) for op in shop.operations]
        self.stands = [False] * len(self.left)
        self.wishes = Wishes(self.board, lambda number: self.left[number] > 0)
        self.heap: list[tuple[tuple[int, ...], int]] = []
        self.postponed: set[int] = set()

    def run(self, first: Collection[int]) -> None:
        """Place everything; `first`: wishes to reserve before all others."""
        for op in self.shop.operations:
            if op.started:
                self._start(op)
        self.wishes.reserve(first)
        for number, left in enumerate(self.left):
            if not left:
                self._offer(number)
        while self.heap or self.postponed:
            if self.heap:
                self._next(heapq.heappop(self.heap)[1], False)
            else:
                self._next(min(self.postponed), True)

    def _start(self, op: Operation) -> None:
        """What has started is a fact; tasks that have started together are one run."""
        assert op.started is not None
        machine, start_s, end_s = op.started
        line = self.board.runs[machine]
        if line:
            line[0].members.append(op.number)
        else:
            line_run = Run(machine, start_s, end_s, [op.number], op.held)
            line_run.overtime, line_run.started, line_run.fixed = op.overtime, True, True
            self.board.insert(line_run)
        self.board.run_of[op.number] = line[0]
        self._done(op.number)

    def _next(self, number: int, forced: bool) -> None:
        if self.stands[number]:
            self.postponed.discard(number)
            return
        op = self.shop.operations[number]
        if op.wish and number not in self.wishes.waivers:
            kept = self.wishes.decide(number, forced)
            if kept is None:
                self.postponed.add(number)
                return
            for again in self.postponed:
                self._offer(again)
            self.postponed.clear()
            for member in kept:
                self._done(member)
            if not self.stands[number]:
                self._offer(number)
            return
        orders = self.orders
        machine = -1 if orders.machines is None else orders.machines[number]
        overtime = None if orders.overtime is None else orders.overtime[number]
        self.board.put(number, choose(self.board, number, orders.may_advance, machine, overtime))
        self._done(number)

    def _done(self, number: int) -> None:
        """It stands: what waits for it may come."""
        self.stands[number] = True
        for later, _ in self.shop.operations[number].behind:
            self.left[later] -= 1
            if not self.left[later]:
                self._offer(later)

    def _offer(self, number: int) -> None:
        if not self.stands[number]:
            # A wish is decided at once, and one that was given up comes before its place is lost to others; then what
            # a wish waits for.
            op, key = self.shop.operations[number], self.orders.keys[number]
            if op.wish:
                key = _AT_ONCE
            elif op.by_s < NEVER_S:
                key = (*_SOON, op.by_s)
            heapq.heappush(self.heap, (key, number))

    def schedule(self) -> Schedule:
        """The finished board; every operation stands."""
        machines, units = self.shop.machines, self.shop.units
        assignments = []
        for op, run in zip(self.shop.operations, self.board.run_of, strict=True):
            assert run is not None
            held = tuple(units[unit] for unit in run.held)
            assignments.append(
                Assignment(
                    op.task.task_id, machines[run.machine].machine_id, run.start_s, run.end_s, run.overtime, held
                )
            )
        waivers = self.wishes.waivers
        return Schedule(tuple(assignments), tuple(waivers[number] for number in sorted(waivers)))
