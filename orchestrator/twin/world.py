"""What everybody in the simulated company shares: time, the plan as known, the way to report, chance, roads.

Promises: simulated processes read `state` and `now_s`, wait with `pause`, and talk to the server through `server`
only. No gRPC and no wall clock here, so that tests run a day in a second against the bare domain.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import simpy

from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.company import Place
from orchestrator.domain.state import State
from orchestrator.twin.chance import Chance
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.roads import Roads
from protos.muster.operator.v1 import event_service_pb2 as pb
from solvers.routing.travel import SlowArea

Process = Generator[simpy.Event, Any, Any]
CATCH_UP_S = 600


@dataclass(frozen=True, slots=True)
class Ack:
    """The server has it on disk: its events are `first_seq` to `last_seq`."""

    first_seq: int
    last_seq: int
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The server said no: read the plan again."""

    reason: str
    message: str


Reply = Ack | Refused


class Server(Protocol):
    """The server, as the simulated company sees it. Each call gives a simpy event whose value is a `Reply`.

    Calls of one actor arrive in the order they were made.
    """

    def report(self, actor: str, request: pb.ReportEventRequest) -> simpy.Event:
        """Send a report."""
        ...

    def submit(self, partner_id: str, draft: OrderDraft) -> simpy.Event:
        """Send an order through the partner's own access."""
        ...

    def cancel(self, partner_id: str, number: str, reason: str) -> simpy.Event:
        """Cancel an order through the partner's own access."""
        ...

    def position(self, vehicle_id: str, at_s: int, place: Place, speed_m_per_h: int) -> None:
        """Send a position; nobody waits for it."""
        ...


@dataclass(slots=True)
class Journal:
    """What really happened, as the company itself counts it. arrived_s[order]: when its vehicle was there."""

    distance_m: int = 0
    driven_s: int = 0
    cost_cents: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)
    left_behind: dict[str, int] = field(default_factory=dict)
    routes: list[tuple[str, tuple[str, ...], int]] = field(default_factory=list)
    arrived_s: dict[str, int] = field(default_factory=dict)

    def note_left_behind(self, order_ids: Sequence[str]) -> None:
        """Count orders of a trip whose goods were not there when it was loaded."""
        for order_id in order_ids:
            self.left_behind[order_id] = self.left_behind.get(order_id, 0) + 1

    def note_refusal(self, what: str, reply: Refused) -> None:
        """Count a refused report by what it was and why."""
        key = f"{what}:{reply.reason}"
        self.refused[key] = self.refused.get(key, 0) + 1


class World:
    """The shared part of one simulation.

    step_s: how often a driver tells where it is. grace_s: company time that passes while a plan is made and heard; on
    a clock that runs fast it would be hours of driving, so a vehicle whose plan is no older leaves as planned.
    """

    def __init__(
        self,
        env: simpy.Environment,
        mirror: Mirror,
        server: Server,
        chance: Chance,
        roads: Roads,
        *,
        step_s: int = 60,
        grace_s: float = 0,
    ) -> None:
        self.env = env
        self.mirror = mirror
        self.server = server
        self.chance = chance
        self.roads = roads
        self.step_s = step_s
        self.grace_s = grace_s
        self.journal = Journal()
        self.slow: list[SlowArea] = []
        self._news = env.event()

    @property
    def state(self) -> State:
        """The server's state as far as it was told."""
        return self.mirror.state

    @property
    def now_s(self) -> int:
        """Whole seconds since the epoch on the company clock."""
        return int(self.env.now)

    def tell(self) -> None:
        """Wake all who wait for news of the plan."""
        news, self._news = self._news, self.env.event()
        news.succeed()

    def pause(self, until_s: float | None = None) -> simpy.Event:
        """Wait for news, or until `until_s`, whichever comes first."""
        if until_s is None:
            return self._news
        return self.env.any_of([self._news, self.env.timeout(max(0.0, until_s - self.env.now))])

    def catch_up(self, reply: Reply, patience_s: int = CATCH_UP_S) -> Process:
        """Wait until the mirror has what the reply tells of, but not for ever."""
        end_s = self.env.now + patience_s
        while isinstance(reply, Ack) and self.mirror.seq < reply.last_seq and self.env.now < end_s:
            yield self.pause(end_s)

    def sleep_until(self, at_s: float) -> simpy.Event:
        """Wait until a time, whatever the news; a time in the past is now."""
        return self.env.timeout(max(0.0, at_s - self.env.now))

    def slow_now(self) -> Sequence[SlowArea]:
        """Areas where driving is slow at present."""
        return tuple(self.slow)
