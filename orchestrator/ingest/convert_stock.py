"""Stock positions, projected stock and scorecards, from the domain and planning to the contract."""

from __future__ import annotations

from dataclasses import asdict

from orchestrator.domain.learned import ForecastRecord
from orchestrator.ingest.stock_view import Position
from orchestrator.planning.outlook import PolicyFigures, StockOutlook
from orchestrator.planning.records import forecast_of
from orchestrator.planning.scorecards import Scorecard
from protos.muster.operator.v1 import plan_pb2
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


def outlook_out(
    position: Position, outlook: StockOutlook, automatic: bool, proposal: plan_pb2.Proposal | None
) -> pb.StockOutlook:
    """Projected stock with the figures behind it."""
    return pb.StockOutlook(
        site_id=position.site_id,
        item_id=position.item_id,
        position=position_out(position),
        policy=_policy(outlook.policy, automatic) if outlook.policy is not None else None,
        forecast=forecast_out(outlook.forecast) if outlook.forecast is not None else None,
        days=[pb.OutlookDay(**asdict(day)) for day in outlook.days],
        history=[pb.DemandDay(**asdict(day)) for day in outlook.history],
        proposal=proposal,
    )


def _policy(figures: PolicyFigures, automatic: bool) -> pb.PolicyFigures:
    policy = figures.policy
    return pb.PolicyFigures(
        reorder_point=policy.reorder_point,
        order_up_to=policy.order_up_to,
        safety_stock=policy.safety_stock,
        order_quantity=policy.order_quantity,
        fill_rate_per_mille=figures.fill_rate_per_mille,
        cost_milli_cents_day=figures.cost_milli_cents_day,
        source_id=policy.source_id,
        automatic=automatic,
        fixed=figures.fixed,
    )


def forecast_out(record: ForecastRecord) -> pb.ForecastFigures | None:
    """A forecast and its error; None for a record that this program does not know."""
    forecast = forecast_of(record)
    if forecast is None:
        return None
    return pb.ForecastFigures(
        version=forecast.version,
        method=forecast.method,
        kind=forecast.kind,
        mean_milli_day=forecast.mean_micro // 1_000,
        bias_per_mille=forecast.bias_ppm // 1_000,
        error_per_mille=forecast.wape_ppm // 1_000,
        coverage_per_mille=forecast.coverage_ppm // 1_000,
        drifting=forecast.drifting,
        observed_days=forecast.observed_days,
        fits=forecast.fits,
        uplift_per_mille=forecast.uplift_ppm // 1_000,
    )


def scorecard_out(card: Scorecard) -> pb.Scorecard:
    """A supplier's card."""
    return pb.Scorecard(**asdict(card))
