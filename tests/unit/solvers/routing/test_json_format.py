"""Muster's own JSON: what is written is read back equal, a hand may write it, and nothing is half read."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.routing.json_format import plan_to_json, problem_from_json, problem_to_json, sequences_from_json
from solvers.routing.parts import EU_DRIVING, NO_END_S, Relation, RelationKind, Shipment
from solvers.routing.plan import Reason, RoutingPlan, Unplanned, sequences_of
from solvers.routing.problem import RoutingProblem
from solvers.routing.validate import MAX_QUANTITY
from tests.unit.solvers.routing.driver import driven_plan
from tests.unit.solvers.routing.hostile import hostile_problem, random_sequences

BY_HAND: dict[str, Any] = {
    "format": "muster-routing/1",
    "dimensions": ["crates"],
    "locations": [
        {"id": "depot", "lat": 52.5, "lon": 13.4},
        {"id": "market", "lat": 52.51, "lon": 13.4},
        {"id": "harbour", "lat": 52.5, "lon": 13.5},
    ],
    "profiles": [{"speed_kmh": 36, "circuity_pct": 100, "bands": [{"from_s": 600, "speed_pct": 50}]}],
    "stops": [
        {"stop_id": "a", "location": "market", "demand": [3], "kind": "PICKUP", "window_end_s": 900, "needs": ["cold"]},
        {"stop_id": "b", "location": 2, "demand": [3], "closed_s": [[10, 20]], "latest_s": 50, "window_end_s": 40},
        {"stop_id": "c", "location": "harbour", "allowed": ["v"], "goods_class": "food"},
    ],
    "vehicles": [
        {"vehicle_id": "v", "depot": "depot", "capacity": [10], "driving": "EU", "skills": ["cold"]},
        {"vehicle_id": "w", "depot": "depot", "start": "market", "end": 2, "max_stops": 4,
         "driving": {"max_drive_s": 100, "rest_s": 30, "split_s": [10, 20]},
         "breaks": [{"earliest_s": 1, "latest_s": 2, "duration_s": 3}]},
    ],
    "shipments": [{"pickup_id": "a", "delivery_id": "b"}],
    "relations": [{"kind": "STRICT", "stop_ids": ["a", "c"]}],
    "incompatible": [["food", "fuel"]],
}  # fmt: skip


def same(one: RoutingProblem, other: RoutingProblem) -> bool:
    for field in fields(RoutingProblem):
        if field.init and field.name != "profiles":
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    for mine, theirs in zip(one.profiles, other.profiles, strict=True):
        assert mine.bands == theirs.bands
        assert np.array_equal(mine.duration_s, theirs.duration_s)
        assert np.array_equal(mine.distance_m, theirs.distance_m)
    return True


@settings(max_examples=60)
@given(seed=st.integers(0, 10**9), stops=st.integers(0, 9))
def test_what_is_written_is_read_back_equal(seed: int, stops: int) -> None:
    problem = hostile_problem(seed, stops)
    assert same(problem, problem_from_json(problem_to_json(problem)))
    plan = driven_plan(problem, random_sequences(problem, seed))
    routes, reasons = sequences_from_json(plan_to_json(plan))
    assert routes == sequences_of(plan)
    assert reasons == {each.stop_id: each.reason for each in plan.unplanned}


def test_a_problem_written_by_hand() -> None:
    problem = problem_from_json(json.dumps(BY_HAND))
    a, b, c = problem.stops
    v, w = problem.vehicles
    assert (a.location, a.window_start_s, a.window_end_s, a.latest_s, a.needs) == (1, 0, 900, 900, {"cold"})
    assert (b.location, b.latest_s, b.closed_s) == (2, 50, ((10, 20),))
    assert (c.demand, c.window_end_s, c.allowed) == ((0,), NO_END_S, {"v"})
    assert (v.start, v.driving, w.start, w.end, w.capacity) == (0, EU_DRIVING, 1, 2, (MAX_QUANTITY,))
    assert problem.shipments == (Shipment("a", "b"),)
    assert problem.relations == (Relation(RelationKind.STRICT, ("a", "c")),)
    # A hundredth of a degree north is 1,112 m on a sphere of 6,371 km; at 10 m a second, rounded up.
    assert (problem.profiles[0].distance_m[0, 1], problem.profiles[0].duration_s[0, 1]) == (1_112, 112)
    assert problem.profiles[0].bands[0].speed_pct == 50


def test_roads_are_longer_than_straight_lines() -> None:
    by_hand = copy.deepcopy(BY_HAND)
    del by_hand["profiles"][0]["circuity_pct"]
    assert problem_from_json(json.dumps(by_hand)).profiles[0].distance_m[0, 1] == round(1_111.95 * 1.3)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["colour"], 1, "colour = 1: no such field"),
        (["stops", 0, "colour"], 1, r"stops\[0\].colour = 1: no such field"),
        (["vehicles", 1, "breaks", 0, "length_s"], 1, r"vehicles\[1\].breaks\[0\].length_s"),
        (["format"], "muster-routing/2", "format = 'muster-routing/2'"),
        (["stops", 0, "service_s"], 1.5, r"stops\[0\].service_s = 1.5: must be a whole number"),
        (["stops", 0, "service_s"], True, r"stops\[0\].service_s = True: must be a whole number"),
        (["stops", 0, "service_s"], 10**12, r"stops\[a\].service_s"),
        (["stops", 0, "kind"], "SWAP", "one of DELIVERY, PICKUP"),
        (["stops", 0, "location"], "moon", r"stops\[0\].location = 'moon': no such location"),
        (["stops", 0, "location"], 3, r"stops\[a\].location = 3"),
        (["stops", 1, "closed_s", 0], [1], "must be a list of 2"),
        (["vehicles", 0, "driving"], "UK", "one of EU, US"),
        (["vehicles", 0, "open_end"], 1, "true or false"),
        (["locations", 1, "lat"], 91, r"locations\[1\].lat = 91"),
        (["locations", 1, "id"], "depot", "locations = 'id': must be unique"),
        (["profiles", 0, "circuity_pct"], 90, r"profiles\[0\].circuity_pct = 90"),
        (["profiles", 0, "duration_s"], [[0]], "duration_s and distance_m"),
        (["profiles", 0], {"duration_s": [[0, 1], [1]], "distance_m": [[0]]}, r"duration_s\[1\] = 1: must be 2"),
        (["profiles", 0], {"duration_s": [[0.5]], "distance_m": [[0]]}, r"duration_s\[0\]\[0\] = 0.5"),
        (["profiles", 0], {"duration_s": [[0]], "distance_m": [[0]]}, "locations = 3: must be 1"),
        (["locations"], [], "without matrices there must be locations"),
        (["stops"], {"a": 1}, "stops = .*must be a list"),
        (["profiles"], [], "locations = 3: must be 0"),
    ],
)
def test_nothing_is_half_read(path: list[Any], value: object, says: str) -> None:
    shape = copy.deepcopy(BY_HAND)
    at: Any = shape
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(InvalidProblem, match=says):
        problem_from_json(json.dumps(shape))


@pytest.mark.parametrize("name", ["format", "profiles", "stops", "vehicles"])
def test_what_must_be_there(name: str) -> None:
    with pytest.raises(InvalidProblem, match=f"{name} = 'missing'"):
        problem_from_json(json.dumps({key: value for key, value in BY_HAND.items() if key != name}))


@pytest.mark.parametrize(
    "text", ["", "{", '{"stops": [], "stops": []}', '{"depart_margin_s": NaN}', "[" * 100_000, '"x"', "{} {}"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidProblem):
        problem_from_json(text)


def test_plans_are_read_strictly() -> None:
    assert plan_to_json(RoutingPlan((), (Unplanned("d", Reason.LOCKED),))) == (
        '{"format": "muster-routing-plan/1", "routes": {}, "unplanned": {"d": "LOCKED"}}'
    )
    for routes, unplanned in (([], {}), ({"v": [["a", 1]]}, {}), ({"v": ["a"]}, {}), ({}, {"d": "NO REASON"})):
        shape = {"format": "muster-routing-plan/1", "routes": routes, "unplanned": unplanned}
        with pytest.raises(InvalidProblem):
            sequences_from_json(json.dumps(shape))
