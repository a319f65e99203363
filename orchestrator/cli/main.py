"""The `muster` command line: nouns and verbs, every one a call to the server's operator port.

Its promise: stdout carries data only, errors say what to do, and the exit code says what happened.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer._click.exceptions import ClickException  # typer carries a click of its own and exports this nowhere

from orchestrator.cli import (
    agents,
    allow,
    audit,
    cordons,
    deliveries,
    events,
    hosts,
    levels,
    machines,
    negotiations,
    orders,
    overrides,
    plans,
    proposals,
    resources,
    run_sheets,
    schedule,
    serve,
    solve,
    status,
    stock,
    telemetry,
    travel,
    twin,
    vehicles,
)
from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.session import DEFAULT_ADDRESS, Session

EPILOG = (
    "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 not found · 4 not allowed · 5 changed meanwhile · "
    "6 not possible now · 7 server away or too busy · 9 partly done · 130 interrupted."
)

app = typer.Typer(
    name="muster",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    help="Muster keeps one plan for stock, machines and trucks, and keeps it right while the day goes wrong.",
)


@app.callback()
def root(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Option(envvar="MUSTER_ADDRESS", help="The server's operator port.")
    ] = DEFAULT_ADDRESS,
    operator: Annotated[
        str, typer.Option(envvar="MUSTER_OPERATOR", help="Who you are; stands in the log; default: your login name.")
    ] = "",
    timeout_s: Annotated[float, typer.Option(min=0.1, max=3600.0, help="Seconds to wait for an answer.")] = 30.0,
) -> None:
    """Options of every command that calls the server."""
    session = Session(address=address, timeout_s=timeout_s)
    if operator:
        session.operator = operator
    ctx.obj = session
    ctx.call_on_close(session.close)


app.command("serve")(serve.serve)
app.command("demo")(serve.demo)
app.command("import")(status.import_company)
app.command("status")(status.status)
for named in (deliveries.quote, deliveries.reserve, deliveries.confirm, deliveries.change):
    orders.app.command(named.__name__)(named)
app.add_typer(orders.app, name="order")
app.add_typer(allow.app, name="allow")
app.add_typer(plans.app, name="plan")
app.add_typer(overrides.app, name="override")
app.add_typer(cordons.app, name="cordon")
app.command("drain")(cordons.drain)
app.command("uncordon")(cordons.uncordon)
app.command("undo")(overrides.undo)
app.add_typer(schedule.app, name="schedule")
app.add_typer(events.app, name="event")
app.add_typer(resources.app, name="resource")
app.add_typer(stock.app, name="stock")
app.add_typer(proposals.app, name="proposal")
app.add_typer(proposals.suppliers, name="supplier")
app.add_typer(resources.alerts, name="alert")
app.add_typer(agents.app, name="agent")
app.add_typer(hosts.app, name="host")
app.add_typer(vehicles.app, name="vehicle")
app.add_typer(negotiations.app, name="negotiation")
app.add_typer(negotiations.tenders, name="tender")
app.add_typer(levels.app, name="level")
app.add_typer(machines.app, name="machine")
app.command("runsheet")(run_sheets.run_sheet)
app.add_typer(telemetry.app, name="telemetry")
app.add_typer(audit.app, name="audit")
app.add_typer(travel.app, name="travel")
app.add_typer(twin.app, name="twin")
app.add_typer(solve.app, name="solve")
app.command("bench")(solve.bench)


def main() -> None:
    """Run the command line; the process ends with one of the documented exit codes."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; gives its exit code, with the error on stderr."""
    try:
        outcome = app(args=arguments, prog_name="muster", standalone_mode=False)
        return outcome if isinstance(outcome, int) else Exit.OK
    except CliError as error:
        sys.stderr.write(f"muster: {error.message}\n")
        return error.code
    except typer.Exit as stop:
        return stop.exit_code
    except ClickException as error:
        error.show()
        return Exit.USAGE
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("interrupted\n")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.OK


if __name__ == "__main__":
    main()
