"""The supplier's agent's answer to a call for a quote. The same call gives the same answer, whoever gives it and when.

Pure. Called by `agents.supplier`, and by the core (`orchestrator.negotiation`) while agents are away.
"""

from __future__ import annotations

from agents.messages import SupplyBid, SupplyCall
from agents.supplier_bid import offer


def quoted(call: SupplyCall) -> SupplyBid:
    """The offer, or why there is none."""
    made = offer(call.terms, call.quantity, call.asked_s) if call.terms is not None else "does not sell it"
    if isinstance(made, str):
        return SupplyBid(
            agent=call.agent,
            number=0,
            at_s=call.asked_s,
            negotiation_id=call.negotiation_id,
            lot=call.lot,
            declined=made,
        )
    return SupplyBid(
        agent=call.agent,
        number=0,
        at_s=call.asked_s,
        negotiation_id=call.negotiation_id,
        lot=call.lot,
        price_cents=made.price_cents,
        promise_s=made.at_s,
    )
