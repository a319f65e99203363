"""`muster plan …`: the plan in force, its revisions and what changed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Limit, Output, session_of
from orchestrator.cli.orders import explain as explain_order
from orchestrator.cli.output import Format, clock, money, note, plain, print_json, print_table
from orchestrator.cli.schedule import explain_task
from orchestrator.cli.session import Session

app = typer.Typer(
    no_args_is_help=True, help="The plan: get, list revisions, show, diff, explain, check changes by hand."
)


TRIP_WORDS = {"new": -1, "best": -2}


@app.command("explain")
def explain(
    ctx: typer.Context,
    subject: Annotated[
        str, typer.Argument(help="Order (PARTNER/NUMBER), production order, task (MO-001:0) or maintenance.")
    ],
    relax: Annotated[bool, typer.Option("--relax", help="An order: look for what would let it in.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say where something is planned and why, and which revisions moved it."""
    if "/" in subject:
        explain_order(ctx, subject, relax, output=output)
    else:
        explain_task(ctx, subject, output)


@app.command("get")
def get_plan(
    ctx: typer.Context,
    vehicle: Annotated[list[str] | None, typer.Option(help="Only this vehicle; repeatable.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show the plan in force: a line a stop, and a line a rest of the driver."""
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    session = session_of(ctx)
    plan = session.call("PlanService", "GetPlan", pb.GetPlanRequest(vehicle_ids=vehicle or []))
    if output is Format.JSON:
        print_json(plain(plan))
        return
    header = ("VEHICLE", "TRIP", "DEPART", "ORDER", "ARRIVE", "LATE MIN")
    print_table(header, [row for route in plan.routes for row in _stops(session, route)], "nothing is planned")
    if not vehicle:
        print_table(
            ("MACHINE", "TASK", "START", "END"),
            [
                (t.machine_id, t.task_id, clock(t.start_s, session.zone), clock(t.end_s, session.zone))
                for t in sorted(plan.tasks, key=lambda task: (task.machine_id, task.start_s))
            ],
            "no production is planned",
        )
    note(f"revision {plan.revision} · cost {money(plan.kpis.cost_cents)} · {len(plan.unplanned)} unplanned")


def _stops(session: Session, route: Any) -> list[tuple[object, ...]]:
    zone = session.zone
    rows: list[tuple[int, tuple[object, ...]]] = [
        (
            stop.arrive_s,
            (
                route.vehicle_id,
                f"{number}{' loaded' if trip.loaded else ''}",
                clock(trip.depart_s, zone),
                stop.order_id,
                clock(stop.arrive_s, zone),
                stop.late_s // 60,
            ),
        )
        for number, trip in enumerate(route.trips, start=1)
        for stop in trip.stops
    ]
    for rest in route.rests:
        minutes = f"rest of {(rest.end_s - rest.start_s) // 60} min"
        times = clock(rest.start_s, zone), minutes, f"until {clock(rest.end_s, zone)}"
        rows.append((rest.start_s, (route.vehicle_id, "-", *times, "")))
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


@app.command("list")
def list_revisions(
    ctx: typer.Context,
    cause: Annotated[str, typer.Option(help="Only revisions with a cause of this type, e.g. VehicleWentDown.")] = "",
    limit: Limit = 20,
    output: Output = Format.TABLE,
) -> None:
    """List plan revisions, newest first, with their causes."""
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListRevisionsRequest(page_size=min(limit, 500), cause_kind=cause)
    found = session.pages("PlanService", "ListRevisions", request, lambda page: page.revisions, limit)
    if output is Format.JSON:
        print_json([plain(revision) for revision in found])
        return
    header = ("REVISION", "AT", "TIER", "CAUSES", "SUMMARY")
    print_table(header, [_revision_row(session, revision) for revision in found], "no revisions yet")


def _revision_row(session: Session, revision: Any) -> tuple[object, ...]:
    causes = ", ".join(f"{cause.kind}#{cause.seq}" for cause in revision.causes[:3]) or "-"
    tier = plain(revision)["tier"].lower()
    return (revision.revision, clock(revision.at_s, session.zone), tier, causes, revision.summary)


@app.command("show")
def show_revision(
    ctx: typer.Context,
    revision: Annotated[int, typer.Argument(min=1, help="Its number, as in the list.")],
    output: Output = Format.TABLE,
) -> None:
    """Show one revision: causes, figures, and every changed decision with its reason."""
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    session = session_of(ctx)
    answer = session.call("PlanService", "GetRevision", pb.GetRevisionRequest(revision=revision))
    if output is Format.JSON:
        print_json(plain(answer))
        return
    head = answer.revision
    typer.echo(f"revision {head.revision} ({plain(head)['tier'].lower()}) {clock(head.at_s, session.zone)}")
    typer.echo(head.summary)
    for cause in head.causes:
        typer.echo(f"because of event {cause.seq} {cause.kind}: {cause.text}")
    for find in head.found_by:
        typer.echo(f"{find.engine} after {find.at_ms / 1000:.2f} s: its part costs {money(find.cost_cents)}")
    rows = [(c.kind, c.subject, c.before or "-", c.after or "-", c.reason) for c in head.changes]
    print_table(("KIND", "WHAT", "BEFORE", "AFTER", "REASON"), rows, "no decision changed")


@app.command("diff")
def diff(
    ctx: typer.Context,
    before: Annotated[int, typer.Argument(min=0, help="Revision to start from.")],
    after: Annotated[int, typer.Argument(min=0, help="Revision to compare with; 0: the one in force.")] = 0,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 when something differs.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what is planned otherwise between two revisions."""
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    request = pb.DiffRevisionsRequest(**{"from": before, "to": after})
    answer = session_of(ctx).call("PlanService", "DiffRevisions", request)
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        rows = [(d.decision or d.kind, d.subject, d.before or "-", d.after or "-") for d in answer.differences]
        print_table(("DECISION", "WHAT", "BEFORE", "AFTER"), rows, "nothing differs")
        if answer.routes:
            routes = [
                (
                    one.vehicle_id,
                    _euros(one.cost_cents_from),
                    _euros(one.cost_cents_to),
                    *("-" if count < 0 else count for count in (one.stops_from, one.stops_to)),
                )
                for one in answer.routes
            ]
            print_table(("VEHICLE", "COST BEFORE", "COST AFTER", "STOPS BEFORE", "STOPS AFTER"), routes, "")
        cost = answer.kpis_to.cost_cents - answer.kpis_from.cost_cents
        note(f"cost {money(answer.kpis_from.cost_cents)} to {money(answer.kpis_to.cost_cents)}, {money(cost)} more")
    if exit_code and answer.differences:
        raise CliError(f"{len(answer.differences)} differences", Exit.FAILED)


def _euros(cents: int) -> str:
    return "-" if cents < 0 else money(cents)


@app.command("check")
def check(
    ctx: typer.Context,
    move: Annotated[
        list[str] | None,
        typer.Option(
            "--move",
            help="ORDER:VEHICLE[:TRIP[:AFTER]], e.g. alpenbau/0001:V03:1:alpenbau/0002; TRIP from 1, new or best.",
        ),
    ] = None,
    out: Annotated[list[str] | None, typer.Option("--out", help="An order to leave unplanned; repeatable.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what would break if you moved stops by hand, and what it would cost. Changes nothing."""
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    session = session_of(ctx)
    request = pb.CheckPlanRequest(edits=[_edit(text) for text in move or ()])
    request.edits.extend(pb.Edit(order_id=order_id) for order_id in out or ())
    answer = session.call("PlanService", "CheckPlan", request)
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        _print_check(session, answer)
    if not answer.ok:
        raise CliError("it cannot be driven like that", Exit.NOT_POSSIBLE)


def _print_check(session: Session, answer: Any) -> None:
    for line in answer.violations:
        typer.echo(f"breaks: {line}")
    parts = ", ".join(f"{name} {money(cents)}" for name, cents in sorted(answer.extra_by_part.items()))
    typer.echo(f"extra cost {money(answer.extra_cost_cents)}" + (f": {parts}" if parts else ""))
    rows = [
        (
            one.order_id,
            clock(one.start_s_from, session.zone) if one.start_s_from else "-",
            clock(one.start_s_to, session.zone) if one.start_s_to else "-",
            one.late_s_to // 60,
        )
        for one in answer.moved
    ]
    print_table(("ORDER", "WAS SERVED AT", "WOULD BE", "LATE MIN"), rows, "no other stop moves by a minute")
    for order_id in answer.dropped:
        typer.echo(f"{order_id} would have no place")
    for command in answer.commands:
        note(command)


def _edit(text: str) -> Any:
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not all(parts[:2]):
        raise CliError(f"'{text}' is no move: write ORDER:VEHICLE[:TRIP[:AFTER]]", Exit.USAGE)
    trip, after = (parts[2] if len(parts) > 2 else "best"), (parts[3] if len(parts) > 3 else "")
    if trip not in TRIP_WORDS and not (trip.isascii() and trip.isdigit() and int(trip) > 0):
        raise CliError(f"'{trip}' is no trip: count from 1, or write new or best", Exit.USAGE)
    number = TRIP_WORDS[trip] if trip in TRIP_WORDS else int(trip) - 1
    return pb.Edit(order_id=parts[0], vehicle_id=parts[1], trip=number, after_order_id=after)
