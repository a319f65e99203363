"""The rules of a call, each by the case it is for."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands
from orchestrator.domain import negotiations_commands as c
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.negotiations import CLOSED_KEPT, AwardStatus, Bidder, BidStatus, Phase
from tests.unit.domain.small_company import World
from tests.unit.negotiation.calls import bid, of, tender, unable, world_with
from tests.unit.negotiation.test_protocol import drive


def later(world: World, seconds: int, call: str) -> None:
    world.now_s += seconds
    drive(world, call)


def test_the_cheapest_wins_confirms_and_delivers() -> None:
    world = world_with(2)
    call = tender(world, "acme/1", "acme/2")
    bid(world, call, "fast", 30_000, "acme/1", "acme/2")
    cheap = bid(world, call, "cheap", 20_000, "acme/1", "acme/2", note="on our way anyway")
    later(world, 601, call)
    assert [award.bid_id for award in of(world, call).awards] == [cheap]
    world.do(c.ConfirmAward(negotiation_id=call, bidder="cheap", bid_id=cheap))
    assert world.state.orders["acme/1"].status is OrderStatus.LOADED
    assert world.state.carried["acme/2"].carrier == "cheap"
    for order_id in ("acme/1", "acme/2"):
        world.do(c.ReportLotDone(negotiation_id=call, bidder="cheap", lot_id=order_id, at_s=world.now_s))
    drive(world, call)
    assert of(world, call).phase is Phase.DONE
    assert [world.state.orders[f"acme/{number}"].status for number in (1, 2)] == [OrderStatus.DELIVERED] * 2
    assert {one.bidder: one.status for one in of(world, call).bids}["fast"] is BidStatus.LOST
    assert any("on our way anyway" in step.text for step in of(world, call).story)


def test_a_silent_winner_forfeits_and_the_next_is_asked() -> None:
    world = world_with(1)
    call = tender(world, "acme/1")
    bid(world, call, "lazy", 10_000, "acme/1")
    bid(world, call, "fast", 20_000, "acme/1")
    later(world, 601, call)
    later(world, 301, call)
    first, second = of(world, call).awards
    assert (first.bidder, first.status) == ("lazy", AwardStatus.FORFEITED)
    assert (second.bidder, second.status) == ("fast", AwardStatus.PENDING)


def test_when_nobody_can_people_are_told_every_reason() -> None:
    world = world_with(1)
    bidders = (Bidder(bidder="fast"), Bidder(bidder="lazy"), unable("small", "carries 3 kg, 5 kg wanted"))
    call = tender(world, "acme/1", bidders=bidders)
    world.do(c.DeclineCall(negotiation_id=call, bidder="fast", reason="no driver"))
    later(world, 601, call)
    assert of(world, call).phase is Phase.FAILED
    (told,) = [one.text for one in world.state.alerts.values() if one.kind == "NEGOTIATION_FAILED"]
    assert all(word in told for word in ("no driver", "carries 3 kg", "lazy: no answer"))


def test_a_counter_offer_waits_for_a_person() -> None:
    world = world_with(1)
    call = tender(world, "acme/1", limit_cents=5_000)
    counter = bid(world, call, "fast", 9_000, "acme/1", counter=True)
    later(world, 601, call)
    assert of(world, call).phase is Phase.CALLED
    with pytest.raises(Rejection, match="without a person"):
        world.do(c.AwardLots(negotiation_id=call, bid_ids=(counter,), why="x"))
    world.do(c.AwardLots(negotiation_id=call, bid_ids=(counter,), by="ada"))
    assert of(world, call).awards[0].by == "ada"


@pytest.mark.parametrize(
    ("price_cents", "values", "rule"),
    [
        (6_000, {}, "OVER_LIMIT"),
        (1_000, {"promised_s": 1}, "OUT_OF_TIME"),
        (1_000, {"bidder": "weak"}, "TOO_HEAVY"),
    ],
)
def test_a_bid_that_breaks_a_rule_is_told_and_counts_for_nothing(
    price_cents: int, values: dict[str, object], rule: str
) -> None:
    world = world_with(1)
    bidders = (Bidder(bidder="fast"), Bidder(bidder="weak", weight_max_g=4_999))
    call = tender(world, "acme/1", bidders=bidders, limit_cents=5_000, from_s=1_000)
    bidder = str(values.pop("bidder", "fast"))
    bid_id = bid(world, call, bidder, price_cents, "acme/1", **values)
    refused = of(world, call).bid(bid_id)
    assert refused is not None
    assert refused.status is BidStatus.REFUSED
    assert refused.why.startswith(rule)


def test_who_was_not_asked_is_told_nothing() -> None:
    world = world_with(1)
    call = tender(world, "acme/1", bidders=(Bidder(bidder="fast"), unable("small", "too small")))
    told = []
    for name, asked in (("stranger", call), ("small", call), ("fast", "N-999999")):
        with pytest.raises(Rejection) as refused:
            bid(world, asked, name, 1_000, "acme/1")
        told.append(refused.value.message.replace(asked, "N"))
    assert len(set(told)) == 1


def test_an_order_is_called_about_once_at_a_time() -> None:
    world = world_with(1)
    tender(world, "acme/1")
    with pytest.raises(Rejection, match="open call N-000001"):
        tender(world, "acme/1")


def test_what_a_carrier_has_cannot_be_cancelled_or_loaded_until_it_comes_back() -> None:
    world = world_with(1)
    call = tender(world, "acme/1")
    bid_id = bid(world, call, "fast", 1_000, "acme/1")
    later(world, 601, call)
    world.do(c.ConfirmAward(negotiation_id=call, bidder="fast", bid_id=bid_id))
    for command in (
        commands.CancelOrder(order_id="acme/1"),
        commands.ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1",), at_s=world.now_s),
    ):
        with pytest.raises(Rejection) as refused:
            world.do(command)
        assert refused.value.reason is Reason.ILLEGAL_TRANSITION
    world.do(c.DeclineCall(negotiation_id=call, bidder="fast", reason="breakdown"))
    assert world.state.orders["acme/1"].status is OrderStatus.OPEN
    assert world.state.on_hand[("W1", "chair")] == 20
    drive(world, call)
    assert of(world, call).phase is Phase.FAILED


def test_a_bid_of_alternatives_wins_once() -> None:
    world = world_with(2)
    call = tender(world, "acme/1", "acme/2")
    bid(world, call, "fast", 1_000, "acme/1", alone=True)
    bid(world, call, "fast", 1_500, "acme/2")
    later(world, 601, call)
    assert len(of(world, call).awards) == 1


def test_cancelling_takes_back_what_is_not_done() -> None:
    world = world_with(1)
    call = tender(world, "acme/1")
    bid_id = bid(world, call, "fast", 1_000, "acme/1")
    later(world, 601, call)
    world.do(c.ConfirmAward(negotiation_id=call, bidder="fast", bid_id=bid_id))
    world.do(c.CancelNegotiation(negotiation_id=call, by="ada", reason="own van is free"))
    assert (of(world, call).phase, world.state.orders["acme/1"].status) == (Phase.CANCELLED, OrderStatus.OPEN)
    with pytest.raises(Rejection):
        world.do(c.CancelNegotiation(negotiation_id=call, by="ada"))


def test_only_so_many_that_are_over_are_kept() -> None:
    world = world_with(1)
    first = tender(world, "acme/1")
    world.do(c.CancelNegotiation(negotiation_id=first, by="ada"))
    for _ in range(CLOSED_KEPT):
        world.do(c.CancelNegotiation(negotiation_id=tender(world, "acme/1"), by="ada"))
    assert first not in world.state.negotiations
    assert len(world.state.negotiations) == CLOSED_KEPT


def test_a_bundle_is_not_offered_again_when_a_part_of_it_is_taken() -> None:
    world = world_with(2)
    call = tender(world, "acme/1", "acme/2")
    fast = bid(world, call, "fast", 1_000, "acme/1")
    bid(world, call, "lazy", 1_000, "acme/2")
    bid(world, call, "cheap", 150_000, "acme/1", "acme/2")
    later(world, 601, call)
    world.do(c.ConfirmAward(negotiation_id=call, bidder="fast", bid_id=fast))
    later(world, 301, call)
    assert list(of(world, call).left) == ["acme/2"]
    assert world.state.carried.keys() == {"acme/1"}
