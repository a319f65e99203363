"""Every published value, and stockpyl's own function where it is exact; the cases are those of the bench."""

from __future__ import annotations

import pytest

from tests.bench import exact_cases
from tests.bench.exact_case import Case

CASES = list(exact_cases.cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_published_value(case: Case) -> None:
    assert case.ours() == pytest.approx(float(case.published), rel=0, abs=case.allowed)


@pytest.mark.parametrize("case", [case for case in CASES if case.oracle], ids=lambda case: case.name)
def test_the_oracle_says_the_same(case: Case) -> None:
    assert case.oracle is not None
    assert case.ours() == pytest.approx(case.oracle(), rel=case.within)


@pytest.mark.parametrize("case", [case for case in CASES if case.heuristics], ids=lambda case: case.name)
def test_no_heuristic_is_cheaper(case: Case) -> None:
    for name, heuristic in case.heuristics.items():
        assert case.ours() <= heuristic() * (1 + 1e-12), name


def test_one_joint_cycle_is_better_than_silvers() -> None:
    case = next(case for case in CASES if case.name == "joint silver_jrp")
    assert case.ours() < case.heuristics["Silver"]() * 0.9981
