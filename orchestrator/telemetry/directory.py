"""Asks the operator port where the readings of some agents go. Called by `sender`.

Promises one bounded call for at most `AGENTS_MAX` agents, with a deadline; `DirectoryAway` when it is not answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import grpc

from agents.agent_ref import AgentKind, AgentRef
from protos.muster.operator.v1 import telemetry_directory_service_pb2 as pb
from protos.muster.operator.v1.telemetry_directory_service_pb2_grpc import TelemetryDirectoryServiceStub

AGENTS_MAX = 1_000
ANSWER_S = 5.0
ANSWER_BYTES_MAX = 4 * 1024 * 1024
KINDS = {kind.value: kind for kind in AgentKind}


class DirectoryAway(Exception):
    """The operator port does not answer, or refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class Located:
    """Agent -> address of its host's port, for those that have one; agents that nobody knows; the token for the ports.

    Agents in neither are away: their host has no open port at present. token_s: how long the token is good for.
    """

    address_of: Mapping[AgentRef, str]
    unknown: frozenset[AgentRef]
    token: str
    token_s: float


class Directory(Protocol):
    """Where the sender asks."""

    async def locate(self, agents: Sequence[AgentRef]) -> Located:
        """Where the readings of these agents, at most `AGENTS_MAX`, go. Raises `DirectoryAway`."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class OperatorDirectory:
    """The directory behind a server's operator port. `operator`: who asks."""

    def __init__(self, address: str, operator: str) -> None:
        options = [("grpc.max_receive_message_length", ANSWER_BYTES_MAX)]
        self._channel = grpc.aio.insecure_channel(address, options=options)
        self._stub = TelemetryDirectoryServiceStub(self._channel)
        self._metadata = (("x-muster-operator", operator),)

    async def locate(self, agents: Sequence[AgentRef]) -> Located:
        """Ask once."""
        request = pb.LocateHostsRequest(agents=[str(agent) for agent in agents])
        try:
            found: pb.LocateHostsResponse = await self._stub.LocateHosts(
                request, timeout=ANSWER_S, metadata=self._metadata
            )
        except grpc.aio.AioRpcError as error:
            raise DirectoryAway(f"{error.code().name}: {error.details()}") from error
        return located_of(found)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()


def located_of(found: pb.LocateHostsResponse) -> Located:
    """A directory's answer in the sender's terms."""
    address_of = {AgentRef(AgentKind(host.kind), one): host.address for host in found.hosts for one in host.agent_ids}
    unknown = frozenset(agent for name in found.unknown if (agent := agent_named(name)) is not None)
    return Located(address_of, unknown, found.token, float(found.token_lifetime_s))


def agent_named(name: str) -> AgentRef | None:
    """The agent called "kind/id", or None for what is no such name."""
    kind, slash, own = name.partition("/")
    return AgentRef(KINDS[kind], own) if slash and own and kind in KINDS else None
