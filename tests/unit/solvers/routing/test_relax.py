"""A relaxation lets the stop in at the stated cost, and a unit less would not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.routing.answers.explain import why_not
from solvers.routing.answers.relax import relaxations
from solvers.routing.answers.relaxation import Relaxation, RelaxationKind, apply
from solvers.routing.check import check
from solvers.routing.plan import Reason, Sequences
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.hostile import PLAIN, hostile_problem
from tests.unit.solvers.routing.test_quote import grown

LINE = np.abs(np.subtract.outer(np.arange(6) * 100, np.arange(6) * 100))
"""Six places in a row, 100 m and 100 s apart; the depot is the first."""
AMPLE = Budget(seconds=600.0)
GIVEN = frozenset({RelaxationKind.SKILL, RelaxationKind.ALLOW, RelaxationKind.EJECT})
"""Kinds whose amount cannot be a unit less."""
FITTING = frozenset({Reason.FITS, Reason.TOO_EXPENSIVE})


def stop(stop_id: str, location: int, **changes: object) -> Stop:
    plain = Stop(stop_id, location, (10,), 0, 5_000, 5_000, prize_cents=10**6)
    return replace(plain, **changes)  # type: ignore[arg-type]


def vehicle(name: str = "v", **changes: object) -> Vehicle:
    plain = Vehicle(name, 0, 0, (20,), shift_end_s=2_000, cents_per_km=100)
    return replace(plain, **changes)  # type: ignore[arg-type]


def problem_of(stops: list[Stop], *vehicles: Vehicle) -> RoutingProblem:
    return RoutingProblem((Profile(LINE, LINE),), tuple(stops), vehicles, ("weight",))


def told(problem: RoutingProblem, sequences: Sequences, stop_id: str = "a") -> set[tuple[RelaxationKind, str, int]]:
    found = relaxations(problem, sequences, stop_id, AMPLE, limit=50, per_kind=50)
    for one in found:
        verify(problem, sequences, stop_id, one)
    return {(one.kind, one.stop_id or one.vehicle_id, one.amount) for one in found}


def verify(problem: RoutingProblem, sequences: Sequences, stop_id: str, one: Relaxation) -> None:
    """Applied, planned with and checked it costs what it says; with a unit less no place of the vehicle is possible."""
    before, relaxed = check(problem, plan_of(problem, sequences)), apply(problem, one)
    after = check(relaxed, plan_of(relaxed, {**sequences, **one.sequences}))
    assert set(after.violations) <= set(before.violations)
    spent = [verdict.cost.total - verdict.cost.unplanned for verdict in (before, after)]
    assert spent[1] - spent[0] == one.extra_ticks
    assert any(stop_id in trip for trip in one.sequences[one.vehicle_id])
    if one.kind in GIVEN:
        return
    less = problem if one.amount == 1 else apply(problem, replace(one, amount=one.amount - 1))
    (refusal,) = why_not(less, sequences, stop_id, [one.vehicle_id]).vehicles
    assert refusal.reason is Reason.TOO_EXPENSIVE if one.kind is RelaxationKind.PRIZE else refusal.reason not in FITTING
    enough = why_not(relaxed, sequences, stop_id, [one.vehicle_id]).reason
    assert enough is Reason.FITS or (one.kind is not RelaxationKind.PRIZE and enough is Reason.TOO_EXPENSIVE)


def test_nothing_to_relax_where_it_fits() -> None:
    assert told(problem_of([stop("a", 1)], vehicle()), {}) == set()
    with pytest.raises(InvalidProblem, match="planned already"):
        relaxations(problem_of([stop("a", 1)], vehicle()), {"v": [["a"]]}, "a", AMPLE)


def test_windows_shifts_releases() -> None:
    late = stop("a", 5, window_end_s=300, latest_s=300)
    assert told(problem_of([late], vehicle()), {}) == {(RelaxationKind.WINDOW_LATER, "a", 200)}
    slow = stop("a", 5, service_s=1_500)
    assert told(problem_of([slow], vehicle()), {}) == {(RelaxationKind.OVERTIME, "v", 500)}
    waits = stop("a", 5, release_s=1_600)
    found = told(problem_of([waits], vehicle()), {})
    assert found == {(RelaxationKind.OVERTIME, "v", 600), (RelaxationKind.RELEASE_EARLIER, "a", 600)}
    opens = stop("a", 5, window_start_s=1_700)
    found = told(problem_of([opens], vehicle()), {})
    assert found == {(RelaxationKind.OVERTIME, "v", 200), (RelaxationKind.WINDOW_EARLIER, "a", 200)}
    early = stop("a", 5, window_end_s=600, latest_s=600)
    found = told(problem_of([early], vehicle(shift_start_s=400)), {})
    assert found == {(RelaxationKind.WINDOW_LATER, "a", 300), (RelaxationKind.SHIFT_EARLIER, "v", 300)}


def test_another_stop_may_give_way() -> None:
    tight = stop("b", 1, window_end_s=100, latest_s=100, service_s=1_700)
    problem = problem_of([tight, stop("a", 2)], vehicle())
    found = told(problem, {"v": [["b"]]})
    assert (RelaxationKind.OVERTIME, "v", 100) in found


def test_room_skills_lists_trips_and_locks() -> None:
    full = stop("b", 1, demand=(15,))
    found = told(problem_of([full, stop("a", 2)], vehicle()), {"v": [["b"]]})
    assert found == {(RelaxationKind.CAPACITY, "v", 5), (RelaxationKind.TRIP, "v", 1)}
    assert told(problem_of([stop("a", 1, needs=frozenset({"lift"}))], vehicle()), {}) == {
        (RelaxationKind.SKILL, "v", 1)
    }
    assert told(problem_of([stop("a", 1, allowed=frozenset())], vehicle()), {}) == {(RelaxationKind.ALLOW, "a", 1)}
    both = stop("a", 1, allowed=frozenset(), needs=frozenset({"lift"}))
    assert told(problem_of([both], vehicle()), {}) == set()
    soon = stop("a", 1, window_end_s=150, latest_s=150)
    found = told(
        problem_of([stop("b", 2), stop("c", 3), soon], vehicle(locked=(("b", "c"),), capacity=(30,))),
        {"v": [["b", "c"]]},
    )
    assert (RelaxationKind.UNLOCK, "v", 2) in found


def test_a_higher_prize() -> None:
    assert told(problem_of([stop("a", 1, prize_cents=5)], vehicle()), {}) == {(RelaxationKind.PRIZE, "a", 16)}


def test_another_stop_moves_out() -> None:
    only = stop("a", 1, allowed=frozenset({"v"}), demand=(20,))
    problem = problem_of([stop("b", 1), only], vehicle(), vehicle("w"))
    found = relaxations(problem, {"v": [["b"]]}, "a", AMPLE, limit=50)
    moves = [one for one in found if one.kind is RelaxationKind.EJECT]
    assert [(one.stop_id, one.vehicle_id, one.detail) for one in moves] == [("b", "v", "w")]
    assert moves[0].sequences == {"v": (("a",),), "w": (("b",),)}
    verify(problem, {"v": [["b"]]}, "a", moves[0])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(2, 9), vehicles=st.integers(1, 3))
def test_relaxations_do_and_are_the_least(seed: int, stops: int, vehicles: int) -> None:
    problem = hostile_problem(seed, stops, vehicles, PLAIN)
    sequences = grown(problem, leave=0)
    where = {s for trips in sequences.values() for trip in trips for s in trip}
    for asked in [s.stop_id for s in problem.stops if s.stop_id not in where][:3]:
        found = relaxations(problem, sequences, asked, AMPLE, limit=8, per_kind=3)
        assert [one.extra_ticks for one in found] == sorted(one.extra_ticks for one in found)
        for one in found:
            verify(problem, sequences, asked, one)
