"""Factors are found again from legs that were made with them; intervals cover what they say."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from solvers.speeds import HOURS, DrivenLeg, Factors, Outcome, arrival, calibrate, learn, no_horizons
from solvers.speeds.intervals import HORIZONS_S, SCORES_KEPT, SCORES_MIN, TAIL_PPM
from solvers.speeds.logs import exp_permille, ln_micro

CELLS = [(row, column) for row in range(4) for column in range(4)]


def rush(hour: int) -> float:
    return 1.5 if hour in (7, 8, 16) else 1.0


def centre(cell: tuple[int, int]) -> float:
    return 1.4 if cell in ((1, 1), (1, 2)) else 1.0


def legs_of(count: int, noise: float, seed: int, spoil: Callable[[int], float] = lambda number: 1.0) -> list[DrivenLeg]:
    rng = random.Random(seed)
    legs = []
    for number in range(count):
        hour, a, b = rng.randrange(6, 18), rng.choice(CELLS), rng.choice(CELLS)
        factor = 1.1 * rush(hour) * math.sqrt(centre(a) * centre(b)) * math.exp(rng.gauss(0, noise)) * spoil(number)
        nominal_s = rng.randrange(300, 1_800)
        legs.append(DrivenLeg(nominal_s, round(nominal_s * factor), hour, a, b))
    return legs


def true_permille(hour: int, a: tuple[int, int], b: tuple[int, int]) -> float:
    return 1_100 * rush(hour) * math.sqrt(centre(a) * centre(b))


def worst_error(factors: Factors) -> float:
    errors = []
    for hour in range(6, 18):
        for a in CELLS:
            said = factors.hour_permille(hour) * factors.area_permille(a, CELLS[0]) / 1000
            errors.append(abs(said / true_permille(hour, a, CELLS[0]) - 1))
    return max(errors)


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_logarithms_are_right_to_a_millionth(numerator: int, denominator: int) -> None:
    assert abs(ln_micro(numerator, denominator) - 1e6 * math.log(numerator / denominator)) <= 1


@given(st.integers(-3_000_000, 3_000_000))
def test_exponentials_are_right_to_a_thousandth(micro: int) -> None:
    assert abs(exp_permille(micro) - 1000 * math.exp(micro / 1e6)) <= 0.51


def test_factors_are_found_again() -> None:
    assert worst_error(learn(legs_of(3_000, 0.1, 1))) < 0.06


def test_a_leg_in_ten_that_took_five_times_as_long_changes_little() -> None:
    spoilt = learn(legs_of(3_000, 0.1, 1, lambda number: 5.0 if number % 10 == 0 else 1.0))
    assert worst_error(spoilt) < 0.12


def test_what_few_legs_say_is_drawn_towards_nothing() -> None:
    one = learn([DrivenLeg(600, 1_200, 8, (0, 0), (1, 1))])
    assert 1_000 < one.hour_permille(8) * one.area_permille((0, 0), (1, 1)) / 1000 < 2_000
    assert one.hour_permille(9) == 1_000


def test_an_hour_and_an_area_that_nobody_knows_have_the_company_s_factor() -> None:
    factors = learn([leg for leg in legs_of(2_000, 0.05, 2) if leg.hour < 10])
    unknown = factors.area_permille((99, 99), (99, 99))
    assert factors.hour_permille(17) == 1_000
    assert abs(unknown - exp_permille(factors.company_micro)) <= 2


def test_waiting_for_a_window_is_not_taken_for_driving() -> None:
    """Half of the legs were reported when the window began, half an hour after they ended."""
    legs = legs_of(2_000, 0.1, 3)
    waited = [
        DrivenLeg(leg.nominal_s, leg.taken_s + 1_800, leg.hour, leg.origin, leg.destination, at_most=True)
        if number % 2
        else leg
        for number, leg in enumerate(legs)
    ]
    assert worst_error(learn(waited)) < 0.10
    blind = [DrivenLeg(leg.nominal_s, leg.taken_s, leg.hour, leg.origin, leg.destination) for leg in waited]
    assert worst_error(learn(blind)) > 0.20


def test_learning_is_repeatable_and_whole() -> None:
    legs = legs_of(500, 0.2, 4)
    first = learn(legs)
    assert first == learn(list(legs))
    assert len(first.hours_micro) == HOURS
    assert all(type(value) is int for value in (first.company_micro, *first.hours_micro, *first.cells_micro.values()))


def outcomes(count: int, seed: int, bias: float = 1.0, sigma: float = 0.15) -> list[Outcome]:
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        ahead_s = rng.randrange(60, 20_000)
        error = bias * math.exp(rng.gauss(0, sigma)) - 1
        made.append(Outcome(0, ahead_s, max(0, round(ahead_s + (ahead_s + 300) * error))))
    return made


def covered(horizons: tuple[object, ...], tests: list[Outcome]) -> float:
    inside = 0
    for one in tests:
        said = arrival(horizons, one.asked_s, one.predicted_s)  # type: ignore[arg-type]
        inside += said.p10_s <= one.actual_s <= said.p90_s
    return inside / len(tests)


def test_intervals_cover_eight_in_ten() -> None:
    horizons = no_horizons()
    for day in range(4):
        horizons = calibrate(horizons, outcomes(1_500, day), outcomes(1_500, day))
    assert 0.77 <= covered(horizons, outcomes(4_000, 99)) <= 0.83


def test_the_first_scores_are_those_of_what_was_learned_and_steer_nothing() -> None:
    """The first day missed by a factor of two; what it teaches misses by little, and that is what counts."""
    horizons = calibrate(no_horizons(), outcomes(1_500, 1, bias=2.0), outcomes(1_500, 2))
    assert {(one.low_tail_ppm, one.high_tail_ppm) for one in horizons} == {(TAIL_PPM, TAIL_PPM)}
    assert 0.77 <= covered(horizons, outcomes(4_000, 99)) <= 0.83


def test_tails_are_steered_until_about_eight_in_ten_are_inside_though_the_scores_say_too_little() -> None:
    horizons = calibrate(no_horizons(), [], outcomes(1_500, 0))
    narrow = covered(horizons, outcomes(2_000, 50, sigma=0.2))
    assert narrow < 0.72
    for day in range(10, 40):
        horizons = calibrate(horizons, outcomes(1_500, day, sigma=0.2), outcomes(1_500, 0))
    assert 0.76 <= covered(horizons, outcomes(2_000, 50, sigma=0.2)) <= 0.86


def test_intervals_follow_a_world_that_has_changed() -> None:
    horizons = no_horizons()
    for day in range(3):
        horizons = calibrate(horizons, outcomes(1_500, day), outcomes(1_500, day))
    assert covered(horizons, outcomes(2_000, 50, bias=1.3, sigma=0.3)) < 0.5
    for day in range(10, 15):
        news = outcomes(1_500, day, bias=1.3, sigma=0.3)
        horizons = calibrate(horizons, news, news)
    assert 0.75 <= covered(horizons, outcomes(2_000, 51, bias=1.3, sigma=0.3)) <= 0.87


@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(-9_000, 90_000)), max_size=200))
def test_an_interval_is_in_order_and_not_in_the_past(errors: list[tuple[int, int]]) -> None:
    made = [Outcome(0, ahead_s, max(0, ahead_s + error_s)) for ahead_s, error_s in errors]
    horizons = calibrate(calibrate(no_horizons(), made, made), made, made)
    for ahead_s in (0, *HORIZONS_S[:-1], 50_000):
        said = arrival(horizons, 1_000, 1_000 + ahead_s)
        assert 1_000 <= said.p10_s <= said.p90_s or said.p50_s < 1_000
        assert said.p50_s <= said.p80_s
    assert all(len(one.scores) <= SCORES_KEPT for one in horizons)


def test_little_known_means_the_default_and_the_nearest_horizon_otherwise() -> None:
    few = calibrate(no_horizons(), [], outcomes(SCORES_MIN // 2, 1))
    assert arrival(few, 0, 3_600) == arrival(no_horizons(), 0, 3_600)
    short = calibrate(no_horizons(), [], [Outcome(0, 600, 700)] * SCORES_MIN)
    assert arrival(short, 0, 9_000).p10_s > 9_000
    assert short[0].high_tail_ppm == TAIL_PPM
