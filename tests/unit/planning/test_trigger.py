"""Every event is either planned for or known to be of no concern; disruptions always lead to a revision."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain import events as e
from orchestrator.domain.evolve.levels import FOLDS as LEVEL_FOLDS
from orchestrator.domain.evolve.negotiations import FOLDS
from orchestrator.domain.evolve.reminders import FOLDS as REMINDER_FOLDS
from orchestrator.domain.evolve.upkeep import FOLDS as UPKEEP_FOLDS
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.trigger import RULES, trigger
from orchestrator.planning.trigger_negotiations import NEGOTIATION_RULES
from tests.unit.planning.world import HOUR_S, World, small_company

OF_NO_CONCERN = {e.PlanRevised, e.AlertRaised, e.AlertAcknowledged, e.AlertResolved, *LEVEL_FOLDS}
OF_NO_CONCERN |= set(REMINDER_FOLDS)
OF_OTHERS = set(FOLDS) - set(NEGOTIATION_RULES)
OF_OTHERS |= set(UPKEEP_FOLDS)
OF_OTHERS |= {e.DayClosed, e.DemandMarked, e.ProposalSnoozed, e.ReplenishmentModeSet}
"""Heard by the learner, the releaser, the negotiation desk and the agents."""


def test_every_event_is_thought_of() -> None:
    assert set(RULES) | OF_NO_CONCERN | OF_OTHERS == set(e.event_types().values())
    assert not set(RULES) & (OF_NO_CONCERN | OF_OTHERS)


def _disruptions(world: World) -> dict[str, c.Command]:
    at_s, until_s = world.now_s, world.now_s + HOUR_S
    place = world.company.customers[0].place
    return {
        "VehicleWentDown": c.ReportVehicleDown(vehicle_id="V2", at_s=at_s, until_s=until_s),
        "VehicleCameUp": c.ReportVehicleUp(vehicle_id="V2", at_s=at_s),
        "AreaSlowed": c.ReportSlowArea(
            area_id="a", lat_e7=place.lat_e7, lon_e7=place.lon_e7, radius_m=500, factor_pct=200, until_s=until_s
        ),
        "AreaCleared": c.ReportSlowAreaOver(area_id="a"),
        "MachineWentDown": c.ReportMachineDown(machine_id="M1", at_s=at_s, until_s=until_s),
        "MachineCameUp": c.ReportMachineUp(machine_id="M1", at_s=at_s),
        "PurchaseDelayed": c.ReportPurchaseDelayed(purchase_order_id="PO-1", expected_s=until_s + HOUR_S),
        "StockCounted": c.CountStock(site_id="W1", item_id="A", on_hand=400, at_s=at_s),
        "InstructionRefused": c.RefuseInstruction(kind="vehicle", resource_id="V1", revision=1, reason="no fuel"),
    }


def test_each_disruption_is_named_by_a_revision_even_if_nothing_moves() -> None:
    world = World(small_company(plant=True, purchases=(("PO-1", 10, 12),)))
    for kind, command in _disruptions(world).items():
        draft = world.do(command)
        assert draft is not None, kind
        assert kind in [cause.kind for cause in draft.head.causes]
        assert draft.head.causes[0].seq > 0


def test_a_rush_order_is_named_and_an_ordinary_one_is_no_disruption() -> None:
    world = World()
    world.order(priority=9, plan=False)
    assert world.dirty.must_publish
    world.plan()
    world.order(priority=5, plan=False)
    assert not world.dirty.must_publish


def test_a_cancelled_order_makes_its_vehicle_and_its_stock_dirty() -> None:
    world = World()
    order_id = world.order()
    vehicle_id = world.state.plan.vehicle_of[order_id]
    world.tell(c.CancelOrder(order_id=order_id))
    assert vehicle_id in world.dirty.vehicles
    assert ("W1", "A") in world.dirty.item_sites


def test_dirty_merges_and_parts_without_loss() -> None:
    dirty = Dirty(orders={"a": None, "b": None}, vehicles={"V1": None}, must_publish=True)
    other = Dirty(lines={"L": None})
    dirty.merge(other)
    halves = dirty.halves()
    assert halves is not None
    joined = Dirty()
    for half in halves:
        assert half.must_publish
        joined.merge(half)
    assert (joined.orders, joined.vehicles, joined.lines) == (dirty.orders, dirty.vehicles, dirty.lines)
    assert Dirty(orders={"a": None}).halves() is None


@pytest.mark.parametrize("event", [e.AlertResolved(alert_id="x")])
def test_events_of_no_concern_make_nothing_dirty(event: e.Event) -> None:
    assert trigger(World().state, event).empty()
