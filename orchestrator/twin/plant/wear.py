"""How a machine of the twin wears: a defect after some running hours, drift from then on, failure some hours later.

Promises: the same seed gives the same lives whatever the policy does, life by life. Hidden from every policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class WearLaw:
    """Weibull laws of the hours until the defect and from it to the failure; the sensor's noise and its drift.

    drift_sigmas: how many standard deviations the sensor has drifted at the failure.
    """

    defect_shape: float = 2.5
    defect_h: float = 320.0
    delay_shape: float = 2.0
    delay_h: float = 70.0
    level: float = 50.0
    sigma: float = 3.0
    drift_sigmas: float = 6.0


@dataclass(slots=True)
class Wear:
    """One machine's present life."""

    law: WearLaw
    chance: Random
    age_h: float = 0.0
    defect_h: float = 0.0
    fails_h: float = 0.0

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """As good as new."""
        law = self.law
        self.age_h = 0.0
        self.defect_h = self.chance.weibullvariate(law.defect_h, law.defect_shape)
        self.fails_h = self.defect_h + max(1.0, self.chance.weibullvariate(law.delay_h, law.delay_shape))

    def run(self, hours: float) -> bool:
        """Run; whether it failed meanwhile."""
        self.age_h += hours
        return self.age_h >= self.fails_h

    def sensed(self, noise: Random) -> float:
        """What the sensor says now. The noise has dice of its own, so that reading often changes no life."""
        since_h = max(0.0, self.age_h - self.defect_h)
        drifted = self.law.drift_sigmas * since_h / (self.fails_h - self.defect_h)
        return self.law.level + self.law.sigma * (noise.gauss(0.0, 1.0) + drifted)
