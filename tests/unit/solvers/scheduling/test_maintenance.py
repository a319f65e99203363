"""Predicted failure: what a start costs, and which slot the schedule picks for it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.scheduling.check import check
from solvers.scheduling.maintenance import (
    MAX_STEPS,
    Costs,
    Risk,
    RiskCurve,
    Weibull,
    expected_cost_cents,
    maintenance_job,
    replacement_age,
)
from solvers.scheduling.problem import Job, Machine, Mode, Pinned, SchedulingProblem, Task
from solvers.scheduling.solve import solve

HOUR = 3_600
NOW = 6 * HOUR
END = NOW + 12 * HOUR
COSTS = Costs(repair_cents=50_000, downtime_h=8, downtime_cents_per_h=10_000, planned_cents=9_000)
CALM = RiskCurve(((END, 0.01),))
URGENT = RiskCurve(((END, 0.95),))


def test_the_cost_is_the_mean_of_failure_and_plan() -> None:
    assert COSTS.failure_cents == 130_000
    assert expected_cost_cents(CALM, COSTS, NOW, NOW) == 9_000
    assert expected_cost_cents(CALM, COSTS, NOW, END) == round(0.01 * 130_000 + 0.99 * 9_000)


def test_a_machine_that_is_older_fails_sooner() -> None:
    young, old = Weibull(3.0, 1_000, 100), Weibull(3.0, 1_000, 900)
    assert young.failed_by(NOW, END) < old.failed_by(NOW, END)
    assert math.isclose(old.failed_by(NOW, NOW + 100 * HOUR), 1 - math.exp(0.9**3 - 1.0))


def test_without_wear_age_says_nothing() -> None:
    assert math.isclose(Weibull(1.0, 50, 0).failed_by(NOW, END), Weibull(1.0, 50, 400).failed_by(NOW, END))


def test_a_machine_that_hardly_runs_hardly_ages() -> None:
    assert Weibull(3.0, 100, 90, running_share=0.0).failed_by(NOW, END) == 0.0


def test_a_curve_is_read_as_of_now() -> None:
    curve = RiskCurve(((100, 0.2), (300, 0.6)))
    assert curve.failed_by(0, 50) == pytest.approx(0.1)
    assert curve.failed_by(100, 200) == pytest.approx(0.25)
    assert curve.failed_by(200, 10_000) == pytest.approx(1 / 3)
    assert curve.failed_by(50, 50) == 0.0


RISKS = st.builds(Weibull, st.floats(0.5, 20), st.floats(1, 1e6), st.floats(0, 1e6), st.floats(0, 1)) | st.lists(
    st.floats(0, 1), min_size=1, max_size=5
).map(lambda found: RiskCurve(tuple((NOW + HOUR * n, p) for n, p in enumerate(sorted(found)))))


@given(RISKS, st.integers(1, 10**7))
def test_the_steps_are_few_and_never_fall_while_life_is_worth_nothing(risk: Risk, span_s: int) -> None:
    job = maintenance_job("M", 100, risk, COSTS, NOW, NOW + span_s)
    prices = [step.cost_cents for step in job.tasks[0].start_cost]
    assert 1 <= len(prices) <= MAX_STEPS
    assert prices == sorted(prices)
    assert prices[-1] == COSTS.failure_cents
    assert job.tasks[0].start_cost[0].from_s == NOW


@pytest.mark.parametrize("shape", [1.5, 2.0, 4.0])
def test_with_the_worth_of_life_the_cheapest_start_is_at_the_replacement_age(shape: float) -> None:
    wear = Weibull(shape, 200.0)
    age_h, rate = replacement_age(wear, COSTS)
    costs = replace(COSTS, life_cents_per_h=rate)
    steps = maintenance_job("M", 100, wear, costs, NOW, NOW + 400 * HOUR).tasks[0].start_cost
    cheapest = min(steps, key=lambda step: step.cost_cents)
    assert cheapest.cost_cents == 0
    assert (cheapest.from_s - NOW) / HOUR == pytest.approx(age_h, abs=400 / MAX_STEPS * 2)


def test_replacement_age_of_a_known_case() -> None:
    """Weibull, shape 2: the optimum solves scale-free Cf/Cp equations; at a ratio of 10 it is near 0.336 scales."""
    age_h, _ = replacement_age(Weibull(2.0, 1_000.0), Costs(1_000, 0, 0, 100))
    assert age_h == pytest.approx(336, abs=8)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Weibull(0.0, 10), "risk.shape"),
        (lambda: Weibull(2.0, 10, -1), "risk.age_h"),
        (lambda: RiskCurve(((10, 0.5), (20, 0.4))), "risk.points"),
        (lambda: RiskCurve(((10, 0.5), (10, 0.6))), "risk.points"),
        (lambda: Costs(-1, 0, 0, 0), "costs.repair_cents"),
        (lambda: maintenance_job("M", 10, CALM, COSTS, NOW, NOW), "horizon_s"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(make: object, field: str) -> None:
    assert callable(make)
    with pytest.raises(InvalidProblem) as told:
        make()
    assert told.value.field == field


def _chosen(risk: Risk, *jobs: Job, machine: Machine = Machine("M")) -> tuple[int, int]:  # noqa: B008
    """(start of the maintenance, late jobs) that an ordinary solve gives."""
    work = maintenance_job("M", HOUR, risk, COSTS, NOW, END)
    problem = SchedulingProblem(NOW, (machine,), (*jobs, work))
    schedule = solve(problem, None, Budget(seconds=60.0, iterations=30)).plan
    assert schedule is not None
    report = check(problem, schedule)
    assert report.ok
    return schedule.by_task()[work.job_id].start_s, report.figures.late_jobs


def _job(key: str, hours: int, due_s: int, weight: int = 1) -> Job:
    return Job(key, (Task(key, (Mode("M", hours * HOUR),)),), due_s=due_s, weight=weight)


def test_a_risk_that_rises_moves_the_slot_forward() -> None:
    # Two jobs that are each due when they would end without the maintenance: it comes behind both, or in front.
    jobs = (_job("A", 3, NOW + 3 * HOUR), _job("B", 2, NOW + 5 * HOUR))
    calm, late = _chosen(CALM, *jobs)
    assert (calm, late) == (NOW + 5 * HOUR, 0)
    urgent, _ = _chosen(URGENT, *jobs)
    assert urgent < calm


def test_no_work_is_late_when_there_is_room() -> None:
    jobs = (_job("A", 3, NOW + 4 * HOUR), _job("B", 2, NOW + 6 * HOUR))
    start_s, late = _chosen(URGENT, *jobs)
    assert (start_s, late) == (NOW, 0)


def test_the_gap_at_noon_is_taken() -> None:
    morning = replace(_job("A", 6, NOW + 6 * HOUR).tasks[0], state=Pinned("M", NOW))
    evening = replace(_job("B", 4, END).tasks[0], state=Pinned("M", NOW + 7 * HOUR))
    start_s, late = _chosen(CALM, Job("A", (morning,), due_s=NOW + 6 * HOUR), Job("B", (evening,), due_s=END))
    assert (start_s, late) == (12 * HOUR, 0)
