"""Quiet moments at level 2: stops are auctioned anew, never for the worse, and never by asking twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.insertion_call import InsertionCall
from agents.messages import InsertionBid
from orchestrator.planning.auction import Outcome, Rounds, Walk, auction
from orchestrator.planning.auctioneer import Auctioneer
from orchestrator.planning.reauction import reauction
from orchestrator.planning.routing_problem import RouteJob
from orchestrator.planning.standing import Standing, Trips
from solvers.routing.check import check
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of
from solvers.routing.travel import travel_matrices
from tests.unit.planning.bidders import Bidders, said
from tests.unit.planning.test_auction import days, held, plain_day

HORIZON_S = 40_000


def played(rounds: Rounds) -> tuple[Outcome, list[InsertionCall]]:
    """Run an auction with agents of this process; what came of it, and all calls."""
    asked: list[InsertionCall] = []
    bids = None
    try:
        while True:
            calls = rounds.send(bids) if bids is not None else next(rounds)
            asked.extend(calls)
            bids = {call.vehicle_id: said(call) for call in calls}
    except StopIteration as done:
        return done.value, asked


def cost(problem: RoutingProblem, sequences: Sequences) -> int:
    report = check(problem, plan_of(problem, sequences))
    assert not report.violations
    return report.cost.total


def routes_in(call: InsertionCall) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(stop.stop_id for stop in trip) for trip in call.card.trips)


@settings(deadline=None, max_examples=15)
@given(days(), st.integers(0, 1_000))
def test_a_pass_is_never_for_the_worse_and_the_same_seed_gives_the_same(
    day: tuple[RoutingProblem, Sequences], seed: int
) -> None:
    problem, start = day
    plan = held(problem, start).sequences
    first, calls = played(reauction(problem, plan, 1, 0, seed))
    assert cost(problem, first.sequences) <= cost(problem, plan)
    second, again = played(reauction(problem, plan, 1, 0, seed))
    assert (second.sequences, second.walk) == (first.sequences, first.walk)
    assert [(one.vehicle_id, routes_in(one)) for one in again] == [(one.vehicle_id, routes_in(one)) for one in calls]


@settings(deadline=None, max_examples=15)
@given(days(), st.integers(0, 1_000))
def test_nobody_is_asked_the_same_twice(day: tuple[RoutingProblem, Sequences], seed: int) -> None:
    problem, start = day
    plan, calls = played(auction(problem, start, 1))
    _, more = played(reauction(problem, plan.sequences, 1, 0, seed))
    for asked in (calls, more):
        questions = Counter(
            (call.vehicle_id, routes_in(call), lot.stop_id) for call in asked if not call.tidy for lot in call.lots
        )
        assert set(questions.values()) <= {1}


def two_valleys() -> tuple[RoutingProblem, Sequences]:
    """Twenty stops in one valley and as many in another, each served by a van, though one would do for both."""
    side, stops = 20, []
    lat, lon = [0], [0]
    for number in range(2 * side):
        lat.append(900_000 if number < side else -900_000)
        lon.append(6_000 * (number % side))
        where = number + 1
        stops.append(Stop(f"s{where:02d}", where, (1, 1), 0, HORIZON_S, HORIZON_S, service_s=60, prize_cents=10**6))
    van = Vehicle("v0", 0, 0, (50, 50), shift_end_s=HORIZON_S, fixed_cents=9_000, cents_per_km=1, cents_per_hour=2_000)
    problem = RoutingProblem((travel_matrices(lat, lon),), tuple(stops), (van, replace(van, vehicle_id="v1")))
    names = [stop.stop_id for stop in stops]
    return problem, {"v0": (tuple(names[:side]),), "v1": (tuple(names[side:]),)}


def test_a_vehicle_that_the_others_can_do_without_stays_at_home() -> None:
    problem, plan = two_valleys()
    for seed in range(6):
        outcome, _ = played(reauction(problem, plan, 1, 0, seed))
        plan = outcome.sequences
    assert cost(problem, plan)
    assert sum(any(trips) for trips in plan.values()) == 1


def walked(problem: RoutingProblem, plan: Sequences) -> Walk:
    """A walk that has left the plan, dearer or not."""
    for seed in range(40):
        outcome, _ = played(reauction(problem, plan, 1, 0, seed))
        assert outcome.walk is not None
        if outcome.walk.sequences != outcome.sequences:
            return outcome.walk
    raise AssertionError("no step of the walk was ever dearer")


def best_of(problem: RoutingProblem) -> dict[str, Trips]:
    plan = held(problem, {}).sequences
    for seed in range(8):
        plan = played(reauction(problem, plan, 1, 0, seed))[0].sequences
    return plan


def test_a_walk_goes_on_where_it_paused() -> None:
    problem = plain_day()
    plan = best_of(problem)
    walk = walked(problem, plan)
    _, calls = played(reauction(problem, plan, 1, 0, 7, walk))
    first = {call.vehicle_id: {name for trip in routes_in(call) for name in trip} for call in calls[:1]}
    for vehicle_id, names in first.items():
        assert names <= {name for trip in walk.sequences[vehicle_id] for name in trip}
    outcome, _ = played(reauction(problem, plan, 1, 0, 7, walk))
    assert cost(problem, outcome.sequences) <= cost(problem, plan)


def test_a_walk_that_has_gone_astray_begins_again_from_the_plan() -> None:
    problem = plain_day()
    plan = best_of(problem)
    worst = {name: tuple((*trip[::2], *trip[1::2]) for trip in trips) for name, trips in plan.items()}
    assert cost(problem, worst) > 1.05 * cost(problem, plan)
    astray = played(reauction(problem, plan, 1, 0, 7, Walk(worst, {})))
    fresh = played(reauction(problem, plan, 1, 0, 7))
    assert astray[0].sequences == fresh[0].sequences
    assert [routes_in(call) for call in astray[1]] == [routes_in(call) for call in fresh[1]]
    with_one_left_out = {name: tuple(tuple(trip[1:]) for trip in trips) for name, trips in plan.items()}
    assert Standing(problem, with_one_left_out).left()
    short = played(reauction(problem, plan, 1, 0, 7, Walk(with_one_left_out, {})))
    assert short[0].sequences == fresh[0].sequences


class Noting(Bidders):
    """Bidders who remember what they were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[InsertionCall] = []

    async def ask(self, calls: Sequence[InsertionCall], within_s: float) -> dict[str, InsertionBid]:
        self.calls.extend(calls)
        return await super().ask(calls, within_s)


