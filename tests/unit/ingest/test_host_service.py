"""The hosts as the operator port shows them."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from orchestrator.domain.state import State
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.host_service import HostService
from orchestrator.runtime.bridge_messages import HostStatus, SolverStatus
from orchestrator.runtime.bridge_settings import BridgeHealth
from protos.muster.operator.v1 import host_service_pb2 as pb


class StandingBridge:
    """A bridge that says one thing about its health."""

    def __init__(self, health: BridgeHealth) -> None:
        self._health = health

    def health(self) -> BridgeHealth:
        """That."""
        return self._health


class Core:
    """A core with a state and nothing else."""

    def __init__(self) -> None:
        self.state = State(fleet=cast(Any, {"V1": None, "V2": None, "V3": None}), sites=cast(Any, {"W1": None}))


def listed(bridge: StandingBridge | None) -> pb.ListHostsResponse:
    desk = Desk(cast(Any, Core()), cast(Any, None), cast(Any, None), cast(Any, None), bridge=cast(Any, bridge))
    return asyncio.run(HostService(desk).ListHosts(pb.ListHostsRequest(), cast(Any, None)))


def test_kinds_count_what_the_company_has_and_what_live_hosts_hold() -> None:
    hosts = (
        HostStatus("vehicle-0", "vehicle", 2, True, 1, 7, 40, "127.0.0.1:9", "10.0.0.2", 3, 1.25),
        HostStatus("vehicle-1", "vehicle", 1, False, 2, 8, 12),
        HostStatus("vehicle-2", "vehicle", 0, False, 0, 8, 12, moving=True, node_name="depot-pc"),
        HostStatus("warehouse-0", "warehouse", 1, True, 0, 9, 40),
    )
    solvers = (SolverStatus("solver-0", True, "routing", 4, 0, 11),)
    health = BridgeHealth("ray", True, "away", 100, restarts=3, host_list=hosts, solver_list=solvers)
    found = listed(StandingBridge(health))
    kinds = {kind.kind: kind for kind in found.kinds}
    assert (kinds["vehicle"].agents, kinds["vehicle"].held, kinds["vehicle"].hosts_away) == (3, 2, 1)
    assert (kinds["vehicle"].restarts, kinds["warehouse"].held) == (3, 1)
    assert [host.name for host in found.hosts] == ["vehicle-0", "vehicle-1", "vehicle-2", "warehouse-0"]
    assert [host.moving for host in found.hosts] == [False, False, True, False]
    assert found.hosts[2].node_name == "depot-pc"
    first = found.hosts[0]
    assert (first.node, first.mailbox, first.mailbox_age_ms) == ("10.0.0.2", 3, 1_250)
    assert (first.telemetry_address, kinds["vehicle"].mailbox_age_ms) == ("127.0.0.1:9", 1_250)
    assert (found.solvers[0].busy, found.phase, found.restarts) == ("routing", "away", 3)


def test_a_server_without_a_bridge_says_so() -> None:
    found = listed(None)
    assert (found.runtime, list(found.hosts)) == ("none", [])
    assert "without agents" in found.last_error
