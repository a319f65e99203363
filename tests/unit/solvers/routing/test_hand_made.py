"""What a person drags is judged by the checker, told in words, and priced route by route."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.routing.answers.diff import ChangeKind, diff
from solvers.routing.answers.hand_made import Move, Remove, Resequence, Swap, check_hand_made, edited
from solvers.routing.answers.late import LateCause
from solvers.routing.answers.words import in_words, span
from solvers.routing.check import Rule, Violation, check
from solvers.routing.plan import sequences_of
from solvers.routing.problem import TICKS_PER_CENT, Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.hostile import PLAIN, hostile_problem, random_sequences

LINE = np.abs(np.subtract.outer(np.arange(6) * 100, np.arange(6) * 100))
"""Six places in a row, 100 m and 100 s apart; the depot is the first."""


def line_problem(**changes: object) -> RoutingProblem:
    stops = tuple(Stop(name, place, (10,), 0, 400, 3_000, prize_cents=700) for place, name in enumerate("abcd", 1))
    vehicle = replace(Vehicle("v", 0, 0, (30,), shift_end_s=2_000, max_trips=2, cents_per_km=100), **changes)  # type: ignore[arg-type]
    return RoutingProblem((Profile(LINE, LINE),), stops, (vehicle, replace(vehicle, vehicle_id="w")), ("kg",))


FORCE = {"v": (("a", "b"),), "w": (("c",),)}


def test_edits_do_what_they_say() -> None:
    problem = line_problem()

    def after(*edits: Move | Remove | Swap | Resequence) -> dict[str, tuple[tuple[str, ...], ...]]:
        return edited(problem, FORCE, edits)

    assert after(Move("d", "v", 0, "a")) == {"v": (("a", "d", "b"),), "w": (("c",),)}
    assert after(Move("c", "v", 1, opens_trip=True)) == {"v": (("a", "b"), ("c",)), "w": ()}
    assert after(Move("b", "v", 0)) == {"v": (("b", "a"),), "w": (("c",),)}
    assert after(Remove("c"), Move("c", "w", 0)) == FORCE
    assert after(Swap("a", "c")) == {"v": (("c", "b"),), "w": (("a",),)}
    assert after(Swap("a", "b")) == {"v": (("b", "a"),), "w": (("c",),)}
    assert after(Resequence("w", (("b",), ("d",)))) == {"v": (("a",),), "w": (("b",), ("d",))}


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (Move("a", "x"), "edits[0].vehicle_id"),
        (Move("z", "v"), "edits[0].stop_id"),
        (Move("d", "v", 1), "edits[0].trip"),
        (Move("d", "v", 0, "c"), "edits[0].after"),
        (Move("d", "v", 0, "d"), "edits[0].after"),
        (Swap("a", "d"), "edits[0].stop_id"),
        (Resequence("v", (("a",), ("a",))), "edits[0].trips"),
        (Resequence("x", ()), "edits[0].vehicle_id"),
    ],
)
def test_an_edit_that_points_nowhere_is_refused(edit: Move | Swap | Resequence, field: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        check_hand_made(line_problem(), FORCE, [edit])
    assert refused.value.field == field


def test_what_breaks_is_told_with_its_size() -> None:
    found = check_hand_made(line_problem(), FORCE, [Move("c", "v", 0), Move("d", "v", 0)])
    assert not found.ok
    assert [(v.rule, v.size) for v in found.new] == [(Rule.CAPACITY_EXCEEDED, 10)]
    assert found.words == ("v carries 10 kg too much",)
    assert {(one.stop_id, one.before_s, one.after_s) for one in found.late} == {
        ("c", 0, 100),
        ("a", 0, 300),
        ("b", 0, 400),
    }
    assert {one.cause for one in found.late} == {LateCause.EARLIER_STOPS}
    moved = {(one.stop_id, one.before_s, one.after_s) for one in found.moved}
    assert moved == {("c", 300, 500), ("a", 100, 700), ("b", 200, 800)}
    assert found.diff.count(ChangeKind.PLANNED) == 1


def test_what_was_broken_before_is_not_new() -> None:
    problem = line_problem(capacity=(15,))
    found = check_hand_made(problem, FORCE, [Remove("c")])
    assert found.ok
    assert len(found.violations) == 1
    assert found.dropped == ("c",)
    assert found.cost_after.unplanned - found.cost_before.unplanned == 700 * TICKS_PER_CENT


def test_every_rule_has_words() -> None:
    for rule in Rule:
        line = in_words(Violation(rule, "V1", "S1", 5_400, "kg"))
        assert "{" not in line
        assert len(line) > 10
    assert (
        in_words(Violation(Rule.SHIFT_EXCEEDED, "V1", size=3_900)) == "V1 is back 1 h 05 min after the end of its shift"
    )
    assert (span(59), span(60), span(61), span(3_600)) == ("59 s", "1 min", "2 min", "1 h 00 min")


def test_the_strongest_change_is_told() -> None:
    problem = line_problem()
    before = plan_of(problem, FORCE)
    found = diff(problem, before, plan_of(problem, {"v": (("b", "d"),), "w": (("a",),)}))
    kinds = {change.stop_id: change.kind for change in found.changes}
    assert kinds == {
        "a": ChangeKind.VEHICLE,
        "b": ChangeKind.SEQUENCE,
        "c": ChangeKind.DROPPED,
        "d": ChangeKind.PLANNED,
    }
    assert found.count(ChangeKind.DROPPED) == 1
    later = replace(problem, vehicles=tuple(replace(v, ready_s=200) for v in problem.vehicles))
    assert {c.kind for c in diff(problem, before, plan_of(later, FORCE)).changes} == {ChangeKind.TIME}
    assert diff(problem, before, before).changes == ()
    assert diff(problem, before, before).routes == ()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(1, 12), vehicles=st.integers(1, 3))
def test_the_difference_adds_up(seed: int, stops: int, vehicles: int) -> None:
    problem = hostile_problem(seed, stops, vehicles, PLAIN)
    before, after = (plan_of(problem, random_sequences(problem, seed + k)) for k in (0, 1))
    found = diff(problem, before, after)
    totals = [check(problem, plan).cost.total for plan in (before, after)]
    assert found.extra_ticks == totals[1] - totals[0]
    assert sum(route.extra_ticks for route in found.routes) + found.unplanned_ticks == found.extra_ticks
    changed = {change.stop_id for change in found.changes if change.kind is not ChangeKind.TIME}
    was, now = (_after(sequences_of(plan)) for plan in (before, after))
    assert changed == {s.stop_id for s in problem.stops if was.get(s.stop_id) != now.get(s.stop_id)}


def _after(sequences):  # type: ignore[no-untyped-def]
    trips = [(name, trip) for name, own in sequences.items() for trip in own]
    return {stop_id: (name, ("", *trip)[at]) for name, trip in trips for at, stop_id in enumerate(trip)}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(2, 10), vehicles=st.integers(1, 3))
def test_edits_lead_from_any_plan_to_any_other(seed: int, stops: int, vehicles: int) -> None:
    problem = hostile_problem(seed, stops, vehicles, PLAIN)
    start, wanted = (plan_of(problem, random_sequences(problem, seed + k)) for k in (0, 1))
    trips = sequences_of(wanted)
    edits = [Resequence(v.vehicle_id, trips.get(v.vehicle_id, ())) for v in problem.vehicles]
    found = check_hand_made(problem, start, edits)
    assert sequences_of(found.plan) == trips
    assert found.violations == check(problem, wanted).violations
    assert found.cost_after == check(problem, wanted).cost
