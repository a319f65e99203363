"""A host service that shows made-up hosts; the real one is tested over a real server."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc

from protos.muster.operator.v1 import host_service_pb2 as pb
from protos.muster.operator.v1 import host_service_pb2_grpc


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
