"""`muster vehicle …`: when vehicles will be at their stops."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.options import Output, session_of
from orchestrator.cli.output import Format, clock, note, plain, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Vehicles on the road: arrivals.")

HEAD = ("ORDER", "PLANNED", "EARLIEST (P10)", "LIKELY (P50)", "BY (P80)", "LATEST (P90)", "WINDOW ENDS")


@app.command("arrivals")
def list_arrivals(
    ctx: typer.Context,
    vehicle_id: Annotated[str, typer.Argument(help="Vehicle id, e.g. V01.")],
    output: Output = Format.TABLE,
) -> None:
    """List a vehicle's remaining stops: in eight cases of ten it comes between P10 and P90."""
    from protos.muster.operator.v1 import arrival_service_pb2 as pb

    session = session_of(ctx)
    found = session.call("ArrivalService", "ListArrivals", pb.ListArrivalsRequest(vehicle_id=vehicle_id))
    if output is Format.JSON:
        print_json(plain(found))
        return
    rows = [(one.order_id, *(clock(at_s, session.zone) for at_s in _times(one))) for one in found.arrivals]
    print_table(HEAD, rows, f"{vehicle_id} has no stop before it")
    if not found.learned.version:
        note("nothing was learned of travel times yet: the intervals are a guess")


def _times(one: Any) -> tuple[int, ...]:
    return one.planned_s, one.p10_s, one.p50_s, one.p80_s, one.p90_s, one.window_end_s
