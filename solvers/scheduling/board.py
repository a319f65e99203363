"""The Gantt board under construction: what stands where, and where the next operation fits.

Promises: what `fit` offers can be placed without touching anything that stands; setups hold on both sides.
May not: choose; `repair` does.
Called by: `repair`, `solve` (rebuilding a schedule).
"""

from __future__ import annotations

from bisect import bisect_right

from solvers.scheduling.plan import Assignment, Schedule, Waiver
from solvers.scheduling.shop import Shop


class Board:
    """One sorted list of (start, end, operation) a machine."""

    __slots__ = ("end_s", "ends", "kept", "machine", "operations", "shop", "start_s", "starts")

    def __init__(self, shop: Shop) -> None:
        count, machines = len(shop.operations), len(shop.machines)
        self.shop = shop
        self.starts: list[list[int]] = [[] for _ in range(machines)]
        self.ends: list[list[int]] = [[] for _ in range(machines)]
        self.operations: list[list[int]] = [[] for _ in range(machines)]
        self.machine = [-1] * count
        self.start_s = [0] * count
        self.end_s = [0] * count
        self.kept: set[int] = set()

    def ready_s(self, operation: int) -> int:
        """Earliest start by release, now, and the ends of what it waits for (all must be placed)."""
        op = self.shop.operations[operation]
        ready = max(self.shop.problem.now_s, op.release_s)
        for earlier, lag_s in op.before:
            ready = max(ready, self.end_s[earlier] + lag_s)
        return ready

    def fit(self, operation: int, machine: int, earliest_s: int, duration_s: int) -> tuple[int, int]:
        """The first (start, end) at or after `earliest_s` in a gap of the machine or behind its last task."""
        shop = self.shop
        starts, ends, operations = self.starts[machine], self.ends[machine], self.operations[machine]
        calendar, has_setups = shop.calendars[machine], bool(shop.setups[machine])
        interruptible = shop.operations[operation].task.interruptible
        earliest_s = max(earliest_s, shop.problem.now_s, shop.machines[machine].ready_s)
        position = bisect_right(starts, earliest_s)
        moment_s = max(earliest_s, self._free_s(operation, machine, position))
        while True:
            start_s, end_s = calendar.fit(moment_s, duration_s, interruptible)
            if position == len(starts):
                return start_s, end_s
            gap_s = shop.setup_s(machine, operation, operations[position]) if has_setups else 0
            if end_s + gap_s <= starts[position]:
                return start_s, end_s
            gap_s = shop.setup_s(machine, operations[position], operation) if has_setups else 0
            moment_s = max(earliest_s, ends[position] + gap_s)
            position += 1

    def _free_s(self, operation: int, machine: int, position: int) -> int:
        """When the machine is free for this operation behind the task in front of `position`."""
        if not position:
            return self.shop.first_start_s(machine, operation)
        gap_s = self.shop.setup_s(machine, self.operations[machine][position - 1], operation)
        return self.ends[machine][position - 1] + gap_s

    def place(self, operation: int, machine: int, start_s: int, end_s: int) -> None:
        """Put it there; the caller got the times from `fit`, or they are facts."""
        position = bisect_right(self.starts[machine], start_s)
        self.starts[machine].insert(position, start_s)
        self.ends[machine].insert(position, end_s)
        self.operations[machine].insert(position, operation)
        self.machine[operation], self.start_s[operation], self.end_s[operation] = machine, start_s, end_s

    def remove(self, operation: int) -> None:
        """Take it off again."""
        machine = self.machine[operation]
        position = self.operations[machine].index(operation)
        del self.starts[machine][position], self.ends[machine][position], self.operations[machine][position]
        self.machine[operation] = -1
        self.kept.discard(operation)

    def setup_before_s(self, operation: int, machine: int, start_s: int) -> int:
        """The setup it would cause in front of it if placed at `start_s`."""
        if not self.shop.setups[machine]:
            return 0
        position = bisect_right(self.starts[machine], start_s)
        earlier = self.operations[machine][position - 1] if position else -1
        return self.shop.setup_s(machine, earlier, operation)

    def schedule(self, waivers: dict[int, Waiver]) -> Schedule:
        """The finished board as a schedule; every operation must be placed."""
        machines, operations = self.shop.machines, self.shop.operations
        assignments = tuple(
            Assignment(op.task.task_id, machines[self.machine[n]].machine_id, self.start_s[n], self.end_s[n])
            for n, op in enumerate(operations)
        )
        return Schedule(assignments, tuple(waivers[number] for number in sorted(waivers)))
