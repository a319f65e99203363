"""`muster cordon`, `muster drain`, `muster uncordon`: keep vehicles, lines and docks off new work."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import DryRun, Etag, Limit, Output, Reason, duration_s, session_of
from orchestrator.cli.output import Format, moment, note, plain, print_json, print_table
from orchestrator.cli.overrides import print_impact
from orchestrator.cli.session import Session, new_id

KINDS = ("vehicle", "line", "dock")
POLICIES = ("reassign", "complete", "cancel")
app = typer.Typer(
    no_args_is_help=True, help="Keep resources off new work; they keep what they have: vehicle, line, dock, list."
)

KindArg = Annotated[str, typer.Argument(help=" | ".join(KINDS), show_default=False)]
ResourceArg = Annotated[str, typer.Argument(help="Its id; for docks the id of their site.", show_default=False)]
Docks = Annotated[int, typer.Option(min=0, help="How many docks; only for 'dock'.")]
Lasting = Annotated[str, typer.Option("--for", help="How long, e.g. 3h or 90m; default: until it is uncordoned.")]


@app.command("vehicle")
def cordon_vehicle(
    ctx: typer.Context,
    resource_id: ResourceArg,
    reason: Reason,
    lasting: Lasting = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Give a vehicle no new stops; what is planned on it stays."""
    _set(ctx, "vehicle", resource_id, "KEEP", reason, 0, lasting, dry_run, output)


@app.command("line")
def cordon_line(
    ctx: typer.Context,
    resource_id: ResourceArg,
    reason: Reason,
    lasting: Lasting = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Give a line no new tasks; what is planned on it stays."""
    _set(ctx, "line", resource_id, "KEEP", reason, 0, lasting, dry_run, output)


@app.command("dock")
def cordon_dock(
    ctx: typer.Context,
    resource_id: ResourceArg,
    reason: Reason,
    docks: Annotated[int, typer.Option(min=1, help="How many docks.")] = 1,
    lasting: Lasting = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Close docks of a site: vehicles take turns at the others; with none left, nothing is loaded there."""
    _set(ctx, "dock", resource_id, "KEEP", reason, docks, lasting, dry_run, output)


def drain(
    ctx: typer.Context,
    kind: KindArg,
    resource_id: ResourceArg,
    reason: Reason,
    policy: Annotated[
        str,
        typer.Option(
            help="reassign: what has not begun goes elsewhere; complete: it is finished here; "
            "cancel: what has not begun is given up until it is uncordoned."
        ),
    ] = "reassign",
    docks: Docks = 0,
    lasting: Lasting = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Take a vehicle, a line or docks out of work."""
    if policy not in POLICIES:
        raise CliError(f"'{policy}' is not a policy: {', '.join(POLICIES)}", Exit.USAGE)
    _set(ctx, kind, resource_id, policy.upper(), reason, docks, lasting, dry_run, output)


def _set(
    ctx: typer.Context,
    kind: str,
    resource_id: str,
    policy: str,
    reason: str,
    docks: int,
    lasting: str,
    dry_run: bool,
    output: Format,
) -> None:
    from protos.muster.operator.v1 import agent_service_pb2 as pb

    session = session_of(ctx)
    request = pb.CordonResourceRequest(
        request_id=new_id(),
        kind=_kind(kind),  # type: ignore[arg-type]
        resource_id=resource_id,
        docks=docks,
        policy=f"DRAIN_POLICY_{policy}",  # type: ignore[arg-type]
        reason=reason,
        validate_only=dry_run,
    )
    if lasting:
        request.expires_s = session.now_s + duration_s(lasting)
    answer = session.call("AgentService", "CordonResource", request)
    if output is Format.JSON:
        print_json(plain(answer))
    elif answer.HasField("impact"):
        print_impact(answer.impact)
    if dry_run:
        note("nothing was changed (--dry-run)")
        return
    note(f"cordon {answer.cordon.cordon_id} is in force · undo with: muster uncordon {kind} {resource_id}")


def _kind(name: str) -> str:
    if name not in KINDS:
        raise CliError(f"'{name}' cannot be cordoned: {', '.join(KINDS)}", Exit.USAGE)
    return f"CORDON_KIND_{name.upper()}"


def uncordon(
    ctx: typer.Context,
    kind: KindArg,
    resource_id: ResourceArg,
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Let a cordoned or drained resource work again."""
    from protos.muster.operator.v1 import agent_service_pb2 as pb

    request = pb.UncordonResourceRequest(
        request_id=new_id(),
        kind=_kind(kind),  # type: ignore[arg-type]
        resource_id=resource_id,
        reason=reason,
        etag=etag,
    )
    ended = session_of(ctx).call("AgentService", "UncordonResource", request)
    if output is Format.JSON:
        print_json(plain(ended))
    note(f"{kind} {resource_id} takes work again")


@app.command("list")
def list_cordons(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List cordons and drains in force, and how far each is."""
    from protos.muster.operator.v1 import agent_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListCordonsRequest(page_size=min(limit, 1000))
    if everything:
        request.statuses.extend(value for value in pb.CordonStatus.values() if value)
    found = session.pages("AgentService", "ListCordons", request, lambda page: page.cordons, limit)
    if output is Format.JSON:
        print_json([plain(one) for one in found])
        return
    header = ("CORDON", "WHAT", "POLICY", "STATE", "GIVEN UP", "OWNER", "UNTIL", "REASON")
    print_table(header, [_row(session, one) for one in found], "nothing is cordoned")


def _row(session: Session, one: Any) -> tuple[object, ...]:
    data = plain(one)
    docks = f" ({one.docks} docks)" if one.docks else ""
    return (
        one.cordon_id,
        f"{data['kind'].lower()} {one.resource_id}{docks}",
        data["policy"].lower(),
        data["status"].lower(),
        len(one.given_up) or "-",
        one.owner,
        moment(one.expires_s, session.zone) if one.HasField("expires_s") else "-",
        one.reason,
    )
