"""Orders: taken in one by one, never twice, cancelled only before loading."""

from __future__ import annotations

import pytest

from orchestrator.domain.answers import ItemOutcome
from orchestrator.domain.commands import CancelOrder, ReportVehicleLoaded, SubmitOrders
from orchestrator.domain.entities import OrderLine, OrderStatus
from orchestrator.domain.errors import Reason, Rejection
from tests.unit.domain.small_company import NOW_S, World, draft


def test_an_order_is_accepted_once_and_known_when_sent_again() -> None:
    world = World.with_company()
    first = world.submit(draft("1"))
    again = world.submit(draft("1"))
    assert [result.outcome for result in first.orders] == [ItemOutcome.ACCEPTED]
    assert [result.outcome for result in again.orders] == [ItemOutcome.DUPLICATE]
    assert again.orders[0].order_id == "acme/1"
    assert list(world.state.open_orders) == ["acme/1"]


def test_a_number_with_other_content_is_refused_and_changes_nothing() -> None:
    world = World.with_company()
    world.submit(draft("1", quantity=1))
    answer = world.submit(draft("1", quantity=2), draft("2"))
    assert [result.outcome for result in answer.orders] == [ItemOutcome.REFUSED, ItemOutcome.ACCEPTED]
    assert answer.orders[0].reason == Reason.ORDER_DUPLICATE
    assert world.state.orders["acme/1"].lines[0].quantity == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"customer_id": "nobody"}, "customer_id"),
        ({"lines": (OrderLine(item_id="table", quantity=1),)}, "lines[0].item_id"),
        ({"window_end_s": NOW_S + 3600}, "window_end_s"),
        ({"window_start_s": NOW_S - 7200, "window_end_s": NOW_S}, "window_end_s"),
        ({"window_start_s": NOW_S + 90 * 86_400, "window_end_s": NOW_S + 91 * 86_400}, "window_start_s"),
    ],
)
def test_a_bad_order_names_its_field_and_the_others_of_the_batch_are_taken(
    values: dict[str, object], field: str
) -> None:
    world = World.with_company()
    bad = draft("bad").model_copy(update=values)
    answer = world.submit(draft("good"), bad)
    assert [result.outcome for result in answer.orders] == [ItemOutcome.ACCEPTED, ItemOutcome.REFUSED]
    assert answer.orders[1].field == field
    assert answer.orders[1].message


def test_no_company_no_orders() -> None:
    with pytest.raises(Rejection) as refused:
        World().do(SubmitOrders(partner_id="acme", orders=(draft("1"),)))
    assert refused.value.reason is Reason.COMPANY_MISSING


def test_cancelling_takes_the_order_out_and_respects_the_etag() -> None:
    world = World.with_company()
    world.submit(draft("1"))
    with pytest.raises(Rejection) as stale:
        world.do(CancelOrder(order_id="acme/1", version=7))
    assert stale.value.reason is Reason.ETAG_MISMATCH
    world.do(CancelOrder(order_id="acme/1", version=1))
    assert world.state.orders["acme/1"].status is OrderStatus.CANCELLED
    assert not world.state.open_orders
    with pytest.raises(Rejection) as twice:
        world.do(CancelOrder(order_id="acme/1"))
    assert twice.value.reason is Reason.ILLEGAL_TRANSITION


def test_goods_on_board_cannot_be_cancelled() -> None:
    world = World.with_company()
    world.submit(draft("1"))
    world.do(ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1",), at_s=NOW_S))
    with pytest.raises(Rejection) as refused:
        world.do(CancelOrder(order_id="acme/1"))
    assert refused.value.reason is Reason.ILLEGAL_TRANSITION
