"""Who decides about a proposal: Muster by itself, a person now, or a person later."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.plan import Proposal
from orchestrator.domain.quoting import quote_of
from orchestrator.domain.state import State


class Approval(StrEnum):
    """WAITING: a person has to decide. AUTOMATIC: it is ordered without one. SNOOZED: put off for now."""

    WAITING = "WAITING"
    AUTOMATIC = "AUTOMATIC"
    SNOOZED = "SNOOZED"


def approval_of(state: State, proposal: Proposal, limit_cents: int, now_s: int) -> Approval:
    """A snooze goes before all; then a person's or the file's word on the item; then the amount, as quoted if it is."""
    if state.snoozed.get(proposal.proposal_id, 0) > now_s:
        return Approval.SNOOZED
    key = (proposal.site_id, proposal.item_id)
    policy = state.policies.get(key)
    automatic = state.automatic.get(key, policy.automatic if policy is not None else True)
    quote = quote_of(state, proposal, now_s)
    cost_cents = quote.price_cents if quote is not None else proposal.cost_cents
    return Approval.AUTOMATIC if automatic and cost_cents <= limit_cents else Approval.WAITING
