"""A history of daily demand: what was sold, on which days the stock was out, and which days were not ordinary.

Promises: whole units, one entry a day, no gaps, oldest first; refused whole when it is not so.
May not: forecast; know a clock (days are numbers the caller counts).
Called by: `learning`, `demand`, and whoever folds the log into histories.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

DAYS_MAX = 1_100
"""Older days are not looked at: three years tell a small company's demand."""
UNITS_MAX = 1_000_000_000

Units = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.int8]


class Mark(IntEnum):
    """What is special about a day."""

    NONE = 0
    PROMOTION = 1
    """Left out of the base; tells the uplift of a promotion."""
    ONE_OFF = 2
    """Left out. Where the one order is known, take its units off the day instead and leave the day unmarked."""


@dataclass(frozen=True, eq=False, slots=True)
class DemandSeries:
    """Units a day from `first_day` on. A censored day's units are only a lower bound: the stock was out."""

    first_day: int
    units: Units
    censored: Flags
    marks: Marks

    def __post_init__(self) -> None:
        """Refuse what is no history."""
        if not len(self.units) == len(self.censored) == len(self.marks):
            raise ValueError(
                f"units, censored, marks: need the same length, got {len(self.units)}, {len(self.censored)}, "
                f"{len(self.marks)}"
            )
        if len(self.units) and not 0 <= int(self.units.min()) <= int(self.units.max()) <= UNITS_MAX:
            raise ValueError(f"units: each day needs 0 to {UNITS_MAX}")

    @classmethod
    def of(
        cls,
        units: Sequence[int] | Units,
        *,
        first_day: int = 0,
        censored: Iterable[int] = (),
        promotions: Iterable[int] = (),
        one_offs: Iterable[int] = (),
    ) -> DemandSeries:
        """From plain numbers; the days of `censored`, `promotions` and `one_offs` are day numbers."""
        amounts = np.asarray(units, dtype=np.int64)
        out, marks = np.zeros(len(amounts), dtype=np.bool_), np.zeros(len(amounts), dtype=np.int8)
        for name, days, target, value in (
            ("censored", censored, out, True),
            ("promotions", promotions, marks, Mark.PROMOTION),
            ("one_offs", one_offs, marks, Mark.ONE_OFF),
        ):
            for day in days:
                if not 0 <= day - first_day < len(amounts):
                    raise ValueError(f"{name}: day {day} is outside the history of {len(amounts)} days")
                target[day - first_day] = value
        return cls(first_day, amounts, out, marks)

    @property
    def last_day(self) -> int:
        """Number of the newest day; first_day - 1 when there is none."""
        return self.first_day + len(self.units) - 1

    def recent(self, through_day: int) -> DemandSeries:
        """The last DAYS_MAX days up to and with `through_day`."""
        end = max(0, min(len(self.units), through_day - self.first_day + 1))
        start = max(0, end - DAYS_MAX)
        if start == 0 and end == len(self.units):
            return self
        part = slice(start, end)
        return DemandSeries(self.first_day + start, self.units[part], self.censored[part], self.marks[part])
