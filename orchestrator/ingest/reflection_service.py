"""gRPC server reflection for the operator port only: what the library answers, behind our guard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import ReflectionServicer

from orchestrator.ingest.guard import Call

SERVICE = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]


class ReflectionService:
    """Describes the services of this port to tools such as grpcurl."""

    def __init__(self, services: Iterable[str]) -> None:
        self._library = ReflectionServicer(service_names=sorted(services))

    async def ServerReflectionInfo(self, requests: AsyncIterator[Any], call: Call) -> AsyncIterator[Any]:
        """One answer a question."""
        async for request in requests:
            for response in self._library.ServerReflectionInfo(iter((request,)), None):
                yield response
