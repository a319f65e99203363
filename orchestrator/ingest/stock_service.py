"""Stock and replenishments on the operator port."""

from __future__ import annotations

from orchestrator.domain.answers import Answer
from orchestrator.domain.commands import CancelReplenishment, ReleaseReplenishment
from orchestrator.domain.entities import SupplyStatus
from orchestrator.ingest.convert_plan import proposal_out
from orchestrator.ingest.convert_supply import production_out, purchase_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, page_size_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.stock_view import Position, stock_positions
from protos.muster.operator.v1 import stock_service_pb2 as pb

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
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
            positions=[_position(positions[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def ListReplenishments(
        self, request: pb.ListReplenishmentsRequest, call: Call
    ) -> pb.ListReplenishmentsResponse:
        """Proposals and supply orders."""
        state = self._desk.state
        closed = request.include_closed
        return pb.ListReplenishmentsResponse(
            proposals=[proposal_out(proposal) for _, proposal in sorted(state.plan.proposals.items())],
            purchase_orders=[purchase_out(o) for o in state.purchases.values() if closed or o.status in GOES_ON],
            production_orders=[production_out(o) for o in state.production.values() if closed or o.status in GOES_ON],
        )

    async def ReleaseReplenishment(
        self, request: pb.ReleaseReplenishmentRequest, call: Call
    ) -> pb.ReleaseReplenishmentResponse:
        """Make an order of a proposal."""
        command = build(ReleaseReplenishment, proposal_id=request.proposal_id, by=call.caller.name)
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


def _position(position: Position) -> pb.StockPosition:
    return pb.StockPosition(
        site_id=position.site_id,
        item_id=position.item_id,
        on_hand=position.on_hand,
        allocated=position.allocated,
        on_order=position.on_order,
        backorder=position.backorder,
        inventory_position=position.inventory_position,
        at_risk=position.at_risk,
    )
