"""`muster schedule …`: why production is late, what would help, and what people decide about the shop floor."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import DryRun, Etag, Limit, Output, Reason, duration_s, moment_s, session_of
from orchestrator.cli.output import Format, clock, moment, money, note, plain, print_json, print_table
from orchestrator.cli.overrides import print_impact
from orchestrator.cli.session import Session, new_id

app = typer.Typer(
    no_args_is_help=True,
    help="Schedule: late, move, overtime, split, priority, list, undo; risk, absent, back.",
)

Named = Annotated[str, typer.Option("--id", help="Name of the decision; default: made for you.")]
Task = Annotated[str, typer.Argument(help="Task id as in the Gantt, e.g. MO-001:0.")]
MachineArg = Annotated[str, typer.Argument(help="Machine id, e.g. M4.")]
WorkerArg = Annotated[str, typer.Argument(help="Worker id, e.g. W02.")]


@app.command("late")
def late(
    ctx: typer.Context,
    orders: Annotated[list[str] | None, typer.Argument(help="Production orders; default: all that are late.")] = None,
    remedies: Annotated[bool, typer.Option("--remedies", help="Look for what would help, and verify it.")] = False,
    budget: Annotated[str, typer.Option(help="With --remedies: how long to look, e.g. 4s; at most 10s.")] = "4s",
    output: Output = Format.TABLE,
) -> None:
    """Say why production is late, from the last task back to the cause, and what would help."""
    from protos.muster.operator.v1 import schedule_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ExplainScheduleRequest(
        production_order_ids=orders or [], remedies=remedies, remedy_budget_ms=duration_s(budget) * 1000
    )
    answer = session.call("ScheduleService", "ExplainSchedule", request, timeout_s=30.0)
    if output is Format.JSON:
        print_json(plain(answer))
        return
    if not answer.late:
        typer.echo("no production order is late")
    for one in answer.late:
        _print_late(session, one, remedies)


def _print_late(session: Session, one: Any, remedies: bool) -> None:
    zone = session.zone
    typer.echo(f"{one.text} (due {moment(one.due_s, zone)})")
    rows = [
        (
            cause.task_id,
            cause.machine_id or "-",
            clock(cause.from_s, zone),
            clock(cause.to_s, zone),
            cause.code,
            cause.text,
        )
        for cause in one.causes
    ]
    print_table(("TASK", "MACHINE", "FROM", "TO", "CAUSE", "WHY"), rows, "nothing holds it back")
    if not remedies:
        return
    helps = [
        (
            found.text,
            f"{-(-found.late_before_s // 60)} → {-(-found.late_after_s // 60)} min",
            money(found.cost_cents),
            ", ".join(f"{harm.production_order_id} +{-(-harm.later_s // 60)} min" for harm in found.harm) or "-",
            found.command,
        )
        for found in one.remedies
    ]
    print_table(("REMEDY", "LATE", "COSTS", "OTHERS LATER", "COMMAND"), helps, "nothing that was tried helps")


def explain_task(ctx: typer.Context, subject: str, output: Format) -> None:
    """Where a task, production order or maintenance stands, why, and what moved it."""
    from protos.muster.operator.v1 import schedule_service_pb2 as pb

    session = session_of(ctx)
    answer = session.call("ScheduleService", "ExplainTask", pb.ExplainTaskRequest(subject=subject))
    if output is Format.JSON:
        print_json(plain(answer))
        return
    for sentence in answer.sentences:
        typer.echo(sentence)
    rows = [
        (move.revision, clock(move.at_s, session.zone), move.task_id, move.before, move.after, "; ".join(move.causes))
        for move in answer.moves
    ]
    print_table(("REVISION", "AT", "TASK", "BEFORE", "AFTER", "BECAUSE"), rows, "no kept revision moved it")


@app.command("move")
def move(
    ctx: typer.Context,
    task_id: Task,
    machine: Annotated[str, typer.Option("--machine", "-m", help="Machine id, e.g. M4.")],
    reason: Reason,
    at: Annotated[
        str, typer.Option("--at", help="Start, HH:MM today or HH:MM+1 tomorrow; default: when it fits.")
    ] = "",
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Put a task on a machine, at a time if you name one."""
    fields: dict[str, Any] = {"kind": "SCHEDULE_OVERRIDE_KIND_MOVE", "task_id": task_id, "machine_id": machine}
    if at:
        fields["start_s"] = moment_s(session_of(ctx), at)
    _create(ctx, fields, reason, name, dry_run, output)


