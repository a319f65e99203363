"""Set partitioning: prices are the checker's, the answer is the best combination there is, whatever the rules."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.routing.check import Rule, check, route_cost
from solvers.routing.engines import setpart
from solvers.routing.engines.kinds import kinds_of
from solvers.routing.engines.route_prices import RoutePrices
from solvers.routing.plan import Sequences, sequences_of
from solvers.routing.pool import RouteKey, RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import insert_only, search
from solvers.routing.timing import plan_of, time_route
from tests.unit.solvers.routing.hostile import PLAIN, hostile_problem, mixed_problem, random_sequences

problems = st.builds(mixed_problem, st.integers(0, 10**6), st.integers(1, 10), st.integers(1, 3))


def keys_of(sequences: Sequences) -> list[RouteKey]:
    return [(name, tuple(tuple(trip) for trip in trips)) for name, trips in sequences.items()]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), wild=st.booleans(), plain=st.booleans())
def test_routes_are_priced_and_judged_as_the_checker_does(seed: int, wild: bool, plain: bool) -> None:
    problem = hostile_problem(seed, 9, 3, PLAIN) if plain else mixed_problem(seed, 9, 3)
    keys = [key for k in range(3) for key in keys_of(random_sequences(problem, seed + k, wild))]
    prices = RoutePrices(problem)
    costs, possible = prices.judged(keys)
    for key, cost, ok in zip(keys, costs.tolist(), possible.tolist(), strict=True):
        route = time_route(problem, *key)
        assert cost == route_cost(problem, route).total
        vehicle = problem.vehicle(key[0])
        if route.trips and not vehicle.locked and not problem.starts_on_board(vehicle):
            violations = check(problem, plan_of(problem, dict([key]))).violations
            broken = {v.rule for v in violations if v.vehicle_id == key[0]} - ACROSS
            assert ok == (not broken), broken


ACROSS = {Rule.RELATION_BROKEN, Rule.OPTION_TWICE, Rule.STOP_TWICE}
"""Not of a route alone."""


def pool_of(problem: RoutingProblem, seeds: range) -> tuple[Sequences, RoutePool]:
    """A simple start, and routes that keep all rules: of short searches and of random plans."""
    met = RoutePool()
    for seed in seeds:
        search(problem, None, Budget(seconds=600.0, iterations=16, seed=seed), pool=met)
        met.add(random_sequences(problem, seed))
    pool = RoutePool()
    for key in met:
        violations = check(problem, plan_of(problem, dict([key]))).violations
        if all(violation.vehicle_id != key[0] for violation in violations):
            pool.add(dict([key]))
    return sequences_of(insert_only(problem, None).plan), pool


@settings(max_examples=20, deadline=None)
@given(problem=problems)
def test_no_combination_of_the_pool_is_better(problem: RoutingProblem) -> None:
    start, pool = pool_of(problem, range(2))
    before = check(problem, plan_of(problem, start))
    if not before.ok:
        return
    found = setpart.solve(problem, start, pool, Budget(seconds=20.0)) or start
    verdict = check(problem, plan_of(problem, found))
    assert verdict.ok, verdict.violations
    assert verdict.cost.total <= before.cost.total
    assert verdict.cost.total <= best_by_hand(problem, start, list(pool)[-7:])


def best_by_hand(problem: RoutingProblem, start: Sequences, pool: list[RouteKey]) -> int:
    """The cheapest possible plan of routes of the pool and the start, by trying all."""
    of_vehicle: dict[str, list[RouteKey | None]] = {v.vehicle_id: [None] for v in problem.vehicles}
    for key in dict.fromkeys([*keys_of(start), *pool]):
        of_vehicle[key[0]].append(key)
    best = check(problem, plan_of(problem, start)).cost.total
    for chosen in product(*of_vehicle.values()):
        verdict = check(problem, plan_of(problem, dict(key for key in chosen if key is not None)))
        if verdict.ok:
            best = min(best, verdict.cost.total)
    return best


def test_vehicles_that_nothing_tells_apart_are_one_kind() -> None:
    merged = 0
    for seed in range(30):
        problem = hostile_problem(seed, 6, 4, ())
        twins = RoutingProblem(
            problem.profiles,
            problem.stops,
            tuple(v for one in problem.vehicles for v in (one, _twin(one))),
            problem.dimensions,
        )
        kinds = kinds_of(twins)
        merged += len(kinds) < len(twins.vehicles)
        start, pool = pool_of(twins, range(2))
        found = setpart.solve(twins, start, pool, Budget(seconds=20.0)) or start
        verdict = check(twins, plan_of(twins, found))
        assert verdict.ok, verdict.violations
    assert merged > 20


def _twin(vehicle):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(vehicle, vehicle_id=f"{vehicle.vehicle_id}-twin")


def test_the_pool_is_recombined() -> None:
    gained = 0
    for seed in range(20):
        problem = hostile_problem(seed, 14, 3, PLAIN)
        start, pool = pool_of(problem, range(3))
        if check(problem, plan_of(problem, start)).ok:
            gained += setpart.solve(problem, start, pool, Budget(seconds=20.0)) is not None
    assert gained > 5
