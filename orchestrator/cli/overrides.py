"""`muster override …` and `muster undo`: what people fix in the plan."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import DryRun, Etag, Limit, Output, Reason, duration_s, session_of
from orchestrator.cli.orders import OrderArg
from orchestrator.cli.output import Format, moment, note, plain, print_json, print_table
from orchestrator.cli.session import Session, new_id
from orchestrator.cli.status import impact_text

app = typer.Typer(no_args_is_help=True, help="Overrides: assign, lock, forbid, list, get, undo.")

Vehicle = Annotated[str, typer.Option("--vehicle", "-v", help="Vehicle id, e.g. V02.")]
Lasting = Annotated[str, typer.Option("--for", help="How long it holds, e.g. 2h; default: until the order is done.")]
OverrideArg = Annotated[str, typer.Argument(help="As printed when it was made, or in the list.", show_default=False)]
Named = Annotated[str, typer.Option("--id", help="Name of the override; default: made for you.")]


@app.command("assign")
def assign(
    ctx: typer.Context,
    order_id: OrderArg,
    vehicle: Vehicle,
    reason: Reason,
    lasting: Lasting = "",
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Put an order on a vehicle, whatever the optimization thinks."""
    fields = {"kind": "OVERRIDE_KIND_ASSIGN", "order_id": order_id, "vehicle_id": vehicle}
    _create(ctx, fields, reason, lasting, name, dry_run, output)


@app.command("forbid")
def forbid(
    ctx: typer.Context,
    order_id: OrderArg,
    vehicle: Vehicle,
    reason: Reason,
    lasting: Lasting = "",
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Keep an order off a vehicle."""
    fields = {"kind": "OVERRIDE_KIND_FORBID", "order_id": order_id, "vehicle_id": vehicle}
    _create(ctx, fields, reason, lasting, name, dry_run, output)


@app.command("lock")
def lock(
    ctx: typer.Context,
    order_id: OrderArg,
    reason: Reason,
    level: Annotated[str, typer.Option(help="times | sequence | all: what is held as planned now.")] = "all",
    lasting: Lasting = "",
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Hold an order's planned time, its vehicle and sequence, or all of it."""
    if level not in ("times", "sequence", "all"):
        raise CliError(f"'{level}' is not a level: times, sequence or all", Exit.USAGE)
    fields = {"kind": "OVERRIDE_KIND_LOCK", "order_id": order_id, "level": f"LOCK_LEVEL_{level.upper()}"}
    _create(ctx, fields, reason, lasting, name, dry_run, output)


def _create(
    ctx: typer.Context,
    fields: dict[str, str],
    reason: str,
    lasting: str,
    name: str,
    dry_run: bool,
    output: Format,
) -> None:
    from protos.muster.operator.v1 import override_service_pb2 as pb

    session = session_of(ctx)
    request = pb.CreateOverrideRequest(request_id=new_id(), override_id=name, reason=reason, validate_only=dry_run)
    for field, value in fields.items():
        setattr(request, field, value)
    if lasting:
        request.expires_s = session.now_s + duration_s(lasting)
    answer = session.call("OverrideService", "CreateOverride", request)
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        print_impact(answer.impact)
    if dry_run:
        note("nothing was changed (--dry-run)")
        return
    note(f"override {answer.override.override_id} is in force · undo with: muster undo {answer.override.override_id}")


def print_impact(impact: Any) -> None:
    """What a decision changes, as a sentence and a table."""
    typer.echo(impact_text(impact))
    rows = [(move.subject, move.before or "-", move.after or "-") for move in impact.moves]
    print_table(("WHAT", "BEFORE", "AFTER"), rows, "nothing moves")
    for conflict in impact.conflicts:
        typer.echo(f"conflicts with: {conflict}")


@app.command("list")
def list_overrides(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also undone, expired and done ones.")] = False,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List overrides in force."""
    from protos.muster.operator.v1 import override_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListOverridesRequest(page_size=min(limit, 1000))
    if everything:
        request.statuses.extend(value for value in pb.OverrideStatus.values() if value)
    found = session.pages("OverrideService", "ListOverrides", request, lambda page: page.overrides, limit)
    if output is Format.JSON:
        print_json([plain(override) for override in found])
        return
    header = ("OVERRIDE", "WHAT", "ORDER", "VEHICLE", "OWNER", "STATUS", "EXPIRES", "REASON", "CONFLICT")
    print_table(header, [_row(session, override) for override in found], "no overrides in force")


def _row(session: Session, override: Any) -> tuple[object, ...]:
    data = plain(override)
    level = "" if data["level"] == "UNSPECIFIED" else f" {data['level'].lower()}"
    expires = moment(override.expires_s, session.zone) if override.HasField("expires_s") else "-"
    return (
        override.override_id,
        data["kind"].lower() + level,
        override.order_id,
        override.vehicle_id or "-",
        override.owner,
        data["status"].lower(),
        expires,
        override.reason,
        override.conflict or "-",
    )


@app.command("get")
def get_override(ctx: typer.Context, override_id: OverrideArg, output: Output = Format.TABLE) -> None:
    """Show one override."""
    from protos.muster.operator.v1 import override_service_pb2 as pb

    session = session_of(ctx)
    found = session.call("OverrideService", "GetOverride", pb.GetOverrideRequest(override_id=override_id))
    if output is Format.JSON:
        print_json(plain(found))
        return
    header = ("OVERRIDE", "WHAT", "ORDER", "VEHICLE", "OWNER", "STATUS", "EXPIRES", "REASON", "CONFLICT")
    print_table(header, [_row(session, found)], "")


@app.command("undo")
def undo(
    ctx: typer.Context,
    override_id: OverrideArg,
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Take an override back; planning is free again."""
    from protos.muster.operator.v1 import override_service_pb2 as pb

    session = session_of(ctx)
    request = pb.UndoOverrideRequest(request_id=new_id(), override_id=override_id, reason=reason, etag=etag)
    undone = session.call("OverrideService", "UndoOverride", request)
    if output is Format.JSON:
        print_json(plain(undone))
    note(f"override {override_id} is undone")
