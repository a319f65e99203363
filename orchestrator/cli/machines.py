"""`muster machine risk`: which machines ask for maintenance, why, how likely they fail by when, and their slot."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.options import Limit, Output, session_of
from orchestrator.cli.output import Format, clock, moment, money, plain, print_fields, print_json, print_table
from orchestrator.cli.session import Session

HOUR_S = 3_600

app = typer.Typer(no_args_is_help=True, help="Machines and their condition.")


@app.callback()
def machine() -> None:
    """Machines and their condition."""


@app.command("risk")
def risk(
    ctx: typer.Context,
    machine_id: Annotated[str, typer.Argument(help="One machine, e.g. M4, day by day; default: all at risk.")] = "",
    limit: Limit = 200,
    output: Output = Format.TABLE,
) -> None:
    """How likely machines fail by when, why maintenance is asked for (running hours, drift), and when it is planned.

    Lines' agents judge it from machines' signals and sensors, by laws of wear learned from lives that ended;
    maintenance is asked for when waiting is dearer. Of one machine: its law, its age, and why or why not.
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
    wear = shown.wear
    print_fields(
        [
            ("machine", found.resource_id),
            ("law", _law(wear)),
            ("age", _age(session, wear)),
            ("maintenance", _planned(session, shown)),
            ("why", _why(shown)),
        ]
    )
    risk = shown.risk or wear.risk
    rows = [(moment(point.at_s, session.zone), f"{point.failed_per_mille / 10:g} %") for point in risk]
    print_table(("BY", "FAILED"), rows, "nothing is known of its risk")


def _law(wear: Any) -> str:
    from protos.muster.operator.v1 import resource_service_pb2 as pb

    law = f"shape {wear.life_shape_per_mille / 1000:.1f}, scale {wear.life_s / HOUR_S:,.0f} running hours"
    if not wear.version:
        return f"default, no life has ended yet: {law}"
    of = {pb.WEAR_SCOPE_MACHINE: "its own", pb.WEAR_SCOPE_KIND: "of its kind", pb.WEAR_SCOPE_COMPANY: "of all machines"}
    lives = f"{wear.lives} {'life' if wear.lives == 1 else 'lives'} {of.get(wear.scope, '')}, {wear.censored} censored"
    return f"learned from {lives} (version {wear.version}): {law} ± {wear.life_error_per_mille / 10:.0f} %"


def _age(session: Session, wear: Any) -> str:
    since = f"since {clock(wear.renewed_s, session.zone)}" if wear.HasField("renewed_s") else "since the log began"
    drift = f", a sensor drifts for {wear.drift_s / HOUR_S:.1f} of them" if wear.HasField("drift_s") else ""
    return f"{wear.used_s / HOUR_S:.1f} running hours {since}{drift}"


def _why(shown: Any) -> str:
    wear = shown.wear
    waiting, early = money(wear.waiting_cents), money(wear.early_cents)
    sums = f"a day's waiting risks {waiting}, stopping now gives {early} away"
    if shown.maintenance_id:
        return f"asked for: {shown.maintenance_reason or 'by its condition'}; by the log's age {sums}"
    return f"{'soon asked for' if wear.waiting_cents > wear.early_cents else 'not asked for'}: {sums}"
