"""Run sheets: what each driver has to do, on paper, for the hours in which nothing else works. Pure.

Made from an overview and what the orders consist of. Used by the dashboard (`/runsheets`) and by `muster runsheet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from html import escape
from typing import NamedTuple

from orchestrator.web.words import hhmm, hhmmss, zone_of
from protos.muster.common.v1.order_pb2 import Order
from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1.plan_pb2 import Rest

HEAD = ("TRIP", "STOP", "ARRIVE", "LEAVE", "WINDOW", "ORDER", "CUSTOMER", "PLACE", "GOODS", "DONE")
STYLE = (
    "body{font:11pt sans-serif;margin:1cm}section{page-break-after:always}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:3px 6px;text-align:left;vertical-align:top}th{background:#eee}"
    "td:last-child{width:3cm}@media print{body{margin:0}}"
)
REST = "REST"
NOBODY = "No vehicle has stops ahead of it."


class Line(NamedTuple):
    """A stop of a run sheet, or a rest of the driver (without trip and stop)."""

    trip: int | None
    stop: int | None
    arrive: str
    leave: str
    window: str
    order: str
    customer: str
    place: str
    goods: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as text, with room for a mark."""
        return (*("" if value is None else str(value) for value in self), "")


class RunSheet(NamedTuple):
    """One vehicle's."""

    vehicle_id: str
    title: str
    lines: tuple[Line, ...]


def goods_of(orders: Iterable[Order]) -> dict[str, str]:
    """What each order consists of, in words."""
    return {order.order_id: ", ".join(f"{line.quantity} × {line.item_id}" for line in order.lines) for order in orders}


def run_sheets(overview: pb.Overview, goods: Mapping[str, str], vehicle_id: str = "") -> tuple[RunSheet, ...]:
    """Of every vehicle with stops, or of one; `goods`: what each order consists of, in words."""
    zone = zone_of(overview.time_zone)
    return tuple(
        RunSheet(one.vehicle_id, f"{one.vehicle_id} · {one.name}", tuple(_lines(one, goods, zone)))
        for one in overview.vehicles
        if one.vehicle_id == vehicle_id or (not vehicle_id and one.stops)
    )


def as_of(overview: pb.Overview) -> str:
    """Which plan the sheets tell, and when it was asked for."""
    return f"plan revision {overview.revision}, {hhmmss(overview.now_s, zone_of(overview.time_zone))}"


def as_html(sheets: Sequence[RunSheet], company: str, told: str) -> str:
    """A page for each vehicle, to be printed."""
    title = escape(f"Run sheets · {company} · {told}")
    parts = [f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>']
    parts.append(f"<style>{STYLE}</style></head><body>\n")
    for sheet in sheets:
        parts.append(f"<section><h1>{escape(sheet.title)}</h1><p>{escape(f'{company} · {told}')}</p>\n<table>")
        parts += _table_rows(sheet.lines)
        parts.append("</table></section>\n")
    parts.append("</body></html>\n" if sheets else f"<p>{NOBODY}</p></body></html>\n")
    return "".join(parts)


def _lines(vehicle: pb.VehicleView, goods: Mapping[str, str], zone: tzinfo) -> Iterator[Line]:
    numbers: dict[int, int] = {}
    rests = sorted(vehicle.rests, key=lambda rest: rest.start_s)
    for stop in vehicle.stops:
        while rests and rests[0].start_s < stop.arrive_s:
            yield _rest(rests.pop(0), zone)
        numbers[stop.trip_index] = numbers.get(stop.trip_index, 0) + 1
        yield Line(
            trip=stop.trip_index + 1,
            stop=numbers[stop.trip_index],
            arrive=hhmm(stop.arrive_s, zone),
            leave=hhmm(stop.depart_s, zone),
            window=f"{hhmm(stop.window_start_s, zone)}-{hhmm(stop.window_end_s, zone)}",
            order=stop.order_id,
            customer=f"{stop.customer_name} ({stop.customer_id})",
            place=f"{stop.place.lat_e7 / 1e7:.5f}, {stop.place.lon_e7 / 1e7:.5f}",
            goods=goods.get(stop.order_id, ""),
        )

    yield from (_rest(rest, zone) for rest in rests)


def _rest(rest: Rest, zone: tzinfo) -> Line:
    """On the road, at a stop or at the depot: wherever the vehicle is then."""
    times = hhmm(rest.start_s, zone), hhmm(rest.end_s, zone)
    return Line(None, None, *times, "", REST, f"{(rest.end_s - rest.start_s) // 60} min", "", "")


def _table_rows(lines: Sequence[Line]) -> Iterator[str]:
    yield "<tr>" + "".join(f"<th>{name.capitalize()}</th>" for name in HEAD) + "</tr>\n"
    for line in lines:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line.cells) + "</tr>\n"
