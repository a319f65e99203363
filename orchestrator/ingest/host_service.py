"""The processes beside the core, on the operator port: hosts of agents, and solvers. Reads the bridge's last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.domain.state import State
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.guard import Call
from protos.muster.operator.v1 import host_service_pb2 as pb


class HostService:
    """Who holds which agents, and how they are."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListHosts(self, request: pb.ListHostsRequest, call: Call) -> pb.ListHostsResponse:
        """Kinds, hosts and solvers; a server without a bridge has none."""
        if self._desk.bridge is None:
            return pb.ListHostsResponse(runtime="none", last_error="this server runs without agents and solvers")
        health: Any = self._desk.bridge.health()
        hosts = [_host(host) for host in health.host_list]
        return pb.ListHostsResponse(
            runtime=health.backend,
            phase=health.phase,
            last_error=health.last_error,
            since_s=health.since_s,
            restarts=health.restarts,
            kinds=_kinds(hosts, resources_of(self._desk.state)),
            hosts=hosts,
            solvers=[
                pb.SolverProcess(
                    name=one.name,
                    alive=one.alive,
                    busy=one.busy,
                    solves=one.solves,
                    restarts=one.restarts,
                    pid=one.pid,
                )
                for one in health.solver_list
            ],
        )


def resources_of(state: State) -> Mapping[str, int]:
    """How many agents of each kind the company should have."""
    return {
        "vehicle": len(state.fleet),
        "warehouse": len(state.sites),
        "production_line": len(state.lines),
        "supplier": len(state.suppliers),
    }


def _host(host: Any) -> pb.AgentHost:
    return pb.AgentHost(
        name=host.name,
        kind=host.kind,
        agents=host.agents,
        alive=host.alive,
        restarts=host.restarts,
        pid=host.pid,
        seq=host.seq,
        node=host.node,
        mailbox=host.mailbox,
        mailbox_age_ms=round(host.mailbox_age_s * 1_000),
        telemetry_address=host.address,
        moving=host.moving,
        node_name=host.node_name,
    )


def _kinds(hosts: Sequence[pb.AgentHost], resources: Mapping[str, int]) -> list[pb.AgentKindState]:
    found = []
    for kind, agents in resources.items():
        own = [host for host in hosts if host.kind == kind]
        found.append(
            pb.AgentKindState(
                kind=kind,
                agents=agents,
                held=sum(host.agents for host in own if host.alive),
                hosts=len(own),
                hosts_away=sum(not host.alive and not host.moving for host in own),
                restarts=sum(host.restarts for host in own),
                mailbox_age_ms=max((host.mailbox_age_ms for host in own), default=0),
            )
        )
    return found
