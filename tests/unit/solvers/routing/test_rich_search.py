"""The rich search on problems with every rule: plans that keep them all, priced to the tick, no dearer than repaired.

What no search could keep is not asked of it: rules that a vehicle breaks with its locked sequence alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.routing.check import check
from solvers.routing.check_rules import Rule
from solvers.routing.cut import cut
from solvers.routing.parts import Profile, Relation, RelationKind, Shipment, Stop, StopKind, Vehicle
from solvers.routing.plan import Reason, RoutingPlan, sequences_of
from solvers.routing.problem import RoutingProblem
from solvers.routing.rich.start import admissible
from solvers.routing.search import SearchResult, insert_only, search
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.hostile import ALL, Feature, hostile_problem, mixed_problem, random_sequences

SEEDS = st.integers(0, 10**6)
STEPS = 60
TIES = (Rule.RELATION_BROKEN, Rule.OPTION_TWICE, Rule.SHIPMENT_BROKEN)


def hopeless_vehicles(problem: RoutingProblem) -> set[str]:
    """Vehicles that break a rule even if they do no more than they are locked to do; all, if locks contradict ties."""
    bare = {v.vehicle_id: v.locked for v in problem.vehicles}
    broken = check(problem, plan_of(problem, bare)).violations
    if any(violation.rule in TIES for violation in broken):
        return set(problem.vehicle_index)
    return {violation.vehicle_id for violation in broken}


def assert_sound(problem: RoutingProblem, found: SearchResult) -> None:
    verdict = check(problem, found.plan)
    hopeless = hopeless_vehicles(problem)
    assert [v for v in verdict.violations if v.vehicle_id not in hopeless] == []
    assert verdict.cost.total == found.cost <= found.start_cost


def rich(problem: RoutingProblem) -> RoutingProblem:
    """The problem with a rule that makes no difference but is not for the fast kernel."""
    if not problem.plain:
        return problem
    return replace(problem, vehicles=tuple(replace(v, max_stops=10**6) for v in problem.vehicles))


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.booleans())
def test_every_plan_keeps_the_rules_at_the_stated_cost(seed: int, wild: bool) -> None:
    problem = rich(mixed_problem(seed, stops=10, vehicles=3))
    start = random_sequences(problem, seed, wild)
    assert_sound(problem, search(problem, start, Budget(60.0, seed, iterations=STEPS)))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_all_features_at_once(seed: int) -> None:
    problem = rich(hostile_problem(seed, stops=12, vehicles=3, features=ALL))
    assert_sound(problem, search(problem, random_sequences(problem, seed), Budget(60.0, seed, iterations=STEPS)))


@pytest.mark.parametrize("feature", list(Feature))
def test_each_feature_by_itself(feature: Feature) -> None:
    for seed in range(3):
        problem = rich(hostile_problem(seed, stops=10, vehicles=3, features={feature}))
        assert_sound(problem, search(problem, None, Budget(60.0, seed, iterations=STEPS)))


def test_same_seed_and_iterations_give_the_same_plan() -> None:
    problem = rich(hostile_problem(5, stops=14, vehicles=4, features={Feature.SHIPMENTS, Feature.BREAKS}))
    plans = [search(problem, None, Budget(60.0, 3, iterations=STEPS)).plan for _ in range(2)]
    assert plans[0] == plans[1]


def test_insert_only_is_the_repaired_start() -> None:
    problem = rich(hostile_problem(8, stops=12, vehicles=3, features={Feature.SHIPMENTS, Feature.CLOSED}))
    start = random_sequences(problem, 8)
    found = insert_only(problem, start)
    assert_sound(problem, found)
    assert found.cost == search(problem, start, Budget(60.0, 0, iterations=STEPS)).start_cost


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_focus_leaves_other_routes_alone_and_keeps_ties(seed: int) -> None:
    features = {Feature.SHIPMENTS, Feature.RELATIONS, Feature.OPTIONS, Feature.SKILLS}
    problem = rich(hostile_problem(seed, stops=14, vehicles=4, features=features))
    before = search(problem, None, Budget(60.0, seed, iterations=STEPS)).plan
    after = search(problem, before, Budget(60.0, seed, iterations=STEPS), focus={"v0", "v1"}).plan
    for vehicle_id in ("v2", "v3"):
        assert after.route(vehicle_id) == before.route(vehicle_id)
    assert check(problem, after).ok
    assert check(problem, after).cost.total <= check(problem, before).cost.total


def line(places: int) -> Profile:
    """Places one after another, 100 s and 1,000 m apart."""
    away = np.abs(np.subtract.outer(np.arange(places), np.arange(places)))
    return Profile(away * 100, away * 1000)


def stop(name: str, location: int, **rules: object) -> Stop:
    return replace(Stop(name, location, (1,), 0, 100_000, 100_000, prize_cents=10**6), **rules)  # type: ignore[arg-type]


def van(name: str = "v", **rules: object) -> Vehicle:
    return replace(Vehicle(name, 0, 0, (9,), cents_per_km=10, fixed_cents=5), **rules)  # type: ignore[arg-type]


def solve(problem: RoutingProblem, start: object = None) -> RoutingPlan:
    found = search(problem, start, Budget(60.0, 1, iterations=STEPS))  # type: ignore[arg-type]
    assert_sound(problem, found)
    return found.plan


def test_a_vehicle_under_way_picks_up_and_the_locked_pickup_keeps_its_delivery() -> None:
    stops = (stop("p", 2, kind=StopKind.PICKUP), stop("d", 4), stop("q", 3))
    under_way = van(start=1, locked=(("p",),))
    problem = RoutingProblem((line(6),), stops, (under_way,), ("units",), shipments=(Shipment("p", "d"),))
    trips = sequences_of(solve(problem))["v"]
    assert trips[0][0] == "p"
    assert "d" in trips[0]
    assert trips[1] == ("q",)


def test_members_of_a_relation_move_together() -> None:
    stops = tuple(stop(f"s{k}", k) for k in range(1, 5))
    relation = Relation(RelationKind.STRICT, ("s4", "s1", "s3"))
    problem = RoutingProblem((line(6),), stops, (van("a"), van("b")), ("units",), relations=(relation,))
    plan = solve(problem, {"a": [["s1", "s2"]], "b": [["s3", "s4"]]})
    assert not plan.unplanned


def test_one_option_is_planned_and_the_others_are_not_needed() -> None:
    stops = (stop("near", 1, option_of="o"), stop("far", 5, option_of="o"), stop("x", 2))
    problem = RoutingProblem((line(6),), stops, (van(),), ("units",))
    plan = solve(problem, {"v": [["far"]]})
    assert [(u.stop_id, u.reason) for u in plan.unplanned] == [("far", Reason.OTHER_OPTION)]


def test_a_cut_takes_shipments_whole_and_leaves_tied_stops_out() -> None:
    stops = tuple(stop(f"s{k}", k, kind=StopKind.PICKUP if k == 1 else StopKind.DELIVERY) for k in range(1, 6))
    relation = Relation(RelationKind.SAME_VEHICLE, ("s3", "s4", "s5"))
    problem = RoutingProblem(
        (line(6),), stops, (van("a"), van("b")), ("units",), shipments=(Shipment("s1", "s2"),), relations=(relation,)
    )
    part, _ = cut(problem, {"a": [["s5"]], "b": [["s3"]]}, {"a"})
    assert [s.stop_id for s in part.stops] == ["s1", "s2"]
    part, _ = cut(problem, {"b": [["s1", "s2"]]}, {"a"})
    assert [s.stop_id for s in part.stops] == ["s3", "s4", "s5"]
    assert part.shipments == ()
    assert part.relations == (relation,)


def test_a_start_is_brought_into_shape_before_it_is_loaded() -> None:
    stops = (stop("p", 1, kind=StopKind.PICKUP), stop("d", 2), stop("x", 3, goods_class="acid"), stop("y", 4))
    fleet = (van("a", locked=(("x",),)), van("b"))
    problem = RoutingProblem(
        (line(6),),
        (*stops, stop("z", 5, goods_class="food")),
        fleet,
        ("units",),
        shipments=(Shipment("p", "d"),),
        incompatible=frozenset({("acid", "food")}),
    )
    shaped = admissible(problem, {"a": [["z", "nobody", "y"]], "b": [["d", "p", "y"]], "c": [["p"]]})
    assert shaped == {"a": [["x", "y"]], "b": []}
