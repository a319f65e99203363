"""The auction among vehicles: never an invalid route, the cheapest bid wins, silence is survived."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.messages import InsertionBid
from orchestrator.planning.auction import Outcome, auction
from solvers.routing.check import check
from solvers.routing.parts import Stop, Vehicle
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import insert_only
from solvers.routing.timing import plan_of
from solvers.routing.travel import travel_matrices
from tests.unit.planning.bidders import said

HORIZON_S = 40_000
PLACES_E7 = 2_000_000


def held(problem: RoutingProblem, start: Sequences, silent: frozenset[str] = frozenset(), lies: int = 0) -> Outcome:
    """Run an auction with agents of this process. lies: added to every bid's price and position."""
    rounds = auction(problem, start, 1)
    bids = None
    try:
        while True:
            calls = rounds.send(bids) if bids is not None else next(rounds)
            bids = {c.vehicle_id: _bent(said(c), lies) for c in calls if c.vehicle_id not in silent}
    except StopIteration as done:
        outcome = done.value
        assert isinstance(outcome, Outcome)
        return outcome


def _bent(bid: InsertionBid, lies: int) -> InsertionBid:
    if not lies:
        return bid
    offers = tuple(
        replace(one, extra_ticks=max(0, one.extra_ticks - lies), position=one.position + lies % 3) for one in bid.offers
    )
    return replace(bid, offers=offers, tidied=tuple(trip[::-1] for trip in bid.tidied))


