"""What a plant knows of its machines: lives that ended, and what the sensor had said. What policies learn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from orchestrator.twin.plant.wear import Wear, WearLaw
from solvers.upkeep.drift import Drift, read, renewed
from solvers.upkeep.life import Life, Prior
from solvers.upkeep.pooled import Laws, MachineLives, Pooled, learn
from solvers.upkeep.risk import Condition

HISTORY_LIVES = 24
"""Lives in the books when a play begins: three years of eight machines, run to failure."""
LIFE_PRIOR = Prior(shape=2.0, scale_h=500.0, shape_spread=0.4, scale_spread=1.5)
KIND = "machine"


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
    """Ended lives and delays of each machine, and the laws that the server's own code learns from them."""

    lives: dict[int, list[Life]] = field(default_factory=dict)
    delays: dict[int, list[Life]] = field(default_factory=dict)
    _laws: Pooled | None = None

    def ended(self, number: int, monitor: Monitor, failed: bool) -> None:
        """A life of a machine is over: by failure, or by maintenance before it."""
        self.lives.setdefault(number, []).append(Life(max(1e-3, monitor.age_h), failed))
        if (drift_h := monitor.condition.drift_h) is not None:
            self.delays.setdefault(number, []).append(Life(max(1e-3, drift_h), failed))
        self._laws = None

    @property
    def laws(self) -> Pooled:
        """Of the plant, and of each machine: all are of a kind."""
        if self._laws is None:
            machines = {
                str(number): MachineLives(KIND, tuple(lives), tuple(self.delays.get(number, ())))
                for number, lives in self.lives.items()
            }
            self._laws = learn(machines, LIFE_PRIOR)
        return self._laws

    def of(self, number: int) -> Laws:
        """The laws of a machine."""
        return self.laws.machines.get(str(number), self.laws.company)


def history(law: WearLaw, chance: Random, noise: Random, machines: int) -> tuple[Records, Drift]:
    """The books when a play begins, and the sensor's baseline: lives run to failure, as old plants have them."""
    records, monitor, wear = Records(), Monitor(), Wear(law, chance)
    ended = 0
    while ended < HISTORY_LIVES:
        failed = wear.run(1.0)
        monitor.ran(1.0, wear.sensed(noise))
        if failed:
            records.ended(ended % machines, monitor, failed=True)
            monitor.renew()
            wear.renew()
            ended += 1
    return records, renewed(monitor.drift)
