"""A world in which orders can be tendered to three carriers, and short ways to say what they say."""

from __future__ import annotations

from typing import Any

from orchestrator.domain import negotiations_commands as c
from orchestrator.domain.negotiations import Bidder, BidderStatus, Lot, Negotiation, Promise, Subject
from tests.unit.domain.small_company import NOW_S, World, draft

CARRIERS = ("fast", "cheap", "lazy")


def world_with(orders: int) -> World:
    """The small company with orders acme/1 … of one chair each."""
    world = World.with_company()
    world.submit(*(draft(str(number)) for number in range(1, orders + 1)))
    return world


def lot(order_id: str, **values: Any) -> Lot:
    """An order as a lot, fetched at W1, worth 1,000 €."""
    fields: dict[str, Any] = {"penalty_cents": 100_000, "site_id": "W1", "weight_g": 5_000}
    return Lot(lot_id=order_id, **({"until_s": NOW_S + 10 * 3_600} | fields | values))


def tender(world: World, *order_ids: str, bidders: tuple[Bidder, ...] | None = None, **values: Any) -> str:
    """Call the carriers about orders; bids until ten minutes from now, five minutes to confirm."""
    command = c.OpenNegotiation(
        subject=Subject.TENDER,
        owner="ada",
        lots=tuple(lot(order_id, **values) for order_id in order_ids),
        bidders=bidders or tuple(Bidder(bidder=name, partner_id=name) for name in CARRIERS),
        answer_by_s=world.now_s + 600,
        confirm_s=300,
    )
    answer = world.do(command)
    assert answer is not None
    return answer.created_id


def bid(world: World, call: str, bidder: str, price_cents: int, *lots: str, **values: Any) -> str:
    """A bid with a promise two hours ahead for each lot; the bid's id."""
    at_s = values.pop("promised_s", world.now_s + 7_200)
    promises = tuple(Promise(lot_id=one, at_s=at_s) for one in lots)
    command = c.SubmitBid(
        negotiation_id=call, bidder=bidder, lot_ids=lots, price_cents=price_cents, promises=promises, **values
    )
    answer = world.do(command)
    assert answer is not None
    return answer.created_id


def of(world: World, call: str) -> Negotiation:
    """The negotiation as it stands."""
    return world.state.negotiations[call]


def unable(name: str, reason: str) -> Bidder:
    """Somebody who was filtered out."""
    return Bidder(bidder=name, status=BidderStatus.UNABLE, reason=reason)
