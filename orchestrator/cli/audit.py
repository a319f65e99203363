"""`muster audit …`: is the log what it was, and taking it away."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Output, session_of
from orchestrator.cli.output import Format, plain, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Audit: verify the hash chain, export the log.")

VERIFY_TIMEOUT_S = 600.0


@app.command("verify")
def verify(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Check every record of the log: changed, dropped, swapped or cut ones are named; exit 1 then."""
    from protos.muster.operator.v1 import admin_service_pb2 as admin

    session = session_of(ctx)
    answer = session.call("AdminService", "VerifyAudit", admin.VerifyAuditRequest(), timeout_s=VERIFY_TIMEOUT_S)
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        print_fields([("records", answer.records), ("requests", answer.requests), ("head", answer.head_seq)])
        print_table(("KIND", "SEQ", "DETAIL"), [(p.kind, p.seq, p.detail) for p in answer.problems], "no problems")
    if not answer.ok:
        raise CliError(f"{len(answer.problems)} problems: the log is not what it was", Exit.FAILED)


@app.command("export")
def export(
    ctx: typer.Context, after: Annotated[int, typer.Option(min=0, help="Only records after this sequence number.")] = 0
) -> None:
    """Write the log to stdout as JSON lines."""
    from protos.muster.operator.v1 import admin_service_pb2 as admin

    request = admin.ExportAuditRequest(after_seq=after)
    for part in session_of(ctx).stream("AdminService", "ExportAudit", request):
        sys.stdout.buffer.write(part.json_lines)
    sys.stdout.buffer.flush()
