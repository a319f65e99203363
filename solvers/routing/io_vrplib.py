"""VRPLIB files, with the sections that PyVRP adds.

Promises: every specification and section is either read or refused by name. Time windows: distances truncated to one
decimal (DIMACS challenge), cost with one decimal. MDVRPTW, HFVRP and PDPTW: exact, kept x 1,000; cost with 3
decimals. CVRP: distances to the nearest whole, and an explicit matrix as it is; cost whole. Called by `io`.

What the sections become: LINEHAUL and BACKHAUL stops that deliver or pick up (not both at one stop);
PICKUP_AND_DELIVERY shipments; MUTUALLY_EXCLUSIVE_GROUP options, one of which must be served;
VEHICLES_ALLOWED_CLIENTS `Stop.allowed`; VEHICLES_MAX_DISTANCE and VEHICLES_MAX_DURATION limits of the route;
VEHICLES_RELOAD_DEPOT (the vehicle's own only) and VEHICLES_MAX_RELOADS more trips. A prize of 0 is no prize: the stop
must be served.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import vrplib

from solvers.errors import InvalidProblem, require
from solvers.routing.io_instance import (
    DIMACS,
    EXACT,
    MUST_SERVE_CENTS,
    ONE_CENT_A_UNIT,
    WHOLE,
    Instance,
    Reals,
    Rounding,
    plane,
    profile_of,
    whole,
)
from solvers.routing.parts import MAX_TIME_S, NO_END_S, Shipment, Stop, StopKind, Vehicle
from solvers.routing.problem import RoutingProblem
from solvers.routing.validate import MAX_VEHICLES

ROUNDINGS = {
    "VRPTW": DIMACS,
    "PCVRPTW": DIMACS,
    "MTVRPTWR": DIMACS,
    "MDVRPTW": EXACT,
    "HFVRP": EXACT,
    "PDPTW": EXACT,
    "CVRP": WHOLE,
}
"""By the TYPE line. Types that are not here are refused; VRPB, for one, wants all linehauls before the backhauls."""

DESCRIBED = (
    "name", "comment", "type", "dimension", "edge_weight_type", "edge_weight_format", "edge_weight", "node_coord_type",
    "node_coord", "display_data_type", "display_data", "depot",
)  # fmt: skip
ASKED = (
    "demand", "linehaul", "backhaul", "pickup_and_delivery", "time_window", "service_time", "release_time", "prize",
    "mutually_exclusive_group",
)  # fmt: skip
OFFERED = (
    "capacity", "vehicles", "vehicles_depot", "vehicles_allowed_clients", "vehicles_max_distance",
    "vehicles_max_duration", "vehicles_fixed_cost", "vehicles_unit_distance_cost", "vehicles_reload_depot",
    "vehicles_max_reloads",
)  # fmt: skip
KNOWN = frozenset((*DESCRIBED, *ASKED, *OFFERED))
MOST_RELOADS = 63


def read_vrplib(path: Path, text: str) -> Instance:
    """Read it. Raises InvalidProblem naming the section."""
    try:
        raw = vrplib.read_instance(path, compute_edge_weights=False)
    except (ValueError, KeyError, IndexError, RuntimeError, TypeError) as error:
        rule = f"no format that is known here, and not VRPLIB: {error}"
        raise InvalidProblem(str(path), text[:40], rule) from error
    try:
        return _Reader(path, raw).instance()
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        if isinstance(error, InvalidProblem):
            raise
        raise InvalidProblem(
            str(path), type(error).__name__, f"a section has too few rows or columns: {error}"
        ) from error


class _Reader:
    """One file. Nodes are numbered from 0 here, from 1 in the file."""

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self.path, self.raw = path, raw
        kind = str(raw.get("type", ""))
        self.need(kind in ROUNDINGS, "TYPE", kind, f"one of {', '.join(ROUNDINGS)}")
        for name in raw:
            self.need(name in KNOWN, name.upper(), "present", "this rule is not modelled")
        self.rounding: Rounding = ROUNDINGS[kind]
        self.reloads = kind == "MTVRPTWR" or "vehicles_reload_depot" in raw
        self.distance = self._distances()
        self.size = len(self.distance)
        self.depots = [int(depot) for depot in raw.get("depot", (0,))]
        self.need(all(0 <= depot < self.size for depot in self.depots), "DEPOT", self.depots[:5], "must be nodes")
        if "pickup_and_delivery" in raw:
            self._spread_shipments()
        self.demand = self._demands()
        self.vehicle_ids = [f"v{number + 1}" for number in range(self._fleet_size())]

    def need(self, holds: bool, section: str, value: object, rule: str) -> None:
        require(holds, f"{self.path}: {section}", value, rule)

    def instance(self) -> Instance:
        nodes = [node for node in range(self.size) if node not in self.depots]
        allowed = self._allowed()
        groups = self._groups()
        stops = tuple(self._stop(node, allowed, groups) for node in nodes)
        vehicles = tuple(self._vehicle(number) for number in range(len(self.vehicle_ids)))
        profile = profile_of(self.distance, self.rounding)
        names = ("demand", *(f"demand {number}" for number in range(2, self.demand.shape[1] + 1)))
        problem = RoutingProblem((profile,), stops, vehicles, dimensions=names, shipments=self._shipments())
        name = str(self.raw.get("name", self.path.stem))
        return Instance(name, problem, self.rounding, "prize" in self.raw, self.distance)

    def _distances(self) -> Reals:
        raw = self.raw
        if "node_coord" in raw and raw.get("edge_weight_type", "EUC_2D") == "EUC_2D":
            return plane(np.asarray(raw["node_coord"], np.float64))
        self.need("edge_weight" in raw, "EDGE_WEIGHT_TYPE", raw.get("edge_weight_type"), "EUC_2D or EXPLICIT")
        self.rounding = WHOLE
        return np.asarray(raw["edge_weight"], np.float64)

    def _spread_shipments(self) -> None:
        """Rows of demand, ready, due, service, pickup, delivery become the sections they stand for."""
        rows = self._rows("pickup_and_delivery", 6)
        self.raw |= {"linehaul": np.maximum(0, -rows[:, 0]), "backhaul": np.maximum(0, rows[:, 0])}
        self.raw |= {"time_window": rows[:, 1:3], "service_time": rows[:, 3]}

    def _rows(self, name: str, columns: int) -> Reals:
        rows = np.asarray(self.raw[name], np.float64).reshape(len(self.raw[name]), -1)
        shape = (self.size, columns) if columns else (self.size, rows.shape[1])
        self.need(rows.shape == shape, name.upper(), rows.shape, f"must be {shape} rows and columns")
        return rows

    def _demands(self) -> Reals:
        """Quantities by node and dimension, whatever their direction."""
        for name in ("capacity", "demand"):
            there = name in self.raw or (name == "demand" and "linehaul" in self.raw)
            self.need(there, name.upper(), "missing", "must be there")
        demand = self._rows("demand" if "demand" in self.raw else "linehaul", 0)
        if "backhaul" not in self.raw:
            return demand
        back = self._rows("backhaul", demand.shape[1])
        both = np.flatnonzero((demand > 0).any(axis=1) & (back > 0).any(axis=1))
        self.need(not len(both), "BACKHAUL", [int(node) + 1 for node in both[:5]], "delivers or picks up, not both")
        return demand + back

    def _fleet_size(self) -> int:
        """The file's, or, where it does not say, twice the number that the load alone asks for and some."""
        if "vehicles" in self.raw:
            vehicles = self.raw["vehicles"]
            good = isinstance(vehicles, int) and 0 < vehicles <= MAX_VEHICLES
            self.need(good, "VEHICLES", vehicles, f"from 1 to {MAX_VEHICLES}")
            return int(vehicles)
        return min(self.size - len(self.depots), 2 * self._loads() + 20)

    def _loads(self) -> int:
        """How many full vehicles there is to carry."""
        capacity = max(1.0, float(np.ravel(self.raw["capacity"])[0]))
        return math.ceil(float(self.demand[:, 0].sum()) / capacity)

    def _at(self, name: str, position: int, default: float) -> float:
        """A value of a section, or one that holds for all."""
        value = self.raw.get(name, default)
        return float(value if np.ndim(value) == 0 else value[position])

    def _scaled(self, name: str, position: int, default: float) -> int:
        """The same in whole units, rounded as distances are."""
        value = np.array([self._at(name, position, default)])
        return int(whole(value, self.rounding.distance, self.rounding.scale)[0])

    def _window(self, node: int) -> tuple[int, int]:
        if "time_window" not in self.raw:
            return 0, NO_END_S
        early, late = whole(
            np.asarray(self.raw["time_window"][node], np.float64), self.rounding.distance, self.rounding.scale
        )
        return int(early), min(int(late), MAX_TIME_S)

    def _stop(self, node: int, allowed: dict[int, frozenset[str]], groups: dict[int, str]) -> Stop:
        early_s, late_s = self._window(node)
        prize_cents = self._scaled("prize", node, 0)
        picks_up = "backhaul" in self.raw and bool(np.any(np.asarray(self.raw["backhaul"])[node] > 0))
        group = groups.get(node, "")
        self.need(not (group and prize_cents), "PRIZE", node + 1, "no prize for one of a mutually exclusive group")
        return Stop(
            str(node + 1),
            node,
            tuple(int(quantity) for quantity in self.demand[node]),
            early_s,
            late_s,
            late_s,
            service_s=self._scaled("service_time", node, 0),
            release_s=self._scaled("release_time", node, 0),
            prize_cents=prize_cents or MUST_SERVE_CENTS,
            allowed=allowed.get(node),
            kind=StopKind.PICKUP if picks_up else StopKind.DELIVERY,
            option_of=group,
        )

    def _lists(self, name: str, rows: int | None) -> list[list[int]]:
        """Rows of node numbers."""
        lists = [[int(number) - 1 for number in np.ravel(row)] for row in self.raw.get(name, ())]
        good = all(0 <= node < self.size and node not in self.depots for row in lists for node in row)
        self.need(good, name.upper(), "number", "must be the number of a customer")
        self.need(rows in (None, len(lists)), name.upper(), len(lists), f"must be {rows} rows")
        return lists

    def _allowed(self) -> dict[int, frozenset[str]]:
        if "vehicles_allowed_clients" not in self.raw:
            return {}
        vehicles: dict[int, set[str]] = {node: set() for node in range(self.size)}
        rows = self._lists("vehicles_allowed_clients", len(self.vehicle_ids))
        for vehicle_id, nodes in zip(self.vehicle_ids, rows, strict=True):
            for node in nodes:
                vehicles[node].add(vehicle_id)
        return {node: frozenset(ids) for node, ids in vehicles.items() if len(ids) < len(self.vehicle_ids)}

    def _groups(self) -> dict[int, str]:
        groups: dict[int, str] = {}
        for number, nodes in enumerate(self._lists("mutually_exclusive_group", None), 1):
            for node in nodes if len(nodes) > 1 else ():
                self.need(node not in groups, "MUTUALLY_EXCLUSIVE_GROUP", node + 1, "a customer may be in one")
                groups[node] = f"group {number}"
        return groups

    def _shipments(self) -> tuple[Shipment, ...]:
        if "pickup_and_delivery" not in self.raw:
            return ()
        rows = self._rows("pickup_and_delivery", 6)
        pairs = [(node, int(row[5]) - 1) for node, row in enumerate(rows) if row[4] == 0 and row[5] > 0]
        for pickup, delivery in pairs:
            good = 0 <= delivery < self.size and int(rows[delivery, 4]) == pickup + 1
            good = good and rows[pickup, 0] > 0 and rows[delivery, 0] == -rows[pickup, 0]
            self.need(good, "PICKUP_AND_DELIVERY", pickup + 1, "delivery and pickup name each other, same demand")
        self.need(2 * len(pairs) == self.size - len(self.depots), "PICKUP_AND_DELIVERY", len(pairs), "all are in pairs")
        return tuple(Shipment(str(pickup + 1), str(delivery + 1)) for pickup, delivery in pairs)

    def _vehicle(self, number: int) -> Vehicle:
        depot = self.depots[0]
        if "vehicles_depot" in self.raw:
            depot = int(self.raw["vehicles_depot"][number]) - 1
            self.need(depot in self.depots, "VEHICLES_DEPOT", depot + 1, "must be a depot")
        begin_s, end_s = self._window(depot)
        unit = self._at("vehicles_unit_distance_cost", number, 1)
        good = 0 <= unit <= 1_000 and unit == int(unit)
        self.need(good, "VEHICLES_UNIT_DISTANCE_COST", unit, "whole, at most 1000")
        vehicle = Vehicle(
            self.vehicle_ids[number],
            depot,
            depot,
            self._capacity(number),
            shift_start_s=begin_s,
            shift_end_s=end_s,
            max_trips=self._trips(number, depot) if self.reloads else 1,
            fixed_cents=self._scaled("vehicles_fixed_cost", number, 0),
            cents_per_km=int(unit) * ONE_CENT_A_UNIT,
        )
        return replace(
            vehicle,
            max_distance_m=self._limit("vehicles_max_distance", number),
            max_duration_s=self._limit("vehicles_max_duration", number),
        )

    def _limit(self, name: str, number: int) -> int | None:
        return min(MAX_TIME_S, self._scaled(name, number, 0)) if name in self.raw else None

    def _capacity(self, number: int) -> tuple[int, ...]:
        value = self.raw["capacity"]
        row: Iterable[float] = np.ravel(value if np.ndim(value) == 0 else value[number])
        return tuple(int(quantity) for quantity in row)

    def _trips(self, number: int, depot: int) -> int:
        """As many as the load could ask for, or the file allows."""
        for node in np.ravel(self.raw.get("vehicles_reload_depot", [depot + 1] * (number + 1))[number]):
            self.need(int(node) == depot + 1, "VEHICLES_RELOAD_DEPOT", int(node), "only the vehicle's own depot")
        most = min(20, 2 * self._loads() + 2)
        return min(most, 1 + int(self._at("vehicles_max_reloads", number, MOST_RELOADS)))
