"""A connection to a server's operator port, made when a command first needs it."""

from __future__ import annotations

import getpass
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator.cli.exits import CliError, Exit, of_rpc

DEFAULT_ADDRESS = "127.0.0.1:7400"
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
PAGES_MAX = 1000


def default_address() -> str:
    """MUSTER_ADDRESS, or where `muster serve` listens by default."""
    return os.environ.get("MUSTER_ADDRESS", DEFAULT_ADDRESS)


def default_operator() -> str:
    """MUSTER_OPERATOR, or the name of the user at the shell."""
    try:
        return os.environ.get("MUSTER_OPERATOR") or getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def new_id() -> str:
    """A request id that nobody else makes."""
    return str(uuid.uuid4())


@dataclass
class Session:
    """Where to call, as whom, and for how long to wait."""

    address: str = field(default_factory=default_address)
    operator: str = field(default_factory=default_operator)
    timeout_s: float = 30.0

    @cached_property
    def channel(self) -> Any:
        """The channel; it connects with the first call."""
        import grpc

        options = [("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
        return grpc.insecure_channel(self.address, options=options)

    def stub(self, service: str) -> Any:
        """The stub of an operator service by its name, e.g. "PlanService"."""
        snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in service).lstrip("_")
        module = import_module(f"protos.muster.operator.v1.{snake}_pb2_grpc")
        return getattr(module, f"{service}Stub")(self.channel)

    @property
    def metadata(self) -> list[tuple[str, str]]:
        """Who calls."""
        return [("x-muster-operator", self.operator)]

    def call(self, service: str, method: str, request: Any, timeout_s: float | None = None) -> Any:
        """One answer, or a `CliError` in words."""
        import grpc

        try:
            rpc = getattr(self.stub(service), method)
            return rpc(request, timeout=timeout_s or self.timeout_s, metadata=self.metadata)
        except grpc.RpcError as error:
            raise of_rpc(error, self.address) from error

    def stream(self, service: str, method: str, request: Any) -> Iterator[Any]:
        """Answers as they come, without a deadline; ends quietly when the caller stops reading."""
        import grpc

        call = getattr(self.stub(service), method)(request, metadata=self.metadata)
        try:
            yield from call
        except grpc.RpcError as error:
            raise of_rpc(error, self.address) from error
        finally:
            call.cancel()

    def pages(self, service: str, method: str, request: Any, take: Callable[[Any], Any], limit: int) -> list[Any]:
        """Items of all pages up to `limit`; `take` gives the repeated field of a page."""
        items: list[Any] = []
        for _ in range(PAGES_MAX):
            page = self.call(service, method, request)
            items.extend(take(page))
            if not page.next_page_token or len(items) >= limit:
                return items[:limit]
            request.page_token = page.next_page_token
        raise CliError(f"more than {PAGES_MAX} pages: narrow the filter", Exit.FAILED)

    @cached_property
    def _clock(self) -> Any:
        from protos.muster.operator.v1 import admin_service_pb2 as admin

        return self.call("AdminService", "GetStatus", admin.GetStatusRequest()).clock

    @property
    def now_s(self) -> int:
        """The company clock's time when this session first looked at it."""
        return int(self._clock.now_s)

    @cached_property
    def zone(self) -> tzinfo:
        """The company's time zone, for showing times."""
        try:
            return ZoneInfo(self._clock.time_zone or "UTC")
        except (KeyError, ValueError):
            return ZoneInfo("UTC")

    def close(self) -> None:
        """Give the channel back, if one was made."""
        if "channel" in self.__dict__:
            self.channel.close()
