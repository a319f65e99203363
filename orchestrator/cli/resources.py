"""`muster resource …`, `muster alert …`: what the company has, and what needs attention."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Limit, Output, Reason, session_of
from orchestrator.cli.output import Format, clock, note, plain, print_fields, print_json, print_table
from orchestrator.cli.session import new_id

app = typer.Typer(no_args_is_help=True, help="Vehicles, sites, lines, machines, suppliers, customers, items, partners.")
alerts = typer.Typer(no_args_is_help=True, help="Alerts: list, ack, resolve.")

KINDS = ("vehicle", "site", "line", "machine", "supplier", "customer", "item", "partner", "worker", "tool")
AlertArg = Annotated[str, typer.Argument(help="Alert id as in the list: KIND:SUBJECT.", show_default=False)]
Kind = Annotated[str, typer.Argument(help=" | ".join(KINDS))]


def _kind(name: str) -> str:
    if name not in KINDS:
        raise CliError(f"'{name}' is not a kind of resource: {', '.join(KINDS)}", Exit.USAGE)
    return f"RESOURCE_KIND_{name.upper()}"


@app.command("list")
def list_resources(
    ctx: typer.Context, kind: Kind = "vehicle", limit: Limit = 200, output: Output = Format.TABLE
) -> None:
    """List the resources of a kind."""
    from protos.muster.operator.v1 import resource_service_pb2 as pb

    request = pb.ListResourcesRequest(kind=_kind(kind), page_size=min(limit, 1000))  # type: ignore[arg-type]
    found = session_of(ctx).pages("ResourceService", "ListResources", request, lambda page: page.resources, limit)
    if output is Format.JSON:
        print_json([plain(resource) for resource in found])
        return
    rows = [(resource.resource_id, resource.name, _gist(resource, kind)) for resource in found]
    print_table((kind.upper(), "NAME", "STATE"), rows, f"no {kind}s: load a company with 'muster import DIR'")


def _gist(resource: Any, kind: str) -> str:
    detail = plain(getattr(resource, kind))
    if kind == "vehicle":
        down = " · down" if detail["down_until_s"] else ""
        state = f"{detail['status'].lower()}{down} · {len(detail['on_board'])} on board · {detail['depot_id']}"
        return " · ".join([state, *_day_rules(detail)])
    if kind == "worker":
        return f"{', '.join(detail['skills'])} on {detail['line_id']}"
    if kind == "machine":
        return "down" if detail["down_until_s"] else detail["task_id"] or "free"
    shown = {name: value for name, value in detail.items() if isinstance(value, str | int) and value}
    return " · ".join(f"{name} {value}" for name, value in list(shown.items())[:4])


def _day_rules(vehicle: dict[str, Any]) -> list[str]:
    """Its rests and the limits of its day, in words."""
    told = [f"rule {vehicle['driving_rule']}"] if vehicle["driving_rule"] not in ("", "NONE") else []
    if vehicle["break_s"]:
        first_s, last_s = vehicle["break_start_day_s"], vehicle["break_end_day_s"]
        hours = "-".join(f"{at_s // 3600:02d}:{at_s % 3600 // 60:02d}" for at_s in (first_s, last_s))
        told.append(f"break {vehicle['break_s'] // 60} min in {hours}")
    if vehicle["max_distance_m"]:
        told.append(f"at most {vehicle['max_distance_m'] / 1000:g} km")
    if vehicle["max_duration_s"]:
        told.append(f"at most {vehicle['max_duration_s'] // 60} min")
    if vehicle["max_stops"]:
        told.append(f"at most {vehicle['max_stops']} stops")
    return told


@app.command("get")
def get_resource(
    ctx: typer.Context,
    kind: Kind,
    resource_id: Annotated[str, typer.Argument(help="Its id, as in the list.")],
    output: Output = Format.TABLE,
) -> None:
    """Show one resource."""
    from protos.muster.operator.v1 import resource_service_pb2 as pb

    request = pb.GetResourceRequest(kind=_kind(kind), resource_id=resource_id)  # type: ignore[arg-type]
    found = session_of(ctx).call("ResourceService", "GetResource", request)
    if output is Format.JSON:
        print_json(plain(found))
        return
    print_fields([("id", found.resource_id), ("name", found.name), *plain(getattr(found, kind)).items()])


@alerts.command("list")
def list_alerts(ctx: typer.Context, limit: Limit = 100, output: Output = Format.TABLE) -> None:
    """List alerts that are not over, newest first."""
    from protos.muster.operator.v1 import alert_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListAlertsRequest(page_size=min(limit, 1000))
    found = session.pages("AlertService", "ListAlerts", request, lambda page: page.alerts, limit)
    if output is Format.JSON:
        print_json([plain(alert) for alert in found])
        return
    rows = [
        (a.alert_id, plain(a)["severity"].lower(), plain(a)["status"].lower(), clock(a.raised_s, session.zone), a.text)
        for a in found
    ]
    print_table(("ALERT", "SEVERITY", "STATUS", "SINCE", "TEXT"), rows, "no open alerts")


@alerts.command("ack")
def acknowledge(ctx: typer.Context, alert_id: AlertArg, output: Output = Format.TABLE) -> None:
    """Say that you take care of an alert."""
    from protos.muster.operator.v1 import alert_service_pb2 as pb

    request = pb.AcknowledgeAlertRequest(request_id=new_id(), alert_id=alert_id)
    answer = session_of(ctx).call("AlertService", "AcknowledgeAlert", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"acknowledged {alert_id}")


@alerts.command("resolve")
def resolve(ctx: typer.Context, alert_id: AlertArg, reason: Reason = "", output: Output = Format.TABLE) -> None:
    """Say that what an alert told of is over."""
    from protos.muster.operator.v1 import alert_service_pb2 as pb

    request = pb.ResolveAlertRequest(request_id=new_id(), alert_id=alert_id, reason=reason)
    answer = session_of(ctx).call("AlertService", "ResolveAlert", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"resolved {alert_id}")
