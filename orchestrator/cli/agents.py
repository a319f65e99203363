"""`muster agent …`: what agents want to be reminded of."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Limit, Output, session_of
from orchestrator.cli.output import Format, moment, plain, print_json, print_table

KINDS = ("vehicle", "warehouse", "production_line", "supplier")
app = typer.Typer(no_args_is_help=True, help="Agents of vehicles, warehouses, lines and suppliers: reminders.")

HEAD = ("AGENT", "REMINDER", "DUE", "EVERY", "STATE", "ABOUT")
MINUTE_S = 60


@app.command("reminders")
def list_reminders(
    ctx: typer.Context,
    agent: Annotated[str, typer.Argument(help="An agent, e.g. supplier/SUP-1, or a kind; default: all.")] = "",
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List what agents have asked the log to remind them of, and what they have not acted on yet."""
    from protos.muster.operator.v1 import agent_service_pb2 as pb

    kind, _, resource_id = agent.partition("/")
    if kind and kind not in KINDS:
        raise CliError(f"'{agent}' names no agent: KIND or KIND/ID, with {', '.join(KINDS)}", Exit.USAGE)
    session = session_of(ctx)
    request = pb.ListRemindersRequest(page_size=min(limit, 1000), kind=kind, resource_id=resource_id)
    found = session.pages("AgentService", "ListReminders", request, lambda page: page.reminders, limit)
    if output is Format.JSON:
        print_json([plain(one) for one in found])
        return
    rows = [
        (
            f"{one.kind}/{one.resource_id}",
            one.name,
            moment(one.due_s, session.zone),
            _every(one),
            f"due, record {one.due_seq}" if one.due_seq else "set",
            one.payload or "-",
        )
        for one in found
    ]
    print_table(HEAD, rows, "no agent has asked to be reminded")


def _every(one: Any) -> str:
    return f"{one.period_s // MINUTE_S} min" if one.HasField("period_s") else "-"
