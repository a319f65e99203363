"""The one reader of the server: asks for the overview once a second, whoever looks, and survives a server away."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog

from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1.admin_service_pb2_grpc import AdminServiceStub

POLL_S = 1.0
TIMEOUT_S = 5.0
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
LOG = structlog.get_logger(__name__)


@dataclass
class Feed:
    """The newest overview. `version` rises with each; `trouble` says why the last call failed, "" when it did not.

    `start` and `stop` belong to the web process; pages only read.
    """

    operator: str
    overview: pb.Overview = field(default_factory=pb.Overview)
    version: int = 0
    trouble: str = "connecting"
    channel: Any = None
    task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the channel and begin to ask."""
        options = [("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
        self.channel = grpc.aio.insecure_channel(self.operator, options=options)
        self.task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End asking and close the channel."""
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
        if self.channel is not None:
            await self.channel.close()

    async def _run(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(POLL_S)

    async def refresh(self) -> None:
        """Ask once."""
        try:
            stub = AdminServiceStub(self.channel)
            self.overview = await stub.GetOverview(pb.GetOverviewRequest(), timeout=TIMEOUT_S)
            self.trouble = ""
        except grpc.aio.AioRpcError as error:
            self.trouble = f"server away ({error.code().name.lower().replace('_', ' ')}), trying again"
            LOG.info("overview_failed", code=error.code().name)
        self.version += 1
