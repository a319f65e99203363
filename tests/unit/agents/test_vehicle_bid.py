"""A vehicle's bid: what it prices is what the checker prices, and what it offers the checker passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.insertion_call import InsertionCall, RouteCard
from agents.messages import AgentKind, AgentRef
from agents.route_price import Priced, Pricer, Ways
from agents.vehicle import fresh, step
from agents.vehicle_bid import bid
from orchestrator.runtime.frames import dumps, loads
from solvers.routing.check import check, route_cost
from solvers.routing.parts import Break, DrivingRule, Profile, SpeedBand, Stop, Vehicle
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing import plan_of

DAY_S = 20_000
PRIZE_CENTS = 10**6


def matrices(points: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    at = np.array(points)
    metres = (np.abs(at[:, None, :] - at[None, :, :]).sum(axis=2) * 100).astype(np.int32)
    return (metres // 10).astype(np.int32), metres


@st.composite
def routes(draw: st.DrawFn) -> tuple[RoutingProblem, tuple[str, ...], str]:
    """A vehicle with a route that keeps the rules or not, and one lot."""
    count = draw(st.integers(1, 7))
    place = st.tuples(st.integers(-40, 40), st.integers(-40, 40))
    points = [(0, 0), *(draw(place) for _ in range(count))]
    duration_s, distance_m = matrices(points)
    stops = []
    for number in range(1, count + 1):
        open_s = draw(st.integers(0, 6_000))
        close_s = open_s + draw(st.integers(300, 9_000))
        latest_s = draw(st.sampled_from((close_s, close_s + 600, DAY_S)))
        stops.append(
            Stop(
                f"s{number}",
                number,
                (draw(st.integers(1, 4)), 1),
                open_s,
                close_s,
                latest_s,
                service_s=draw(st.integers(0, 600)),
                late_cents_per_min=draw(st.integers(0, 50)),
                release_s=draw(st.sampled_from((0, 0, 1_500))),
                prize_cents=PRIZE_CENTS,
                incumbent=draw(st.sampled_from((None, "v", "w"))),
                change_cents=25,
                incumbent_after=draw(st.sampled_from((None, "", "s1"))),
                resequence_cents=draw(st.integers(0, 9)),
            )
        )
    vehicle = Vehicle(
        "v",
        0,
        0,
        (draw(st.integers(6, 20)), 100),
        ready_s=draw(st.integers(0, 2_000)),
        shift_start_s=500,
        shift_end_s=draw(st.integers(8_000, DAY_S)),
        load_s=300,
        max_trips=draw(st.integers(1, 3)),
        fixed_cents=700,
        cents_per_km=30,
        cents_per_hour=2_400,
    )
    problem = RoutingProblem((Profile(duration_s, distance_m),), tuple(stops), (vehicle,))
    return problem, tuple(stop.stop_id for stop in stops[:-1]), stops[-1].stop_id


@st.composite
def rested_routes(draw: st.DrawFn) -> tuple[RoutingProblem, tuple[tuple[str, ...], ...], str]:
    """The same with breaks, a rule on driving times, and limits of a day, and sometimes with two trips."""
    problem, own, lot = draw(routes())
    breaks: list[Break] = []
    for _ in range(draw(st.integers(0, 2))):
        earliest_s = (breaks[-1].latest_s + breaks[-1].duration_s if breaks else 0) + draw(st.integers(0, 5_000))
        breaks.append(Break(earliest_s, earliest_s + draw(st.integers(0, 3_000)), draw(st.integers(60, 1_500))))
    rule = draw(st.none() | st.builds(DrivingRule, st.integers(300, 4_000), st.integers(60, 900)))
    if rule is not None:
        split_s = draw(st.sampled_from((None, (rule.rest_s // 3, rule.rest_s - rule.rest_s // 3))))
        rule = replace(rule, split_s=split_s, pauses_count=draw(st.booleans()))
    limit = st.none() | st.integers(500, 20_000)
    vehicle = replace(
        problem.vehicles[0],
        breaks=tuple(breaks),
        driving=rule,
        driven_s=draw(st.integers(0, 300)),
        max_distance_m=draw(limit),
        max_duration_s=draw(limit),
        max_drive_s=draw(limit),
        max_stops=draw(st.none() | st.integers(1, 7)),
    )
    cut = draw(st.integers(0, len(own)))
    trips = tuple(trip for trip in (own[:cut], own[cut:]) if trip)
    return RoutingProblem(problem.profiles, problem.stops, (vehicle,)), trips, lot


def call_of(problem: RoutingProblem, trips: tuple[tuple[str, ...], ...], lot: str, tidy: bool = False) -> InsertionCall:
    profile = problem.profiles[0]
    own = tuple(tuple(problem.stop(name) for name in trip) for trip in trips)
    card = RouteCard(problem.vehicles[0], own, False, profile.duration_s, profile.distance_m, profile.bands)
    return InsertionCall(1, "v", 3, card, (problem.stop(lot),), tidy)


def priced(card: RouteCard) -> Priced:
    """What the agent says its own route costs."""
    return Pricer(card, Ways.of(card), card.trips).base


def cost(problem: RoutingProblem, trips: tuple[tuple[str, ...], ...]) -> int | None:
    """The checker's word on the route: its ticks, None when it breaks a rule."""
    plan = plan_of(problem, {"v": trips})
    if not check(problem, plan).ok:
        return None
    return route_cost(problem, plan.routes[0]).total if plan.routes else 0


@given(routes())
def test_a_route_costs_what_the_checker_says(made: tuple[RoutingProblem, tuple[str, ...], str]) -> None:
    problem, own, _ = made
    trips = (own,) if own else ()
    card = call_of(problem, trips, made[2]).card
    found = priced(card)
    truth = cost(problem, trips)
    assert (truth is None) == bool(found.rule)
    assert truth is None or truth == found.ticks


