"""Coupling in one direction and one revision: a machine stops, a batch is late, a shipment waits, a route moves."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.domain.plan import PegKind
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def _world() -> tuple[World, str, str]:
    """An order that waits for a batch, and one from stock that could go along or before."""
    world = World(small_company(vehicles=2, plant=True, production=(("MO-1", 20, 12),), stock=500))
    waits = world.order("C0", quantity=10, item="M", window=(8, 17))
    other = world.order("C1", quantity=5, item="A", window=(8, 17))
    return world, waits, other


def test_an_order_is_pegged_to_the_batch_and_leaves_after_it() -> None:
    world, waits, _ = _world()
    allocation = world.state.plan.allocations[waits]
    assert [(peg.kind, peg.source_id) for peg in allocation.pegs] == [(PegKind.PRODUCTION, "MO-1")]
    last = world.state.plan.tasks["MO-1:1"]
    assert allocation.release_s == last.end_s + 1800 + 900  # transfer and handling
    trip = next(t for t in world.state.plan.routes[world.state.plan.vehicle_of[waits]].trips for s in t.stops)
    assert trip.depart_s >= allocation.release_s


def test_a_breakdown_moves_batch_release_and_route_in_one_revision_that_names_it() -> None:
    world, waits, _ = _world()
    before = world.state.plan.allocations[waits]
    revision = world.state.plan.revision
    until_s = DAY_S + 13 * HOUR_S
    draft = world.do(c.ReportMachineDown(machine_id="M3", at_s=world.now_s, until_s=until_s, reason="bearing"))
    assert draft is not None
    assert world.state.plan.revision == revision + 1
    assert [cause.kind for cause in draft.head.causes] == ["MachineWentDown"]
    assert draft.delta.tasks["MO-1:1"] is not None
    after = draft.delta.allocations[waits]
    assert after is not None
    assert after.release_s > before.release_s
    route = world.state.plan.routes[world.state.plan.vehicle_of[waits]]
    trip = next(t for t in route.trips if any(s.order_id == waits for s in t.stops))
    assert trip.depart_s >= after.release_s
    assert "M3 down until 13:00" in draft.head.summary
    check_plan(world.state, world.memory, world.now_s)


def test_the_machine_is_up_again_and_everything_moves_back() -> None:
    world, waits, _ = _world()
    before = world.state.plan.allocations[waits].release_s
    world.do(c.ReportMachineDown(machine_id="M3", at_s=world.now_s, until_s=DAY_S + 13 * HOUR_S))
    draft = world.do(c.ReportMachineUp(machine_id="M3", at_s=world.now_s))
    assert draft is not None
    assert [cause.kind for cause in draft.head.causes] == ["MachineCameUp"]
    assert abs(world.state.plan.allocations[waits].release_s - before) < 60


def test_a_breakdown_that_touches_nothing_is_named_all_the_same() -> None:
    world, _, _ = _world()
    draft = world.do(c.ReportMachineDown(machine_id="M2", at_s=world.now_s, until_s=world.now_s + 60))
    assert draft is not None
    assert draft.head.causes[0].kind == "MachineWentDown"


def test_a_late_purchase_moves_the_order_that_waits_for_it() -> None:
    world = World(small_company(vehicles=2, stock=0, purchases=(("PO-1", 50, 9),)))
    waits = world.order("C0", quantity=10, window=(8, 17))
    assert world.state.plan.allocations[waits].pegs[0].source_id == "PO-1"
    draft = world.do(c.ReportPurchaseDelayed(purchase_order_id="PO-1", expected_s=DAY_S + 12 * HOUR_S))
    assert draft is not None
    assert [cause.kind for cause in draft.head.causes] == ["PurchaseDelayed"]
    assert world.state.plan.allocations[waits].release_s == DAY_S + 12 * HOUR_S + 900
    assert waits in world.state.plan.vehicle_of


def test_started_work_goes_on_after_the_breakdown() -> None:
    world, _, _ = _world()
    first = world.state.plan.tasks["MO-1:0"]
    world.now_s = first.start_s
    world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id=first.machine_id, at_s=world.now_s))
    world.now_s += 300
    until_s = world.now_s + HOUR_S
    world.do(c.ReportMachineDown(machine_id=first.machine_id, at_s=world.now_s, until_s=until_s))
    later = world.state.plan.tasks["MO-1:0"]
    assert later.machine_id == first.machine_id
    assert later.start_s == first.start_s
    assert later.end_s == first.end_s + HOUR_S
