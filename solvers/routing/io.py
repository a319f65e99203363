"""Published routing problems as input: VRPLIB and Solomon files.

Promises: every rounding is said (`Rounding`), ids are those of the file, and a file that asks for something we do not
model is refused by name, never half read. Called by the CLI's `solve routing`, by `demo --instance` and by benchmarks.

Solomon format (.txt): real distances, kept x 10,000, times rounded up, so that what is possible here is possible in
real numbers; cost real, 2 decimals. VRPLIB with time windows: distances truncated to one decimal (DIMACS challenge);
cost with one decimal. VRPLIB MDVRPTW and HFVRP: exact, kept x 1,000; cost with 3 decimals. VRPLIB CVRP: distances
rounded to the nearest whole, and VRPLIB with an explicit matrix as it is; cost whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import vrplib

from solvers.errors import InvalidProblem, require
from solvers.routing.check import Cost
from solvers.routing.plan import RoutingPlan, Trip
from solvers.routing.problem import MAX_CENTS, NO_END_S, TICKS_PER_CENT, Profile, RoutingProblem, Stop, Vehicle

MUST_SERVE_CENTS = MAX_CENTS
MAX_FILE_BYTES = 200_000_000
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

ROUNDINGS = {
    "VRPTW": DIMACS,
    "PCVRPTW": DIMACS,
    "MTVRPTWR": DIMACS,
    "MDVRPTW": EXACT,
    "HFVRP": EXACT,
    "CVRP": WHOLE,
}
"""By the TYPE line of a VRPLIB file. Types that are not here are refused."""

FOREIGN = (
    "backhaul", "linehaul", "vehicles_max_distance", "vehicles_max_duration", "mutually_exclusive_group",
    "pickup_and_delivery_section", "vehicles_allowed_clients",
)  # fmt: skip
"""Sections of PyVRP's dialect that we do not model."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A file as a problem. Stop ids are the file's node numbers as text; costs in cents are `rounding.scale` times
    the file's.
    """

    name: str
    problem: RoutingProblem
    rounding: Rounding
    prizes: bool
    """Whether stops may be left out for their prize; otherwise all must be served."""
    distance: npt.NDArray[np.float64]
    """Real distances [from, to] by node, for the cost in the file's own numbers; empty if the file has a matrix."""

    def file_cost(self, plan: RoutingPlan, cost: Cost) -> float | int:
        """Cost of the routes in the file's rounding, `cost` being the checker's; prizes count if the file has any."""
        if self.rounding is SOLOMON:
            return round(sum(self._length(trip) for route in plan.routes for trip in route.trips), 2)
        ticks = cost.total - (0 if self.prizes else cost.unplanned)
        units = ticks / (TICKS_PER_CENT * self.rounding.scale)
        return round(units, self.rounding.decimals) if self.rounding.decimals else round(units)

    def _length(self, trip: Trip) -> float:
        """Real length of a Solomon route; its ids are the rows of the matrix, the depot is row 0."""
        path = [0, *(int(stop_id) for stop_id in trip.stop_ids), 0]
        return sum(float(self.distance[a, b]) for a, b in pairwise(path))


def read_instance(path: Path) -> Instance:
    """Read a Solomon or VRPLIB file. Raises InvalidProblem naming file and rule, or OSError."""
    size = path.stat().st_size
    require(size <= MAX_FILE_BYTES, str(path), size, f"at most {MAX_FILE_BYTES} bytes")
    text = path.read_text(encoding="utf-8", errors="replace")
    solomon = any(line.strip() == "VEHICLE" for line in text.splitlines()[:12])
    try:
        if solomon:
            raw = vrplib.read_instance(path, instance_format="solomon", compute_edge_weights=False)
        else:
            raw = vrplib.read_instance(path, compute_edge_weights=False)
    except (ValueError, KeyError, IndexError, RuntimeError) as error:
        raise InvalidProblem(str(path), type(error).__name__, f"not a Solomon or VRPLIB file: {error}") from error
    return _instance(path, raw, solomon)


def _instance(path: Path, raw: dict[str, Any], solomon: bool) -> Instance:
    kind = "VRPTW" if solomon else str(raw.get("type", ""))
    require(kind in ROUNDINGS, f"{path}: TYPE", kind, f"one of {', '.join(ROUNDINGS)}")
    for name in FOREIGN:
        require(name not in raw, f"{path}: {name.upper()}", "present", "this rule is not modelled")
    for name in ("demand", "capacity"):
        require(name in raw, f"{path}: {name.upper()}", "missing", "must be there")
    distance, rounding = _distances(path, raw, SOLOMON if solomon else ROUNDINGS[kind])
    require(len(distance) == len(raw["demand"]), f"{path}: DEMAND", len(raw["demand"]), f"{len(distance)} rows")
    return Instance(
        str(raw.get("name", path.stem)),
        _problem(path, raw, distance, rounding, kind, solomon),
        rounding,
        "prize" in raw,
        distance,
    )