async def test_a_walk_is_forgotten_when_the_plan_is_another_one() -> None:
    problem = plain_day()
    plan = best_of(problem)
    bidders = Noting()
    with ThreadPoolExecutor(1) as pool:
        auctioneer = Auctioneer(bidders, pool)
        for seed in range(30):
            bidders.calls.clear()
            await auctioneer.improved(_job(problem, plan), 1, seed)
            if _left_the_plan(bidders.calls, plan):
                break
        assert _left_the_plan(bidders.calls, plan)
        names = sorted(plan)
        turned = {name: plan[after] for name, after in zip(names, (*names[1:], names[0]), strict=True)}
        bidders.calls.clear()
        await auctioneer.improved(_job(problem, turned), 2, seed)
        assert not _left_the_plan(bidders.calls, turned)


def _job(problem: RoutingProblem, plan: dict[str, Trips]) -> RouteJob:
    return RouteJob(problem, plan, problem, plan, {}, {}, (), {})


def _left_the_plan(calls: list[InsertionCall], plan: Sequences) -> bool:
    """Whether a vehicle that is first asked has a route that is not the plan's with some stops taken out."""
    first = {call.vehicle_id: call for call in reversed(calls)}
    for vehicle_id, call in first.items():
        planned = iter([name for trip in plan.get(vehicle_id, ()) for name in trip])
        if not all(name in planned for trip in routes_in(call) for name in trip):
            return True
    return False
