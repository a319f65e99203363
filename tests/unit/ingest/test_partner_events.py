"""What one partner is told of the log."""

import pytest

from orchestrator.domain import events as e
from orchestrator.domain.plan import PlanDelta, PlannedStop, Revision, Tier, Trip, VehicleRoute, Verdict
from orchestrator.ingest.partner_events import HANDLERS, PartnerView
from protos.muster.partner.v1 import partner_service_pb2 as pb
from tests.unit.domain.small_company import NOW_S


def revised(arrivals: dict[str, int], unplanned: dict[str, str] | None = None, revision: int = 1) -> e.PlanRevised:
    """A revision that plans these orders on one vehicle and leaves those out for a reason."""
    stops = tuple(
        PlannedStop(order_id=order_id, arrive_s=at_s, start_s=at_s, depart_s=at_s + 300)
        for order_id, at_s in arrivals.items()
    )
    trip = Trip(load_start_s=NOW_S, depart_s=NOW_S, return_s=NOW_S, stops=stops)
    left_out = {
        order_id: Verdict(order_id=order_id, code=code, text="V1 is full of beta/9")
        for order_id, code in (unplanned or {}).items()
    }
    head = Revision(revision=revision, parent=revision - 1, tier=Tier.REPAIR, causes=())
    routes = {"V1": VehicleRoute(vehicle_id="V1", trips=(trip,))}
    return e.PlanRevised(head=head, delta=PlanDelta(routes=routes, unplanned=left_out))


@pytest.mark.parametrize(
    "event",
    [
        e.OrderCancelled(order_id="beta/1", at_s=NOW_S),
        e.VehicleLoaded(vehicle_id="V1", site_id="W1", order_ids=("beta/1", "acme2/1"), at_s=NOW_S),
        e.VehicleArrived(vehicle_id="V1", order_id="beta/1", at_s=NOW_S),
        e.OrderDelivered(vehicle_id="V1", order_id="beta/1", at_s=NOW_S),
        e.DeliveryFailed(vehicle_id="V1", order_id="beta/1", at_s=NOW_S, reason="closed"),
        e.VehicleReturned(vehicle_id="V1", site_id="W1", at_s=NOW_S, returned=("beta/1",)),
        revised({"beta/1": NOW_S}, {"beta/2": "CAPACITY"}),
        e.MachineCameUp(machine_id="M1", at_s=NOW_S),
    ],
)
def test_nothing_of_others_is_told(event: e.Event) -> None:
    assert PartnerView("acme").events_of(event, NOW_S) == []


def test_own_orders_are_told_among_others() -> None:
    view = PartnerView("acme")
    event = e.VehicleLoaded(vehicle_id="V1", site_id="W1", order_ids=("beta/1", "acme/7", "acme/8"), at_s=NOW_S)
    told = view.events_of(event, NOW_S)
    assert [(item.number, item.kind) for item in told] == [
        ("7", pb.ORDER_EVENT_KIND_LOADED),
        ("8", pb.ORDER_EVENT_KIND_LOADED),
    ]


def test_a_promise_is_told_when_it_moves() -> None:
    view = PartnerView("acme")
    first = view.events_of(revised({"acme/1": NOW_S, "beta/1": NOW_S}), NOW_S)
    assert [item.promise.arrive_s for item in first] == [NOW_S]
    assert not view.events_of(revised({"acme/1": NOW_S + 59}), NOW_S)
    assert view.events_of(revised({"acme/1": NOW_S + 60}), NOW_S)


def test_a_reason_is_told_in_fixed_words() -> None:
    view = PartnerView("acme")
    told = view.events_of(revised({}, {"acme/1": "CAPACITY"}), NOW_S)
    assert told[0].promise.code == "CAPACITY"
    assert "beta" not in told[0].promise.text
    assert "V1" not in told[0].promise.text


def test_a_finished_order_is_forgotten() -> None:
    view = PartnerView("acme")
    view.events_of(revised({"acme/1": NOW_S}), NOW_S)
    view.events_of(e.OrderDelivered(vehicle_id="V1", order_id="acme/1", at_s=NOW_S, late_s=5), NOW_S)
    assert view._told == {}


def test_the_kinds_a_partner_hears_of() -> None:
    assert {kind.__name__ for kind in HANDLERS} == {
        "OrderReceived",
        "OrderCancelled",
        "OrderConfirmed",
        "VehicleLoaded",
        "VehicleArrived",
        "OrderDelivered",
        "DeliveryFailed",
        "VehicleReturned",
        "PlanRevised",
    }