@st.composite
def days(draw: st.DrawFn, stops_max: int = 14) -> tuple[RoutingProblem, Sequences]:
    """A few vans, stops around a depot, some of them planned already, well or badly."""
    count = draw(st.integers(1, stops_max))
    spot = st.integers(-PLACES_E7 // 2, PLACES_E7 // 2)
    lat = [0, *(draw(spot) for _ in range(count))]
    lon = [0, *(draw(spot) for _ in range(count))]
    stops = []
    for number in range(1, count + 1):
        open_s = draw(st.integers(0, 20_000))
        close_s = open_s + draw(st.integers(1_800, 15_000))
        stops.append(
            Stop(
                f"s{number}",
                number,
                (draw(st.integers(1, 5)), 1),
                open_s,
                close_s,
                draw(st.sampled_from((close_s, HORIZON_S))),
                service_s=300,
                setup_s=draw(st.sampled_from((0, 120))),
                late_cents_per_min=40,
                prize_cents=10**6,
                needs=frozenset(draw(st.sampled_from(((), ("cool",))))),
                closed_s=draw(st.sampled_from(((), ((open_s + 300, open_s + 900),)))),
            )
        )
    vans = [
        Vehicle(
            f"v{number}",
            0,
            0,
            (draw(st.integers(5, 30)), 40),
            ready_s=draw(st.sampled_from((0, 0, 9_000))),
            shift_end_s=draw(st.integers(20_000, HORIZON_S)),
            load_s=600,
            max_trips=2,
            fixed_cents=500,
            cents_per_km=60,
            cents_per_hour=2_000,
            skills=frozenset(draw(st.sampled_from(((), ("cool",))))),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    problem = RoutingProblem((travel_matrices(lat, lon),), tuple(stops), tuple(vans))
    start: dict[str, tuple[tuple[str, ...], ...]] = {}
    for stop in stops:
        to = draw(st.integers(-2, len(vans) - 1))
        if to >= 0:
            (trip,) = start.get(f"v{to}", ((),))
            start[f"v{to}"] = ((*trip, stop.stop_id),)
    return problem, start


@settings(deadline=None, max_examples=60)
@given(days(), st.integers(0, 5_000))
def test_it_never_makes_an_invalid_route_whatever_it_is_told(day: tuple[RoutingProblem, Sequences], lies: int) -> None:
    problem, start = day
    outcome = held(problem, start, lies=lies)
    report = check(problem, plan_of(problem, outcome.sequences))
    assert not report.violations
    placed = [name for trips in outcome.sequences.values() for trip in trips for name in trip]
    assert len(placed) == len(set(placed))


@settings(deadline=None, max_examples=40)
@given(days())
def test_what_is_left_out_fits_nowhere_at_its_price_or_was_explained(day: tuple[RoutingProblem, Sequences]) -> None:
    problem, start = day
    outcome = held(problem, start)
    plan = plan_of(problem, outcome.sequences)
    for entry in plan.unplanned:
        stop = problem.stop(entry.stop_id)
        able = {van.vehicle_id for van in problem.vehicles if problem.may_serve(van, stop)}
        assert set(outcome.refusals.get(entry.stop_id, {})) == able


@settings(deadline=None, max_examples=20)
@given(days(10), st.integers(0, 3))
def test_a_silent_vehicle_keeps_what_it_can_and_gets_nothing_more(
    day: tuple[RoutingProblem, Sequences], number: int
) -> None:
    problem, start = day
    name = f"v{number % len(problem.vehicles)}"
    outcome = held(problem, start, silent=frozenset({name}))
    own = {stop for trip in start.get(name, ()) for stop in trip}
    assert {stop for trip in outcome.sequences[name] for stop in trip} <= own
    assert outcome.silent <= {name}


def plain_day(vans: int = 3, stops: int = 12) -> RoutingProblem:
    lat = [0, *((n % 4 - 2) * 300_000 for n in range(stops))]
    lon = [0, *((n // 4 - 1) * 350_000 for n in range(stops))]
    made = tuple(
        Stop(f"s{n}", n, (1, 1), 0, HORIZON_S, HORIZON_S, service_s=120, prize_cents=10**6) for n in range(1, stops + 1)
    )
    fleet = tuple(
        Vehicle(f"v{n}", 0, 0, (6, 6), shift_end_s=HORIZON_S, cents_per_km=60, cents_per_hour=2_000)
        for n in range(vans)
    )
    return RoutingProblem((travel_matrices(lat, lon),), made, fleet)


def test_the_cheapest_bid_wins_and_the_reason_says_by_how_much() -> None:
    problem = plain_day(stops=3)
    outcome = held(problem, {"v0": (("s1", "s2"),)})
    award = outcome.awards["s3"]
    assert award.vehicle_id == "v0"
    assert award.next_id in ("v1", "v2")
    assert award.extra_ticks < award.next_ticks
    assert award.text.startswith("won by v0 at +")
    assert f", next {award.next_id} at +" in award.text


def test_all_lots_find_a_place_while_there_is_room_and_not_at_any_price() -> None:
    problem = plain_day()
    plan = plan_of(problem, held(problem, {}).sequences)
    assert not plan.unplanned
    searched = check(problem, insert_only(problem, {}).plan).cost.total
    assert check(problem, plan).cost.total <= 1.15 * searched


def test_a_bad_route_is_handed_over_and_tidied() -> None:
    problem = plain_day(vans=2, stops=8)
    start = {"v0": (("s1", "s8", "s3", "s6"),), "v1": (("s2", "s7", "s4", "s5"),)}
    before = check(problem, plan_of(problem, start)).cost.total
    after = check(problem, plan_of(problem, held(problem, start).sequences)).cost.total
    assert after < 0.8 * before


def test_room_is_made_for_who_has_no_place() -> None:
    """Only one van may cool, and it is full of what the empty one could carry as well."""
    problem = plain_day(vans=2, stops=3)
    stops = (*problem.stops[:2], replace(problem.stops[2], needs=frozenset({"cool"})))
    cool, plain = (replace(van, capacity=(2, 2)) for van in problem.vehicles)
    problem = replace(problem, stops=stops, vehicles=(replace(cool, skills=frozenset({"cool"})), plain))
    outcome = held(problem, {"v0": (("s1", "s2"),)})
    plan = plan_of(problem, outcome.sequences)
    assert check(problem, plan).ok
    assert not plan.unplanned
    assert outcome.awards["s3"].vehicle_id == "v0"


def test_nobody_answers() -> None:
    problem = plain_day()
    outcome = held(problem, {}, silent=frozenset({"v0", "v1", "v2"}))
    assert outcome.nobody_answered
    assert not held(problem, {}).nobody_answered


@pytest.mark.parametrize("capacity", [1, 2])
def test_goods_that_fit_into_no_vehicle_are_refused_with_the_rule(capacity: int) -> None:
    problem = plain_day(stops=5)
    small = tuple(replace(van, capacity=(capacity - 1, 9)) for van in problem.vehicles)
    outcome = held(replace(problem, vehicles=small), {})
    rules = {said.rule for one in outcome.refusals.values() for said in one.values()}
    assert rules <= {"CAPACITY_EXCEEDED", "MAX_TRIPS_EXCEEDED"}
    assert rules
