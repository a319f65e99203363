"""Solving a cut-out: never worse than the repaired plan in force, never anything the checker refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.plan import Tier
from orchestrator.planning import route_solve
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import finish
from orchestrator.planning.improver import FINDS_KEPT, finder
from orchestrator.planning.plan_once import begin
from orchestrator.planning.rebase import rebase
from orchestrator.planning.route_solve import fit, improve, insert, retime, trips_of
from orchestrator.planning.routing_problem import RouteJob, Trips, build
from orchestrator.planning.scope import surroundings
from orchestrator.planning.steps import run_here
from orchestrator.planning.working import Working
from orchestrator.runtime.bridge_messages import OutcomeKind, Solved
from orchestrator.runtime.bridge_outcome import outcome_of
from solvers.budget import Budget
from solvers.routing.problem import TICKS_PER_CENT
from solvers.routing.solve import solve
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def _world(seed: int = 1) -> World:
    world = World(small_company(vehicles=4, customers=15, seed=seed, weight_g=60_000))
    for number in range(15):
        world.order(f"C{number}", window=(8 + number % 4, 11 + number % 4))
    return world


def _pass(world: World) -> Working:
    return begin(world.state, Dirty(), world.now_s, world.settings, world.memory, wide=True)


def _job(world: World) -> RouteJob:
    work = _pass(world)
    return build(work, surroundings(work, world.state.plan.routes), ())


@pytest.mark.parametrize("seed", range(4))
def test_a_search_never_costs_more_than_the_repaired_plan(seed: int) -> None:
    world = _world(seed)
    if seed % 2:
        world.load(next(iter(world.state.plan.routes)))
    job = _job(world)
    kept, repaired, searched = retime(job), insert(job), improve(job, 0.05, seed)
    assert kept.ok
    assert repaired.ok
    assert searched.ok
    assert repaired.report.cost.total <= kept.report.cost.total
    assert searched.report.cost.total <= repaired.report.cost.total
    assert searched.gain_ticks == repaired.report.cost.total - searched.report.cost.total


def test_the_same_sequences_give_the_same_plan() -> None:
    job = _job(_world())
    kept = retime(job)
    assert fit(job, dict(job.search_start)).report.cost.total <= kept.report.cost.total
    assert trips_of(kept) == {key: job.start[key] for key in job.cuts}


def _adopt(world: World, wanted: dict[str, Trips], least_cents: int = 1) -> bool:
    work = _pass(world)
    taken = run_here(rebase(work, wanted, (), least_cents))
    draft = finish(work, Tier.BACKGROUND) if taken else None
    if draft is not None:
        world.tell(c.PublishRevision(head=draft.head, delta=draft.delta))
    check_plan(world.state, world.memory, world.now_s)
    return draft is not None


def test_a_result_is_fitted_onto_what_has_happened_meanwhile() -> None:
    world = _world()
    wanted = trips_of(improve(_job(world), 0.2))
    vehicle_id = next(iter(world.state.plan.routes))
    world.load(vehicle_id)
    world.serve(vehicle_id)
    world.do(
        c.CancelOrder(order_id=next(o for o in world.state.open_orders if world.state.orders[o].vehicle_id is None))
    )
    new = world.order("C3", window=(14, 17))
    before = world.state.plan.kpis.cost_cents
    _adopt(world, wanted)
    assert world.state.plan.kpis.cost_cents <= before
    assert new in world.state.plan.vehicle_of


def test_a_result_that_saves_too_little_is_dropped() -> None:
    world = _world()
    wanted = trips_of(improve(_job(world), 0.1))
    assert not _adopt(world, wanted, least_cents=10_000_000)
    assert not _adopt(world, {}, 1)


def test_nonsense_from_a_solver_is_dropped() -> None:
    world = _world()
    vehicle_id = next(iter(world.state.plan.routes))
    aboard = world.load(vehicle_id)
    other = next(v for v in world.state.vehicles if v != vehicle_id)
    nonsense: dict[str, Trips] = {vehicle_id: (), other: (aboard, ("acme/O99", "acme/O1"))}
    before = dict(world.state.plan.routes)
    _adopt(world, nonsense)
    assert world.state.plan.routes[vehicle_id].order_ids() == before[vehicle_id].order_ids()


def test_what_the_checker_refuses_is_counted_and_never_published(monkeypatch: pytest.MonkeyPatch) -> None:
    real = route_solve.plan_of

    def cheating(problem: Any, sequences: Any, unplanned: Any = None) -> Any:
        plan = real(problem, sequences, unplanned)
        routes = tuple(replace(r, trips=tuple(replace(t, end_s=t.end_s - 60) for t in r.trips)) for r in plan.routes)
        return replace(plan, routes=routes)

    world = _world()
    revision, routes = world.state.plan.revision, dict(world.state.plan.routes)
    monkeypatch.setattr(route_solve, "plan_of", cheating)
    monkeypatch.setattr(route_solve, "search", _no_search(cheating))
    monkeypatch.setattr(route_solve, "insert_only", _no_search(cheating))
    world.now_s = DAY_S + 6 * HOUR_S
    new = world.order("C1", priority=9)
    assert world.state.plan.revision == revision + 1
    assert world.state.plan.unplanned[new].code == "NOT_YET"
    assert world.state.plan.routes == routes
    monkeypatch.undo()
    world.dirty.orders[new] = None
    world.plan()
    assert new in world.state.plan.vehicle_of


def _no_search(cheating: Any) -> Any:
    """A search that gives its start back, with times that are not true."""

    def answer(problem: Any, start: Any, budget: Any = None, **options: Any) -> Any:
        from solvers.routing.search import insert_only

        found = insert_only(problem, start)
        return replace(
            found, plan=cheating(problem, {r.vehicle_id: [t.stop_ids for t in r.trips] for r in found.plan.routes})
        )

    return answer


def test_a_background_solve_is_recorded_with_who_found_what() -> None:
    work = _pass(_world())
    job = build(work, surroundings(work, work.state.plan.routes), ())
    result = solve(job.search, None, Budget(seconds=0.5, seed=1))
    by = finder(outcome_of(Solved(1, OutcomeKind.SOLVED), result))
    assert by.engine == result.engine == by.found_by[-1].engine
    assert 0 < len(by.found_by) <= FINDS_KEPT
    costs = [find.cost_cents for find in by.found_by]
    assert costs == sorted(costs, reverse=True)
    assert result.cost is not None
    assert costs[-1] == round(result.cost / TICKS_PER_CENT)
    work.engine, work.found_by, work.dirty.must_publish = by.engine, by.found_by, True
    draft = finish(work, Tier.BACKGROUND)
    assert draft is not None
    assert (draft.head.engine, draft.head.found_by) == (by.engine, by.found_by)
