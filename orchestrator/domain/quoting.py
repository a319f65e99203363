"""Which purchase proposals suppliers are asked about, and what an agreed quote makes of a proposal."""

from __future__ import annotations

from orchestrator.domain.negotiations import AgreedQuote
from orchestrator.domain.plan import Proposal, ProposalKind
from orchestrator.domain.state import DAY_S, State

ANY_PRICE_CENTS = 10**10
"""What leaving a lot costs where no limit is given: more than any bid."""


def quote_of(state: State, proposal: Proposal, now_s: int) -> AgreedQuote | None:
    """The quote that holds for a proposal: of its quantity, and not over."""
    quote = state.quotes.get(proposal.proposal_id)
    if quote is None or quote.quantity != proposal.quantity or quote.valid_until_s < now_s:
        return None
    return quote


def worth_a_call(state: State, proposal: Proposal, above_cents: int, now_s: int) -> bool:
    """Whether suppliers should be called about a proposal now: several sell it or it is dear, and nobody was asked."""
    if proposal.kind is not ProposalKind.PURCHASE or proposal.proposal_id in state.lots_called:
        return False
    if state.suppliers_asked.get(proposal.proposal_id, -DAY_S) + DAY_S > now_s:
        return False
    company = state.company
    sellers = {one.supplier_id for one in (company.sources if company else ()) if one.item_id == proposal.item_id}
    own = state.items[proposal.item_id].supplier_id if proposal.item_id in state.items else None
    return len(sellers | ({own} if own else set())) > 1 or proposal.cost_cents >= above_cents


def with_quote(quote: AgreedQuote) -> dict[str, object]:
    """The values of a proposal that a quote sets."""
    return {
        "supplier_id": quote.supplier_id,
        "unit_cost_cents": -(-quote.price_cents // quote.quantity),
        "cost_cents": quote.price_cents,
        "expected_s": quote.expected_s,
    }