@app.command("overtime")
def overtime(
    ctx: typer.Context,
    machine_id: MachineArg,
    at: Annotated[str, typer.Option("--at", help="From when, HH:MM today or HH:MM+1 tomorrow.")],
    lasting: Annotated[str, typer.Option("--for", help="How long, e.g. 2h.")],
    reason: Reason,
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Let a machine work outside of its shift; the schedule uses it where it pays."""
    start_s = moment_s(session_of(ctx), at)
    span = {"start_s": start_s, "end_s": start_s + duration_s(lasting)}
    fields = {"kind": "SCHEDULE_OVERRIDE_KIND_OVERTIME", "machine_id": machine_id} | span
    _create(ctx, fields, reason, name, dry_run, output)


@app.command("split")
def split(
    ctx: typer.Context,
    task_id: Task,
    lots: Annotated[int, typer.Option("--lots", min=2, max=20, help="How many lots.")],
    reason: Reason,
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Split a task into lots that may run side by side."""
    fields = {"kind": "SCHEDULE_OVERRIDE_KIND_SPLIT", "task_id": task_id, "lots": lots}
    _create(ctx, fields, reason, name, dry_run, output)


@app.command("priority")
def priority(
    ctx: typer.Context,
    order_id: Annotated[str, typer.Argument(help="Production order, e.g. MO-001.")],
    value: Annotated[int, typer.Argument(min=0, max=9, help="0 (may wait) to 9 (before all others).")],
    reason: Reason,
    name: Named = "",
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Say how much a production order's lateness matters."""
    fields = {"kind": "SCHEDULE_OVERRIDE_KIND_PRIORITY", "production_order_id": order_id, "priority": value}
    _create(ctx, fields, reason, name, dry_run, output)


def _create(ctx: typer.Context, fields: dict[str, Any], reason: str, name: str, dry_run: bool, output: Format) -> None:
    from protos.muster.operator.v1 import schedule_service_pb2 as pb

    session = session_of(ctx)
    request = pb.CreateScheduleOverrideRequest(
        request_id=new_id(), override_id=name, reason=reason, validate_only=dry_run, **fields
    )
    answer = session.call("ScheduleService", "CreateScheduleOverride", request)
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        print_impact(answer.impact)
    if dry_run:
        note("nothing was changed (--dry-run)")
        return
    made = answer.override
    costs = f", costs {money(made.cost_cents)} if it is used" if made.cost_cents else ""
    note(f"decision {made.override_id} is in force{costs} · undo with: muster schedule undo {made.override_id}")


@app.command("list")
def list_decisions(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also undone, expired and done ones.")] = False,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List decisions about the schedule."""
    from protos.muster.operator.v1 import override_service_pb2
    from protos.muster.operator.v1 import schedule_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListScheduleOverridesRequest(page_size=min(limit, 1000))
    if everything:
        request.statuses.extend(value for value in override_service_pb2.OverrideStatus.values() if value)
    found = session.pages("ScheduleService", "ListScheduleOverrides", request, lambda page: page.overrides, limit)
    if output is Format.JSON:
        print_json([plain(one) for one in found])
        return
    header = ("DECISION", "WHAT", "ABOUT", "OWNER", "STATUS", "REASON", "CONFLICT")
    print_table(header, [_row(session, one) for one in found], "no decisions about the schedule in force")


def _row(session: Session, one: Any) -> tuple[object, ...]:
    data = plain(one)
    about = one.task_id or one.production_order_id or one.machine_id
    details = {
        "MOVE": f"to {one.machine_id}" + (f" at {clock(one.start_s, session.zone)}" if one.HasField("start_s") else ""),
        "OVERTIME": f"{clock(one.start_s, session.zone)}–{clock(one.end_s, session.zone)}",
        "SPLIT": f"{one.lots} lots",
        "PRIORITY": str(one.priority),
    }
    what = f"{data['kind'].lower()} {details.get(data['kind'], '')}".rstrip()
    return (one.override_id, what, about, one.owner, data["status"].lower(), one.reason, one.conflict or "-")


@app.command("undo")
def undo(
    ctx: typer.Context,
    override_id: Annotated[str, typer.Argument(help="As printed when it was made.")],
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Take a decision back; the schedule is free again."""
    from protos.muster.operator.v1 import schedule_service_pb2 as pb

    request = pb.UndoScheduleOverrideRequest(request_id=new_id(), override_id=override_id, reason=reason, etag=etag)
    undone = session_of(ctx).call("ScheduleService", "UndoScheduleOverride", request)
    if output is Format.JSON:
        print_json(plain(undone))
    note(f"decision {override_id} is undone")


@app.command("risk")
def risk(
    ctx: typer.Context,
    machine_id: MachineArg,
    points: Annotated[
        list[str] | None,
        typer.Option("--by", help="HOURS:PERCENT, e.g. 4:10 for 10 % within 4 hours; repeat it, rising."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="What the machine shows.")] = "",
) -> None:
    """Report how likely a machine fails by when; its maintenance is scheduled. Without --by: it is fine again."""
    from protos.muster.operator.v1 import event_service_pb2 as pb

    session = session_of(ctx)
    curve = [_point(session.now_s, text) for text in points or []]
    report = pb.MachineRisk(machine_id=machine_id, at_s=session.now_s, risk=curve, reason=reason)
    _report(session, pb.ReportEventRequest(request_id=new_id(), machine_risk=report))
    note(f"the schedule looks for the best time to maintain {machine_id}" if curve else f"{machine_id} is fine again")


def _point(now_s: int, text: str) -> Any:
    from protos.muster.operator.v1 import event_service_pb2 as pb

    hours, _, percent = text.partition(":")
    try:
        return pb.RiskPoint(at_s=now_s + round(float(hours) * 3600), failed_per_mille=round(float(percent) * 10))
    except (ValueError, OverflowError):
        raise CliError(f"'{text}' is not HOURS:PERCENT, like 4:10", Exit.USAGE) from None


@app.command("absent")
def absent(
    ctx: typer.Context,
    worker_id: WorkerArg,
    lasting: Annotated[str, typer.Option("--for", help="How long, e.g. 8h.")] = "8h",
) -> None:
    """Report a worker away; why is nobody's business."""
    from protos.muster.operator.v1 import event_service_pb2 as pb

    session = session_of(ctx)
    report = pb.WorkerAbsent(worker_id=worker_id, at_s=session.now_s, until_s=session.now_s + duration_s(lasting))
    _report(session, pb.ReportEventRequest(request_id=new_id(), worker_absent=report))
    note(f"{worker_id} is away · back with: muster schedule back {worker_id}")


@app.command("back")
def back(ctx: typer.Context, worker_id: WorkerArg) -> None:
    """Report a worker back."""
    from protos.muster.operator.v1 import event_service_pb2 as pb

    session = session_of(ctx)
    report = pb.WorkerBack(worker_id=worker_id, at_s=session.now_s)
    _report(session, pb.ReportEventRequest(request_id=new_id(), worker_back=report))
    note(f"{worker_id} is back")


def _report(session: Session, request: Any) -> None:
    session.call("EventService", "ReportEvent", request)
