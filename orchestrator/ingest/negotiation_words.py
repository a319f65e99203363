"""What the contract net's events are about, and each in a sentence. Two tables for `convert_event`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain import negotiations_events as n
from orchestrator.domain.events import Event
from orchestrator.domain.measures import euros

SUBJECTS: Mapping[type[Event], Callable[[Any], str]] = {
    n.NegotiationOpened: lambda x: x.negotiation.negotiation_id,
    n.BidReceived: lambda x: x.negotiation_id,
    n.BidRefused: lambda x: x.negotiation_id,
    n.CallDeclined: lambda x: x.negotiation_id,
    n.Awarded: lambda x: x.negotiation_id,
    n.AwardConfirmed: lambda x: x.negotiation_id,
    n.AwardForfeited: lambda x: x.negotiation_id,
    n.LotDone: lambda x: x.negotiation_id,
    n.LotsLeft: lambda x: x.negotiation_id,
    n.NegotiationEnded: lambda x: x.negotiation_id,
    n.QuoteAgreed: lambda x: x.quote.proposal_id,
    n.OrderHandedOver: lambda x: x.carried.order_id,
    n.OrderTakenBack: lambda x: x.order_id,
    n.CarrierDelivered: lambda x: x.order_id,
}

SENTENCES: Mapping[type[Event], Callable[[Any], str]] = {
    n.NegotiationOpened: lambda x: (
        f"{x.negotiation.owner} called {len(x.negotiation.bidders)} bidders about {len(x.negotiation.lots)} lots"
    ),
    n.BidReceived: lambda x: f"{x.bid.bidder} bids {euros(x.bid.price_cents)} for {', '.join(x.bid.lot_ids[:5])}",
    n.BidRefused: lambda x: f"a bid of {x.bid.bidder} is refused: {x.bid.why}",
    n.CallDeclined: lambda x: f"{x.bidder} declines{_because(x.reason)}",
    n.Awarded: lambda x: f"awarded to {', '.join(one.bidder for one in x.awards)}{_because(x.why)}",
    n.AwardConfirmed: lambda x: f"award {x.bid_id} is confirmed",
    n.AwardForfeited: lambda x: f"award {x.bid_id} is forfeited{_because(x.reason)}",
    n.LotDone: lambda x: f"{x.lot_id} is done",
    n.LotsLeft: lambda x: f"nobody gets {', '.join(x.lot_ids[:5])}{_because(x.reason)}",
    n.NegotiationEnded: lambda x: f"negotiation {x.negotiation_id} is {x.phase.value.lower()}{_because(x.outcome)}",
    n.QuoteAgreed: lambda x: (
        f"{x.quote.supplier_id} agreed to {x.quote.quantity} for {euros(x.quote.price_cents)} ({x.quote.proposal_id})"
    ),
    n.OrderHandedOver: lambda x: f"order {x.carried.order_id} is with carrier {x.carried.carrier}",
    n.OrderTakenBack: lambda x: f"order {x.order_id} is back from carrier {x.carrier}{_because(x.reason)}",
    n.CarrierDelivered: lambda x: f"order {x.order_id} was delivered by carrier {x.carrier}",
}


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
