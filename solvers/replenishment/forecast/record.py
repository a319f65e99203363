"""What has been learned of one item at one site, as whole numbers, fit for the log.

Promises: flat, integers only, versioned, below 2 kB as JSON; with the history it is all that is needed to go on.
May not: hold anything random or anything that a refit could not make again.
Called by: `learning`, `demand`, the log's codec and whoever shows how good the forecasts are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

VERSION = 1
MILLION = 1_000_000

Kind = Literal["none", "smooth", "erratic", "intermittent", "lumpy"]
"""Classes of Syntetos, Boylan and Croston (2005): interval 1.32 days, squared variation of sizes 0.49."""
KINDS: tuple[Kind, ...] = ("none", "smooth", "erratic", "intermittent", "lumpy")
Method = Literal["ses", "holt", "weekly_add", "weekly_mul", "naive", "sba", "tsb", "imapa"]
Shape = Literal["moments", "bootstrap"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Learned demand of an item-site. `_micro` are millionths of a unit, `_ppm` millionths of one; days are numbers."""

    version: int
    through_day: int
    """Last day folded."""
    fitted_day: int
    fits: int
    horizon_days: int
    """Length of the span that is calibrated besides the single day."""
    kind: Kind
    method: Method
    shape: Shape
    """Law of the demand: told by mean and variance, or drawn from the sizes of the history."""
    parameters_ppm: tuple[int, ...]
    """Gains: alpha, beta or gamma, damping."""
    state_micro: tuple[int, ...]
    """Level, trend, season and what else the method remembers; places as in `methods`."""
    dispersion_micro: int
    """Variance of a day over its mean."""
    span_spread_micro: tuple[int, int]
    """Squared error over the span, and what independent days would have made: their ratio tells correlation."""
    promotion_micro: tuple[int, int]
    """Units sold on promotion days, and what the base would have been."""
    day_levels_ppm: tuple[int, ...]
    """Level to ask the law for, for each of `filtering.LEVELS` of one day's demand."""
    span_levels_ppm: tuple[int, ...]
    span_means_micro: tuple[int, ...]
    """Expected units over the span as issued on its last days, by day number modulo the span; -1 where none."""
    errors_micro: tuple[int, ...]
    """Fading sums: bias, absolute error, volume, pinball loss, covered days, days, covered spans, spans."""
    drift_micro: tuple[int, ...]
    """CUSUM upwards: sum, days, units, expected; the same downwards; how alert the calibration is."""
    alarm_day: int
    """Day of the last drift alarm; 0: never."""
    alarms: int
    observed_days: int

    @property
    def uplift_ppm(self) -> int:
        """Demand on a promotion day over the base; drawn to 1 by two days' worth of base, at least 1."""
        units, base = self.promotion_micro
        caution = 2 * max(1, self.mean_micro)
        return max(MILLION, MILLION * (units + caution) // (base + caution)) if base else MILLION

    @property
    def mean_micro(self) -> int:
        """Expected units a day over the span, as issued last."""
        issued = self.span_means_micro[self.through_day % self.horizon_days]
        return max(0, issued) // self.horizon_days

    @property
    def bias_ppm(self) -> int:
        """(Forecast - demand) over demand, one day ahead; positive: too high."""
        return MILLION * self.errors_micro[0] // max(1, self.errors_micro[2])

    @property
    def wape_ppm(self) -> int:
        """Absolute error over demand, one day ahead."""
        return MILLION * self.errors_micro[1] // max(1, self.errors_micro[2])

    @property
    def pinball_micro(self) -> int:
        """Mean pinball loss of a day at 0.5, 0.9, 0.95 and 0.99, in units."""
        return MILLION * self.errors_micro[3] // max(1, self.errors_micro[5])

    @property
    def coverage_ppm(self) -> int:
        """Share of days inside the 90 % interval."""
        return MILLION * self.errors_micro[4] // max(1, self.errors_micro[5])

    @property
    def span_coverage_ppm(self) -> int:
        """Share of spans inside their 90 % interval."""
        return MILLION * self.errors_micro[6] // max(1, self.errors_micro[7])

    @property
    def drift_ppm(self) -> int:
        """How near the drift statistic is to an alarm (1,000,000)."""
        return max(self.drift_micro[0], self.drift_micro[4]) // 5

    @property
    def drifting(self) -> bool:
        """An alarm in the last three weeks."""
        return self.alarm_day > 0 and self.through_day - self.alarm_day < 21

    def to_dict(self) -> dict[str, Any]:
        """Fields by name, tuples kept."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Forecast:
        """The inverse; lists become tuples. An unknown version is a ValueError."""
        if fields.get("version") != VERSION:
            raise ValueError(f"version: this program reads {VERSION}, not {fields.get('version')}")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
        }
        return cls(**given)