def _distances(path: Path, raw: dict[str, Any], rounding: Rounding) -> tuple[npt.NDArray[np.float64], Rounding]:
    if "node_coord" in raw and raw.get("edge_weight_type", "EUC_2D") == "EUC_2D":
        coordinates = np.asarray(raw["node_coord"], np.float64)
        gaps = coordinates[:, None, :] - coordinates[None, :, :]
        return np.sqrt((gaps**2).sum(axis=2)), rounding
    require("edge_weight" in raw, f"{path}: EDGE_WEIGHT_TYPE", raw.get("edge_weight_type"), "EUC_2D or EXPLICIT")
    return np.asarray(raw["edge_weight"], np.float64), WHOLE


def _whole(values: npt.NDArray[np.float64], how: str, scale: int) -> npt.NDArray[np.int64]:
    scaled = values * scale
    if how == "truncate":
        # The double just below a whole number is that number: 0.1 has no exact form.
        return np.floor(scaled + 1e-9).astype(np.int64)
    if how == "up":
        return np.ceil(scaled - 1e-9).astype(np.int64)
    return np.floor(scaled + 0.5).astype(np.int64)


def _problem(
    path: Path, raw: dict[str, Any], distance: npt.NDArray[np.float64], rounding: Rounding, kind: str, solomon: bool
) -> RoutingProblem:
    depots = [int(depot) for depot in raw.get("depot", (0,))]
    first_id = 0 if solomon else 1
    profile = Profile(
        _whole(distance, rounding.duration, rounding.scale), _whole(distance, rounding.distance, rounding.scale)
    )
    stops = tuple(
        _stop(raw, node, str(node + first_id), rounding.scale) for node in range(len(distance)) if node not in depots
    )
    vehicles = tuple(_vehicles(path, raw, depots, stops, rounding.scale, kind))
    return RoutingProblem((profile,), stops, vehicles, dimensions=("demand",))


def _at(raw: dict[str, Any], name: str, position: int, default: int) -> int:
    """A value of a section, or one that holds for all."""
    value = raw.get(name, default)
    return int(value if np.ndim(value) == 0 else value[position])


def _window(raw: dict[str, Any], node: int, scale: int) -> tuple[int, int]:
    if "time_window" not in raw:
        return 0, NO_END_S
    early, late = raw["time_window"][node]
    return int(early) * scale, int(late) * scale


def _stop(raw: dict[str, Any], node: int, stop_id: str, scale: int) -> Stop:
    early_s, late_s = _window(raw, node, scale)
    prize_cents = _at(raw, "prize", node, 0) * scale if "prize" in raw else MUST_SERVE_CENTS
    return Stop(
        stop_id,
        node,
        (_at(raw, "demand", node, 0),),
        early_s,
        late_s,
        late_s,
        service_s=_at(raw, "service_time", node, 0) * scale,
        release_s=_at(raw, "release_time", node, 0) * scale,
        prize_cents=prize_cents,
    )


def _vehicles(
    path: Path, raw: dict[str, Any], depots: list[int], stops: tuple[Stop, ...], scale: int, kind: str
) -> list[Vehicle]:
    vehicles = []
    for number in range(_fleet_size(raw, stops)):
        depot = depots[0]
        if "vehicles_depot" in raw:
            depot = depots[int(raw["vehicles_depot"][number]) - 1]
        begin_s, end_s = _window(raw, depot, scale)
        reloads = kind == "MTVRPTWR"
        unit = _at(raw, "vehicles_unit_distance_cost", number, 1)
        require(unit * ONE_CENT_A_UNIT <= 10**6, f"{path}: VEHICLES_UNIT_DISTANCE_COST", unit, "at most 1000")
        vehicles.append(
            Vehicle(
                f"v{number + 1}",
                depot,
                depot,
                (_at(raw, "capacity", number, 0),),
                shift_start_s=begin_s,
                shift_end_s=end_s,
                max_trips=_most_trips(raw, stops) if reloads else 1,
                fixed_cents=_at(raw, "vehicles_fixed_cost", number, 0) * scale,
                cents_per_km=unit * ONE_CENT_A_UNIT,
            )
        )
    return vehicles


def _fleet_size(raw: dict[str, Any], stops: tuple[Stop, ...]) -> int:
    """The file's, or, where it does not say, twice the number that the load alone asks for and some."""
    if "vehicles" in raw:
        return int(raw["vehicles"])
    capacity = max(1, _at(raw, "capacity", 0, 1))
    return min(len(stops), 2 * math.ceil(sum(stop.demand[0] for stop in stops) / capacity) + 20)


def _most_trips(raw: dict[str, Any], stops: tuple[Stop, ...]) -> int:
    capacity = max(1, _at(raw, "capacity", 0, 1))
    return min(20, math.ceil(2 * sum(stop.demand[0] for stop in stops) / capacity) + 2)
