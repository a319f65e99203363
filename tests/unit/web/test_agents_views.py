"""The agents page in words."""

from __future__ import annotations

from datetime import UTC

from orchestrator.web import agents_view
from protos.muster.operator.v1 import host_service_pb2 as pb


def shown() -> pb.ListHostsResponse:
    """Two hosts of vehicles, one of them away, and a slow one of warehouses."""
    return pb.ListHostsResponse(
        runtime="ray",
        phase="away",
        last_error="hosts away: vehicle-1",
        since_s=3_600,
        restarts=2,
        kinds=[
            pb.AgentKindState(kind="vehicle", agents=20, held=10, hosts=2, hosts_away=1, restarts=2),
            pb.AgentKindState(kind="warehouse", agents=3, held=3, hosts=1, mailbox_age_ms=4_000),
            pb.AgentKindState(kind="supplier"),
        ],
        hosts=[
            pb.AgentHost(
                name="vehicle-0", kind="vehicle", agents=10, alive=True, pid=7, node="9f3c", node_name="10.0.0.2"
            ),
            pb.AgentHost(name="vehicle-1", kind="vehicle", agents=10, restarts=2),
            pb.AgentHost(name="vehicle-2", kind="vehicle", moving=True),
            pb.AgentHost(
                name="warehouse-0", kind="warehouse", agents=3, alive=True, pid=9, mailbox=5, mailbox_age_ms=4_000
            ),
        ],
        solvers=[pb.SolverProcess(name="solver-0", alive=True, busy="routing", solves=4, pid=11)],
    )


def test_a_kind_tells_what_is_held_and_what_is_wrong() -> None:
    vehicles, warehouses = agents_view.kind_tiles(shown())
    assert (vehicles.title, vehicles.value, vehicles.tone) == ("Vehicles", "10 / 20", "bad")
    assert vehicles.detail == "on 2 hosts · 1 away · 2 restarts"
    assert (warehouses.value, warehouses.tone) == ("3 / 3", "warn")
    assert "oldest instruction waits 4.0 s" in warehouses.detail


def test_hosts_in_trouble_come_first() -> None:
    rows = agents_view.host_rows(shown())
    assert [(row.cells[0], row.cells[2], row.tone) for row in rows] == [
        ("vehicle-1", "away", "bad"),
        ("vehicle-2", "moving", ""),
        ("warehouse-0", "slow", "bad"),
        ("vehicle-0", "alive", ""),
    ]
    assert rows[2].cells[4:6] == ("5", "4.0 s")
    assert rows[3].cells[6] == "10.0.0.2"


def test_the_bridge_in_a_sentence() -> None:
    assert agents_view.bridge_line(shown(), UTC) == (
        "Bridge (ray) away since 01:00:00, 2 restarts of it and its hosts. Last trouble: hosts away: vehicle-1."
    )
    assert "without agents" in agents_view.bridge_line(pb.ListHostsResponse(runtime="none"), UTC)


def test_solvers() -> None:
    (row,) = agents_view.solver_rows(shown())
    assert row.cells == ("solver-0", "alive", "routing", "4", "0", "11")
