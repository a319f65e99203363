"""The search: priced as the checker prices, possible, never worse than its start, in time."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.routing.check import Check, Rule, check
from solvers.routing.plan import Reason, RoutingPlan, sequences_of
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.rich_search import RICH_TUNING, run_rich
from solvers.routing.search import DEFAULT_TUNING, insert_only, search, warm_up
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.builders import plain_problem, random_problem
from tests.unit.solvers.routing.hostile import PLAIN, hostile_problem

STEPS = Budget(seconds=600.0, iterations=60, seed=3)

sizes = st.integers(0, 10**6), st.integers(0, 14), st.integers(1, 4)
hostile_problems = st.builds(hostile_problem, *sizes, st.just(PLAIN))
problems = st.builds(random_problem, *sizes) | st.builds(plain_problem, *sizes) | hostile_problems


def messy_start(problem: RoutingProblem, seed: int) -> dict[str, list[list[str]]]:
    """Most stops somewhere, without regard to any rule, some of it about things that are gone."""
    rng = random.Random(seed)
    start: dict[str, list[list[str]]] = {v.vehicle_id: [[], [], []] for v in problem.vehicles}
    for stop in problem.stops:
        if rng.random() < 0.8:
            rng.choice(start[rng.choice(problem.vehicles).vehicle_id]).append(stop.stop_id)
    start["gone"] = [["nowhere"]]
    start[problem.vehicles[0].vehicle_id][0].append("delivered")
    return start


def only_locks(verdict: Check) -> bool:
    """A lock that the hard rules do not allow is given up, and said; nothing else may be broken."""
    return all(violation.rule is Rule.LOCK_BROKEN for violation in verdict.violations)


@settings(max_examples=150, deadline=None)
@given(problem=problems, seed=st.integers(0, 100))
def test_any_start_becomes_a_possible_plan_priced_as_the_checker_prices(problem: RoutingProblem, seed: int) -> None:
    start = messy_start(problem, seed)
    repaired = insert_only(problem, start)
    found = search(problem, start, STEPS)
    for result in (repaired, found):
        verdict = check(problem, result.plan)
        assert only_locks(verdict), verdict.violations
        assert verdict.cost.total == result.cost
    assert found.start_cost == repaired.cost == repaired.start_cost
    assert found.cost <= found.start_cost


@settings(max_examples=40, deadline=None)
@given(problem=problems)
def test_a_good_plan_is_never_made_worse_and_steps_are_repeatable(problem: RoutingProblem) -> None:
    first = search(problem, None, STEPS)
    again = search(problem, None, STEPS)
    assert first.plan == again.plan
    if not check(problem, first.plan).ok:
        return
    better = search(problem, first.plan, replace(STEPS, seed=4))
    assert better.start_cost <= first.cost
    assert better.cost <= better.start_cost


@settings(max_examples=40, deadline=None)
@given(problem=problems, seed=st.integers(0, 100))
def test_what_is_out_of_focus_stays_exactly_as_it_is(problem: RoutingProblem, seed: int) -> None:
    plan = insert_only(problem, None).plan
    focus = [v.vehicle_id for v in problem.vehicles[::2]]
    found = search(problem, plan, replace(STEPS, seed=seed), focus=focus)
    bare = search(problem, sequences_of(plan), replace(STEPS, seed=seed), focus=focus)
    assert found.plan.routes == bare.plan.routes
    for route in plan.routes:
        if route.vehicle_id not in focus:
            assert found.plan.route(route.vehicle_id) == route
    assert len(check(problem, found.plan).violations) <= len(check(problem, plan).violations)
    assert found.cost <= found.start_cost


def test_pins_and_locks_hold_through_a_search() -> None:
    held = 0
    for seed in range(60):
        problem = random_problem(seed, 10, 3)
        found = search(problem, None, STEPS)
        if not check(problem, found.plan).ok:
            continue
        sequences = sequences_of(found.plan)
        for vehicle in problem.vehicles:
            for number, trip in enumerate(vehicle.locked):
                if trip:
                    assert sequences[vehicle.vehicle_id][number][: len(trip)] == trip
                    held += len(trip)
        vehicle_of = found.plan.vehicle_of()
        for stop in problem.stops:
            if stop.on_board is not None:
                assert vehicle_of.get(stop.stop_id, stop.on_board) == stop.on_board
    assert held > 10


def test_lateness_is_preferred_to_dropping() -> None:
    late = 0
    for seed in range(40):
        problem = random_problem(seed, 12, 2)
        dear = replace(problem, stops=tuple(replace(s, prize_cents=10**8) for s in problem.stops))
        verdict = check(dear, insert_only(dear, None).plan)
        assert only_locks(verdict)
        late += verdict.late_stops
    assert late > 0


def test_the_stopwatch_ends_the_search() -> None:
    now = [0.0]

    def stopwatch() -> float:
        now[0] += 0.01
        return now[0]

    found = search(random_problem(1, 12, 3), None, Budget(seconds=1.0, stopwatch=stopwatch))
    assert 0.9 < found.wall_s < 1.2
    assert found.iterations > 0


@pytest.mark.parametrize("max_stops", [None, 10**6], ids=["plain", "rich"])
def test_full_routes_that_cross_exchange_their_tails(max_stops: int | None) -> None:
    line, half = 30, 15
    at = np.array([(x, y) for y in (0, 40) for x in range(1, line + 1)] + [(0, 20)])
    metres = (100 * np.abs(at[:, None] - at[None, :]).sum(axis=2)).astype(np.int32)
    rows = [[f"{row}{x}" for x in range(line)] for row in "ab"]
    stops = tuple(Stop(name, k, (1,), 0, 10**6, 10**6, prize_cents=10**7) for k, name in enumerate(rows[0] + rows[1]))
    vehicles = tuple(
        Vehicle(name, 2 * line, 0, (line,), open_end=True, cents_per_km=100, max_stops=max_stops) for name in "vw"
    )
    problem = RoutingProblem((Profile(metres, metres),), stops, vehicles, ("boxes",))
    crossed = {"v": [rows[0][:half] + rows[1][half:]], "w": [rows[1][:half] + rows[0][half:]]}
    # Both are full and one stop is taken out at a time, so that nothing but whole tails can change places.
    budget = Budget(seconds=600.0, iterations=2_000, seed=1)
    if problem.plain:
        found = search(problem, crossed, budget, tuning=replace(DEFAULT_TUNING, removals=1, longest=1))
    else:
        found = run_rich(problem, crossed, budget, budget.start(), tuning=replace(RICH_TUNING, removals=1, longest=1))
    assert found.cost < found.start_cost
    assert sorted(route.stop_ids for route in found.plan.routes) == [tuple(rows[0]), tuple(rows[1])]


def test_nothing_to_do() -> None:
    problem = random_problem(1, 0, 2)
    assert search(problem, None, Budget(seconds=1.0)).plan.unplanned == ()
    three = random_problem(5, 3, 2)
    nobody = replace(three, vehicles=(), stops=tuple(replace(s, on_board=None) for s in three.stops))
    found = search(nobody, RoutingPlan(()), Budget(seconds=1.0))
    assert [u.reason for u in found.plan.unplanned] == [Reason.NO_VEHICLE] * 3
    assert found.cost == check(nobody, plan_of(nobody, {})).cost.total


def test_warm_up_says_what_it_does() -> None:
    said: list[str] = []
    warm_up(said.append)
    assert said
