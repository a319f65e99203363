"""Chance that does not depend on when it is asked: every draw is seeded by what it is about.

Promises: the same seed and the same leg, service or task give the same number in every run, in whatever order things
happen. With `Chance.none()` the world does exactly as planned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Chance:
    """How far the world strays from the plan.

    *_sigma: standard deviation of the logarithm of a factor with mean 1. late_s: a purchase comes up to this much
    before or after its time. failed_per_mille: deliveries that find nobody.
    """

    seed: int = 1
    travel_sigma: float = 0.10
    service_sigma: float = 0.15
    task_sigma: float = 0.06
    late_s: int = 600
    failed_per_mille: int = 5

    @classmethod
    def none(cls, seed: int = 1) -> Chance:
        """A world without chance."""
        return cls(seed, 0.0, 0.0, 0.0, 0, 0)

    def draws(self, *about: object) -> Random:
        """A generator for this matter alone."""
        return Random("|".join(str(part) for part in (self.seed, *about)))

    def travel(self, *about: object) -> float:
        """Factor on a leg's nominal duration."""
        return self._factor(self.travel_sigma, "travel", *about)

    def service(self, *about: object) -> float:
        """Factor on a customer's usual service duration."""
        return self._factor(self.service_sigma, "service", *about)

    def task(self, *about: object) -> float:
        """Factor on a task's nominal duration."""
        return self._factor(self.task_sigma, "task", *about)

    def arrival_s(self, *about: object) -> int:
        """Seconds that a purchase comes after (or before) its time."""
        return round((2 * self.draws("arrival", *about).random() - 1) * self.late_s)

    def fails(self, *about: object) -> bool:
        """Whether a delivery finds nobody."""
        return self.draws("fails", *about).random() * 1000 < self.failed_per_mille

    def _factor(self, sigma: float, *about: object) -> float:
        if sigma == 0.0:
            return 1.0
        return math.exp(sigma * self.draws(*about).gauss(0.0, 1.0) - sigma * sigma / 2)
