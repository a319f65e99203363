"""Telemetry ports for tests, over a real socket, and a directory that knows them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc

from agents.agent_ref import AgentKind, AgentRef
from agents.inbox import Inbox
from agents.readings import Position
from orchestrator.telemetry.directory import DirectoryAway, Located
from orchestrator.telemetry.lane import PATH
from orchestrator.telemetry.port import PortSettings, TelemetryPort
from orchestrator.telemetry.token import METADATA_KEY, TOKEN_LIFETIME_S, new_token
from protos.muster.telemetry.v1 import telemetry_service_pb2 as pb

KEY = b"k" * 32
AT_S = 1_000


def vehicle(number: int) -> AgentRef:
    return AgentRef(AgentKind.VEHICLE, f"V{number}")


def position(number: int, at_s: int = AT_S) -> Position:
    return Position(f"V{number}", at_s, 480_000_000, 110_000_000)


class Host:
    """An inbox and its port."""

    def __init__(self, *numbers: int, **limits: Any) -> None:
        self.agents = [vehicle(number) for number in numbers]
        self.inbox = Inbox()
        self.inbox.hold(self.agents)
        self.port = TelemetryPort(PortSettings(key=KEY, **limits), self.inbox)
        self.address = self.port.open()

    def close(self) -> None:
        self.port.close()


@contextmanager
def host(*numbers: int, **limits: Any) -> Iterator[Host]:
    made = Host(*numbers, **limits)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def pushing(address: str, token: str | None = None) -> Iterator[Callable[..., Any]]:
    """A call of Push on a port, with a good token unless another is given; it takes messages or bytes."""
    metadata = ((METADATA_KEY, new_token(KEY, int(time.time())) if token is None else token),)
    with grpc.insecure_channel(address) as channel:
        push = channel.stream_unary(PATH, _as_bytes, pb.Receipt.FromString)
        yield lambda messages, **options: push.future(iter(messages), metadata=metadata, timeout=20.0, **options)


def _as_bytes(message: Any) -> bytes:
    return message if isinstance(message, bytes) else bytes(message.SerializeToString())


class FakeDirectory:
    """Knows the hosts it is given; `away`: it does not answer."""

    def __init__(self, *hosts: Host) -> None:
        self.hosts = list(hosts)
        self.away = False
        self.token = new_token(KEY, int(time.time()))
        self.known = {agent for one in hosts for agent in one.agents}
        self.asked = 0

    async def locate(self, agents: Sequence[AgentRef]) -> Located:
        self.asked += 1
        if self.away:
            raise DirectoryAway("UNAVAILABLE: nobody there")
        address_of = {agent: one.address for one in self.hosts for agent in one.agents if agent in agents}
        return Located(address_of, frozenset(set(agents) - self.known), self.token, TOKEN_LIFETIME_S)

    async def close(self) -> None:
        pass
