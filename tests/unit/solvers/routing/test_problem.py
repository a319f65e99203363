"""A problem that exists is consistent; anything else is refused by field, value and rule."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.result import Result, SolveStatus
from solvers.routing.parts import Break, DrivingRule, Relation, RelationKind, Shipment, SpeedBand, StopKind
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.validate import MAX_STOPS

LEGS = np.zeros((3, 3), np.int64)
STOP = Stop("a", 1, (1, 1), 0, 10, 20)
VEHICLE = Vehicle("v", 0, 0, (5, 5))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"location": 3}, "location"),
        ({"window_start_s": 11}, "window"),
        ({"latest_s": 9}, "window"),
        ({"service_s": -1}, "service_s"),
        ({"release_s": -1}, "release_s"),
        ({"demand": (1,)}, "demand"),
        ({"demand": (1, -1)}, "demand"),
        ({"prize_cents": 10**12}, "prize_cents"),
        ({"late_cents_per_min": -5}, "late_cents_per_min"),
        ({"on_board": "w"}, "on_board"),
        ({"on_board": "v", "kind": StopKind.PICKUP}, "kind"),
        ({"setup_s": -1}, "setup_s"),
        ({"resequence_cents": -1}, "resequence_cents"),
        ({"closed_s": ((4, 2),)}, "closed_s"),
        ({"closed_s": ((4, 30),)}, "closed_s"),
        ({"closed_s": ((1, 4), (3, 5))}, "closed_s"),
    ],
)
def test_bad_stops_are_refused_by_name(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidProblem) as error:
        RoutingProblem((Profile(LEGS, LEGS),), (replace(STOP, **changes),), (VEHICLE,))  # type: ignore[arg-type]
    assert error.value.field == f"stops[a].{field}"
    assert error.value.rule


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"depot": 9}, "depot"),
        ({"profile": 1}, "profile"),
        ({"capacity": (1, 2, 3)}, "capacity"),
        ({"ready_s": -1}, "ready_s"),
        ({"cents_per_km": -1}, "cents_per_km"),
        ({"max_trips": 65}, "max_trips"),
        ({"locked": (("b",),)}, "locked"),
        ({"locked": (("a", "a"),)}, "locked"),
        ({"locked": ((), ("a",))}, "locked"),
        ({"start": 2, "locked": (("a",),)}, "locked"),
        ({"end": 3}, "end"),
        ({"max_stops": -1}, "max_stops"),
        ({"overtime_cents_per_hour": -1}, "overtime_cents_per_hour"),
        ({"breaks": (Break(5, 4, 1),)}, "breaks[0]"),
        ({"breaks": (Break(5, 9, 1), Break(2, 9, 1))}, "breaks[1]"),
        ({"driving": DrivingRule(0, 5)}, "driving"),
        ({"driving": DrivingRule(9, 5, split_s=(2, 2))}, "driving.split_s"),
        ({"driving": DrivingRule(9, 5), "driven_s": 10}, "driving.driven_s"),
    ],
)
def test_bad_vehicles_are_refused_by_name(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidProblem) as error:
        RoutingProblem((Profile(LEGS, LEGS),), (STOP,), (replace(VEHICLE, **changes),))  # type: ignore[arg-type]
    assert error.value.field == f"vehicles[v].{field}"


def test_ids_are_unique_and_sizes_limited() -> None:
    with pytest.raises(InvalidProblem, match="unique"):
        RoutingProblem((Profile(LEGS, LEGS),), (STOP, STOP), (VEHICLE,))
    with pytest.raises(InvalidProblem, match="unique"):
        RoutingProblem((Profile(LEGS, LEGS),), (STOP,), (VEHICLE, VEHICLE))
    with pytest.raises(InvalidProblem, match=str(MAX_STOPS)):
        RoutingProblem((Profile(LEGS, LEGS),), (STOP,) * (MAX_STOPS + 1), (VEHICLE,))


@pytest.mark.parametrize("matrix", [np.zeros((2, 3), np.int64), LEGS - 1, LEGS.astype(float), LEGS + 2**31])
def test_bad_matrices_are_refused(matrix: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(InvalidProblem, match="distance_m"):
        Profile(LEGS, matrix)


@pytest.mark.parametrize("changes", [{"seconds": 0}, {"seed": -1}, {"workers": 0}, {"iterations": 0}])
def test_senseless_budgets_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InvalidProblem, match=f"budget.{next(iter(changes))}"):
        replace(Budget(seconds=1.0), **changes)  # type: ignore[arg-type]


def test_a_deadline_counts_from_its_start() -> None:
    now = [100.0]
    deadline = Budget(seconds=4.0, stopwatch=lambda: now[0]).start()
    now[0] = 103.0
    assert (deadline.elapsed_s(), deadline.left_s(), deadline.share(), deadline.over()) == (3.0, 1.0, 0.75, False)
    now[0] = 110.0
    assert (deadline.left_s(), deadline.share(), deadline.over()) == (0.0, 1.0, True)


def test_a_result_has_a_plan_exactly_when_its_status_says_so() -> None:
    assert Result(SolveStatus.FEASIBLE, "plan").plan == "plan"
    with pytest.raises(ValueError, match="do not agree"):
        Result(SolveStatus.INFEASIBLE, "plan")
    with pytest.raises(ValueError, match="do not agree"):
        Result(SolveStatus.OPTIMAL, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shipments": (Shipment("p", "d"), Shipment("p", "e"))}, "shipments[p -> e]"),
        ({"shipments": (Shipment("d", "p"),)}, "shipments[d -> p]"),
        ({"shipments": (Shipment("p", "x"),)}, "shipments[p -> x]"),
        ({"shipments": (Shipment("p", "e"),)}, "shipments[p -> e]"),
        ({"relations": (Relation(RelationKind.STRICT, ("p",)),)}, "relations[0].stop_ids"),
        ({"relations": (Relation(RelationKind.STRICT, ("p", "x")),)}, "relations[0].stop_ids"),
        ({"relations": (Relation(RelationKind.SEQUENCE, ("p", "p")),)}, "relations[0].stop_ids"),
        ({"incompatible": frozenset({("food", "")})}, "incompatible"),
    ],
)
def test_bonds_that_cannot_be_are_refused_by_name(changes: dict[str, object], field: str) -> None:
    stops = (
        Stop("p", 1, (1, 1), 0, 10, 20, kind=StopKind.PICKUP),
        Stop("d", 2, (1, 1), 0, 10, 20),
        Stop("e", 2, (1, 2), 0, 10, 20),
    )
    with pytest.raises(InvalidProblem) as error:
        RoutingProblem((Profile(LEGS, LEGS),), stops, (VEHICLE,), **changes)  # type: ignore[arg-type]
    assert error.value.field == field


def test_bands_must_ascend() -> None:
    with pytest.raises(InvalidProblem, match="from_s must ascend"):
        Profile(LEGS, LEGS, (SpeedBand(9, 50), SpeedBand(3, 80)))


def test_what_the_fast_kernel_knows_is_plain() -> None:
    problem = RoutingProblem((Profile(LEGS, LEGS),), (STOP,), (VEHICLE,))
    assert problem.plain
    assert replace(problem, stops=(replace(STOP, incumbent_after="", needs=frozenset({"lift"})),)).plain
    for stop in (replace(STOP, setup_s=1), replace(STOP, closed_s=((2, 3),)), replace(STOP, option_of="home")):
        assert not replace(problem, stops=(stop,)).plain
    for vehicle in (replace(VEHICLE, max_stops=1), replace(VEHICLE, breaks=(Break(1, 2, 3),)), replace(VEHICLE, end=1)):
        assert not replace(problem, vehicles=(vehicle,)).plain
    assert not replace(problem, profiles=(Profile(LEGS, LEGS, (SpeedBand(0, 50),)),)).plain


def test_a_refusal_gets_back_from_another_process_whole() -> None:
    refused = InvalidProblem("stops[a].demand", (1,), "one quantity for each dimension")
    back = pickle.loads(pickle.dumps(refused))
    assert (back.field, back.value, back.rule, str(back)) == (refused.field, refused.value, refused.rule, str(refused))
