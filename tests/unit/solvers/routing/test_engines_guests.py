"""Guests: what an engine says it supports it models exactly, on random problems of all these features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.routing.check import check
from solvers.routing.engines import ortools_engine, pyvrp_engine
from solvers.routing.engines.pyvrp_data import Translation
from solvers.routing.plan import Sequences, sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import search
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.hostile import Feature, hostile_problem, random_sequences

PYVRP = (
    Feature.RELEASES,
    Feature.CHANGES,
    Feature.RESEQUENCE,
    Feature.TRIPS,
    Feature.OPEN_END,
    Feature.MARGIN,
    Feature.SHIPMENTS,
    Feature.PICKUPS,
    Feature.CLOSED,
    Feature.SETUP,
    Feature.OPTIONS,
    Feature.SKILLS,
    Feature.OWN_END,
    Feature.LIMITS,
)


def supported(seed: int, features: tuple[Feature, ...], stops: int = 8) -> RoutingProblem | None:
    problem = hostile_problem(seed, stops, 3, features)
    return problem if pyvrp_engine.supports(problem) else None


def possible_start(problem: RoutingProblem, seed: int) -> Sequences:
    """The routes of random plans that keep all rules, as many as go together."""
    start: dict[str, tuple[tuple[str, ...], ...]] = {}
    for k in range(6):
        for name, trips in random_sequences(problem, seed + k).items():
            wanted = {**start, name: tuple(tuple(trip) for trip in trips)}
            if name not in start and check(problem, plan_of(problem, wanted)).ok:
                start = wanted
    return start


@pytest.mark.parametrize("feature", PYVRP)
def test_pyvrp_knows_each_feature(feature: Feature) -> None:
    problems = [problem for seed in range(40) if (problem := supported(seed, (feature,))) is not None]
    assert len(problems) >= 4, len(problems)
    for seed, problem in enumerate(problems[:4]):
        judge_pyvrp(problem, possible_start(problem, seed), seed)


def test_pyvrp_may_load_before_the_goods_of_the_trip_are_released() -> None:
    bites = 0
    for seed in range(20):
        problem = hostile_problem(seed, 8, 3, (Feature.RELEASES,))
        problem = replace(problem, vehicles=tuple(replace(v, load_s=333) for v in problem.vehicles))
        start = possible_start(problem, seed)
        judge_pyvrp(problem, start, seed)
        trips = [trip for route in plan_of(problem, start).routes for trip in route.trips]
        bites += any(trip.depart_s == problem.stop(c).release_s for trip in trips for c in trip.stop_ids)
    assert bites > 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), features=st.sets(st.sampled_from(PYVRP), max_size=5))
def test_pyvrp_plans_keep_all_rules_and_cost_what_it_says(seed: int, features: set[Feature]) -> None:
    problem = supported(seed, tuple(sorted(features)))
    assume(problem is not None)
    assert problem is not None
    judge_pyvrp(problem, possible_start(problem, seed), seed)


def judge_pyvrp(problem: RoutingProblem, start: Sequences, seed: int) -> None:
    before = check(problem, plan_of(problem, start))
    assert before.ok
    translation = Translation(problem, start, before.cost.total)
    warm = translation.solution(start)
    assert warm.is_feasible()
    assert translation.ticks(warm) == before.cost.total
    pool = RoutePool()
    found = pyvrp_engine.solve(problem, start, Budget(seconds=60.0, iterations=60, seed=seed), pool)
    assert found is not None
    verdict = check(problem, plan_of(problem, found))
    assert verdict.ok, verdict.violations
    assert verdict.cost.total <= before.cost.total
    again = Translation(problem, found, verdict.cost.total)
    assert again.ticks(again.solution(found)) == verdict.cost.total
    for name, trips in routes_of(pool):
        violations = check(problem, plan_of(problem, {name: trips})).violations
        assert not [violation for violation in violations if violation.vehicle_id == name]


def routes_of(pool: RoutePool) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    yield from pool


ORTOOLS = (
    Feature.SOFT,
    Feature.CHANGES,
    Feature.RESEQUENCE,
    Feature.LOCKS,
    Feature.OPEN_END,
    Feature.MARGIN,
    Feature.SHIPMENTS,
    Feature.PICKUPS,
    Feature.CLOSED,
    Feature.SETUP,
    Feature.OPTIONS,
    Feature.SKILLS,
    Feature.OWN_END,
    Feature.LIMITS,
    Feature.OVERTIME,
    Feature.BREAKS,
)


@pytest.mark.parametrize("feature", ORTOOLS)
def test_ortools_knows_each_feature(feature: Feature) -> None:
    """Its plans keep all rules and are no worse than the start; ours are never behind by more than a little."""
    made = (hostile_problem(seed, 7, 3, (feature,)) for seed in range(60))
    problems = [problem for problem in made if ortools_engine.supports(problem)][:2]
    assert len(problems) == 2
    for seed, problem in enumerate(problems):
        start = {} if feature is Feature.LOCKS else possible_start(problem, seed)
        before = check(problem, plan_of(problem, start)).cost.total
        found = ortools_engine.solve(problem, start, Budget(seconds=0.4, seed=seed))
        ours = check(problem, search(problem, None, Budget(seconds=600.0, iterations=400, seed=seed)).plan)
        if found is None:
            # Locks that cannot be kept, or a machine too busy for the first solution.
            continue
        verdict = check(problem, plan_of(problem, found))
        assert verdict.ok, verdict.violations
        assert feature is Feature.LOCKS or verdict.cost.total <= before
        assert ours.ok
        assert ours.cost.total <= verdict.cost.total * 1.02


def test_a_start_of_pyvrps_own_making_is_the_same_plan() -> None:
    problem = hostile_problem(3, 8, 3, (Feature.SHIPMENTS, Feature.PICKUPS))
    start = possible_start(problem, 3)
    translation = Translation(problem, start, 10**12)
    assert translation.sequences(translation.solution(start), start) == {
        name: [list(trip) for trip in trips if trip] for name, trips in start.items() if any(trips)
    }
    assert sequences_of(plan_of(problem, start)) == {
        name: tuple(trip for trip in trips if trip) for name, trips in start.items() if any(trips)
    }
