"""Two workers: regions that cover a plan once, results that the checker confirms, a pool of what was met."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.budget import Budget
from solvers.routing import arrays
from solvers.routing.check import check
from solvers.routing.kernel import entries as kernel
from solvers.routing.plain import REGIONAL
from solvers.routing.plan import sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.regions import Regions, merge_written, read_owners
from solvers.routing.search import insert_only, search, warm_up
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.builders import plain_problem, random_problem


def problem_of(stops: int, rich: bool) -> RoutingProblem:
    """With lateness, releases, goods on board and locks, or without."""
    return (random_problem if rich else plain_problem)(7, stops, max(2, stops // 12))


@pytest.mark.parametrize("rich", [False, True])
@pytest.mark.parametrize("stops", [40, REGIONAL + 20])
def test_two_workers_give_one_plan_that_keeps_the_rules(stops: int, rich: bool) -> None:
    problem = problem_of(stops, rich)
    warm_up()
    found = search(problem, None, Budget(seconds=0.4, workers=2))
    verdict = check(problem, found.plan)
    assert not {violation.rule for violation in verdict.violations} - {"LOCK_BROKEN"}
    assert verdict.cost.total == found.cost < found.start_cost
    assert found.iterations > 0


def test_regions_have_every_vehicle_and_stop_once() -> None:
    problem = problem_of(120, True)
    order = arrays.near_together(problem)
    assert sorted(order.tolist()) == list(range(120))
    data = arrays.data_of(problem, order)
    whole = arrays.state_of(data, 1)
    kernel.repair(data, whole, arrays.encode(problem, {}, order), 50)
    cost = int(whole.sc[0])
    regions, states = Regions(data, 1), [arrays.state_of(data, k) for k in range(3)]
    owner = regions.split(whole.best, 3)
    for number, state in enumerate(states):
        regions.hand_over(state, whole.best, owner, number)
        kernel.load(data, state, whole.best)
    assert sum(int(state.sc[0]) for state in states) == cost
    assert (merge_written([state.best for state in states], owner) == whole.best).all()
    vehicle = read_owners(whole.best, len(owner), 120)
    sizes = np.bincount(owner[vehicle[vehicle >= 0]], minlength=3)
    assert sizes.min() > 0
    for state in states:
        kernel.run(data, state, 200, 10, 10, 50, 1.0)
    merged = merge_written([state.best for state in states], owner)
    plan = plan_of(problem, arrays.decode(problem, merged, order))
    assert check(problem, plan).cost.total == sum(int(state.sc[1]) for state in states) <= cost


def test_what_a_search_writes_into_the_pool_are_routes_of_possible_plans() -> None:
    problem = problem_of(60, False)
    pool = RoutePool()
    found = search(problem, None, Budget(seconds=600.0, iterations=2_000), pool=pool)
    routes = set(pool)
    assert {(v, tuple(map(tuple, trips))) for v, trips in sequences_of(found.plan).items()} <= routes
    for vehicle_id, trips in routes:
        alone = check(problem, plan_of(problem, {vehicle_id: trips}))
        assert not [v for v in alone.violations if v.vehicle_id == vehicle_id]


def test_a_pool_reads_written_routes_once_and_keeps_their_order() -> None:
    problem = problem_of(30, False)
    plan = insert_only(problem, None).plan
    written = arrays.encode(problem, sequences_of(plan))
    ids = [vehicle.vehicle_id for vehicle in problem.vehicles], [stop.stop_id for stop in problem.stops]
    pool = RoutePool()
    for _ in range(3):
        pool.add_written(written, *ids)
    expected = list(sequences_of(plan).items())
    assert list(pool) == expected
    pool.add({"later": (("x",),)})
    assert list(pool)[-1] == ("later", (("x",),))
    assert len(pool) == len(expected) + 1
