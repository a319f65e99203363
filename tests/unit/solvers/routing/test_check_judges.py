"""The checker and a second, dumb judge agree on everything; a driver's true statements break no rule of bookkeeping."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.routing.check import Rule, check
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import RoutingProblem
from tests.unit.solvers.routing.damages import damaged
from tests.unit.solvers.routing.driver import driven_plan, random_wishes
from tests.unit.solvers.routing.hostile import hostile_problem, mixed_problem, random_sequences
from tests.unit.solvers.routing.second_judge import findings, judge, price

SHORT_DAY_S = 600
DAMAGES = 6

STATED_WRONG = {
    Rule.TRAVEL_TOO_SHORT,
    Rule.TIMES_DISAGREE,
    Rule.LEAVES_TOO_EARLY,
    Rule.DISTANCE_WRONG,
    Rule.REST_MISPLACED,
    Rule.TRIP_KIND,
    Rule.STOP_FORGOTTEN,
    Rule.STOP_TWICE,
}
"""What only a false or torn statement can break."""


def driven(seed: int, wild: bool) -> tuple[RoutingProblem, RoutingPlan]:
    rng = random.Random(seed)
    make = rng.choice([hostile_problem, mixed_problem])
    problem = make(seed, rng.randint(1, 8), rng.randint(1, 3), day_s=SHORT_DAY_S)
    return problem, driven_plan(problem, random_sequences(problem, seed, wild), random_wishes(problem, rng), rng)


@settings(max_examples=200)
@given(seed=st.integers(0, 10**9))
def test_what_a_driver_says_is_true(seed: int) -> None:
    problem, plan = driven(seed, wild=False)
    verdict = check(problem, plan)
    assert findings(verdict) == judge(problem, plan)
    assert verdict.cost == price(problem, plan)
    assert not STATED_WRONG & {violation.rule for violation in verdict.violations}


@settings(max_examples=200)
@given(seed=st.integers(0, 10**9), wild=st.booleans())
def test_both_judges_find_the_same_in_damaged_plans(seed: int, wild: bool) -> None:
    problem, plan = driven(seed, wild)
    rng = random.Random(seed)
    for _ in range(DAMAGES):
        broken = damaged(plan, rng)
        assert findings(check(problem, broken)) == judge(problem, broken)


def test_every_rule_is_broken_by_some_damage() -> None:
    seen: Counter[Rule] = Counter()
    for seed in range(150):
        problem, plan = driven(seed, wild=True)
        rng = random.Random(seed)
        for _ in range(DAMAGES):
            seen.update(violation.rule for violation in check(problem, damaged(plan, rng)).violations)
    assert not [rule for rule in Rule if seen[rule] == 0]
