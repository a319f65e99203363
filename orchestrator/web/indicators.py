"""The indicators: each figure with the counts behind it, what it means, and the rows to look at. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.web.words import counts, euros, hhmm, minutes, percent, spaced, zone_of
from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1 import resource_service_pb2 as resource_pb


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. `tone`: good, warn, bad or plain; `rows`: what it counts, a line each."""

    title: str
    value: str
    detail: str
    meaning: str
    tone: str = "plain"
    rows: tuple[str, ...] = ()


def tiles(overview: pb.Overview) -> tuple[Tile, ...]:
    """All indicators of the first page, in reading order."""
    figures = overview.indicators
    return (
        Tile(
            "On time",
            percent(figures.on_time),
            counts(figures.on_time),
            "Deliveries of today that arrived inside their window.",
            _at_least(figures.on_time, 95, 85),
            _late_done(overview),
        ),
        Tile(
            "In full",
            percent(figures.in_full),
            counts(figures.in_full),
            "Orders due by now that were delivered.",
            _at_least(figures.in_full, 95, 85),
            tuple(f"{verdict.order_id}: {verdict.text}" for verdict in overview.unplanned),
        ),
        Tile(
            "Late risk",
            percent(figures.late_risk),
            counts(figures.late_risk),
            "Open orders that are planned or predicted to arrive late.",
            _at_most(figures.late_risk, 2, 8),
            tuple(f"{v.order_id}: {minutes(v.late_s)} late. {v.text}" for v in overview.late),
        ),
        Tile(
            "Cost per drop",
            euros(figures.cost_per_drop_cents) if figures.drops else "–",
            f"{euros(figures.cost_cents)} ÷ {figures.drops}",
            "Cost of the day so far over deliveries so far.",
        ),
        Tile(
            "Vehicles in use",
            percent(figures.vehicle_utilization),
            counts(figures.vehicle_utilization),
            "Vehicles with work now, of those in shift.",
            rows=_vehicle_rows(overview),
        ),
        Tile(
            "Machines in use",
            percent(figures.machine_utilization),
            counts(figures.machine_utilization),
            "Machines with work now, of those that are up.",
            rows=tuple(f"{m.machine_id}: {m.task_id or 'free'}" for m in overview.machines),
        ),
        Tile(
            "Stock-out risk",
            percent(figures.stock_out_risk),
            counts(figures.stock_out_risk),
            "Stock positions that may run out before the next receipt. Rows: muster stock list --at-risk",
            _at_most(figures.stock_out_risk, 5, 15),
        ),
        Tile(
            "Churn",
            percent(figures.churn),
            counts(figures.churn),
            "Decisions that revisions changed within the last hour, of all planned.",
            rows=tuple(f"revision {r.revision}: {r.summary}" for r in overview.revisions[:20]),
        ),
    )


def _share(ratio: pb.Ratio) -> float | None:
    return 100 * ratio.count / ratio.of if ratio.of else None


def _at_least(ratio: pb.Ratio, good: float, fair: float) -> str:
    share = _share(ratio)
    if share is None:
        return "plain"
    return "good" if share >= good else "warn" if share >= fair else "bad"


def _at_most(ratio: pb.Ratio, good: float, fair: float) -> str:
    share = _share(ratio)
    if share is None:
        return "plain"
    return "good" if share <= good else "warn" if share <= fair else "bad"


def _late_done(overview: pb.Overview) -> tuple[str, ...]:
    zone = zone_of(overview.time_zone)
    return tuple(
        f"{stop.order_id} on {vehicle.vehicle_id}: {minutes(stop.late_s)} after {hhmm(stop.window_end_s, zone)}"
        for vehicle in overview.vehicles
        for stop in vehicle.done_stops
        if stop.late_s
    )


def _vehicle_rows(overview: pb.Overview) -> tuple[str, ...]:
    status = resource_pb.VehicleStatus
    return tuple(
        f"{v.vehicle_id}: {spaced(status.Name(v.status).removeprefix('VEHICLE_STATUS_'))}, {len(v.stops)} to go"
        for v in overview.vehicles
    )
