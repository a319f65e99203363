"""How much longer legs take than their nominal time: a company's own factor, by hour and by area.

Promises: a factor is the product of what is known of the company, of the hour and of the two ends' cells of the map,
so that a planner can put the areas in a matrix and the hours in speed bands, and still say what a prediction says.
An hour or a cell that nobody knows has factor one. Pure. Called by planning; learned by `fitting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from solvers.errors import require
from solvers.speeds.logs import exp_permille

HOURS = 24
Cell = tuple[int, int]
"""(row, column) of an area on the map."""


@dataclass(frozen=True, slots=True)
class DrivenLeg:
    """A leg that was driven: nominal_s by the company's own figures, taken_s really.

    hour: of the local day in which its middle was. at_most: who reported the arrival may have been there earlier.
    """

    nominal_s: int
    taken_s: int
    hour: int
    origin: Cell
    destination: Cell
    at_most: bool = False

    def __post_init__(self) -> None:
        require(self.nominal_s > 0, "leg.nominal_s", self.nominal_s, "must be positive")
        require(self.taken_s >= 0, "leg.taken_s", self.taken_s, "must not be negative")
        require(0 <= self.hour < HOURS, "leg.hour", self.hour, f"in [0, {HOURS})")


@dataclass(frozen=True, slots=True)
class Factors:
    """Logarithms of factors in millionths. legs: how many they were learned from."""

    company_micro: int = 0
    hours_micro: tuple[int, ...] = (0,) * HOURS
    cells_micro: Mapping[Cell, int] = field(default_factory=dict)
    legs: int = 0

    def hour_permille(self, hour: int) -> int:
        """What the hour of the day does to a travel time."""
        return exp_permille(self.hours_micro[hour % HOURS])

    def end_permille(self, cell: Cell) -> int:
        """What one end of a leg does to a travel time: half of what the company's roads and the end's cell do."""
        return exp_permille((self.company_micro + self.cells_micro.get(cell, 0)) // 2)

    def area_permille(self, origin: Cell, destination: Cell) -> int:
        """What both ends of a leg do to a travel time."""
        return self.end_permille(origin) * self.end_permille(destination) // 1000


NOTHING_LEARNED = Factors()
