"""What is called for by itself, and how suppliers' agents are asked and answered for. Kept by the desk.

Promises: a proposal or an order is looked at when the plan changes it, called about once while a call is open, and
asked about again only after a while. Pure but for the sets of what has to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.negotiation import answer_by_s
from agents.supplier_quote import quoted
from orchestrator.domain.commands import Command
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import PlanRevised
from orchestrator.domain.negotiations import AwardStatus, BidderStatus, Negotiation, Subject
from orchestrator.domain.negotiations_commands import ConfirmAward, OpenNegotiation
from orchestrator.domain.plan import NOBODY_NEEDED, ProposalKind
from orchestrator.domain.state import State
from orchestrator.negotiation.asked import AskedAgents
from orchestrator.negotiation.carriers import carriers, tender_lots
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.negotiation.supply import BY_THE_CORE, PRINCIPAL, SupplyCalls, answer_of

TENDER_AGAIN_S = 3_600
LATEST_ANSWER_PCT = 50
"""A carrier must answer before so much of the time to the order's window end is gone."""
WANTED_MAX = 1_000
"""Calls opened at one look; the rest at the next."""


class Calls:
    """The calls that nobody has to ask for."""

    def __init__(self, settings: NegotiationSettings, asked: AskedAgents) -> None:
        self._settings, self.asked = settings, asked
        self._supply = SupplyCalls(settings)
        self._proposals: dict[str, None] = {}
        self._orders: dict[str, None] = {}
        self._tendered_s: dict[str, int] = {}

    def look_at_all(self, state: State) -> None:
        """After a start: whatever the plan proposes and leaves."""
        self._proposals.update(dict.fromkeys(state.plan.proposals))
        if self._settings.tender_unplanned:
            self._orders.update(dict.fromkeys(state.plan.unplanned))

    def heard(self, event: PlanRevised) -> bool:
        """Note what a revision proposes and leaves; whether there is something to look at."""
        delta = event.delta
        if self._settings.supplier_calls != "off":
            told = (key for key, one in delta.proposals.items() if one is not None)
            self._proposals.update(dict.fromkeys(told))
        if self._settings.tender_unplanned:
            self._orders.update({key: None for key, one in delta.unplanned.items() if one is not None})
        return bool(self._proposals or self._orders)

    def wanted(self, state: State, now_s: int) -> Iterator[OpenNegotiation]:
        """Calls to open now."""
        for key in list(self._proposals)[:WANTED_MAX]:
            del self._proposals[key]
            proposal = state.plan.proposals.get(key)
            if proposal is not None and proposal.kind is ProposalKind.PURCHASE:
                call = self._supply.call_for(state, proposal, now_s)
                if call is not None:
                    yield call
        for key in list(self._orders)[:WANTED_MAX]:
            del self._orders[key]
            tender = self._tender(state, key, now_s)
            if tender is not None:
                yield tender

    def _tender(self, state: State, order_id: str, now_s: int) -> OpenNegotiation | None:
        """A call to all carriers about an order that nobody of our own can deliver."""
        verdict, order = state.plan.unplanned.get(order_id), state.orders.get(order_id)
        if verdict is None or verdict.code in NOBODY_NEEDED or order is None or order.status is not OrderStatus.OPEN:
            return None
        if order.held_until_s is not None or order_id in state.lots_called:
            return None
        if self._tendered_s.get(order_id, -TENDER_AGAIN_S) + TENDER_AGAIN_S > now_s:
            return None
        settings = self._settings
        try:
            lots = tender_lots(state, [order_id], settings.tender_limit_cents, now_s)
        except Rejection:
            return None
        bidders = carriers(state, lots, now_s)
        if not any(one.status is BidderStatus.ASKED for one in bidders):
            return None
        self._tendered_s = {key: at_s for key, at_s in self._tendered_s.items() if at_s + TENDER_AGAIN_S > now_s}
        self._tendered_s[order_id] = now_s
        latest_s = now_s + max(60, (order.window_end_s - now_s) * LATEST_ANSWER_PCT // 100)
        return OpenNegotiation(
            subject=Subject.TENDER,
            owner=PRINCIPAL,
            reason=f"{verdict.code}: {verdict.text}"[:1000],
            lots=lots,
            bidders=bidders,
            answer_by_s=min(answer_by_s(now_s, settings.tender_answer_s, len(state.open_negotiations)), latest_s),
            confirm_s=settings.confirm_s,
        )

    def agents_say(self, state: State, found: Negotiation, now_s: int) -> list[tuple[str, Command]]:
        """What the core says for suppliers' agents, with whose word it is: confirmations, and bids of those that do not
        answer. The others are asked, and their answers come as reports. Empty: there is nothing to say now.
        """
        if found.subject is not Subject.SUPPLY:
            return []
        own = {one.bidder: one for one in found.bidders if not one.partner_id}
        bid = {one.bidder for one in found.bids}
        said: list[tuple[str, Command]] = []
        for name, one in own.items():
            if one.status is not BidderStatus.ASKED or name in bid or now_s > found.answer_by_s:
                self.asked.answered(found.negotiation_id, name)
                continue
            call = self._supply.asked(state, found, one)
            if not self.asked.ask(call, found.answer_by_s, now_s):
                said.append((f"agent:supplier/{name}", answer_of(quoted(call), BY_THE_CORE)))
        for award in found.awards:
            if award.bidder in own and award.status is AwardStatus.PENDING and now_s <= award.confirm_by_s:
                confirm = ConfirmAward(negotiation_id=found.negotiation_id, bidder=award.bidder, bid_id=award.bid_id)
                said.append((f"agent:supplier/{award.bidder}", confirm))
        return said
