"""Quotes of suppliers: which proposals are worth a call, who is asked and with which terms, and answers as commands.

Promises: pure but for a table of who sells what, made anew when the master data change. Called by the desk, and for
answers from hosts by `orchestrator.publish.reports`.
"""

from __future__ import annotations

from agents.messages import SupplyBid, SupplyCall
from agents.negotiation import answer_by_s
from agents.supplier_bid import Terms
from orchestrator.domain.approval import Approval, approval_of
from orchestrator.domain.company import Company
from orchestrator.domain.negotiations import Bidder, Lot, Negotiation, Promise, Subject
from orchestrator.domain.negotiations_commands import DeclineCall, OpenNegotiation, SubmitBid
from orchestrator.domain.plan import Proposal
from orchestrator.domain.quoting import ANY_PRICE_CENTS, worth_a_call
from orchestrator.domain.sourcing import Source
from orchestrator.domain.state import State
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.planning.sources import Offers, agreed_s, offers_of

PRINCIPAL = "system:negotiation"
BY_ITS_AGENT = "by its agent"
BY_THE_CORE = "by the core for its agent, which does not answer"


class SupplyCalls:
    """Calls to suppliers about purchase proposals."""

    def __init__(self, settings: NegotiationSettings) -> None:
        self._settings = settings
        self._company: Company | None = None
        self._offers: Offers = {}

    def call_for(self, state: State, proposal: Proposal, now_s: int) -> OpenNegotiation | None:
        """The call about a proposal; None: it is not worth one, or there was one already."""
        settings = self._settings
        if settings.supplier_calls == "off" or not worth_a_call(state, proposal, settings.quote_above_cents, now_s):
            return None
        standing = approval_of(state, proposal, settings.auto_approve_cents, now_s)
        if standing is Approval.SNOOZED or (standing is Approval.AUTOMATIC and settings.supplier_calls != "all"):
            return None
        sources = self._sources(state, proposal.item_id)
        if not sources:
            return None
        lot = Lot(
            lot_id=proposal.proposal_id,
            text=f"{proposal.quantity} × {proposal.item_id} to {proposal.site_id}",
            penalty_cents=ANY_PRICE_CENTS,
            from_s=now_s,
            site_id=proposal.site_id,
            item_id=proposal.item_id,
            quantity=proposal.quantity,
            wanted_s=max(now_s, proposal.needed_by_s if proposal.needed_by_s is not None else proposal.expected_s),
            late_cents_day=proposal.wait_day_cents,
        )
        return OpenNegotiation(
            subject=Subject.SUPPLY,
            owner=PRINCIPAL,
            reason=proposal.why_now or proposal.reason,
            lots=(lot,),
            bidders=tuple(_bidder(state, source) for source in sources),
            answer_by_s=answer_by_s(now_s, settings.quote_answer_s, len(state.open_negotiations)),
            confirm_s=settings.confirm_s,
        )

    def asked(self, state: State, found: Negotiation, bidder: Bidder) -> SupplyCall:
        """A call as it goes to the agent of a supplier without a system of its own: its own terms come with it."""
        lot = found.lots[0]
        source = next((one for one in self._sources(state, lot.item_id) if one.supplier_id == bidder.bidder), None)
        return SupplyCall(
            negotiation_id=found.negotiation_id,
            supplier_id=bidder.bidder,
            lot=lot.lot_id,
            quantity=lot.quantity,
            terms=_terms(state, source, lot) if source is not None else None,
            asked_s=found.opened_s,
        )

    def _sources(self, state: State, item_id: str) -> tuple[Source, ...]:
        if state.company is not self._company:
            self._company, self._offers = state.company, offers_of(state)
        return self._offers.get(item_id, ())


def answer_of(bid: SupplyBid, by: str = BY_ITS_AGENT) -> SubmitBid | DeclineCall:
    """The command that a supplier's answer amounts to. by: who gave it, for the story."""
    if bid.declined:
        reason = bid.declined if by == BY_ITS_AGENT else f"{bid.declined} ({by})"
        return DeclineCall(negotiation_id=bid.negotiation_id, bidder=bid.agent.id, reason=reason)
    return SubmitBid(
        negotiation_id=bid.negotiation_id,
        bidder=bid.agent.id,
        lot_ids=(bid.lot,),
        price_cents=bid.price_cents,
        promises=(Promise(lot_id=bid.lot, at_s=bid.promise_s),),
        alone=True,
        note=f"{by}, from the price list and learned lead times",
    )


def _bidder(state: State, source: Source) -> Bidder:
    partner = next((one for one in state.partners.values() if one.supplier_id == source.supplier_id), None)
    return Bidder(bidder=source.supplier_id, partner_id=partner.partner_id if partner is not None else "")


def _terms(state: State, source: Source, lot: Lot) -> Terms:
    """Price list, lot rules and lead time; learned where planning has weighed this source, else as agreed."""
    proposal = state.plan.proposals.get(lot.lot_id)
    weighed = {one.source_id: one for one in proposal.options} if proposal is not None else {}
    learned_s = weighed[source.supplier_id].lead_time_p50_s if source.supplier_id in weighed else 0
    return Terms(
        unit_cents=source.unit_cost_cents,
        lead_s=learned_s or agreed_s(state, source)[0],
        tiers=tuple((tier.from_quantity, tier.unit_cost_cents) for tier in source.tiers),
        least=source.min_order_quantity,
        multiple=source.order_multiple,
        order_cents=state.suppliers[source.supplier_id].order_cost_cents,
        capacity_day=source.capacity_day,
    )
