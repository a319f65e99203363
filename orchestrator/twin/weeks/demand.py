"""What customers want: a law for each item at a site, fitted to its history, and what it gives on a day.

Promises: a day's demand depends on the seed, the item, the site and the day alone, so that every policy meets the
same customers. Three laws: smooth, weekly (its mean follows the day of the week) and intermittent (many days without).
May not: look at stock. Called by `setup` and `run`.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from orchestrator.twin.chance import Chance

WEEK = 7
INTERMITTENT_ZERO_SHARE = 0.45
WEEKLY_RATIO = 1.5
CUSTOMERS_DAY = 4
CUSTOMERS_MAX = 12
MORNING_SHARE = 0.55
PARTS = 2


@dataclass(frozen=True, slots=True)
class Law:
    """Daily demand of an item at a site. `means` by day modulo 7 (day 0 is the first day that is simulated).

    `spread`: standard deviation of a day's demand of its mean. Intermittent: `sizes` of the days with demand, one of
    which comes with probability `often`.
    """

    kind: str
    means: tuple[float, ...]
    spread: float = 0.0
    often: float = 1.0
    sizes: tuple[int, ...] = ()

    @property
    def mean(self) -> float:
        """Units a day in the long run."""
        return sum(self.means) / WEEK

    def draw(self, rng: Random, day: int) -> int:
        """Units wanted on a day."""
        if self.kind == "intermittent":
            return rng.choice(self.sizes) if rng.random() < self.often else 0
        mean = self.means[day % WEEK]
        if mean <= 0.0:
            return 0
        if self.spread <= 0.0:
            return round(mean)
        shape = 1.0 / self.spread**2
        return int(rng.gammavariate(shape, mean / shape) + rng.random())


def fit(history: Sequence[int]) -> Law:
    """The law of a history, oldest day first; its last day is the one before day 0."""
    wanted = [units for units in history if units]
    if not wanted:
        return Law("none", (0.0,) * WEEK)
    overall = sum(history) / len(history)
    if 1 - len(wanted) / len(history) > INTERMITTENT_ZERO_SHARE:
        return Law("intermittent", (overall,) * WEEK, often=len(wanted) / len(history), sizes=tuple(wanted))
    means = _by_day(history, overall)
    weekly = max(means) > WEEKLY_RATIO * min(means)
    if not weekly:
        means = (overall,) * WEEK
    first = -len(history)
    ratios = [units / means[(first + i) % WEEK] for i, units in enumerate(history) if means[(first + i) % WEEK]]
    return Law("weekly" if weekly else "smooth", means, spread=statistics.pstdev(ratios))


def _by_day(history: Sequence[int], overall: float) -> tuple[float, ...]:
    """Mean by day modulo 7; a day that the history does not have is as the average."""
    days: list[list[int]] = [[] for _ in range(WEEK)]
    for index, units in enumerate(history):
        days[(index - len(history)) % WEEK].append(units)
    return tuple(statistics.fmean(units) if units else overall for units in days)


def requests(law: Law, chance: Chance, item_id: str, site_id: str, day: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the day's customers want one by one, before and after noon."""
    rng = chance.draws("demand", item_id, site_id, day)
    units = law.draw(rng, day)
    if not units:
        return (), ()
    usual = max(1.0, law.mean / CUSTOMERS_DAY)
    count = max(1, min(CUSTOMERS_MAX, units, round(units / usual)))
    each = [units // count + (index < units % count) for index in range(count)]
    parts: tuple[list[int], ...] = tuple([] for _ in range(PARTS))
    for quantity in each:
        parts[0 if rng.random() < MORNING_SHARE else 1].append(quantity)
    return tuple(parts[0]), tuple(parts[1])
