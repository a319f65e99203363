"""A stock service that shows a made-up warehouse and notes what was decided; the real one is tested beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc

from protos.muster.operator.v1 import plan_pb2, stock_service_pb2_grpc
from protos.muster.operator.v1 import stock_service_pb2 as pb

DAY_S = 86_400
TODAY_S = 1_790_035_200


def proposal(item_id: str = "FILTER-4", **values: object) -> plan_pb2.Proposal:
    """A purchase that waits for a person."""
    fields: dict[str, object] = {
        "proposal_id": f"{item_id}@W1",
        "kind": plan_pb2.PROPOSAL_KIND_PURCHASE,
        "item_id": item_id,
        "site_id": "W1",
        "supplier_id": "SUP-2",
        "quantity": 120,
        "expected_s": TODAY_S + 6 * DAY_S,
        "needed_by_s": TODAY_S + 5 * DAY_S,
        "cost_cents": 612_000,
        "wait_day_cents": 4_300,
        "why_now": "Position 40 is at the reorder point 58.",
        "why_this_much": "58 for demand until it comes, 62 the cheapest lot.",
        "limit": "the week's budget",
        "order_ids": ["acme/1", "acme/2"],
        "approval": plan_pb2.APPROVAL_STATE_WAITING,
        "options": [plan_pb2.SourceOption(source_id="SUP-1", text="cheaper, but 30 % come late <b>")],
    }
    return plan_pb2.Proposal(**(fields | values))  # type: ignore[arg-type]


def outlook(site_id: str = "W1", item_id: str = "FILTER-4") -> pb.StockOutlook:
    """A month of projected stock behind four weeks of demand, one day of it censored."""
    days = [
        pb.OutlookDay(
            day_s=TODAY_S + day * DAY_S,
            expected=60 - 6 * (day % 10),
            low=max(-20, 50 - 9 * (day % 10)),
            high=70 - 3 * (day % 10),
            arriving=60 if day % 10 == 0 and day else 0,
            proposed=60 if day == 20 else 0,
        )
        for day in range(28)
    ]
    past = [pb.DemandDay(day_s=TODAY_S - (28 - day) * DAY_S, units=day % 7, censored=day == 12) for day in range(28)]
    return pb.StockOutlook(
        site_id=site_id,
        item_id=item_id,
        position=pb.StockPosition(site_id=site_id, item_id=item_id, on_hand=40, on_order=0, inventory_position=40),
        policy=pb.PolicyFigures(reorder_point=58, order_up_to=120, safety_stock=18, fill_rate_per_mille=987),
        forecast=pb.ForecastFigures(
            method="sba", kind="intermittent", mean_milli_day=5_400, coverage_per_mille=904, observed_days=60
        ),
        days=days,
        history=past,
        proposal=proposal(),
    )


@dataclass
class FakeStock(stock_service_pb2_grpc.StockServiceServicer):
    """One item in trouble, one supplier that got worse."""

    proposals: list[plan_pb2.Proposal] = field(default_factory=lambda: [proposal()])
    released: list[pb.ReleaseReplenishmentRequest] = field(default_factory=list)
    snoozed: list[pb.SnoozeProposalRequest] = field(default_factory=list)

    def ListStock(self, request: pb.ListStockRequest, context: grpc.ServicerContext) -> pb.ListStockResponse:
        """Two positions, the second at risk."""
        fine = pb.StockPosition(site_id="W2", item_id="VALVE-1", on_hand=300, inventory_position=300)
        short = pb.StockPosition(site_id="W1", item_id="FILTER-4", on_hand=40, inventory_position=40, at_risk=True)
        return pb.ListStockResponse(positions=[fine, short])

    def ListReplenishments(
        self, request: pb.ListReplenishmentsRequest, context: grpc.ServicerContext
    ) -> pb.ListReplenishmentsResponse:
        """What is proposed."""
        return pb.ListReplenishmentsResponse(proposals=self.proposals)

    def ListScorecards(
        self, request: pb.ListScorecardsRequest, context: grpc.ServicerContext
    ) -> pb.ListScorecardsResponse:
        """A supplier that got worse."""
        card = pb.Scorecard(
            supplier_id="SUP-1",
            name="Schlauch & <Lechner>",
            orders=31,
            on_time_per_mille=610,
            lost_per_mille=120,
            agreed_days=2,
            mean_milli_days=5_300,
            p90_days=9,
            price_per_mille=1_000,
            lateness_cost_per_mille=84,
            trend="worse",
        )
        return pb.ListScorecardsResponse(scorecards=[card], learning_version=7)

    def GetStockOutlook(self, request: pb.GetStockOutlookRequest, context: grpc.ServicerContext) -> pb.StockOutlook:
        """The asked item's."""
        return outlook(request.site_id, request.item_id)

    def ReleaseReplenishment(
        self, request: pb.ReleaseReplenishmentRequest, context: grpc.ServicerContext
    ) -> pb.ReleaseReplenishmentResponse:
        """Notes it; the proposal is gone."""
        self.released.append(request)
        self.proposals = [p for p in self.proposals if p.proposal_id != request.proposal_id]
        return pb.ReleaseReplenishmentResponse(supply_id="RP-000001", seq=9)

    def SnoozeProposal(self, request: pb.SnoozeProposalRequest, context: grpc.ServicerContext) -> pb.StockChange:
        """Notes it; the proposal sleeps."""
        self.snoozed.append(request)
        for one in self.proposals:
            one.approval = plan_pb2.APPROVAL_STATE_SNOOZED
        return pb.StockChange(seq=8)
