"""`muster event …`: what happened, as it happens, and reporting it by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Limit, Output, session_of
from orchestrator.cli.output import Format, moment, note, plain, print_json, print_json_line, print_table
from orchestrator.cli.session import new_id

app = typer.Typer(no_args_is_help=True, help="Events: list, watch, report.")

Types = Annotated[list[str] | None, typer.Option("--type", "-t", help="Only this type, e.g. PlanRevised; repeatable.")]


@app.command("list")
def list_events(
    ctx: typer.Context,
    after: Annotated[int, typer.Option(min=0, help="Only events after this sequence number.")] = 0,
    types: Types = None,
    limit: Limit = 50,
    output: Output = Format.TABLE,
) -> None:
    """List events, oldest first."""
    from protos.muster.operator.v1 import event_service_pb2 as pb

    session = session_of(ctx)
    events: list[Any] = []
    while len(events) < limit:
        request = pb.ListEventsRequest(after_seq=after, page_size=min(limit, 1000), types=types or [])
        page = session.call("EventService", "ListEvents", request)
        events.extend(page.events)
        if page.next_seq <= after:
            break
        after = page.next_seq
    if output is Format.JSON:
        print_json([plain(event) for event in events[:limit]])
        return
    rows = [(e.seq, moment(e.at_s, session.zone), e.type, e.subject, e.principal, e.text) for e in events[:limit]]
    print_table(("SEQ", "AT", "TYPE", "SUBJECT", "BY", "TEXT"), rows, "no events")


@app.command("watch")
def watch(
    ctx: typer.Context,
    resume: Annotated[int, typer.Option(min=0, help="Begin after this sequence number; 0: from now on.")] = 0,
    types: Types = None,
    output: Output = Format.TABLE,
) -> None:
    """Print events as they come, until Ctrl-C. JSON: a line an event."""
    from protos.muster.operator.v1 import event_service_pb2 as pb

    session = session_of(ctx)
    request = pb.WatchRequest(resume_seq=resume, from_now=resume == 0, types=types or [])
    for answer in session.stream("EventService", "Watch", request):
        if not answer.HasField("event"):
            continue
        event = answer.event
        if output is Format.JSON:
            print_json_line(plain(event))
        else:
            typer.echo(f"{event.seq:>8} {moment(event.at_s, session.zone)} {event.type:<18} {event.text}")


@app.command("report")
def report(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="E.g. vehicle_down, machine_down, stock_counted; '?' lists all.")],
    fields: Annotated[
        str, typer.Argument(help='JSON: {"vehicle_id":"V1","until_s":…}; at_s is now if left out.')
    ] = "{}",
    request_id: Annotated[
        str, typer.Option(help="Any word of yours: with the same one, a repeated call does nothing twice.")
    ] = "",
    output: Output = Format.TABLE,
) -> None:
    """Report what happened on the road, in the shop or in a store."""
    from google.protobuf.json_format import ParseDict, ParseError

    from protos.muster.operator.v1 import admin_service_pb2 as admin
    from protos.muster.operator.v1 import event_service_pb2 as pb

    reports = {field.name: field for field in pb.ReportEventRequest.DESCRIPTOR.oneofs_by_name["report"].fields}
    if kind not in reports:
        raise CliError(f"'{kind}' is not a report; there are: {', '.join(sorted(reports))}", Exit.USAGE)
    session = session_of(ctx)
    values = _json_object(fields)
    message = reports[kind].message_type
    if message is not None and "at_s" in message.fields_by_name and "at_s" not in values:
        values["at_s"] = session.call("AdminService", "GetStatus", admin.GetStatusRequest()).clock.now_s
    try:
        request = ParseDict({kind: values}, pb.ReportEventRequest(request_id=request_id or new_id()))
    except ParseError as error:
        raise CliError(str(error), Exit.USAGE) from error
    answer = session.call("EventService", "ReportEvent", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"events {answer.first_seq}-{answer.last_seq}: {', '.join(answer.event_types) or 'nothing new'}")


def _json_object(text: str) -> dict[str, object]:
    import orjson

    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CliError(f"the fields are not JSON: {error}", Exit.USAGE) from error
    if not isinstance(values, dict):
        raise CliError('the fields are not a JSON object like {"vehicle_id": "V1"}', Exit.USAGE)
    return values
