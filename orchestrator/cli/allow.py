"""`muster allow …`: let a vehicle do more than its master data say, for a while."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Etag, Limit, Output, Reason, duration_s, session_of
from orchestrator.cli.output import Format, moment, note, plain, print_json, print_table
from orchestrator.cli.session import Session, new_id

app = typer.Typer(
    no_args_is_help=True,
    help="Let a vehicle do more for today: overtime, early, weight, volume, trips, skill; list, undo.",
)

VehicleArg = Annotated[str, typer.Argument(help="Vehicle id, e.g. V03.", show_default=False)]
Lasting = Annotated[str, typer.Option("--for", help="How long it holds, e.g. 3h; default: until the day ends.")]
Named = Annotated[str, typer.Option("--id", help="Name of the allowance; default: made for you.")]
_AMOUNT = re.compile(r"(\d+)(?:\.(\d{1,6}))?([a-z]+\d?)")
WEIGHTS = {"g": 1, "kg": 1_000, "t": 1_000_000}
VOLUMES = {"cm3": 1, "l": 1_000, "m3": 1_000_000}


def amount_of(text: str, units: dict[str, int]) -> int:
    """Whole base units of "12kg" or "0.2m3". Raises a usage error for anything else."""
    found = _AMOUNT.fullmatch(text)
    unit = units.get(found[3]) if found is not None else None
    if found is None or unit is None:
        raise CliError(f"'{text}' is no amount: write a number with one of {', '.join(units)}", Exit.USAGE)
    fraction = found[2] or "0"
    parts: int = 10 ** len(fraction)
    return int(found[1]) * unit + int(fraction) * unit // parts


def _grants(word: str, rule: str, argument: Any, read: Callable[[Any], dict[str, Any]], told: str) -> None:
    """Add the command `muster allow WORD VEHICLE AMOUNT`; `argument` says how the amount is given."""

    def grant(
        ctx: typer.Context,
        vehicle_id: VehicleArg,
        amount: Any,
        reason: Reason,
        until: Lasting = "",
        name: Named = "",
        output: Output = Format.TABLE,
    ) -> None:
        _grant(ctx, vehicle_id, rule, read(amount), reason, until, name, output)

    grant.__annotations__["amount"] = argument  # the only one that differs from command to command
    app.command(word, help=told)(grant)


def _grant(
    ctx: typer.Context,
    vehicle_id: str,
    rule: str,
    value: dict[str, Any],
    reason: str,
    until: str,
    name: str,
    output: Format,
) -> None:
    from protos.muster.operator.v1 import admin_service_pb2
    from protos.muster.operator.v1 import override_service_pb2 as pb

    session = session_of(ctx)
    if until:
        status = session.call("AdminService", "GetStatus", admin_service_pb2.GetStatusRequest())
        value |= {"expires_s": status.clock.now_s + duration_s(until)}
    request = pb.GrantAllowanceRequest(
        request_id=new_id(),
        allowance_id=name,
        vehicle_id=vehicle_id,
        rule=pb.AllowanceRule.Value(f"ALLOWANCE_RULE_{rule}"),
        reason=reason,
        **value,
    )
    granted = session.call("OverrideService", "GrantAllowance", request)
    if output is Format.JSON:
        print_json(plain(granted))
    note(
        f"{vehicle_id} is allowed {_what(granted)} until {moment(granted.expires_s, session.zone)}"
        f" · undo with: muster allow undo {granted.allowance_id}"
    )


def _what(one: Any) -> str:
    rule = plain(one)["rule"]
    words = {
        "OVERTIME": f"{one.amount // 60} min overtime",
        "EARLY": f"to begin {one.amount // 60} min earlier",
        "WEIGHT": f"{one.amount / 1000:g} kg more",
        "VOLUME": f"{one.amount / 1_000_000:g} m3 more",
        "TRIPS": f"{one.amount} trips more",
        "SKILL": f"skill {one.skill}",
    }
    return words[str(rule)]


Long = Annotated[str, typer.Argument(help="How much, e.g. 20m or 1h.", show_default=False)]
Heavy = Annotated[
    str, typer.Argument(help="How much more than its capacity, in g, kg or t, e.g. 12kg.", show_default=False)
]
Large = Annotated[
    str, typer.Argument(help="How much more than its capacity, in cm3, l or m3, e.g. 40l or 0.2m3.", show_default=False)
]
Count = Annotated[int, typer.Argument(min=1, max=10, help="How many more.", show_default=False)]
Skill = Annotated[str, typer.Argument(help="The skill, e.g. LIFT.", show_default=False)]

_grants("overtime", "OVERTIME", Long, lambda text: {"amount": duration_s(text)}, "Let it be out after its shift.")
_grants("early", "EARLY", Long, lambda text: {"amount": duration_s(text)}, "Let it begin before its shift.")
_grants("weight", "WEIGHT", Heavy, lambda text: {"amount": amount_of(text, WEIGHTS)}, "Let it carry more weight.")
_grants("volume", "VOLUME", Large, lambda text: {"amount": amount_of(text, VOLUMES)}, "Let it carry more volume.")
_grants("trips", "TRIPS", Count, lambda count: {"amount": count}, "Let it make more trips.")
_grants(
    "skill", "SKILL", Skill, lambda name: {"skill": name}, "Lend it a skill: a second person, or equipment, goes along."
)


@app.command("list")
def list_allowances(
    ctx: typer.Context,
    vehicle: Annotated[str, typer.Option(help="Only of this vehicle.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also undone and expired ones.")] = False,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List what vehicles are allowed."""
    from protos.muster.operator.v1 import override_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListAllowancesRequest(page_size=min(limit, 1000), vehicle_id=vehicle)
    if everything:
        request.statuses.extend(value for value in pb.AllowanceStatus.values() if value)
    found = session.pages("OverrideService", "ListAllowances", request, lambda page: page.allowances, limit)
    if output is Format.JSON:
        print_json([plain(one) for one in found])
        return
    header = ("ALLOWANCE", "VEHICLE", "WHAT", "UNTIL", "OWNER", "STATUS", "REASON")
    print_table(header, [_row(session, one) for one in found], "no vehicle is allowed more than its master data say")


def _row(session: Session, one: Any) -> tuple[object, ...]:
    until, status = moment(one.expires_s, session.zone), plain(one)["status"].lower()
    return (one.allowance_id, one.vehicle_id, _what(one), until, one.owner, status, one.reason)


@app.command("undo")
def undo(
    ctx: typer.Context,
    allowance_id: Annotated[str, typer.Argument(help="As printed when it was granted.")],
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Take an allowance back."""
    from protos.muster.operator.v1 import override_service_pb2 as pb

    request = pb.UndoAllowanceRequest(request_id=new_id(), allowance_id=allowance_id, reason=reason, etag=etag)
    undone = session_of(ctx).call("OverrideService", "UndoAllowance", request)
    if output is Format.JSON:
        print_json(plain(undone))
    note(f"{undone.vehicle_id} is not allowed {_what(undone)} any more")
