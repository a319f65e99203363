"""The plant's weeks, hour by hour: work comes, machines do it by due date, wear, fail, are repaired and maintained.

Promises: work and lives depend on the seed alone, so that policies meet the same luck. The cost of a play: repairs,
planned maintenance, and lateness of work; standstill costs nothing by itself, only by the lateness it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from orchestrator.twin.plant.line import Line
from orchestrator.twin.plant.policies import FAILURE_H, PLANNED_H, Moment, Policy
from orchestrator.twin.plant.records import Monitor, history
from orchestrator.twin.plant.wear import Wear, WearLaw
from solvers.scheduling.maintenance import Costs

DAY_H = 24
OPEN_H, CLOSE_H = 6, 22
MACHINES = 8
JOBS_A_DAY = 22
REPAIR_CENTS, PLANNED_CENTS = 250_000, 40_000
LATE_CENTS_PER_H = 4_000
STANDSTILL_CENTS_PER_H = 6_000
"""What the plant's books put on an hour of a machine's standstill when an age is chosen."""


@dataclass(slots=True)
class Job:
    """A piece of work: hours on one machine, and when it is due."""

    due_h: float
    left_h: float
    came_h: int


@dataclass(slots=True)
class Spot:
    """A machine's place: its number, its wear, its monitor, its job, and until when it stands."""

    number: int
    wear: Wear
    monitor: Monitor
    job: Job | None = None
    stands_until_h: float = 0.0
    repairing: bool = False


@dataclass(slots=True)
class Books:
    """What a play cost, in cents, and what happened."""

    policy: str
    failures: int = 0
    planned: int = 0
    late_h: float = 0.0
    jobs: int = 0
    late_jobs: int = 0

    @property
    def cost_cents(self) -> int:
        """Repairs, planned maintenance and lateness."""
        return self.failures * REPAIR_CENTS + self.planned * PLANNED_CENTS + round(self.late_h * LATE_CENTS_PER_H)


class Plant:
    """Machines, waiting work, and the books."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self.policy, self.seed, self.law = policy, seed, WearLaw()
        self.noise = Random(f"{self.seed}/noise")
        self.work = Random(f"{self.seed}/work")
        self.records, baseline = history(self.law, Random(f"{self.seed}/history"), self.noise, MACHINES)
        self.spots = [
            Spot(number, Wear(self.law, Random(f"{self.seed}/machine {number}")), Monitor(drift=baseline))
            for number in range(MACHINES)
        ]
        self.waiting: list[Job] = []
        self.books = Books(self.policy.name)
        self.costs = Costs(REPAIR_CENTS, FAILURE_H, STANDSTILL_CENTS_PER_H, PLANNED_CENTS)
        self.line = Line(MACHINES) if policy.needs_line else None
        if self.line is not None:
            self.line.told(self.records.of, self.costs, 0)

    def play(self, days: int, told: Callable[[int], None] = lambda day: None) -> Books:
        """Play so many days; `told` hears of each that is over. Work still open at the end counts as late by then."""
        for hour in range(days * DAY_H):
            if hour % DAY_H == OPEN_H:
                self._work_comes(hour)
            for spot in self.spots:
                if not self._hour(spot, hour) and self.line is not None:
                    self.line.stands(spot.number, hour)
            if self.line is not None:
                self.line.tick(hour)
            if hour % DAY_H == DAY_H - 1:
                told(hour // DAY_H + 1)
        for job in [*self.waiting, *(spot.job for spot in self.spots if spot.job is not None)]:
            self._count(job, days * DAY_H)
        return self.books

    def _work_comes(self, hour: int) -> None:
        for _ in range(JOBS_A_DAY):
            hours = self.work.randint(2, 6)
            self.waiting.append(Job(hour + self.work.uniform(8, 40), hours, hour))
        self.waiting.sort(key=lambda job: job.due_h)

    def _hour(self, spot: Spot, hour: int) -> bool:
        """One hour of a machine; whether it ran."""
        if spot.stands_until_h > hour:
            return False
        is_open = OPEN_H <= hour % DAY_H < CLOSE_H
        if spot.job is None and self._maintained(spot, hour, is_open):
            return False
        if is_open and spot.job is None and self.waiting:
            spot.job = self.waiting.pop(0)
        if not is_open or spot.job is None:
            return False
        self._run(spot, spot.job, hour)
        return True

    def _maintained(self, spot: Spot, hour: int, is_open: bool) -> bool:
        """Ask the policy between two pieces of work, at night too."""
        next_h = self.waiting[0].left_h if self.waiting else 0.0
        standstill = self._standstill_cents_per_h(hour) if is_open else 0.0
        asked = self.line.asked.get(spot.number) if self.line is not None else None
        moment = Moment(hour, spot.monitor.condition, next_h, standstill, asked)
        if spot.monitor.age_h == 0.0 or not self.policy.stops(moment, self.records, self.costs):
            return False
        self.books.planned += 1
        self._renew(spot, hour, failed=False)
        spot.stands_until_h = hour + PLANNED_H
        return True

    def _standstill_cents_per_h(self, hour: int) -> float:
        """What an hour less of a machine costs in lateness now: work that will be late anyway waits an hour more."""
        ahead_h = sum(job.left_h for job in self.waiting) / max(1, len(self.spots))
        late = sum(job.due_h - hour < ahead_h for job in self.waiting)
        return LATE_CENTS_PER_H * late / max(1, len(self.spots))

    def _run(self, spot: Spot, job: Job, hour: int) -> None:
        failed = spot.wear.run(1.0)
        value = spot.wear.sensed(self.noise)
        spot.monitor.ran(1.0, value)
        if self.line is not None:
            self.line.runs(spot.number, hour, value)
        job.left_h -= 1.0
        if job.left_h <= 0.0:
            self._count(job, hour + 1)
            spot.job = None
        if failed:
            self.books.failures += 1
            self._renew(spot, hour + 1, failed=True)
            spot.stands_until_h = hour + 1 + FAILURE_H

    def _renew(self, spot: Spot, hour: int, *, failed: bool) -> None:
        self.records.ended(spot.number, spot.monitor, failed)
        if self.line is not None:
            self.line.renewed(spot.number, hour)
            self.line.told(self.records.of, self.costs, hour)
        spot.monitor.renew()
        spot.wear.renew()

    def _count(self, job: Job, hour: int) -> None:
        late_h = max(0.0, hour - job.due_h)
        self.books.jobs += 1
        self.books.late_jobs += late_h > 0.0
        self.books.late_h += late_h
