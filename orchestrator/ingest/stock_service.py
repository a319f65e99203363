"""Stock and replenishments on the operator port."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.answers import Answer
from orchestrator.domain.approval import Approval, approval_of
from orchestrator.domain.commands import (
    CancelReplenishment,
    CloseDay,
    Command,
    MarkDemand,
    ReleaseReplenishment,
    SetReplenishmentMode,
    SnoozeProposal,
    WriteOffPurchase,
)
from orchestrator.domain.decide.learning import item_site
from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.errors import Unavailable, not_found
from orchestrator.domain.learned import DemandMarkKind
from orchestrator.domain.plan import Proposal
from orchestrator.domain.state import DAY_S
from orchestrator.ingest.convert_plan import proposal_out
from orchestrator.ingest.convert_stock import outlook_out, position_out, scorecard_out
from orchestrator.ingest.convert_supply import production_out, purchase_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, enum_in, page_size_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from orchestrator.ingest.stock_view import Position, stock_positions
from protos.muster.operator.v1 import plan_pb2
from protos.muster.operator.v1 import stock_service_pb2 as pb

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
OUTLOOK_DAYS, OUTLOOK_DAYS_MAX = 28, 120
GOES_ON = (SupplyStatus.OPEN, SupplyStatus.STARTED)


class StockService:
    """What is there, what comes, and what should be ordered."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListStock(self, request: pb.ListStockRequest, call: Call) -> pb.ListStockResponse:
        """A page of stock positions."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        text_in(request.site_id, "site_id")
        text_in(request.item_id, "item_id")
        positions = {f"{p.site_id}/{p.item_id}": p for p in stock_positions(self._desk.state)}

        def wanted(key: str) -> bool:
            position = positions[key]
            if request.site_id and position.site_id != request.site_id:
                return False
            if request.item_id and position.item_id != request.item_id:
                return False
            return position.at_risk or not request.at_risk_only

        page = await page_of(self._desk.pages, call.caller.principal, request, positions, wanted, size)
        return pb.ListStockResponse(
            positions=[position_out(positions[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def ListReplenishments(
        self, request: pb.ListReplenishmentsRequest, call: Call
    ) -> pb.ListReplenishmentsResponse:
        """Proposals and supply orders."""
        state = self._desk.state
        closed = request.include_closed
        return pb.ListReplenishmentsResponse(
            proposals=[self._proposal(proposal) for _, proposal in sorted(state.plan.proposals.items())],
            purchase_orders=[purchase_out(o) for o in state.purchases.values() if closed or o.status in GOES_ON],
            production_orders=[production_out(o) for o in state.production.values() if closed or o.status in GOES_ON],
        )

    def _proposal(self, proposal: Proposal) -> plan_pb2.Proposal:
        state, now_s = self._desk.state, self._desk.clock.now_s()
        approval = approval_of(state, proposal, self._desk.facts.auto_approve_cents, now_s)
        snoozed = state.snoozed.get(proposal.proposal_id) if approval is Approval.SNOOZED else None
        return proposal_out(proposal, approval, snoozed)

    async def ReleaseReplenishment(
        self, request: pb.ReleaseReplenishmentRequest, call: Call
    ) -> pb.ReleaseReplenishmentResponse:
        """Make an order of a proposal."""
        command = build(
            ReleaseReplenishment,
            proposal_id=request.proposal_id,
            by=call.caller.name,
            quantity=request.quantity or None,
            supplier_id=request.supplier_id or None,
            automatic=request.automatic,
            reason=request.reason,
        )
        outcome = await self._desk.submit(call, command, request.request_id)
        supply_id = outcome.answer.created_id if isinstance(outcome.answer, Answer) else ""
        return pb.ReleaseReplenishmentResponse(supply_id=supply_id, seq=outcome.last_seq, replayed=outcome.replayed)

    async def CancelReplenishment(
        self, request: pb.CancelReplenishmentRequest, call: Call
    ) -> pb.CancelReplenishmentResponse:
        """Cancel a supply order."""
        command = build(CancelReplenishment, supply_id=request.supply_id, reason=request.reason)
        outcome = await self._desk.submit(call, command, request.request_id)
        return pb.CancelReplenishmentResponse(seq=outcome.last_seq, replayed=outcome.replayed)

    async def SnoozeProposal(self, request: pb.SnoozeProposalRequest, call: Call) -> pb.StockChange:
        """Put a proposal off."""
        command = build(
            SnoozeProposal,
            proposal_id=request.proposal_id,
            until_s=request.until_s,
            by=call.caller.name,
            reason=request.reason,
        )
        return await self._change(call, command, request.request_id)

    async def SetReplenishmentMode(self, request: pb.SetReplenishmentModeRequest, call: Call) -> pb.StockChange:
        """Automatic or manual."""
        command = build(
            SetReplenishmentMode,
            site_id=request.site_id,
            item_id=request.item_id,
            automatic=request.automatic,
            by=call.caller.name,
            reason=request.reason,
        )
        return await self._change(call, command, request.request_id)

    async def WriteOffPurchase(self, request: pb.WriteOffPurchaseRequest, call: Call) -> pb.StockChange:
        """Count no more on a purchase order."""
        command = build(
            WriteOffPurchase,
            purchase_order_id=request.purchase_order_id,
            by=call.caller.name,
            reason=request.reason,
        )
        return await self._change(call, command, request.request_id)

    async def MarkDemand(self, request: pb.MarkDemandRequest, call: Call) -> pb.StockChange:
        """Tell what was not usual."""
        command = build(
            MarkDemand,
            mark_id=request.mark_id,
            kind=enum_in(DemandMarkKind, pb.DemandMarkKind, "DEMAND_MARK_KIND_", request.kind, "kind"),
            site_id=request.site_id,
            item_id=request.item_id,
            from_s=request.from_s,
            until_s=request.until_s,
            order_id=request.order_id or None,
            by=call.caller.name,
            reason=request.reason,
        )
        return await self._change(call, command, request.request_id)

    async def CloseDay(self, request: pb.CloseDayRequest, call: Call) -> pb.StockChange:
        """Count a day's demand."""
        self._desk.need_company()
        day_s = request.day_s or self._desk.state.closed_day_s + DAY_S
        return await self._change(call, build(CloseDay, day_s=day_s), request.request_id)

    async def GetStockOutlook(self, request: pb.GetStockOutlookRequest, call: Call) -> pb.StockOutlook:
        """Projected stock of an item at a site."""
        state, site_id, item_id = self._desk.state, request.site_id, request.item_id
        item_site(state, site_id, item_id)
        if not 0 <= request.days <= OUTLOOK_DAYS_MAX:
            raise bad_field("days", request.days, f"0 to {OUTLOOK_DAYS_MAX}")
        outlook = await self._planner().outlook(site_id, item_id, request.days or OUTLOOK_DAYS)
        policy = state.policies.get((site_id, item_id))
        automatic = state.automatic.get((site_id, item_id), policy.automatic if policy is not None else True)
        proposal = self._proposal(outlook.proposal) if outlook.proposal is not None else None
        return outlook_out(self._position(site_id, item_id), outlook, automatic, proposal)

    def _planner(self) -> Any:
        if self._desk.planner is None:
            raise Unavailable("planning is loading its kernels", retry_after_ms=1_000)
        return self._desk.planner

    def _position(self, site_id: str, item_id: str) -> Position:
        found = (p for p in stock_positions(self._desk.state) if (p.site_id, p.item_id) == (site_id, item_id))
        return next(found, Position(site_id, item_id, 0, 0, 0, 0))

    async def ListScorecards(self, request: pb.ListScorecardsRequest, call: Call) -> pb.ListScorecardsResponse:
        """What was learned about suppliers."""
        state = self._desk.state
        text_in(request.supplier_id, "supplier_id")
        if request.supplier_id and request.supplier_id not in state.suppliers:
            raise not_found("supplier", request.supplier_id, field="supplier_id")
        cards = await self._planner().scorecards(request.supplier_id)
        return pb.ListScorecardsResponse(
            scorecards=[scorecard_out(card) for card in cards], learning_version=state.learning_version
        )

    async def _change(self, call: Call, command: Command, request_id: str) -> pb.StockChange:
        outcome = await self._desk.submit(call, command, request_id)
        return pb.StockChange(seq=outcome.last_seq, replayed=outcome.replayed)
