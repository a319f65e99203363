"""Refuse routing problems that are not consistent.

Promises: the first broken rule is named with its field, the value and the rule; nothing is repaired. Called by
`RoutingProblem` when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from solvers.errors import require
from solvers.routing.parts import (
    MAX_TIME_S,
    NO_END_S,
    Break,
    DrivingRule,
    Profile,
    Relation,
    Shipment,
    Stop,
    StopKind,
    Vehicle,
)

MAX_STOPS = 50_000
MAX_VEHICLES = 20_000
MAX_PROFILES = 64
MAX_DIMENSIONS = 8
MAX_TRIPS = 64
MAX_CENTS = 10**9
MAX_PRICE_CENTS = 10**6
"""Of a km, an hour, a minute late."""
MAX_QUANTITY = 10**15
MAX_BREAKS = 8
MAX_CLOSED = 16
MAX_CLASSES = 62
MAX_RELATION = 100


class Parts(Protocol):
    """What a problem is made of, as the rules need it: a `RoutingProblem` in the making."""

    @property
    def profiles(self) -> tuple[Profile, ...]: ...
    @property
    def stops(self) -> tuple[Stop, ...]: ...
    @property
    def vehicles(self) -> tuple[Vehicle, ...]: ...
    @property
    def dimensions(self) -> tuple[str, ...]: ...
    @property
    def shipments(self) -> tuple[Shipment, ...]: ...
    @property
    def relations(self) -> tuple[Relation, ...]: ...
    @property
    def incompatible(self) -> frozenset[tuple[str, str]]: ...
    @property
    def stop_index(self) -> Mapping[str, int]: ...
    @property
    def vehicle_index(self) -> Mapping[str, int]: ...
    @property
    def options(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def pickup_of(self) -> Mapping[str, str]: ...
    def stop(self, stop_id: str, /) -> Stop: ...
    def starts_on_board(self, vehicle: Vehicle, /) -> bool: ...


def validate(problem: Parts) -> None:
    """Raise InvalidProblem for the first rule that is broken."""
    require(len(problem.stops) <= MAX_STOPS, "stops", len(problem.stops), f"at most {MAX_STOPS}")
    require(len(problem.vehicles) <= MAX_VEHICLES, "vehicles", len(problem.vehicles), f"at most {MAX_VEHICLES}")
    require(len(problem.stop_index) == len(problem.stops), "stops", "stop_id", "ids must be unique")
    require(len(problem.vehicle_index) == len(problem.vehicles), "vehicles", "vehicle_id", "ids must be unique")
    require(len(problem.dimensions) <= MAX_DIMENSIONS, "dimensions", problem.dimensions, f"at most {MAX_DIMENSIONS}")
    locations = _validate_profiles(problem.profiles)
    for stop in problem.stops:
        _validate_stop(stop, problem, locations)
    for vehicle in problem.vehicles:
        _validate_vehicle(vehicle, problem, locations)
    _validate_shipments(problem)
    _validate_relations(problem)
    _validate_classes(problem)
    _validate_options(problem)
    _validate_locks(problem)


def _validate_profiles(profiles: tuple[Profile, ...]) -> int:
    """Check that all are over the same locations, and return their number."""
    require(1 <= len(profiles) <= MAX_PROFILES, "profiles", len(profiles), f"from 1 to {MAX_PROFILES}")
    sizes = [profile.size for profile in profiles]
    require(len(set(sizes)) == 1, "profiles", sizes, "must be over the same locations")
    return sizes[0]


def _validate_stop(stop: Stop, problem: Parts, locations: int) -> None:
    """One cheap test first: a problem has thousands of stops and nearly all are good."""
    good = (
        0 <= stop.location < locations
        and 0 <= stop.window_start_s <= stop.window_end_s <= stop.latest_s <= MAX_TIME_S
        and 0 <= stop.service_s <= MAX_TIME_S
        and 0 <= stop.setup_s <= MAX_TIME_S
        and 0 <= stop.release_s <= MAX_TIME_S
        and 0 <= stop.late_cents_per_min <= MAX_PRICE_CENTS
        and 0 <= stop.prize_cents <= MAX_CENTS
        and 0 <= stop.change_cents <= MAX_CENTS
        and 0 <= stop.resequence_cents <= MAX_CENTS
        and len(stop.demand) == len(problem.dimensions)
        and (stop.on_board is None or (stop.on_board in problem.vehicle_index and stop.kind is StopKind.DELIVERY))
        and all(0 <= quantity <= MAX_QUANTITY for quantity in stop.demand)
        and not stop.closed_s
    )
    if not good:
        _look_closer(stop, problem, locations)


def _look_closer(stop: Stop, problem: Parts, locations: int) -> None:
    at = f"stops[{stop.stop_id}]"
    require(0 <= stop.location < locations, f"{at}.location", stop.location, f"in [0, {locations})")
    times = (stop.window_start_s, stop.window_end_s, stop.latest_s)
    rule = f"0 <= window_start_s <= window_end_s <= latest_s <= {MAX_TIME_S}"
    require(0 <= times[0] <= times[1] <= times[2] <= MAX_TIME_S, f"{at}.window", times, rule)
    _within(at, stop, ("service_s", "setup_s", "release_s"), MAX_TIME_S)
    _within(at, stop, ("late_cents_per_min",), MAX_PRICE_CENTS)
    _within(at, stop, ("prize_cents", "change_cents", "resequence_cents"), MAX_CENTS)
    _validate_quantities(f"{at}.demand", stop.demand, problem.dimensions)
    if stop.on_board is not None:
        require(stop.on_board in problem.vehicle_index, f"{at}.on_board", stop.on_board, "no such vehicle")
        require(stop.kind is StopKind.DELIVERY, f"{at}.kind", stop.kind, "goods on board can only be delivered")
    _validate_closed(at, stop)


def _validate_closed(at: str, stop: Stop) -> None:
    require(len(stop.closed_s) <= MAX_CLOSED, f"{at}.closed_s", len(stop.closed_s), f"at most {MAX_CLOSED} spans")
    moments = [moment for span in stop.closed_s for moment in span]
    rule = "spans must ascend within the window, each from an earlier to a later moment"
    inside = all(stop.window_start_s <= moment <= stop.window_end_s for moment in moments)
    require(inside and moments == sorted(set(moments)), f"{at}.closed_s", stop.closed_s, rule)


def _validate_quantities(at: str, quantities: tuple[int, ...], dimensions: tuple[str, ...]) -> None:
    rule = f"one quantity in [0, {MAX_QUANTITY}] for each of {dimensions}"
    fits = len(quantities) == len(dimensions) and all(0 <= q <= MAX_QUANTITY for q in quantities)
    require(fits, at, quantities, rule)


def _within(at: str, owner: object, names: Iterable[str], most: int) -> None:
    for name in names:
        value = getattr(owner, name)
        require(value is None or 0 <= value <= most, f"{at}.{name}", value, f"in [0, {most}]")


def _validate_vehicle(vehicle: Vehicle, problem: Parts, locations: int) -> None:
    at = f"vehicles[{vehicle.vehicle_id}]"
    _within(at, vehicle, ("depot", "start", "end"), locations - 1)
    require(0 <= vehicle.profile < len(problem.profiles), f"{at}.profile", vehicle.profile, "no such profile")
    _validate_quantities(f"{at}.capacity", vehicle.capacity, problem.dimensions)
    _within(at, vehicle, ("ready_s", "shift_start_s", "shift_end_s", "load_s", "overtime_from_s"), MAX_TIME_S)
    _within(at, vehicle, ("max_duration_s", "max_drive_s", "driven_s", "max_distance_m", "max_stops"), MAX_TIME_S)
    _within(at, vehicle, ("fixed_cents",), MAX_CENTS)
    _within(at, vehicle, ("cents_per_km", "cents_per_hour", "overtime_cents_per_hour"), MAX_PRICE_CENTS)
    require(0 <= vehicle.max_trips <= MAX_TRIPS, f"{at}.max_trips", vehicle.max_trips, f"in [0, {MAX_TRIPS}]")
    if vehicle.breaks:
        _validate_breaks(f"{at}.breaks", vehicle.breaks)
    if vehicle.driving is not None:
        _validate_driving(f"{at}.driving", vehicle, vehicle.driving)


def _validate_breaks(at: str, breaks: tuple[Break, ...]) -> None:
    require(len(breaks) <= MAX_BREAKS, at, len(breaks), f"at most {MAX_BREAKS}")
    before = Break(0, 0, 0)
    for number, one in enumerate(breaks):
        times = (one.earliest_s, one.latest_s, one.duration_s)
        good = 0 <= one.earliest_s <= one.latest_s <= MAX_TIME_S and 0 < one.duration_s <= MAX_TIME_S
        require(good, f"{at}[{number}]", times, "0 <= earliest_s <= latest_s, duration_s above 0")
        ordered = one.earliest_s >= before.earliest_s and one.latest_s >= before.latest_s
        require(ordered, f"{at}[{number}]", times, "breaks must be in order of time")
        before = one


def _validate_driving(at: str, vehicle: Vehicle, rule: DrivingRule) -> None:
    times = (rule.max_drive_s, rule.rest_s)
    require(0 < times[0] < NO_END_S and 0 < times[1] < NO_END_S, at, times, "max_drive_s and rest_s above 0")
    require(vehicle.driven_s <= rule.max_drive_s, f"{at}.driven_s", vehicle.driven_s, f"at most {rule.max_drive_s}")
    if rule.split_s is not None:
        first, second = rule.split_s
        good = first > 0 and second > 0 and first + second >= rule.rest_s and max(first, second) < rule.rest_s
        require(good, f"{at}.split_s", rule.split_s, "two parts, each shorter than rest_s, together no less")


def _validate_shipments(problem: Parts) -> None:
    seen: set[str] = set()
    for shipment in problem.shipments:
        at = f"shipments[{shipment.pickup_id} -> {shipment.delivery_id}]"
        for stop_id, kind in ((shipment.pickup_id, StopKind.PICKUP), (shipment.delivery_id, StopKind.DELIVERY)):
            require(stop_id in problem.stop_index, at, stop_id, "no such stop")
            require(stop_id not in seen, at, stop_id, "a stop may be in one shipment")
            seen.add(stop_id)
            stop = problem.stop(stop_id)
            require(stop.kind is kind, at, f"{stop_id}: {stop.kind}", f"must be a {kind}")
            require(stop.on_board is None, at, stop_id, "goods on board have been picked up: leave the delivery alone")
            require(not stop.option_of, at, stop_id, "a stop of a shipment may not be an option")
        same = problem.stop(shipment.pickup_id).demand == problem.stop(shipment.delivery_id).demand
        require(same, at, "demand", "must be the same at both stops")


def _validate_relations(problem: Parts) -> None:
    for number, relation in enumerate(problem.relations):
        at = f"relations[{number}]"
        size = len(relation.stop_ids)
        require(2 <= size <= MAX_RELATION, f"{at}.stop_ids", size, f"from 2 to {MAX_RELATION} stops")
        require(len(set(relation.stop_ids)) == size, f"{at}.stop_ids", relation.stop_ids, "each stop once")
        for stop_id in relation.stop_ids:
            require(stop_id in problem.stop_index, f"{at}.stop_ids", stop_id, "no such stop")


def _validate_classes(problem: Parts) -> None:
    if not problem.incompatible:
        return
    named = {name for pair in problem.incompatible for name in pair}
    require(len(named) <= MAX_CLASSES, "incompatible", len(named), f"at most {MAX_CLASSES} goods classes")
    for pair in problem.incompatible:
        require(len(pair) == 2 and all(pair), "incompatible", pair, "two names of goods classes")


def _validate_options(problem: Parts) -> None:
    for name, stop_ids in problem.options.items():
        for stop_id in stop_ids:
            stop = problem.stop(stop_id)
            require(stop.on_board is None, f"options[{name}]", stop_id, "goods on board have one place")


def _validate_locks(problem: Parts) -> None:
    seen: set[str] = set()
    for vehicle in problem.vehicles:
        at = f"vehicles[{vehicle.vehicle_id}].locked"
        for number, trip in enumerate(vehicle.locked):
            loads = number > 0 or not problem.starts_on_board(vehicle)
            require(bool(trip) or not loads, at, vehicle.locked, "a locked loaded trip needs stops")
            for stop_id in trip:
                require(stop_id in problem.stop_index, at, stop_id, "no such stop")
                require(stop_id not in seen, at, stop_id, "a stop may be locked once")
                seen.add(stop_id)
                _validate_lock(problem, vehicle, at, stop_id, loads)


def _validate_lock(problem: Parts, vehicle: Vehicle, at: str, stop_id: str, loads: bool) -> None:
    stop = problem.stop(stop_id)
    if loads:
        rule = "goods on board belong to their vehicle's on-board trip, all others to a loaded trip"
        require(stop.on_board is None, at, stop_id, rule)
    elif stop.on_board != vehicle.vehicle_id:
        picked_up = stop.kind is StopKind.PICKUP or stop_id in problem.pickup_of
        require(stop.on_board is None and picked_up, at, stop_id, "deliveries from the depot need a loaded trip")
