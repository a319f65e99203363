"""Stock positions, projected stock and scorecards, from the domain and planning to the contract."""

from __future__ import annotations

from orchestrator.domain.state import State
from orchestrator.ingest.stock_view import Position
from orchestrator.planning.outlook import past_days
from protos.muster.operator.v1 import stock_service_pb2 as pb


def position_out(position: Position) -> pb.StockPosition:
    """Stock of one item at one site."""
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


def history_out(state: State, site_id: str, item_id: str) -> list[pb.DemandDay]:
    """The last closed days."""
    days = past_days(state, site_id, item_id)
    return [pb.DemandDay(day_s=day.day_s, units=day.units, censored=day.censored) for day in days]
