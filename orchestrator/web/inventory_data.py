"""What the inventory page shows, read from the operator port: stock, proposals, scorecards, one item's outlook."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from orchestrator.web.actions import ask
from protos.muster.operator.v1 import plan_pb2
from protos.muster.operator.v1 import stock_service_pb2 as pb
from protos.muster.operator.v1.stock_service_pb2_grpc import StockServiceStub

POSITIONS_MAX = 1_000
OUTLOOK_DAYS = 28
Key = tuple[str, str]


@dataclass(frozen=True)
class Inventory:
    """One look. Positions at risk come first, then as the server sorts them; proposals by when they are needed."""

    positions: tuple[pb.StockPosition, ...] = ()
    proposals: tuple[plan_pb2.Proposal, ...] = ()
    purchases: tuple[pb.PurchaseOrder, ...] = ()
    scorecards: tuple[pb.Scorecard, ...] = ()
    learning_version: int = 0
    outlook: pb.StockOutlook = field(default_factory=pb.StockOutlook)


async def read_inventory(channel: Any, shown: Key | None) -> Inventory:
    """Everything for the page; the outlook of `shown` (site, item), or of the most pressing position.

    Raises `ActionError` in the server's words.
    """
    stub = StockServiceStub(channel)
    stock = await ask(stub.ListStock, pb.ListStockRequest(page_size=POSITIONS_MAX))
    listed = await ask(stub.ListReplenishments, pb.ListReplenishmentsRequest())
    cards = await ask(stub.ListScorecards, pb.ListScorecardsRequest())
    proposals = sorted(listed.proposals, key=lambda p: (p.needed_by_s or p.expected_s, p.proposal_id))
    positions = sorted(stock.positions, key=lambda p: not p.at_risk)
    site_id, item_id = shown or _most_pressing(proposals, positions)
    outlook = pb.StockOutlook()
    if site_id:
        wanted = pb.GetStockOutlookRequest(site_id=site_id, item_id=item_id, days=OUTLOOK_DAYS)
        outlook = await ask(stub.GetStockOutlook, wanted)
    return Inventory(
        positions=tuple(positions),
        proposals=tuple(proposals),
        purchases=tuple(listed.purchase_orders),
        scorecards=tuple(card for card in cards.scorecards if not card.site_id),
        learning_version=cards.learning_version,
        outlook=outlook,
    )


def _most_pressing(proposals: list[plan_pb2.Proposal], positions: list[pb.StockPosition]) -> Key:
    if proposals:
        return proposals[0].site_id, proposals[0].item_id
    return (positions[0].site_id, positions[0].item_id) if positions else ("", "")


async def approve(channel: Any, proposal_id: str, quantity: int, reason: str) -> str:
    """Order what is proposed, or `quantity` of it; gives the new order's id."""
    request = pb.ReleaseReplenishmentRequest(
        request_id=str(uuid.uuid4()), proposal_id=proposal_id, quantity=quantity, reason=reason
    )
    answer = await ask(StockServiceStub(channel).ReleaseReplenishment, request)
    return str(answer.supply_id)


async def snooze(channel: Any, proposal_id: str, until_s: int) -> None:
    """Put a proposal off."""
    request = pb.SnoozeProposalRequest(request_id=str(uuid.uuid4()), proposal_id=proposal_id, until_s=until_s)
    await ask(StockServiceStub(channel).SnoozeProposal, request)
