"""The real server for the simulated company: reports go out in order, answers come back as simpy events.

Promises: calls of one actor are sent one after the other, those of different actors side by side; every report has a
request id of its own; what was acknowledged is kept for the auditor. Belongs to the asyncio loop that runs `session`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import grpc
import grpc.aio
import simpy

from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.company import Place
from orchestrator.twin.wire import Wire
from orchestrator.twin.world import Ack, Reply
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import event_service_pb2, resource_service_pb2

Call = Callable[[], Awaitable[Reply]]

POSITIONS_MAX = 1_000
FLUSH_S = 0.2


@dataclass(slots=True)
class Acknowledged:
    """What the server said is safe: reports with their places in the log, and orders."""

    reports: list[Ack] = field(default_factory=list)
    orders: dict[str, int] = field(default_factory=dict)


class LiveServer:
    """Satisfies `world.Server` over gRPC. `run_id` sets the request ids of this twin apart from any other's."""

    def __init__(self, env: simpy.Environment, wire: Wire, run_id: str) -> None:
        self._env = env
        self._wire = wire
        self._run_id = run_id
        self._counts: dict[str, int] = {}
        self._queues: dict[str, asyncio.Queue[tuple[Call, simpy.Event]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._positions: dict[str, resource_service_pb2.Position] = {}
        self.safe = Acknowledged()
        self.waiting = 0

    def report(self, actor: str, request: event_service_pb2.ReportEventRequest) -> simpy.Event:
        """Send a report."""
        request.request_id = self._request_id(actor)

        async def call() -> Reply:
            reply = await self._wire.report(request)
            if isinstance(reply, Ack):
                self.safe.reports.append(reply)
            return reply

        return self._enqueue(actor, call)

    def submit(self, partner_id: str, draft: OrderDraft) -> simpy.Event:
        """Send an order as its partner."""
        request_id = self._request_id(f"partner/{partner_id}")

        async def call() -> Reply:
            reply = await self._wire.submit(partner_id, draft, request_id)
            if isinstance(reply, Ack):
                self.safe.orders[f"{partner_id}/{draft.number}"] = reply.last_seq
            return reply

        return self._enqueue(f"partner/{partner_id}", call)

    def cancel(self, partner_id: str, number: str, reason: str) -> simpy.Event:
        """Cancel an order as its partner."""
        request_id = self._request_id(f"partner/{partner_id}")
        return self._enqueue(f"partner/{partner_id}", lambda: self._wire.cancel(partner_id, number, reason, request_id))

    def position(self, vehicle_id: str, at_s: int, place: Place, speed_m_per_h: int) -> None:
        """Keep the newest position of a vehicle for the next flush."""
        self._positions[vehicle_id] = resource_service_pb2.Position(
            vehicle_id=vehicle_id,
            at_s=at_s,
            place=order_pb2.Place(lat_e7=place.lat_e7, lon_e7=place.lon_e7),
            speed_m_per_h=speed_m_per_h,
        )

    async def flush_positions(self) -> None:
        """Send positions for ever, a few times a second; a batch that cannot be sent is dropped."""
        while True:
            await asyncio.sleep(FLUSH_S)
            batch, self._positions = list(self._positions.values())[:POSITIONS_MAX], {}
            if not batch:
                continue
            try:
                await self._wire.positions(batch)
            except grpc.aio.AioRpcError:  # telemetry is allowed to get lost; the next batch is newer
                continue

    async def close(self) -> None:
        """Stop sending."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def failed(self) -> BaseException | None:
        """The first error that ended a sender, if one did."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                return error
        return None

    def _request_id(self, actor: str) -> str:
        count = self._counts[actor] = self._counts.get(actor, 0) + 1
        return f"{self._run_id}-{actor.replace('/', '-')}-{count}"

    def _enqueue(self, actor: str, call: Call) -> simpy.Event:
        reply = self._env.event()
        queue = self._queues.get(actor)
        if queue is None:
            queue = self._queues[actor] = asyncio.Queue()
            self._tasks.append(asyncio.create_task(self._send(queue), name=f"send {actor}"))
        queue.put_nowait((call, reply))
        self.waiting += 1
        return reply

    async def _send(self, queue: asyncio.Queue[tuple[Call, simpy.Event]]) -> None:
        while True:
            call, reply = await queue.get()
            reply.succeed(await call())
            self.waiting -= 1
