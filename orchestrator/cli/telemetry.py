"""`muster telemetry …`: where readings go, sending some, and what became of them all."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Output, session_of
from orchestrator.cli.output import Format, note, plain, print_json, print_table
from orchestrator.cli.session import Session

if TYPE_CHECKING:
    from agents.readings import Telemetry

app = typer.Typer(no_args_is_help=True, help="Telemetry: locate hosts, send readings, see counters.")

PAGES_MAX = 1_000
#: Readings given to the sender at once; each waits for the one before.
CHUNK = 10_000
Agents = Annotated[
    list[str] | None, typer.Argument(help="Agents such as vehicle/V01; default: all.", show_default=False)
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="vehicle, warehouse or production_line; repeatable.", show_default=False),
]
File = Annotated[Path, typer.Argument(help="A CSV file, see above.", exists=True, dir_okay=False, show_default=False)]
Rate = Annotated[float, typer.Option(min=0.0, help="Readings a second at most; 0: as fast as it goes.")]


@app.command()
def locate(ctx: typer.Context, agents: Agents = None, kind: Kinds = None, output: Output = Format.TABLE) -> None:
    """Show which host takes the readings of which agents, and where it listens."""
    from protos.muster.operator.v1 import telemetry_directory_service_pb2 as pb

    session, rows, away, unknown, token = session_of(ctx), [], [], [], ""
    for _ in range(PAGES_MAX):
        request = pb.LocateHostsRequest(agents=agents or [], kinds=kind or [], page_token=token)
        found = session.call("TelemetryDirectoryService", "LocateHosts", request)
        rows += [(host.name, host.kind, host.address, list(host.agent_ids)) for host in found.hosts]
        away += found.away
        unknown += found.unknown
        token = found.next_page_token
        if not token:
            break
    if output is Format.JSON:
        hosts = [{"name": name, "kind": of, "address": at, "agents": own} for name, of, at, own in rows]
        print_json({"hosts": hosts, "away": away, "unknown": unknown})
    else:
        table = [
            (name, of, at, len(own), " ".join(own[:5]) + (" …" if len(own) > 5 else "")) for name, of, at, own in rows
        ]
        print_table(("HOST", "KIND", "ADDRESS", "AGENTS", "NAMES"), table, "no telemetry port is open")
    if away:
        note(f"{len(away)} agents have no open port at present, such as {away[0]}")
    if unknown:
        raise CliError(f"the company has no {', '.join(unknown[:5])}", Exit.NOT_FOUND)


@app.command()
def send(ctx: typer.Context, file: File, rate: Rate = 0.0, output: Output = Format.TABLE) -> None:
    """Send the readings of a CSV file straight to the hosts of their agents; telemetry is lossy, so see the counts.

    Columns, of which those that a reading does not use stay empty or away:

    reading (position, machine_signal, sensor, shelf_count, driver_hours, dock_state), agent_id (vehicle, line or site),
    at_s (epoch second of company time; empty: now), part_id (machine or item), sensor, value, lat and lon (degrees),
    until_s, done_permille.

    value: 1 runs or 0 stands · what the sensor says · pieces found · seconds of driving left · open docks. A bad row
    refuses the whole file.
    """
    from orchestrator.cli.telemetry_file import readings_of

    session = session_of(ctx)
    readings = readings_of(file, session.now_s)
    totals, error = asyncio.run(_send(session, readings, rate))
    if output is Format.JSON:
        print_json(dict(totals))
    else:
        print_table(
            ("OUTCOME", "READINGS"), [(word, count) for word, count in totals.items() if count], "nothing to send"
        )
    if totals["accepted"] < len(readings):
        why = f": {error}" if error else ""
        raise CliError(
            f"{len(readings) - totals['accepted']} of {len(readings)} readings were not taken{why}", Exit.PARTIAL
        )


async def _send(session: Session, readings: list[Telemetry], rate: float) -> tuple[Counter[str], str]:
    """What became of the readings, and the last trouble."""
    from orchestrator.telemetry.directory import OperatorDirectory
    from orchestrator.telemetry.sender import TelemetrySender

    began_s = time.monotonic()
    async with TelemetrySender(OperatorDirectory(session.address, session.operator)) as sender:
        for first in range(0, len(readings), CHUNK):
            if rate:
                await asyncio.sleep(max(0.0, began_s + first / rate - time.monotonic()))
            sender.put(readings[first : first + CHUNK])
            await sender.flushed()
    return sender.totals, sender.last_error


@app.command()
def counters(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Show what became of all readings since the server started, by kind."""
    from protos.muster.operator.v1 import telemetry_directory_service_pb2 as pb

    request = pb.GetTelemetryCountersRequest()
    found: Any = session_of(ctx).call("TelemetryDirectoryService", "GetTelemetryCounters", request)
    if output is Format.JSON:
        print_json(plain(found))
        return
    rows = [(row.reading or "unknown", row.outcome, row.count) for row in found.counts]
    print_table(("READING", "OUTCOME", "COUNT"), rows, "no readings yet")
    note(f"{found.ports} hosts have an open telemetry port")
