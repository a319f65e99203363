"""`muster status` and `muster import`: how the server is, and loading a company into it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import DryRun, Output, session_of
from orchestrator.cli.output import Format, money, note, plain, print_fields, print_json, print_table
from orchestrator.cli.session import new_id

FILE_BYTES_MAX = 16 * 1024 * 1024
ERRORS_SHOWN = 50


def status(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Show whether all is well: log, plan, clock, agents, solvers, and the level of the ladder."""
    from protos.muster.operator.v1 import admin_service_pb2 as admin

    answer = session_of(ctx).call("AdminService", "GetStatus", admin.GetStatusRequest())
    if output is Format.JSON:
        print_json(plain(answer))
        return
    print_fields(_status_fields(answer))


def _status_fields(answer: Any) -> list[tuple[str, object]]:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(answer.clock.time_zone or "UTC")
    now = datetime.fromtimestamp(answer.clock.now_s, zone).strftime("%Y-%m-%d %H:%M:%S %Z")
    pace = "held" if answer.clock.held else f"× {answer.clock.speed:g}"
    level = answer.degraded_level
    timing = answer.event_to_plan
    agents = " · ".join(f"{row.count} {row.kind}" for row in answer.bridge.agents) or "none"
    return [
        ("company", answer.company_name or "none yet: run 'muster import DIR'"),
        ("clock", f"{now} ({pace})" if answer.clock.simulated else now),
        ("level", "0 · all well" if level == 0 else f"{level} · {answer.degraded_cause}"),
        ("plan", f"revision {answer.revision}"),
        ("orders", f"{answer.open_orders} open · {answer.unplanned_orders} unplanned · {answer.late_orders} late"),
        ("alerts", f"{answer.open_alerts} open"),
        ("event to plan", f"p50 {timing.p50_us / 1000:.1f} ms · p99 {timing.p99_us / 1000:.1f} ms · n {timing.n}"),
        ("log", f"{answer.durable_seq} events on disk · {answer.log}"),
        ("queue", f"{answer.queue_depth} of {answer.queue_max}"),
        ("runtime", f"{answer.bridge.runtime} · {'up' if answer.bridge.up else 'down'} · {answer.bridge.text}"),
        ("agents", f"{agents} · {answer.bridge.agent_restarts} restarts · {answer.bridge.solvers} solvers"),
        ("dashboard", f"http://{answer.web_address}" if answer.web_address else "not served"),
        ("server", f"muster {answer.version} · pid {answer.pid} · up {answer.uptime_s // 60} min"),
    ]


def import_company(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(help="Folder of CSV files; see deploy/sample_company/README.md.")],
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Load a folder of CSV files. One bad row, and nothing is loaded: every bad row is named."""
    from protos.muster.operator.v1 import admin_service_pb2 as admin

    request = admin.ImportCompanyRequest(request_id=new_id(), validate_only=dry_run)
    for path in _csv_files(directory):
        request.files.add(name=path.name, content=path.read_bytes())
    answer = session_of(ctx).call("AdminService", "ImportCompany", request, timeout_s=60.0)
    if output is Format.JSON:
        print_json(plain(answer))
    elif answer.errors:
        rows = [(e.file, e.line, e.field, e.value, e.rule) for e in answer.errors[:ERRORS_SHOWN]]
        print_table(("FILE", "LINE", "FIELD", "VALUE", "RULE"), rows, "")
    else:
        print_table(("ROWS", "COUNT"), sorted(answer.counts.items()), "no rows")
    for refused in answer.refused_orders:
        note(f"refused: {refused}")
    if answer.errors:
        raise CliError(f"{len(answer.errors)} bad rows: nothing was loaded", Exit.USAGE)
    note("checked, nothing loaded (--dry-run)" if dry_run else f"loaded as event {answer.seq}")
    if answer.refused_orders:
        raise CliError(f"{len(answer.refused_orders)} orders were refused", Exit.PARTIAL)


def _csv_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise CliError(f"'{directory}' is not a folder", Exit.USAGE)
    paths = sorted(directory.glob("*.csv"))
    if not paths:
        raise CliError(f"'{directory}' holds no .csv files; see deploy/sample_company for an example", Exit.USAGE)
    for path in paths:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise CliError(f"{path.name} is over {FILE_BYTES_MAX} bytes", Exit.USAGE)
    return paths


def impact_text(impact: Any) -> str:
    """An override's impact in a sentence."""
    sign = "+" if impact.cost_delta_cents >= 0 else ""
    return (
        f"cost {sign}{money(impact.cost_delta_cents)} · late {impact.late_delta_s // 60:+d} min · "
        f"unplanned {impact.unplanned_delta:+d} · {len(impact.moves)} changes"
    )
