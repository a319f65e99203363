"""The best schedule known during a solve, what has been proven about it, and why other answers were refused.

Promises: what it holds passes `check`; its cost only falls, its bound only rises.
May not: search.
Called by: `solve`.
"""

from __future__ import annotations

from solvers.result import SolveStatus
from solvers.scheduling.check import check
from solvers.scheduling.plan import Schedule
from solvers.scheduling.shop import Shop

MAX_NOTES = 20


class Incumbent:
    """One solve's best; `free`: what may move in it; `version` counts how often it has changed."""

    def __init__(self, shop: Shop, schedule: Schedule, cost: int) -> None:
        self.shop = shop
        self.schedule, self.cost, self.engine = schedule, cost, "own"
        self.bound: int | None = None
        self.notes: list[str] = []
        self.version = 0
        self.free = _free(shop, schedule)

    @property
    def proven(self) -> bool:
        """Nothing costs less."""
        return not self.free or (self.bound is not None and self.cost <= self.bound)

    def note(self, line: str) -> None:
        """Something a person should know; the same thing is told once."""
        if line not in self.notes and len(self.notes) < MAX_NOTES:
            self.notes.append(line)

    def raise_bound(self, bound: int | None) -> None:
        """No schedule costs less than `bound`."""
        if bound is not None:
            self.bound = max(self.bound or 0, bound)

    def offer(self, schedule: Schedule | None, engine: str, status: SolveStatus) -> bool:
        """Take it if it is right and cheaper."""
        if schedule is None:
            self.note(f"{engine}: {status}")
            return False
        report = check(self.shop.problem, schedule)
        if not report.ok:
            first = report.violations[0]
            self.note(f"{engine} answer refused: {first.kind} {first.task_id}")
            return False
        if report.figures.objective >= self.cost:
            return False
        self.schedule, self.cost, self.engine = schedule, report.figures.objective, engine
        self.version += 1
        # Another pin may be kept now, or given up.
        self.free = _free(self.shop, schedule)
        return True


def _free(shop: Shop, schedule: Schedule) -> set[int]:
    """What may move: not started, no kept pin or fence."""
    waived = {waiver.task_id for waiver in schedule.waivers}
    return {op.number for op in shop.operations if not op.started and (op.wish is None or op.task.task_id in waived)}
