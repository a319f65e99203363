"""What a published routing file is read into, and how its real numbers become whole ones.

Promises: every rounding is said (`Rounding`). Called by the readers `io_solomon`, `io_lilim`, `io_vrplib`, and
through `io` by everybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.routing.check import Cost
from solvers.routing.plan import RoutingPlan, Trip
from solvers.routing.problem import MAX_CENTS, TICKS_PER_CENT, Profile, RoutingProblem

Reals = npt.NDArray[np.float64]

MAX_NODES = 11_000
"""Depots and customers of a file: all distances between them must fit into memory."""
MAX_REAL = 10**11
MUST_SERVE_CENTS = MAX_CENTS
ONE_CENT_A_UNIT = 1_000
"""cents_per_km at which a unit of distance costs one cent, so that cost in cents is the file's distance, scaled."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the file's real distances become whole numbers. scale: whole units to one unit of the file."""

    scale: int
    decimals: int
    distance: str
    """"truncate" or "nearest"."""
    duration: str
    """"truncate", "nearest" or "up"."""


SOLOMON = Rounding(10_000, 2, "nearest", "up")
DIMACS = Rounding(10, 1, "truncate", "truncate")
EXACT = Rounding(1_000, 3, "nearest", "nearest")
WHOLE = Rounding(1, 0, "nearest", "nearest")


@dataclass(frozen=True, slots=True)
class Instance:
    """A file as a problem. Stop ids are the file's, node numbers as text; costs in cents are `rounding.scale` times
    the file's.
    """

    name: str
    problem: RoutingProblem
    rounding: Rounding
    prizes: bool
    """Whether stops may be left out for their prize; otherwise all must be served."""
    distance: Reals
    """Real distances [from, to] by node, for the cost in the file's own numbers; empty if the file has a matrix."""
    numbered: bool = True
    """Whether the stop ids are numbers."""

    def file_cost(self, plan: RoutingPlan, cost: Cost) -> float | int:
        """Cost of the routes in the file's rounding, `cost` being the checker's; prizes count if the file has any."""
        if self.rounding is SOLOMON:
            return round(sum(self._length(trip) for route in plan.routes for trip in route.trips), 2)
        ticks = cost.total - (0 if self.prizes else cost.unplanned)
        units = ticks / (TICKS_PER_CENT * self.rounding.scale)
        return round(units, self.rounding.decimals) if self.rounding.decimals else round(units)

    def label(self, stop_id: str) -> int | str:
        """The stop as the file calls it."""
        return int(stop_id) if self.numbered else stop_id

    def _length(self, trip: Trip) -> float:
        """Real length of a trip; the ids are the rows of the matrix, the depot is row 0."""
        path = [0, *(int(stop_id) for stop_id in trip.stop_ids), 0]
        return sum(float(self.distance[a, b]) for a, b in pairwise(path))


def plane(coordinates: Reals) -> Reals:
    """Straight distances between all points of a plane, [n, n] from [n, 2]."""
    require(len(coordinates) <= MAX_NODES, "places", len(coordinates), f"at most {MAX_NODES}")
    require(bool((np.abs(coordinates) <= MAX_REAL).all()), "coordinates", "number", f"in [-{MAX_REAL}, {MAX_REAL}]")
    east, north = (axis[:, None] - axis[None, :] for axis in coordinates.T)
    distances: Reals = np.sqrt(east**2 + north**2)
    return distances


def whole(values: Reals, how: str, scale: int) -> npt.NDArray[np.int64]:
    """`scale` times the values as whole numbers: "truncate", "nearest" or "up"."""
    require(bool((np.abs(values) <= MAX_REAL).all()), "number", "nan or too large", f"in [-{MAX_REAL}, {MAX_REAL}]")
    scaled = values * scale
    if how == "truncate":
        # The double just below a whole number is that number: 0.1 has no exact form.
        return np.floor(scaled + 1e-9).astype(np.int64)
    if how == "up":
        return np.ceil(scaled - 1e-9).astype(np.int64)
    return np.floor(scaled + 0.5).astype(np.int64)


def profile_of(distance: Reals, rounding: Rounding) -> Profile:
    """Travel at one unit of distance in a unit of time."""
    durations = whole(distance, rounding.duration, rounding.scale)
    return Profile(durations, whole(distance, rounding.distance, rounding.scale))
