"""A whole routing problem, or the sequences of a plan, as JSON that a person can write by hand.

Promises: what is written is read back equal; anything that is not in the list below is refused by name, as is a field
given twice, a number that is not whole where it must be, and anything above the limits. Called by `io`.

A problem is one object. Fields with "=" may be left out. Times are seconds, money cents, all whole numbers::

    {"format": "muster-routing/1",
     "dimensions": ["weight_g"],                                  = ["weight_g", "volume_cm3"]
     "depart_margin_s": 300,                                      = null
     "locations": [{"id": "depot", "lat": 52.5, "lon": 13.4}],    = []
     "profiles": [{"speed_kmh": 36, "circuity_pct": 130, "bands": [{"from_s": 25200, "speed_pct": 60}]}],
     "stops": [{"stop_id": "a", "location": "depot", "demand": [10], "window_end_s": 3600}],
     "vehicles": [{"vehicle_id": "v", "depot": "depot", "capacity": [100]}],
     "shipments": [{"pickup_id": "a", "delivery_id": "b"}],       = []
     "relations": [{"kind": "SEQUENCE", "stop_ids": ["a", "b"]}], = []
     "incompatible": [["food", "fuel"]]}                          = []

A profile has either `duration_s` and `distance_m`, two square matrices [from][to], or `speed_kmh` (and
`circuity_pct` = 130, how much longer roads are than the straight line), with `lat` and `lon` of every location;
`bands` = []. A location is named by its `id`, or by its place in the list or matrix, from 0; without matrices there
must be `locations`.

Stops and vehicles have the fields of `parts.Stop` and `parts.Vehicle`, by the same names and with the same defaults;
besides, `demand` and `capacity` may be left out where nothing is counted (zeros; no capacity), `window_start_s` = 0,
`window_end_s` = no end, `latest_s` = `window_end_s` (a hard window), `start` = `depot`. Pairs and sets are lists.
`breaks`: [{"earliest_s", "latest_s", "duration_s"}]. `driving`: "EU", "US", or {"max_drive_s", "rest_s",
"split_s" = null, "pauses_count" = false}.

A plan: {"format": "muster-routing-plan/1", "routes": {"v": [["a", "b"], ["c"]]}, "unplanned": {"d": "LOCKED"}}.
Routes are stop ids by vehicle and trip, see `plan.Sequences`; times follow from them (`timing.plan_of`).
"""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields
from enum import StrEnum
from typing import Any

import numpy as np

from solvers.routing import json_fields as js
from solvers.routing.parts import (
    EU_DRIVING,
    NO_END_S,
    US_DRIVING,
    Break,
    DrivingRule,
    Profile,
    Relation,
    RelationKind,
    Shipment,
    SpeedBand,
    Stop,
    StopKind,
    Vehicle,
)
from solvers.routing.plan import Reason, RoutingPlan, Sequences, sequences_of
from solvers.routing.problem import RoutingProblem
from solvers.routing.travel import DEFAULT_SPEED_KMH, distance_matrix_m, duration_matrix_s
from solvers.routing.validate import MAX_QUANTITY

PROBLEM_FORMAT = "muster-routing/1"
PLAN_FORMAT = "muster-routing-plan/1"
MAX_POINTS = 5_000
"""Locations whose travel is worked out from coordinates."""
CIRCUITY_PCT = 130
DRIVING = {"EU": EU_DRIVING, "US": US_DRIVING}


def problem_from_json(text: str) -> RoutingProblem:
    """Read a problem. Raises InvalidProblem naming the field, by its path in the file."""
    readers = {
        "format": _format(PROBLEM_FORMAT),
        "dimensions": js.listed(js.text),
        "depart_margin_s": js.optional(js.whole),
        "locations": js.listed(_location),
        "profiles": _as_it_is,
        "stops": _as_it_is,
        "vehicles": _as_it_is,
        "shipments": js.listed(_made(Shipment, {"pickup_id": js.text, "delivery_id": js.text})),
        "relations": js.listed(_made(Relation, {"kind": js.one_of(RelationKind), "stop_ids": js.listed(js.text)})),
        "incompatible": lambda at, value: frozenset(js.listed(js.listed(js.text, 2))(at, value)),
    }
    given = js.record("", js.parse(text), readers, ("format", "profiles", "stops", "vehicles"))
    del given["format"]
    locations: tuple[dict[str, Any], ...] = given.pop("locations", ())
    given["profiles"] = js.listed(lambda at, value: _profile(at, value, locations))("profiles", given["profiles"])
    size = given["profiles"][0].size if given["profiles"] else 0
    place = _place([location.get("id", "") for location in locations], size)
    dimensions = len(given.get("dimensions", ("weight_g", "volume_cm3")))
    given["stops"] = js.listed(lambda at, value: _stop(at, value, place, dimensions))("stops", given["stops"])
    given["vehicles"] = js.listed(lambda at, value: _vehicle(at, value, place, dimensions))(
        "vehicles", given["vehicles"]
    )
    return RoutingProblem(**given)


