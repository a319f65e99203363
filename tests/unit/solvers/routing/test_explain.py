"""Reasons are those that trying gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.routing.answers.explain import explain_unplanned, why_not
from solvers.routing.answers.late import LateCause, why_late
from solvers.routing.check import Rule, check
from solvers.routing.plan import Reason, sequences_of
from solvers.routing.problem import TICKS_PER_CENT, Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.search import insert_only
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.builders import random_problem

LINE = np.abs(np.subtract.outer(np.arange(6) * 100, np.arange(6) * 100))
"""Six places in a row, 100 m and 100 s apart; the depot is the first."""


def stop(stop_id: str, location: int, **changes: object) -> Stop:
    plain = Stop(stop_id, location, (10, 0), 0, 5_000, 5_000, prize_cents=10**6)
    return replace(plain, **changes)  # type: ignore[arg-type]


def vehicle(**changes: object) -> Vehicle:
    return replace(Vehicle("v", 0, 0, (20, 5), shift_end_s=2_000, cents_per_km=100), **changes)  # type: ignore[arg-type]


def reason_of(the_stop: Stop, the_vehicle: Vehicle, *planned: Stop) -> tuple[Reason, int]:
    problem = RoutingProblem((Profile(LINE, LINE),), (*planned, the_stop), (the_vehicle,))
    sequences = {"v": [[s.stop_id for s in planned]]} if planned else {}
    why = why_not(problem, sequences, the_stop.stop_id)
    return why.reason, why.vehicles[0].size


def test_each_rule_has_its_own_reason_and_size() -> None:
    assert reason_of(stop("a", 1, allowed=frozenset()), vehicle()) == (Reason.NOT_ALLOWED, 0)
    assert reason_of(stop("a", 1, demand=(25, 0)), vehicle()) == (Reason.CAPACITY_EXCEEDED, 5)
    assert reason_of(stop("a", 5, window_end_s=300, latest_s=300), vehicle()) == (Reason.TIME_WINDOW_INFEASIBLE, 200)
    assert reason_of(stop("a", 5, service_s=1_500), vehicle()) == (Reason.SHIFT_EXCEEDED, 500)
    assert reason_of(stop("a", 5, release_s=1_600), vehicle()) == (Reason.RELEASE_TOO_LATE, 600)
    assert reason_of(stop("a", 1, on_board="w"), vehicle(vehicle_id="w", start=2))[0] is Reason.FITS
    assert reason_of(stop("a", 1), vehicle(max_trips=0)) == (Reason.MAX_TRIPS_EXCEEDED, 1)
    assert reason_of(stop("a", 1, prize_cents=5), vehicle())[0] is Reason.TOO_EXPENSIVE


def test_other_stops_of_the_route_may_be_what_stands_in_the_way() -> None:
    first = stop("b", 1, demand=(15, 0))
    assert reason_of(stop("a", 1), vehicle(), first) == (Reason.MAX_TRIPS_EXCEEDED, 1)
    tight = stop("b", 1, window_end_s=100, latest_s=100, service_s=1_700)
    assert reason_of(stop("a", 2), vehicle(), tight) == (Reason.SHIFT_EXCEEDED, 100)
    early = stop("b", 2, window_end_s=200, latest_s=200)
    why = reason_of(stop("a", 5, window_end_s=500, latest_s=500, service_s=900), vehicle(), early)
    assert why[0] is Reason.FITS
    soon = stop("a", 1, window_end_s=150, latest_s=150)
    assert reason_of(soon, vehicle(locked=(("b",),)), stop("b", 2))[0] is Reason.LOCKED


def test_no_vehicle() -> None:
    problem = RoutingProblem((Profile(LINE, LINE),), (stop("a", 1),), ())
    assert why_not(problem, {}, "a").reason is Reason.NO_VEHICLE


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(1, 12), vehicles=st.integers(1, 3))
def test_reasons_agree_with_the_checker(seed: int, stops: int, vehicles: int) -> None:
    problem = random_problem(seed, stops, vehicles)
    plan = explain_unplanned(problem, insert_only(problem, None).plan)
    before = check(problem, plan)
    for unplanned in plan.unplanned:
        why = why_not(problem, plan, unplanned.stop_id)
        fits = [r for r in why.vehicles if r.extra_cents is not None]
        assert (why.reason in (Reason.FITS, Reason.TOO_EXPENSIVE)) == bool(fits)
        assert bool(fits) == (unplanned.reason in (Reason.FITS, Reason.TOO_EXPENSIVE))
        for refusal in why.vehicles:
            _verify(problem, plan, unplanned.stop_id, refusal, before)


def _verify(problem, plan, stop_id, refusal, before) -> None:  # type: ignore[no-untyped-def]
    """A vehicle that refuses has no place that the checker accepts; one that does not has one at the stated cost."""
    sequences = sequences_of(plan)
    the_vehicle = problem.vehicle(refusal.vehicle_id)
    boards = problem.starts_on_board(the_vehicle)
    trips = [list(t) for t in sequences.get(refusal.vehicle_id, ((),) if boards else ())]
    costs = []
    for changed in _all_places(trips, stop_id):
        verdict = check(problem, plan_of(problem, {**sequences, refusal.vehicle_id: changed}))
        broken = {v.rule for v in verdict.violations} - {v.rule for v in before.violations}
        if not broken and not any(v.rule is Rule.LOCK_BROKEN for v in verdict.violations):
            prize = problem.stop(stop_id).prize_cents * TICKS_PER_CENT
            costs.append(verdict.cost.total - before.cost.total + prize)
    if any(v.rule is Rule.LOCK_BROKEN for v in before.violations):
        return
    assert (refusal.extra_cents is not None) == bool(costs)
    if costs:
        assert refusal.extra_cents == -(-min(costs) // TICKS_PER_CENT)


def _all_places(trips, stop_id):  # type: ignore[no-untyped-def]
    for number in range(len(trips)):
        for position in range(len(trips[number]) + 1):
            changed = [list(t) for t in trips]
            changed[number].insert(position, stop_id)
            yield changed
    for number in range(len(trips) + 1):
        yield [*trips[:number], [stop_id], *trips[number:]]


def test_late_stops_have_a_cause() -> None:
    late = stop("a", 5, window_end_s=400, late_cents_per_min=1)
    problem = RoutingProblem((Profile(LINE, LINE),), (late, stop("b", 1, service_s=50)), (vehicle(max_trips=2),))
    assert why_late(problem, plan_of(problem, {"v": [["a", "b"]]}), "b").cause is LateCause.NOT_LATE
    assert why_late(problem, plan_of(problem, {"v": [["a"], ["b"]]}), "a").cause is LateCause.VEHICLE_NOT_READY
    assert why_late(problem, plan_of(problem, {"v": [["b"], ["a"]]}), "a").cause is LateCause.PREVIOUS_TRIP
    soon = replace(late, window_end_s=500)
    problem = RoutingProblem((Profile(LINE, LINE),), (soon, stop("b", 1, service_s=50)), (vehicle(),))
    why = why_late(problem, plan_of(problem, {"v": [["b", "a"]]}), "a")
    assert (why.cause, why.late_s) == (LateCause.EARLIER_STOPS, 50)
    waits = replace(late, release_s=300)
    problem = RoutingProblem((Profile(LINE, LINE),), (waits,), (vehicle(),))
    assert why_late(problem, plan_of(problem, {"v": [["a"]]}), "a").cause is LateCause.RELEASE
