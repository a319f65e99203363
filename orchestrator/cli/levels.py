"""`muster level …`: how far the service has stepped down, and holding a level for a drill."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Output, Reason, duration_s, session_of
from orchestrator.cli.output import Format, moment, note, plain, print_fields, print_json, print_table
from orchestrator.cli.session import Session, new_id

LEVELS = {"full": 0, "core": 1, "auction": 2, "hold": 3, "log": 4}
WHAT = "0 full · 1 improve only in the core · 2 repair by auction · 3 hold the last plan · 4 accept and log only"

app = typer.Typer(no_args_is_help=True, help=f"The ladder of degradation: show, hold, release. {WHAT}.")


@app.command("show")
def show(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Show the level, its cause, what still works, and how often and how long each level was in force."""
    from protos.muster.operator.v1 import level_service_pb2 as pb

    session = session_of(ctx)
    _show(session, session.call("LevelService", "GetLevel", pb.GetLevelRequest()), output)


@app.command("hold")
def hold(
    ctx: typer.Context,
    level: Annotated[str, typer.Argument(help="0 to 4, or full, core, auction, hold, log.", show_default=False)],
    reason: Reason,
    lasting: Annotated[str, typer.Option("--for", help="How long, e.g. 10m; at most a day.")] = "10m",
    output: Output = Format.TABLE,
) -> None:
    """Keep the service at a level or below, as a drill; it ends by itself."""
    from protos.muster.operator.v1 import level_service_pb2 as pb

    session = session_of(ctx)
    request = pb.HoldLevelRequest(
        request_id=new_id(), level=_number(level), reason=reason, duration_s=duration_s(lasting)
    )
    _show(session, session.call("LevelService", "HoldLevel", request), output)
    note("undo with: muster level release")


@app.command("release")
def release(
    ctx: typer.Context,
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """End the hold before its time."""
    from protos.muster.operator.v1 import level_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ReleaseLevelRequest(request_id=new_id(), reason=reason)
    _show(session, session.call("LevelService", "ReleaseLevel", request), output)


def _number(text: str) -> int:
    known = LEVELS.get(text.lower())
    if known is None and text not in map(str, LEVELS.values()):
        raise CliError(f"'{text}' is no level: {WHAT}", Exit.USAGE)
    return int(text) if known is None else known


def _show(session: Session, level: Any, output: Format) -> None:
    if output is Format.JSON:
        print_json(plain(level))
        return
    held = "no"
    if level.HasField("hold"):
        asked = level.hold
        held = f"level {asked.level} by {asked.owner} until {moment(asked.until_s, session.zone)}: {asked.reason}"
    print_fields(
        [
            ("level", f"{level.level} · {level.name.lower()}"),
            ("cause", level.cause or "all well"),
            ("works", level.works),
            ("held", held),
        ]
    )
    rows = [(one.level, one.name.lower(), one.entered, f"{one.seconds:.0f} s") for one in level.counts]
    print_table(("LEVEL", "NAME", "ENTERED", "TIME"), rows, "nothing is counted yet")