def problem_to_json(problem: RoutingProblem) -> str:
    """Write a problem: matrices, no coordinates; what has its default is left out."""
    profiles = [
        {"duration_s": p.duration_s.tolist(), "distance_m": p.distance_m.tolist()}
        | ({"bands": [asdict(band) for band in p.bands]} if p.bands else {})
        for p in problem.profiles
    ]
    shape = {
        "format": PROBLEM_FORMAT,
        "dimensions": list(problem.dimensions),
        "depart_margin_s": problem.depart_margin_s,
        "profiles": profiles,
        "stops": [_written(stop) for stop in problem.stops],
        "vehicles": [_written(vehicle) for vehicle in problem.vehicles],
        "shipments": [_written(shipment) for shipment in problem.shipments],
        "relations": [_written(relation) for relation in problem.relations],
        "incompatible": _plain(problem.incompatible),
    }
    return json.dumps(shape)


def sequences_from_json(text: str) -> tuple[Sequences, dict[str, Reason]]:
    """Read a plan: sequences by vehicle, and the reasons of what is unplanned. Ids are not looked up."""
    readers = {"format": _format(PLAN_FORMAT), "routes": _routes, "unplanned": _reasons}
    given = js.record("", js.parse(text), readers, ("format", "routes"))
    return given["routes"], given.get("unplanned", {})


def plan_to_json(plan: RoutingPlan) -> str:
    """Write a plan's sequences and what is unplanned."""
    unplanned = {each.stop_id: str(each.reason) for each in plan.unplanned}
    return json.dumps({"format": PLAN_FORMAT, "routes": sequences_of(plan), "unplanned": unplanned})


def _as_it_is(at: str, value: Any) -> Any:
    return value


def _format(name: str) -> js.Reader:
    def read(at: str, value: Any) -> str:
        js.need(value == name, at, value, f'must be "{name}"')
        return name

    return read


def _made(kind: type, readers: dict[str, js.Reader]) -> js.Reader:
    """An object of the dataclass; its fields without a default must be given."""
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    return lambda at, value: kind(**js.record(at, value, readers, needed))


def _location(at: str, value: Any) -> dict[str, Any]:
    return js.record(at, value, {"id": js.text, "lat": js.real, "lon": js.real}, ("id",))


def _place(ids: list[str], size: int) -> js.Reader:
    """A location by id, or by number; numbers beyond the last are left to the problem to refuse."""
    numbers = {name: number for number, name in enumerate(ids)}
    js.need(len(numbers) == len(ids), "locations", "id", "must be unique")
    js.need(not ids or len(ids) == size, "locations", len(ids), f"must be {size}, as the matrices say")

    def read(at: str, value: Any) -> int:
        if not isinstance(value, str):
            return js.whole(at, value)
        js.need(value in numbers, at, value, "no such location")
        return numbers[value]

    return read


_band = _made(SpeedBand, {"from_s": js.whole, "speed_pct": js.whole})


def _profile(at: str, value: Any, locations: tuple[dict[str, Any], ...]) -> Profile:
    matrices = {"duration_s": js.matrix, "distance_m": js.matrix}
    speeds = {"speed_kmh": js.whole, "circuity_pct": js.whole}
    given = js.record(at, value, {**matrices, **speeds, "bands": js.listed(_band)})
    bands = given.pop("bands", ())
    if given.keys() & matrices.keys():
        js.need(given.keys() == matrices.keys(), at, ", ".join(given), "duration_s and distance_m, or speed_kmh")
        return Profile(given["duration_s"], given["distance_m"], bands)
    js.need(bool(locations), at, ", ".join(given), "without matrices there must be locations")
    js.need(len(locations) <= MAX_POINTS, "locations", len(locations), f"at most {MAX_POINTS} without matrices")
    points = [_point(f"locations[{number}]", location) for number, location in enumerate(locations)]
    circuity_pct = given.get("circuity_pct", CIRCUITY_PCT)
    js.need(100 <= circuity_pct <= 1_000, f"{at}.circuity_pct", circuity_pct, "in [100, 1000]")
    lat_e7, lon_e7 = (np.array(axis, np.int64) for axis in zip(*points, strict=True))
    distance_m = distance_matrix_m(lat_e7, lon_e7, circuity_pct / 100)
    speed_kmh = given.get("speed_kmh", DEFAULT_SPEED_KMH)
    return Profile(duration_matrix_s(distance_m, lat_e7, lon_e7, speed_kmh), distance_m, bands)