@given(routes())
def test_an_offer_is_the_cheapest_place_that_the_checker_passes(
    made: tuple[RoutingProblem, tuple[str, ...], str],
) -> None:
    problem, own, lot = made
    trips = (own,) if own else ()
    before = cost(problem, trips)
    answer = bid(call_of(problem, trips, lot), 0, 0)
    assert len(answer.offers) + len(answer.refusals) == 1
    tried = [cost(problem, ((*own[:n], lot, *own[n:]),)) for n in range(len(own) + 1)]
    tried += [cost(problem, (*trips, (lot,)))] if trips and problem.vehicles[0].max_trips > 1 else []
    possible = [ticks for ticks in tried if ticks is not None]
    if before is None or not possible:
        assert not answer.offers
        assert answer.refusals[0].rule
        return
    (offer,) = answer.offers
    assert offer.extra_ticks == min(possible) - before
    placed = own[: offer.position] if offer.trip < len(trips) else ()
    after = (*placed, lot, *own[offer.position :]) if offer.trip < len(trips) else ()
    assert cost(problem, (after,) if after else (*trips, (lot,))) == min(possible)


@given(rested_routes())
def test_with_rests_what_is_offered_can_be_driven_at_no_more_than_its_price(
    made: tuple[RoutingProblem, tuple[tuple[str, ...], ...], str],
) -> None:
    problem, trips, lot = made
    card = call_of(problem, trips, lot).card
    pricer = Pricer(card, Ways.of(card), card.trips)
    own = cost(problem, trips)
    assert pricer.base.rule or (own is not None and own <= pricer.base.ticks)
    if pricer.base.rule:
        return
    answer = bid(call_of(problem, trips, lot), 0, 0)
    for offer in answer.offers:
        after = [*trips, ()] if offer.trip == len(trips) else list(trips)
        after[offer.trip] = (*after[offer.trip][: offer.position], lot, *after[offer.trip][offer.position :])
        ticks = cost(problem, tuple(after))
        assert ticks is not None
        assert ticks <= pricer.base.ticks + offer.extra_ticks


@given(routes())
def test_a_tidied_route_has_the_same_stops_and_is_cheaper(made: tuple[RoutingProblem, tuple[str, ...], str]) -> None:
    problem, own, lot = made
    trips = (own,) if own else ()
    tidied = bid(call_of(problem, trips, lot, tidy=True), 0, 0).tidied
    if tidied:
        assert sorted(name for trip in tidied for name in trip) == sorted(own)
        before, after = cost(problem, trips), cost(problem, tidied)
        assert before is not None
        assert after is not None
        assert after < before


def simple(**vehicle: object) -> RoutingProblem:
    duration_s, distance_m = matrices([(0, 0), (10, 0), (20, 0)])
    stops = tuple(Stop(f"s{n}", n, (2, 2), 0, 9_000, 9_000, prize_cents=PRIZE_CENTS) for n in (1, 2))
    values: dict[str, object] = {"capacity": (9, 9), "shift_end_s": 9_000, "cents_per_km": 10, **vehicle}
    van = Vehicle("v", 0, 0, **values)  # type: ignore[arg-type]
    return RoutingProblem((Profile(duration_s, distance_m),), stops, (van,))


@pytest.mark.parametrize(
    ("vehicle", "rule"),
    [
        ({"capacity": (3, 9)}, "CAPACITY_EXCEEDED"),
        ({"shift_end_s": 300}, "SHIFT_EXCEEDED"),
        ({"ready_s": 9_000, "shift_end_s": 20_000}, "TIME_WINDOW_INFEASIBLE"),
        ({"max_distance_m": 3_000}, "DISTANCE_EXCEEDED"),
        ({"max_duration_s": 350}, "DURATION_EXCEEDED"),
        ({"max_drive_s": 300}, "DRIVING_EXCEEDED"),
        ({"max_stops": 1}, "STOPS_EXCEEDED"),
        ({"driving": DrivingRule(250, 8_700)}, "SHIFT_EXCEEDED"),
        ({"breaks": (Break(50, 350, 8_700),)}, "SHIFT_EXCEEDED"),
    ],
)
def test_a_refusal_names_the_rule(vehicle: dict[str, object], rule: str) -> None:
    problem = simple(**vehicle)
    (refusal,) = bid(call_of(problem, (("s1",),) if rule[0] != "T" else (), "s2"), 0, 0).refusals
    assert refusal.rule == rule
    assert refusal.size > 0


def test_traffic_counts() -> None:
    problem = simple()
    slow = Profile(problem.profiles[0].duration_s, problem.profiles[0].distance_m, (SpeedBand(0, 50),))
    slowed = RoutingProblem((slow,), problem.stops, problem.vehicles)
    card = call_of(slowed, (("s1",),), "s2").card
    assert priced(card).ticks == cost(slowed, (("s1",),))


def test_the_agent_answers_a_call_and_stays_as_it_is() -> None:
    state = fresh(AgentRef(AgentKind.VEHICLE, "v"))
    call = call_of(simple(), (("s1",),), "s2")
    after, (answer,) = step(state, call, 7)
    assert after == state
    assert (answer.agent, answer.at_s) == (call.agent, 7)
    assert bid(call, 0, 7) == answer


def test_a_call_travels_like_a_reading_and_comes_out_the_same() -> None:
    call = call_of(simple(), (("s1",),), "s2")
    assert (call.agent.id, call.part) == ("v", "")
    assert bid(loads(dumps(call)), 0, 7) == bid(call, 0, 7)
