"""How long legs really take, learned: factors by hour and area, and honest intervals of arrivals."""

from solvers.speeds.factors import HOURS, NOTHING_LEARNED, Cell, DrivenLeg, Factors
from solvers.speeds.fitting import learn
from solvers.speeds.intervals import Arrival, Horizon, Outcome, arrival, calibrate, no_horizons

__all__ = [
    "HOURS",
    "NOTHING_LEARNED",
    "Arrival",
    "Cell",
    "DrivenLeg",
    "Factors",
    "Horizon",
    "Outcome",
    "arrival",
    "calibrate",
    "learn",
    "no_horizons",
]
