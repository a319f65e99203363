"""`muster host …`: the processes that hold agents and solve problems."""

from __future__ import annotations

import typer

from orchestrator.cli.options import Output, session_of
from orchestrator.cli.output import Format, note, plain, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Hosts of agents and solver processes: list, solvers.")

HEAD = ("HOST", "KIND", "AGENTS", "STATE", "RESTARTS", "WAITING", "OLDEST", "NODE", "PID")
NOTHING = "no hosts: the server runs without agents, or they are still starting (see 'muster status')"


@app.command("list")
def list_hosts(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """List the hosts: agents held, restarts, and how long the oldest instruction waits to be confirmed."""
    from protos.muster.operator.v1 import host_service_pb2 as pb

    found = session_of(ctx).call("HostService", "ListHosts", pb.ListHostsRequest())
    if output is Format.JSON:
        print_json(plain(found))
        return
    rows = [
        (
            host.name,
            host.kind,
            str(host.agents),
            "alive" if host.alive else "moving" if host.moving else "away",
            str(host.restarts),
            str(host.mailbox),
            f"{host.mailbox_age_ms / 1000:.1f} s" if host.mailbox else "",
            host.node_name or "here",
            str(host.pid),
        )
        for host in found.hosts
    ]
    print_table(HEAD, rows, NOTHING)
    if found.last_error:
        note(f"bridge {found.phase or 'none'}, last trouble: {found.last_error}")


@app.command("solvers")
def list_solvers(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """List the solver processes and what each works on."""
    from protos.muster.operator.v1 import host_service_pb2 as pb

    found = session_of(ctx).call("HostService", "ListHosts", pb.ListHostsRequest())
    if output is Format.JSON:
        print_json([plain(solver) for solver in found.solvers])
        return
    rows = [
        (
            one.name,
            "alive" if one.alive else "away",
            one.busy or "idle",
            str(one.solves),
            str(one.restarts),
            str(one.pid),
        )
        for one in found.solvers
    ]
    print_table(("SOLVER", "STATE", "WORKS ON", "SOLVED", "RESTARTS", "PID"), rows, "no solver processes")
