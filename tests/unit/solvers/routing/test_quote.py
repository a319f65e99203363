"""A quoted place costs what it costs when the stop is really put there, and none is cheaper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.routing.answers.places import places, trips_of
from solvers.routing.answers.quote import Quote, Quoter, Slot
from solvers.routing.check import check
from solvers.routing.plan import RoutingPlan, Sequences, sequences_of
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.builders import random_problem
from tests.unit.solvers.routing.hostile import PLAIN, hostile_problem

LINE = np.abs(np.subtract.outer(np.arange(6) * 100, np.arange(6) * 100))
"""Six places in a row, 100 m and 100 s apart; the depot is the first."""


def line_problem(*stops: Stop, **changes: object) -> RoutingProblem:
    vehicle = replace(Vehicle("v", 0, 0, (20,), shift_end_s=5_000, cents_per_km=100), **changes)  # type: ignore[arg-type]
    return RoutingProblem((Profile(LINE, LINE),), stops, (vehicle, replace(vehicle, vehicle_id="w")), ("weight",))


def stop(stop_id: str, location: int, **changes: object) -> Stop:
    plain = Stop(stop_id, location, (10,), 0, 5_000, 5_000, prize_cents=10**6)
    return replace(plain, **changes)  # type: ignore[arg-type]


def inserted(problem: RoutingProblem, sequences: Sequences, slot: Slot) -> int:
    """What the plan costs more with the slot taken, prizes aside; it must break nothing that was whole."""
    before = check(problem, plan_of(problem, sequences))
    after = check(problem, plan_of(problem, {**sequences, slot.vehicle_id: slot.trips}))
    assert set(after.violations) <= set(before.violations)
    spent = [verdict.cost.total - verdict.cost.unplanned for verdict in (before, after)]
    return spent[1] - spent[0]


def costs(problem: RoutingProblem, sequences: Sequences, asked: tuple[Stop, ...]) -> list[int]:
    """The extra costs of all places that fit, by timing and checking the whole plan; cheapest first."""
    before = check(problem, plan_of(problem, sequences))
    found = []
    for vehicle in problem.vehicles:
        if any(v.vehicle_id == vehicle.vehicle_id for v in before.violations):
            continue
        for place in places(problem, vehicle, trips_of(problem, vehicle, sequences), asked):
            after = check(problem, plan_of(problem, {**sequences, vehicle.vehicle_id: place.trips}))
            if set(after.violations) <= set(before.violations):
                found.append(after.cost.total - after.cost.unplanned - before.cost.total + before.cost.unplanned)
    return sorted(found)


def grown(problem: RoutingProblem, leave: int) -> Sequences:
    """A plan of all stops that fit one after the other, each at its cheapest, but for the last `leave` of them."""
    sequences: Sequences = {v.vehicle_id: v.locked for v in problem.vehicles if v.locked}
    sequences = sequences_of(plan_of(problem, sequences))
    for asked in problem.stops[: len(problem.stops) - leave]:
        quoter = Quoter(problem, sequences)
        if asked.stop_id not in quoter.where:
            for slot in quoter.quote(asked.stop_id, limit=1).slots:
                assert inserted(problem, sequences, slot) == slot.extra_ticks
                sequences = {**sequences, slot.vehicle_id: slot.trips}
    return sequences


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(1, 10), vehicles=st.integers(1, 3), hostile=st.booleans())
def test_plain_quotes_are_exact(seed: int, stops: int, vehicles: int, hostile: bool) -> None:
    problem = hostile_problem(seed, stops, vehicles, PLAIN) if hostile else random_problem(seed, stops, vehicles)
    sequences = grown(problem, leave=2)
    quoter = Quoter(problem, sequences)
    for asked in problem.stops:
        if asked.stop_id not in quoter.where:
            _verify(problem, sequences, asked, quoter.quote(asked.stop_id, limit=1000, per_vehicle=1000))


def _verify(problem: RoutingProblem, sequences: Sequences, asked: Stop, quote: Quote) -> None:
    extra_ticks = [slot.extra_ticks for slot in quote.slots]
    assert extra_ticks == sorted(extra_ticks)
    assert extra_ticks[:1] == costs(problem, sequences, (asked,))[:1]
    for slot in quote.slots[:6]:
        assert inserted(problem, sequences, slot) == slot.extra_ticks
        plan = plan_of(problem, {**sequences, slot.vehicle_id: slot.trips})
        route = plan.route(slot.vehicle_id)
        assert route is not None
        visit = next(v for v in route.trips[slot.trip].visits if v.stop_id == asked.stop_id)
        assert (visit.arrive_s, visit.start_s, visit.late_s) == (slot.arrive_s, slot.start_s, slot.late_s)
        _verify_slack(problem, sequences, asked, slot)


def late_of(problem: RoutingProblem, plan: RoutingPlan) -> Iterator[int]:
    for visit in (visit for route in plan.routes for trip in route.trips for visit in trip.visits):
        yield max(0, visit.start_s - problem.stop(visit.stop_id).window_end_s)


def _verify_slack(problem: RoutingProblem, sequences: Sequences, asked: Stop, slot: Slot) -> None:
    """As much later is possible, a second more is not."""

    def fits(start_s: int) -> bool:
        later = replace(asked, window_start_s=start_s, window_end_s=max(start_s, asked.window_end_s))
        later = replace(later, closed_s=tuple(s for s in later.closed_s if s[0] >= start_s))
        stops = tuple(later if s.stop_id == asked.stop_id else s for s in problem.stops)
        changed = replace(problem, stops=stops)
        wanted = {**sequences, slot.vehicle_id: slot.trips}
        plans = plan_of(changed, wanted), plan_of(problem, wanted)
        verdict, usual = check(changed, plans[0]), check(problem, plans[1])
        late_s = [sum(late_of(problem, plan)) for plan in plans]
        return set(verdict.violations) <= set(usual.violations) and late_s[0] <= late_s[1]

    start_s = slot.start_s + slot.slack_s
    assert fits(start_s)
    assert start_s + 1 > asked.latest_s or not fits(start_s + 1)
