"""The routing problem: plain, immutable integers that know no solver.

Promises: a `RoutingProblem` that exists is consistent (every id resolves, every shape fits, every number is within
its limit); anything else was refused by `InvalidProblem`, naming field, value and rule. Called by planning, which
cuts it out of the state, by readers of instance files, and by every search, engine, checker and explanation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from solvers.routing.parts import (
    MAX_MATRIX,
    MAX_TIME_S,
    NO_END_S,
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    IntMatrix,
    Profile,
    Relation,
    Shipment,
    Stop,
    StopKind,
    Vehicle,
)
from solvers.routing.validate import MAX_CENTS, MAX_PRICE_CENTS, MAX_TRIPS, validate

__all__ = [
    "MAX_CENTS",
    "MAX_MATRIX",
    "MAX_PRICE_CENTS",
    "MAX_TIME_S",
    "MAX_TRIPS",
    "NO_END_S",
    "TICKS_PER_CENT",
    "TICKS_PER_METRE_AND_CENT_PER_KM",
    "TICKS_PER_SECOND_AND_CENT_PER_HOUR",
    "TICKS_PER_SECOND_AND_CENT_PER_MIN",
    "IntMatrix",
    "Profile",
    "RoutingProblem",
    "Stop",
    "Vehicle",
]


@dataclass(frozen=True, eq=False)
class RoutingProblem:
    """Serve `stops` with `vehicles` at the least cost.

    dimensions: names of the capacity dimensions, in the order of `Stop.demand` and `Vehicle.capacity`.
    depart_margin_s: how long a trip may stay at the depot. None: it leaves as late as it can without ending later
        or making a stop late. A number: the end may move too, as long as each stop is reached this long before its
        window's end. It changes the stated times, never the cost or what fits. Plain routes only (`plain`).
    shipments: pickups and deliveries that belong together. A stop is in at most one.
    relations: see `Relation`. A stop may be in several.
    incompatible: pairs of goods classes that no trip may have both of.

    Loads. A trip leaves the depot with the goods of its deliveries that are in no shipment; pickups add to the load,
    deliveries take from it; no dimension may exceed the capacity anywhere. An on-board trip begins with the goods on
    board and may pick up more, but deliveries from the depot do not join it; there the limit is the capacity or what
    was on board at first, whichever is more.

    Options. Stops with the same `Stop.option_of` are ways to do one thing: at most one is planned. If one is, the
    others are unplanned (`Reason.OTHER_OPTION`) at no cost; if none is, the largest of their prizes is due, once.
    """

    profiles: tuple[Profile, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    dimensions: tuple[str, ...] = ("weight_g", "volume_cm3")
    depart_margin_s: int | None = None
    shipments: tuple[Shipment, ...] = ()
    relations: tuple[Relation, ...] = ()
    incompatible: frozenset[tuple[str, str]] = frozenset()
    stop_index: dict[str, int] = field(init=False, repr=False)
    vehicle_index: dict[str, int] = field(init=False, repr=False)
    boarded: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop_index", {s.stop_id: i for i, s in enumerate(self.stops)})
        object.__setattr__(self, "vehicle_index", {v.vehicle_id: i for i, v in enumerate(self.vehicles)})
        object.__setattr__(self, "boarded", frozenset(s.on_board for s in self.stops if s.on_board is not None))
        validate(self)

    def stop(self, stop_id: str) -> Stop:
        """The stop of that id; KeyError if there is none."""
        return self.stops[self.stop_index[stop_id]]

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """The vehicle of that id; KeyError if there is none."""
        return self.vehicles[self.vehicle_index[vehicle_id]]

    def starts_on_board(self, vehicle: Vehicle) -> bool:
        """Whether the vehicle's route begins with an on-board trip (which may be without stops)."""
        return vehicle.start != vehicle.depot or vehicle.vehicle_id in self.boarded

    def may_serve(self, vehicle: Vehicle, stop: Stop) -> bool:
        """Whether list, bar and skills let the vehicle serve the stop; goods on board are its carrier's."""
        if stop.on_board is not None:
            return stop.on_board == vehicle.vehicle_id
        if stop.allowed is not None and vehicle.vehicle_id not in stop.allowed:
            return False
        return vehicle.vehicle_id not in stop.barred and stop.needs <= vehicle.skills

    @cached_property
    def delivery_of(self) -> dict[str, str]:
        """pickup id -> delivery id of every shipment."""
        return {shipment.pickup_id: shipment.delivery_id for shipment in self.shipments}

    @cached_property
    def pickup_of(self) -> dict[str, str]:
        """delivery id -> pickup id of every shipment."""
        return {shipment.delivery_id: shipment.pickup_id for shipment in self.shipments}

    @cached_property
    def options(self) -> dict[str, tuple[str, ...]]:
        """Name of every option group -> ids of its stops."""
        groups: dict[str, list[str]] = {}
        for stop in self.stops:
            if stop.option_of:
                groups.setdefault(stop.option_of, []).append(stop.stop_id)
        return {name: tuple(ids) for name, ids in groups.items()}

    @cached_property
    def plain(self) -> bool:
        """Whether the fast kernel knows every rule of it; the rich kernel takes all others."""
        return (
            not (self.shipments or self.relations or self.incompatible)
            and not any(profile.bands for profile in self.profiles)
            and all(_plain_stop(stop) for stop in self.stops)
            and all(plain_vehicle(vehicle) for vehicle in self.vehicles)
        )


def _plain_stop(stop: Stop) -> bool:
    return stop.kind is StopKind.DELIVERY and not (stop.closed_s or stop.setup_s or stop.option_of)


def plain_vehicle(vehicle: Vehicle) -> bool:
    """Whether the vehicle has no rule beyond those of the fast kernel."""
    limits = (vehicle.max_distance_m, vehicle.max_duration_s, vehicle.max_stops, vehicle.max_drive_s)
    return (
        not vehicle.rests
        and vehicle.end in (None, vehicle.depot)
        and (vehicle.overtime_cents_per_hour == 0 or vehicle.overtime_from_s >= vehicle.shift_end_s)
        and all(limit is None for limit in limits)
    )