def _point(at: str, location: dict[str, Any]) -> tuple[int, int]:
    for name, most in (("lat", 90), ("lon", 180)):
        js.need(name in location, f"{at}.{name}", "missing", "a profile without matrices needs it")
        js.need(abs(location[name]) <= most, f"{at}.{name}", location[name], f"in [-{most}, {most}]")
    return round(location["lat"] * 10**7), round(location["lon"] * 10**7)


def _stop(at: str, value: Any, place: js.Reader, dimensions: int) -> Stop:
    readers = {
        "stop_id": js.text,
        "location": place,
        "demand": js.listed(js.whole),
        "window_start_s": js.whole,
        "window_end_s": js.whole,
        "latest_s": js.whole,
        "service_s": js.whole,
        "late_cents_per_min": js.whole,
        "release_s": js.whole,
        "prize_cents": js.whole,
        "allowed": js.optional(js.names),
        "on_board": js.optional(js.text),
        "incumbent": js.optional(js.text),
        "change_cents": js.whole,
        "kind": js.one_of(StopKind),
        "closed_s": js.listed(js.listed(js.whole, 2)),
        "setup_s": js.whole,
        "barred": js.names,
        "needs": js.names,
        "incumbent_after": js.optional(js.text),
        "resequence_cents": js.whole,
        "goods_class": js.text,
        "option_of": js.text,
    }
    given = js.record(at, value, readers, ("stop_id", "location"))
    end_s = given.get("window_end_s", NO_END_S)
    usual = {"demand": (0,) * dimensions, "window_start_s": 0, "window_end_s": end_s, "latest_s": end_s}
    return Stop(**(usual | given))


def _vehicle(at: str, value: Any, place: js.Reader, dimensions: int) -> Vehicle:
    pause = _made(Break, {"earliest_s": js.whole, "latest_s": js.whole, "duration_s": js.whole})
    numbers = (
        "profile ready_s shift_start_s shift_end_s load_s max_trips fixed_cents cents_per_km cents_per_hour "
        "overtime_from_s overtime_cents_per_hour driven_s"
    )
    limits = ("max_distance_m", "max_duration_s", "max_stops", "max_drive_s")
    readers = {
        "vehicle_id": js.text,
        "depot": place,
        "start": place,
        "end": js.optional(place),
        "capacity": js.listed(js.whole),
        "locked": js.listed(js.listed(js.text)),
        "open_end": js.flag,
        "skills": js.names,
        "breaks": js.listed(pause),
        "driving": js.optional(_driving),
        **dict.fromkeys(numbers.split(), js.whole),
        **dict.fromkeys(limits, js.optional(js.whole)),
    }
    given = js.record(at, value, readers, ("vehicle_id", "depot"))
    return Vehicle(**({"start": given["depot"], "capacity": (MAX_QUANTITY,) * dimensions} | given))


def _driving(at: str, value: Any) -> DrivingRule:
    if isinstance(value, str):
        js.need(value in DRIVING, at, value, f"one of {', '.join(DRIVING)}, or an object")
        return DRIVING[value]
    parts = js.optional(js.listed(js.whole, 2))
    readers = {"max_drive_s": js.whole, "rest_s": js.whole, "split_s": parts, "pauses_count": js.flag}
    rule: DrivingRule = _made(DrivingRule, readers)(at, value)
    return rule


def _routes(at: str, value: Any) -> dict[str, tuple[tuple[str, ...], ...]]:
    js.need(isinstance(value, dict), at, value, "must be an object of routes by vehicle")
    return {name: js.listed(js.listed(js.text))(f"{at}.{name}", trips) for name, trips in value.items()}


def _reasons(at: str, value: Any) -> dict[str, Reason]:
    js.need(isinstance(value, dict), at, value, "must be an object of reasons by stop")
    return {name: Reason(js.one_of(Reason)(f"{at}.{name}", reason)) for name, reason in value.items()}


def _written(part: Any) -> dict[str, Any]:
    """A dataclass as an object, without what has its default."""
    values = ((field, getattr(part, field.name)) for field in fields(part))
    return {field.name: _plain(value) for field, value in values if value != field.default}


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return _written(value)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, frozenset):
        return [_plain(each) for each in sorted(value)]
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
