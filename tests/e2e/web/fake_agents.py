"""Made-up hosts, negotiations and cordons; the real services are tested over a real server."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc

from protos.muster.operator.v1 import agent_service_pb2 as agent_pb
from protos.muster.operator.v1 import (
    agent_service_pb2_grpc,
    host_service_pb2_grpc,
    negotiation_service_pb2_grpc,
)
from protos.muster.operator.v1 import host_service_pb2 as pb
from protos.muster.operator.v1 import negotiation_service_pb2 as talk_pb


def hosts() -> pb.ListHostsResponse:
    """Two hosts of vehicles, the second being restarted, and one solver at work."""
    return pb.ListHostsResponse(
        runtime="ray",
        phase="away",
        last_error="hosts away: vehicle-1",
        restarts=2,
        kinds=[pb.AgentKindState(kind="vehicle", agents=20, held=10, hosts=2, hosts_away=1, restarts=2)],
        hosts=[
            pb.AgentHost(name="vehicle-0", kind="vehicle", agents=10, alive=True, pid=7),
            pb.AgentHost(name="vehicle-1", kind="vehicle", agents=10, restarts=2, mailbox=3, mailbox_age_ms=2_500),
        ],
        solvers=[pb.SolverProcess(name="solver-0", alive=True, busy="routing", solves=4, pid=11)],
    )


@dataclass
class FakeHosts(host_service_pb2_grpc.HostServiceServicer):
    """Shows what a test sets."""

    shown: pb.ListHostsResponse = field(default_factory=hosts)

    def ListHosts(self, request: pb.ListHostsRequest, context: grpc.ServicerContext) -> pb.ListHostsResponse:
        """The hosts as they are set."""
        return self.shown


@dataclass
class FakeAgents(agent_service_pb2_grpc.AgentServiceServicer, negotiation_service_pb2_grpc.NegotiationServiceServicer):
    """A tender that a carrier has won, and a drained line; notes what was clicked."""

    drained: list[agent_pb.CordonResourceRequest] = field(default_factory=list)
    put_back: list[agent_pb.UncordonResourceRequest] = field(default_factory=list)

    def ListNegotiations(
        self, request: talk_pb.ListNegotiationsRequest, context: grpc.ServicerContext
    ) -> talk_pb.ListNegotiationsResponse:
        """One, done."""
        talk = talk_pb.Negotiation(
            negotiation_id="N-000001",
            subject=talk_pb.NEGOTIATION_SUBJECT_TENDER,
            phase=talk_pb.NEGOTIATION_PHASE_RUNNING,
            lots=[talk_pb.NegotiationLot(lot_id="acme/990", text="order acme/990 <b>")],
            awards=[talk_pb.NegotiationAward(bidder="rapid", price_cents=4_200, why="40.00 € below the next")],
            story=[talk_pb.NegotiationStep(at_s=1_790_070_000, seq=7, text="rapid bids 42.00 € for acme/990")],
        )
        return talk_pb.ListNegotiationsResponse(negotiations=[talk])

    def ListCordons(
        self, request: agent_pb.ListCordonsRequest, context: grpc.ServicerContext
    ) -> agent_pb.ListCordonsResponse:
        """One, until it is put back."""
        cordon = agent_pb.Cordon(
            cordon_id="CO-1",
            kind=agent_pb.CORDON_KIND_LINE,
            resource_id="L1",
            policy=agent_pb.DRAIN_POLICY_REASSIGN,
            owner="ada",
            reason="new floor",
            status=agent_pb.CORDON_STATUS_DRAINING,
        )
        return agent_pb.ListCordonsResponse(cordons=[] if self.put_back else [cordon])

    def CordonResource(
        self, request: agent_pb.CordonResourceRequest, context: grpc.ServicerContext
    ) -> agent_pb.CordonResourceResponse:
        """Notes it."""
        self.drained.append(request)
        return agent_pb.CordonResourceResponse(cordon=agent_pb.Cordon(cordon_id="CO-2"))

    def UncordonResource(
        self, request: agent_pb.UncordonResourceRequest, context: grpc.ServicerContext
    ) -> agent_pb.Cordon:
        """Notes it."""
        self.put_back.append(request)
        return agent_pb.Cordon(cordon_id="CO-1")
