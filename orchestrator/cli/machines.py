"""`muster machine risk`: which machines ask for maintenance, why, how likely they fail by when, and their slot."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.options import Limit, Output, session_of
from orchestrator.cli.output import Format, clock, plain, print_fields, print_json, print_table
from orchestrator.cli.session import Session

app = typer.Typer(no_args_is_help=True, help="Machines and their condition.")


@app.callback()
def machine() -> None:
    """Machines and their condition."""


@app.command("risk")
def risk(
    ctx: typer.Context,
    machine_id: Annotated[str, typer.Argument(help="One machine, day by day; without: all at risk.")] = "",
    limit: Limit = 200,
    output: Output = Format.TABLE,
) -> None:
    """How likely machines fail by when, why maintenance is asked for (running hours, drift), and when it is planned.

    Lines' agents judge it from machines' signals and sensors; maintenance is asked for when waiting is dearer.
    """
    session = session_of(ctx)
    found = [_one(session, machine_id)] if machine_id else _at_risk(session, limit)
    if output is Format.JSON:
        print_json([plain(one) for one in found])
    elif machine_id:
        _print_one(session, found[0])
    else:
        rows = [(one.resource_id, *_last(one.machine), _planned(session, one.machine)) for one in found]
        print_table(("MACHINE", "FAILS", "WHY", "MAINTENANCE"), rows, "no machine asks for maintenance")


def _one(session: Session, machine_id: str) -> Any:
    from protos.muster.operator.v1 import resource_service_pb2 as pb

    request = pb.GetResourceRequest(kind=pb.RESOURCE_KIND_MACHINE, resource_id=machine_id)
    return session.call("ResourceService", "GetResource", request)


def _at_risk(session: Session, limit: int) -> list[Any]:
    from protos.muster.operator.v1 import resource_service_pb2 as pb

    request = pb.ListResourcesRequest(kind=pb.RESOURCE_KIND_MACHINE, page_size=min(limit, 1000))
    listed = session.pages("ResourceService", "ListResources", request, lambda page: page.resources, limit)
    return [one for one in listed if one.machine.maintenance_id]


def _last(shown: Any) -> tuple[str, str]:
    return f"{shown.risk[-1].failed_per_mille / 10:g} %" if shown.risk else "-", shown.maintenance_reason or "-"


def _planned(session: Session, shown: Any) -> str:
    if not shown.HasField("maintenance_start_s"):
        return f"{shown.maintenance_id}, not placed yet" if shown.maintenance_id else "none asked for"
    return f"{shown.maintenance_id} at {clock(shown.maintenance_start_s, session.zone)}"


def _print_one(session: Session, found: Any) -> None:
    shown = found.machine
    print_fields(
        [
            ("machine", found.resource_id),
            ("maintenance", _planned(session, shown)),
            ("why", shown.maintenance_reason or "-"),
        ]
    )
    rows = [(clock(point.at_s, session.zone), f"{point.failed_per_mille / 10:g} %") for point in shown.risk]
    print_table(("BY", "FAILED"), rows, "its condition asks for nothing")
