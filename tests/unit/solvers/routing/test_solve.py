"""The portfolio and its guests: checked, never worse than the start, whatever an engine does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.budget import Budget
from solvers.result import SolveStatus
from solvers.routing import solve as portfolio
from solvers.routing.check import check
from solvers.routing.engines import ortools_engine, pyvrp_engine, setpart
from solvers.routing.parts import Relation, RelationKind
from solvers.routing.plan import sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.search import insert_only
from solvers.routing.solve import solve
from solvers.routing.timing import plan_of
from solvers.routing.turns import TURNS, Family, Turn, family_of, in_time
from tests.unit.solvers.routing.builders import plain_problem
from tests.unit.solvers.routing.hostile import PLAIN, Feature, hostile_problem


def engine_problem(seed: int, stops: int = 20) -> RoutingProblem:
    """Hard windows, single trips, nothing locked: what every engine understands."""
    problem = plain_problem(seed, stops, 4)
    return replace(
        problem,
        stops=tuple(replace(s, release_s=0, allowed=None) for s in problem.stops),
        vehicles=tuple(replace(v, locked=(), open_end=False) for v in problem.vehicles),
    )


@pytest.mark.parametrize("engine", [pyvrp_engine, ortools_engine])
def test_engines_keep_the_rules_of_what_they_support(engine) -> None:  # type: ignore[no-untyped-def]
    for seed in (1, 2):
        problem = engine_problem(seed)
        assert engine.supports(problem)
        start = insert_only(problem, None)
        found = engine.solve(problem, sequences_of(start.plan), Budget(seconds=0.5, seed=seed))
        verdict = check(problem, plan_of(problem, found))
        assert verdict.ok, verdict.violations


@pytest.mark.parametrize("engine", [pyvrp_engine, ortools_engine])
def test_engines_refuse_what_they_do_not_model(engine) -> None:  # type: ignore[no-untyped-def]
    problem = engine_problem(1)
    together = Relation(RelationKind.SAME_VEHICLE, tuple(s.stop_id for s in problem.stops[:2]))
    problem = replace(problem, relations=(together,))
    assert not engine.supports(problem)
    with pytest.raises(ValueError, match="not supported"):
        engine.solve(problem, {}, Budget(seconds=0.1))


def test_the_pool_forgets_the_oldest() -> None:
    pool = RoutePool(limit=2)
    for name in ("a", "b", "a", "c"):
        pool.add({name: (("x",),)})
    assert [key[0] for key in pool] == ["a", "c"]


def test_solve_is_never_worse_than_its_start_and_names_the_engine() -> None:
    problem = engine_problem(3)
    start = insert_only(problem, None)
    result = solve(problem, start.plan, Budget(seconds=0.5, seed=1))
    assert result.status is SolveStatus.FEASIBLE
    assert result.plan is not None
    assert result.cost == check(problem, result.plan).cost.total <= start.cost
    assert result.engine in ("insert", "own", "setpart", "pyvrp", "ortools")
    costs = [better.cost for better in result.improvements]
    assert costs == sorted(costs, reverse=True)
    assert (result.improvements[-1].engine, costs[-1]) == (result.engine, result.cost)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_turn_of_every_family_gives_a_plan_that_keeps_all_rules(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = {family: tuple(replace(turn, at_least_s=0.0) for turn in turns) for family, turns in TURNS.items()}
    monkeypatch.setattr(portfolio, "TURNS", now)
    met = set()
    for seed in range(8):
        problem = hostile_problem(
            seed, 8, 3, PLAIN if seed % 2 else (Feature.SHIPMENTS, Feature.LIMITS, Feature.OPTIONS)
        )
        start = insert_only(problem, None)
        result = solve(problem, start.plan, Budget(seconds=0.4, seed=seed, workers=workers))
        met.add(family_of(problem))
        if check(problem, start.plan).ok:
            assert result.plan is not None
            assert check(problem, result.plan).ok
            assert result.cost is not None
            assert result.cost <= check(problem, start.plan).cost.total
    assert met == {Family.FLEET, Family.RICH}


def test_problems_go_to_those_who_do_well_on_them() -> None:
    leg = np.array([[0, 9], [9, 0]])
    stop = Stop("s", 1, (1,), 0, 99, 99, prize_cents=100)
    vehicle = Vehicle("v", 0, 0, (9,), cents_per_km=1000)
    problem = RoutingProblem((Profile(leg, leg),), (stop,), (vehicle, replace(vehicle, vehicle_id="w")), ("load",))
    assert family_of(problem) is Family.UNIFORM
    assert family_of(replace(problem, stops=(replace(stop, prize_cents=1),))) is Family.CHOICES
    smaller = replace(vehicle, vehicle_id="w", capacity=(5,))
    assert family_of(replace(problem, vehicles=(vehicle, smaller))) is Family.FLEET
    assert family_of(replace(problem, vehicles=(replace(vehicle, max_trips=2),))) is Family.CHOICES
    assert family_of(replace(problem, stops=(replace(stop, setup_s=1),))) is Family.RICH


@pytest.mark.parametrize("workers", [1, 2])
def test_an_engine_that_lies_or_breaks_changes_nothing(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = engine_problem(4)
    calls: list[str] = []

    def lies(problem: RoutingProblem, *_: object) -> dict[str, list[list[str]]]:
        calls.append("lies")
        return {problem.vehicles[0].vehicle_id: [[s.stop_id for s in problem.stops]]}

    def breaks(*_: object) -> None:
        calls.append("breaks")
        raise RuntimeError("no memory")

    monkeypatch.setattr(pyvrp_engine, "solve", lies)
    monkeypatch.setattr(setpart, "solve", breaks)
    turns = (Turn(("own",), 0.5), Turn(("own", "pyvrp"), 0.2), Turn(("setpart",), 0.2))
    monkeypatch.setattr(portfolio, "TURNS", dict.fromkeys(Family, turns))
    result = solve(problem, None, Budget(seconds=0.5, workers=workers))
    assert calls == ["lies", "breaks"]
    assert result.engine == "own"
    assert any("no memory" in note for note in result.notes)
    assert result.plan is not None
    assert check(problem, result.plan).ok


def test_a_short_budget_is_one_search_and_a_long_one_has_all_turns() -> None:
    (whole,) = in_time(TURNS[Family.UNIFORM], 1.0)
    assert (whole.engines, whole.share) == (("own",), 1.0)
    for turns in TURNS.values():
        assert in_time(turns, 600.0) == turns or sum(turn.share for turn in in_time(turns, 600.0)) == pytest.approx(1)
        assert len(in_time(turns, 600.0)) == len(turns)
