"""Winners by every engine against an oracle that tries all choices, and a checker that sees what is wrong."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.negotiation.check import check
from solvers.negotiation.greedy import greedy
from solvers.negotiation.problem import Offer, WinnerProblem, Winners
from solvers.negotiation.solve import solve
from solvers.result import SolveStatus


@st.composite
def problems(draw: st.DrawFn) -> WinnerProblem:
    lots, bidders = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    offers = draw(
        st.lists(
            st.builds(
                Offer,
                st.integers(0, bidders - 1),
                st.sets(st.integers(0, lots - 1), min_size=1).map(lambda some: tuple(sorted(some))),
                st.integers(0, 30),
            ),
            max_size=9,
        )
    )
    penalties = draw(st.lists(st.integers(0, 20), min_size=lots, max_size=lots))
    most = draw(st.lists(st.integers(0, 3), min_size=bidders, max_size=bidders))
    return WinnerProblem(tuple(penalties), tuple(offers), tuple(most))


def least_cents(problem: WinnerProblem) -> int:
    """By trying every choice, with rules of its own."""
    best = sum(problem.penalties_cents)
    for size in range(1, len(problem.offers) + 1):
        for chosen in combinations(problem.offers, size):
            lots = [lot for offer in chosen for lot in offer.lots]
            bidders = [offer.bidder for offer in chosen]
            if len(lots) > len(set(lots)) or any(bidders.count(b) > problem.wins_max[b] for b in bidders):
                continue
            left = sum(cents for lot, cents in enumerate(problem.penalties_cents) if lot not in lots)
            best = min(best, left + sum(offer.price_cents for offer in chosen))
    return best


@given(problems())
def test_greed_keeps_the_rules_and_never_beats_the_oracle(problem: WinnerProblem) -> None:
    winners = greedy(problem)
    assert check(problem, winners) == ()
    assert least_cents(problem) <= winners.cost_cents <= sum(problem.penalties_cents)
    assert greedy(problem) == winners


@given(problems())
def test_the_exact_engine_finds_what_the_oracle_finds(problem: WinnerProblem) -> None:
    result = solve(problem, None, Budget(seconds=20.0))
    assert result.plan is not None
    assert check(problem, result.plan) == ()
    assert result.cost == least_cents(problem)
    assert result.status is SolveStatus.OPTIMAL or not problem.offers


def test_two_small_bundles_beat_a_greedy_large_one() -> None:
    problem = WinnerProblem((100, 100), (Offer(0, (0, 1), 90), Offer(1, (0,), 40), Offer(2, (1,), 30)), (1, 1, 1))
    result = solve(problem, None, Budget(seconds=20.0))
    assert result.plan is not None
    assert result.plan.chosen == (1, 2)


def test_a_lot_that_costs_more_than_it_is_worth_stays() -> None:
    problem = WinnerProblem((50,), (Offer(0, (0,), 51),), (1,))
    assert greedy(problem).chosen == ()


@pytest.mark.parametrize(
    ("winners", "word"),
    [
        (Winners((0, 1), 0), "goes to offers"),
        (Winners((0, 2), 15), "wins 2 times"),
        (Winners((0,), 1), "by the rules"),
        (Winners((9,), 20), "does not exist"),
        (Winners((1, 0), 20), "not ascending"),
    ],
)
def test_the_checker_sees(winners: Winners, word: str) -> None:
    problem = WinnerProblem((10, 10), (Offer(0, (0,), 5), Offer(1, (0,), 5), Offer(0, (1,), 5)), (1, 1))
    assert any(word in line for line in check(problem, winners))


def test_a_start_that_breaks_a_rule_is_not_used() -> None:
    problem = WinnerProblem((10,), (Offer(0, (0,), 5), Offer(1, (0,), 6)), (1, 1))
    result = solve(problem, Winners((0, 1), 0), Budget(seconds=20.0))
    assert result.plan is not None
    assert replace(result.plan, proven=False) == Winners((0,), 5)


def test_a_bundle_that_names_a_lot_twice_is_no_problem() -> None:
    with pytest.raises(InvalidProblem, match=r"offers\[0\].lots"):
        WinnerProblem((10, 10), (Offer(0, (1, 1), 5),), (1,))
