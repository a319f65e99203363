"""`muster runsheet`: what each driver has to do, to be printed and carried along when nothing else works."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import tzinfo
from enum import StrEnum
from html import escape
from typing import Annotated, Any, NamedTuple

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import session_of
from orchestrator.cli.output import clock, moment
from orchestrator.cli.session import Session

ORDERS_MAX = 100_000
HEAD = ("TRIP", "STOP", "ARRIVE", "LEAVE", "WINDOW", "ORDER", "CUSTOMER", "PLACE", "GOODS", "DONE")
STYLE = (
    "body{font:11pt sans-serif;margin:1cm}section{page-break-after:always}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:3px 6px;text-align:left;vertical-align:top}th{background:#eee}"
    "td:last-child{width:3cm}@media print{body{margin:0}}"
)


class Sheet(StrEnum):
    """How run sheets come out."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"


class Line(NamedTuple):
    """A stop of a run sheet."""

    trip: int
    stop: int
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
        return (*(str(value) for value in self), "")


def run_sheet(
    ctx: typer.Context,
    vehicle_id: Annotated[str, typer.Argument(help="Vehicle id; none: every vehicle with stops.")] = "",
    output: Annotated[Sheet, typer.Option("--output", "-o", help="html has a page for each vehicle.")] = Sheet.TEXT,
) -> None:
    """Print the run sheets of the plan in force: stops in order, with times, windows, places and goods."""
    from protos.muster.operator.v1 import overview_pb2 as pb

    session = session_of(ctx)
    overview = session.call("AdminService", "GetOverview", pb.GetOverviewRequest(revision_count=1))
    known = [vehicle for vehicle in overview.vehicles if vehicle_id in ("", vehicle.vehicle_id)]
    if vehicle_id and not known:
        raise CliError(f"there is no vehicle '{vehicle_id}'", Exit.NOT_FOUND)
    goods = _goods(session)
    sheets = [(vehicle, _lines(vehicle, goods, session.zone)) for vehicle in known if vehicle.stops or vehicle_id]
    as_of = f"plan revision {overview.revision}, {moment(overview.now_s, session.zone)}"
    {Sheet.TEXT: _text, Sheet.HTML: _html, Sheet.CSV: _csv}[output](sheets, as_of, overview.company_name)


def _goods(session: Session) -> dict[str, str]:
    """What each order that is not delivered consists of."""
    from protos.muster.common.v1 import order_pb2 as common
    from protos.muster.operator.v1 import order_service_pb2 as pb

    statuses = [common.ORDER_STATUS_OPEN, common.ORDER_STATUS_LOADED]
    request = pb.ListOrdersRequest(page_size=1000, statuses=statuses)
    orders = session.pages("OrderService", "ListOrders", request, lambda page: page.orders, ORDERS_MAX)
    return {order.order_id: ", ".join(f"{line.quantity} × {line.item_id}" for line in order.lines) for order in orders}


def _lines(vehicle: Any, goods: dict[str, str], zone: tzinfo) -> list[Line]:
    numbers: dict[int, int] = {}
    lines = []
    for stop in vehicle.stops:
        numbers[stop.trip_index] = numbers.get(stop.trip_index, 0) + 1
        lines.append(
            Line(
                trip=stop.trip_index + 1,
                stop=numbers[stop.trip_index],
                arrive=clock(stop.arrive_s, zone),
                leave=clock(stop.depart_s, zone),
                window=f"{clock(stop.window_start_s, zone)}-{clock(stop.window_end_s, zone)}",
                order=stop.order_id,
                customer=f"{stop.customer_name} ({stop.customer_id})",
                place=f"{stop.place.lat_e7 / 1e7:.5f}, {stop.place.lon_e7 / 1e7:.5f}",
                goods=goods.get(stop.order_id, ""),
            )
        )
    return lines


def _heads(vehicle: Any) -> str:
    return f"{vehicle.vehicle_id} · {vehicle.name}"


Sheets = list[tuple[Any, list[Line]]]


def _text(sheets: Sheets, as_of: str, company: str) -> None:
    for vehicle, lines in sheets:
        rows = [HEAD, *(line.cells for line in lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
        sys.stdout.write(f"{_heads(vehicle)} · {company} · {as_of}\n")
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write("  ".join(cells).rstrip() + "\n")
        sys.stdout.write("\n")


def _html(sheets: Sheets, as_of: str, company: str) -> None:
    title = escape(f"Run sheets · {company} · {as_of}")
    sys.stdout.write(f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>')
    sys.stdout.write(f"<style>{STYLE}</style></head><body>\n")
    for vehicle, lines in sheets:
        sys.stdout.write(f"<section><h1>{escape(_heads(vehicle))}</h1><p>{escape(f'{company} · {as_of}')}</p>\n<table>")
        sys.stdout.write("".join(_table_rows(lines)))
        sys.stdout.write("</table></section>\n")
    sys.stdout.write("</body></html>\n")


def _table_rows(lines: list[Line]) -> Iterator[str]:
    yield "<tr>" + "".join(f"<th>{name.capitalize()}</th>" for name in HEAD) + "</tr>\n"
    for line in lines:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line.cells) + "</tr>\n"


def _csv(sheets: Sheets, as_of: str, company: str) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(("vehicle", *(name.lower() for name in HEAD[:-1])))
    for vehicle, lines in sheets:
        for line in lines:
            writer.writerow((vehicle.vehicle_id, *line.cells[:-1]))
