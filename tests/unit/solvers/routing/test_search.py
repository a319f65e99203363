"""The search: priced as the checker prices, possible, never worse than its start, in time."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.routing.check import Rule, check
from solvers.routing.search import _Run
from tests.unit.solvers.routing.builders import random_problem

STEPS = Budget(seconds=60.0, iterations=60, seed=3)


def messy_start(problem, seed):
    """Every stop somewhere, without regard to any rule."""
    rng = random.Random(seed)
    start = {v.vehicle_id: [[] for _ in range(rng.randrange(1, 4))] for v in problem.vehicles}
    for stop in problem.stops:
        if rng.random() < 0.8:
            trips = start[rng.choice(problem.vehicles).vehicle_id]
            rng.choice(trips).append(stop.stop_id)
    return start


def only_locks(violations):
    """A lock that the hard rules do not allow is given up, and said; nothing else may be broken."""
    return all(v.rule is Rule.LOCK_BROKEN for v in violations)


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(0, 14), vehicles=st.integers(1, 4))
def test_plan_is_possible_and_priced_as_the_checker_prices(seed, stops, vehicles):
    problem = random_problem(seed, stops, vehicles)
    run = _Run(problem, messy_start(problem, seed), STEPS, STEPS.start(), _tuning())
    run.improve(warm=True)
    result = run.result()
    verdict = check(problem, result.plan)
    assert only_locks(verdict.violations), verdict.violations
    assert verdict.cost.total == result.cost <= result.start_cost


def _tuning():
    from solvers.routing.search import DEFAULT_TUNING

    return DEFAULT_TUNING
