"""grpc.health.v1 for both ports: whether the server and each of its services serve.

Our own, because the library's keeps a waiter for every name that a stranger asks for. Behind the guard as all others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from grpc_health.v1 import health_pb2

from orchestrator.domain.errors import not_found
from orchestrator.ingest.guard import Call

SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"]
NAME_CHARS_SHOWN = 100


class HealthService:
    """SERVING until `leave`, NOT_SERVING from then on."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = frozenset({"", *services})
        self._serving = True
        self._changed = asyncio.Event()

    def leave(self) -> None:
        """The server shuts down."""
        self._serving = False
        self._changed.set()

    async def Check(self, request: Any, call: Call) -> Any:
        """The present status of a service; NOT_FOUND for a name that is none."""
        if request.service not in self._services:
            raise not_found("service", request.service[:NAME_CHARS_SHOWN], field="service")
        return self._status()

    async def Watch(self, request: Any, call: Call) -> AsyncIterator[Any]:
        """The status now and when it changes. An unknown service is SERVICE_UNKNOWN, as the protocol says."""
        known = request.service in self._services
        yield self._status() if known else _response(health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        await self._changed.wait()
        if known:
            yield self._status()

    def _status(self) -> Any:
        kinds = health_pb2.HealthCheckResponse
        return _response(kinds.SERVING if self._serving else kinds.NOT_SERVING)


def _response(status: Any) -> Any:
    return health_pb2.HealthCheckResponse(status=status)
