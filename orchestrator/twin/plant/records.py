"""What a plant knows of its machines: lives that ended, and what the sensor had said. What policies learn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from orchestrator.twin.plant.wear import Wear, WearLaw
from solvers.scheduling.maintenance import Weibull
from solvers.upkeep.drift import Drift, read, renewed
from solvers.upkeep.life import Life, Prior, fit
from solvers.upkeep.risk import Condition

HISTORY_LIVES = 24
"""Lives in the books when a play begins: three years of eight machines, run to failure."""
DELAY_PRIOR = Prior(shape=1.5, scale_h=80.0, shape_spread=0.3, scale_spread=1.0)
LIFE_PRIOR = Prior(shape=2.0, scale_h=500.0, shape_spread=0.4, scale_spread=1.5)


@dataclass(slots=True)
class Monitor:
    """A machine's hours and sensor, as the plant sees them."""

    age_h: float = 0.0
    drift: Drift = field(default_factory=Drift)

    def ran(self, hours: float, value: float) -> None:
        """It ran, and its sensor spoke."""
        self.age_h += hours
        self.drift = read(self.drift, value, self.age_h)

    @property
    def condition(self) -> Condition:
        """Age, and how long the sensor has drifted."""
        drifting = self.drift.alarm_h is not None
        return Condition(self.age_h, self.age_h - self.drift.since_h if drifting else None)

    def renew(self) -> None:
        """As good as new; the sensor's baseline stays."""
        self.age_h = 0.0
        self.drift = renewed(self.drift)


@dataclass(slots=True)
class Records:
    """Ended lives and delays, and the laws fitted to them."""

    lives: list[Life] = field(default_factory=list)
    delays: list[Life] = field(default_factory=list)
    _laws: tuple[Weibull, Weibull] | None = None

    def ended(self, monitor: Monitor, failed: bool) -> None:
        """A life is over: by failure, or by maintenance before it."""
        self.lives.append(Life(max(1e-3, monitor.age_h), failed))
        if (drift_h := monitor.condition.drift_h) is not None:
            self.delays.append(Life(max(1e-3, drift_h), failed))
        self._laws = None

    @property
    def laws(self) -> tuple[Weibull, Weibull]:
        """Of whole lives, and of delays from the drift to the failure."""
        if self._laws is None:
            self._laws = fit(self.lives, LIFE_PRIOR), fit(self.delays, DELAY_PRIOR)
        return self._laws


def history(law: WearLaw, chance: Random, noise: Random, lives: int = HISTORY_LIVES) -> tuple[Records, Drift]:
    """The books when a play begins, and the sensor's baseline: lives run to failure, as old plants have them."""
    records, monitor, wear = Records(), Monitor(), Wear(law, chance)
    while len(records.lives) < lives:
        failed = wear.run(1.0)
        monitor.ran(1.0, wear.sensed(noise))
        if failed:
            records.ended(monitor, failed=True)
            monitor.renew()
            wear.renew()
    return records, renewed(monitor.drift)
