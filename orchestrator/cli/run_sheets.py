"""`muster runsheet`: what each driver has to do, to be printed and carried along when nothing else works."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import session_of
from orchestrator.cli.session import Session

if TYPE_CHECKING:
    from orchestrator.web.run_sheets import RunSheet

ORDERS_MAX = 100_000


class Sheet(StrEnum):
    """How run sheets come out."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"


def run_sheet(
    ctx: typer.Context,
    vehicle_id: Annotated[str, typer.Argument(help="Vehicle id, e.g. V01; default: every vehicle with stops.")] = "",
    output: Annotated[Sheet, typer.Option("--output", "-o", help="html has a page for each vehicle.")] = Sheet.TEXT,
) -> None:
    """Print the run sheets of the plan in force: stops in order, with times, windows, places and goods."""
    from orchestrator.web.run_sheets import as_html, as_of, run_sheets
    from protos.muster.operator.v1 import overview_pb2 as pb

    session = session_of(ctx)
    overview = session.call("AdminService", "GetOverview", pb.GetOverviewRequest(revision_count=1))
    known = [vehicle for vehicle in overview.vehicles if vehicle_id in ("", vehicle.vehicle_id)]
    if vehicle_id and not known:
        raise CliError(f"there is no vehicle '{vehicle_id}'", Exit.NOT_FOUND)
    sheets = run_sheets(overview, _goods(session), vehicle_id)
    told = as_of(overview)
    if output is Sheet.CSV:
        _csv(sheets)
    elif output is Sheet.HTML:
        sys.stdout.write(as_html(sheets, overview.company_name, told))
    else:
        _text(sheets, told, overview.company_name)


def _goods(session: Session) -> dict[str, str]:
    """What each order that is not delivered consists of."""
    from orchestrator.web.run_sheets import goods_of
    from protos.muster.common.v1 import order_pb2 as common
    from protos.muster.operator.v1 import order_service_pb2 as pb

    statuses = [common.ORDER_STATUS_OPEN, common.ORDER_STATUS_LOADED]
    request = pb.ListOrdersRequest(page_size=1000, statuses=statuses)
    orders = session.pages("OrderService", "ListOrders", request, lambda page: page.orders, ORDERS_MAX)
    return goods_of(orders)


def _text(sheets: Sequence[RunSheet], told: str, company: str) -> None:
    from orchestrator.web.run_sheets import HEAD

    for sheet in sheets:
        rows = [HEAD, *(line.cells for line in sheet.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
        sys.stdout.write(f"{sheet.title} · {company} · {told}\n")
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write("  ".join(cells).rstrip() + "\n")
        sys.stdout.write("\n")


def _csv(sheets: Sequence[RunSheet]) -> None:
    from orchestrator.web.run_sheets import HEAD

    writer = csv.writer(sys.stdout)
    writer.writerow(("vehicle", *(name.lower() for name in HEAD[:-1])))
    for sheet in sheets:
        for line in sheet.lines:
            writer.writerow((sheet.vehicle_id, *line.cells[:-1]))
