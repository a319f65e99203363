"""What the agents page shows and does, over the operator port: hosts, negotiations, cordons."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from orchestrator.web.actions import ask
from protos.muster.operator.v1 import agent_service_pb2 as agent_pb
from protos.muster.operator.v1 import host_service_pb2 as host_pb
from protos.muster.operator.v1 import negotiation_service_pb2 as talk_pb
from protos.muster.operator.v1.agent_service_pb2_grpc import AgentServiceStub
from protos.muster.operator.v1.host_service_pb2_grpc import HostServiceStub
from protos.muster.operator.v1.negotiation_service_pb2_grpc import NegotiationServiceStub

TALKS_MAX = 40
CORDONS_MAX = 100


@dataclass(frozen=True)
class Agents:
    """One look."""

    hosts: host_pb.ListHostsResponse = field(default_factory=host_pb.ListHostsResponse)
    talks: tuple[talk_pb.Negotiation, ...] = ()
    cordons: tuple[agent_pb.Cordon, ...] = ()


async def read_agents(channel: Any) -> Agents:
    """Everything for the page. Raises `ActionError` in the server's words."""
    hosts = await ask(HostServiceStub(channel).ListHosts, host_pb.ListHostsRequest())
    asked = talk_pb.ListNegotiationsRequest(page_size=TALKS_MAX)
    talks = await ask(NegotiationServiceStub(channel).ListNegotiations, asked)
    cordons = await ask(AgentServiceStub(channel).ListCordons, agent_pb.ListCordonsRequest(page_size=CORDONS_MAX))
    return Agents(hosts, tuple(talks.negotiations), tuple(cordons.cordons))


async def uncordon(channel: Any, kind: str, resource_id: str, reason: str) -> None:
    """Let a resource work again."""
    request = agent_pb.UncordonResourceRequest(
        request_id=str(uuid.uuid4()),
        kind=agent_pb.CordonKind.Value(f"CORDON_KIND_{kind.upper()}"),
        resource_id=resource_id,
        reason=reason,
    )
    await ask(AgentServiceStub(channel).UncordonResource, request)


async def drain(channel: Any, kind: str, resource_id: str, policy: str, reason: str, docks: int = 0) -> None:
    """Take a vehicle, a line or so many docks of a site out of work."""
    request = agent_pb.CordonResourceRequest(
        request_id=str(uuid.uuid4()),
        kind=agent_pb.CordonKind.Value(f"CORDON_KIND_{kind.upper()}"),
        resource_id=resource_id,
        docks=docks,
        policy=agent_pb.DrainPolicy.Value(f"DRAIN_POLICY_{policy.upper()}"),
        reason=reason,
    )
    await ask(AgentServiceStub(channel).CordonResource, request)
