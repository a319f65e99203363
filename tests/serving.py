"""A real server for tests: in a process of its own, or in the test's own loop; and callers of both ports.

with server_process(folder) as serving:
    reply = serving.operator.call("AdminService.GetStatus", {})
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from orchestrator.runtime.bootstrap import Server
from orchestrator.runtime.config import ServerConfig, load_config
from protos.muster.operator.v1 import (
    admin_service_pb2,
    agent_service_pb2,
    alert_service_pb2,
    arrival_service_pb2,
    event_service_pb2,
    host_service_pb2,
    level_service_pb2,
    negotiation_service_pb2,
    order_service_pb2,
    override_service_pb2,
    plan_service_pb2,
    resource_service_pb2,
    schedule_service_pb2,
    solve_service_pb2,
    stock_service_pb2,
    telemetry_directory_service_pb2,
)
from protos.muster.partner.v1 import partner_service_pb2, tender_service_pb2
from tests.unit.domain.small_company import NOW_S, small_company, token_digest
from tests.waiting import wait_until

OPERATOR_FILES = (
    plan_service_pb2,
    override_service_pb2,
    event_service_pb2,
    resource_service_pb2,
    order_service_pb2,
    stock_service_pb2,
    alert_service_pb2,
    admin_service_pb2,
    schedule_service_pb2,
    solve_service_pb2,
    telemetry_directory_service_pb2,
    negotiation_service_pb2,
    level_service_pb2,
    arrival_service_pb2,
    agent_service_pb2,
    host_service_pb2,
)
TOKENS = {"acme": "acme-token", "beta": "beta-token"}
CALL_S = 10.0
#: The first start after a change of a kernel compiles it.
READY_S = 180.0
#: Until something is planned: usually a moment, but kernels that have changed are compiled first.
PLANNED_S = 100.0


def services_of(files: Sequence[Any]) -> list[ServiceDescriptor]:
    """All services of some contract modules."""
    return [service for file in files for service in file.DESCRIPTOR.services_by_name.values()]


OPERATOR_METHODS: dict[str, MethodDescriptor] = {
    f"{service.name}.{method.name}": method for service in services_of(OPERATOR_FILES) for method in service.methods
}
PARTNER_METHODS: dict[str, MethodDescriptor] = {
    f"{service.name}.{method.name}": method
    for service in services_of([partner_service_pb2, tender_service_pb2])
    for method in service.methods
}


def request_class(method: MethodDescriptor) -> type[Message]:
    """The class of a method's request."""
    return message_factory.GetMessageClass(method.input_type)


def rpc_path(method: MethodDescriptor) -> str:
    """The name of a method on the wire."""
    return f"/{method.containing_service.full_name}/{method.name}"


def multicallable(channel: Any, method: MethodDescriptor) -> Any:
    """The call of a method that sends bytes as they are and parses answers; for sync and aio channels."""
    shapes = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    answer = message_factory.GetMessageClass(method.output_type)
    shape = shapes[method.client_streaming, method.server_streaming]
    return shape(rpc_path(method), request_serializer=_as_bytes, response_deserializer=answer.FromString)


def _as_bytes(request: Message | bytes) -> bytes:
    return request if isinstance(request, bytes) else request.SerializeToString()


def reason_of(error: Any) -> str:
    """The reason of the catalogue in an error's details; "" when gRPC itself refused."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            assert info.domain == "muster"
            return str(info.reason)
    return ""


def bearer(partner_id: str) -> tuple[tuple[str, str], ...]:
    """The metadata of a partner's calls."""
    return (("authorization", f"Bearer {TOKENS[partner_id]}"),)


def two_partner_company() -> Any:
    """The small company with a second partner."""
    company = small_company()
    second = company.partners[0].model_copy(
        update={"partner_id": "beta", "name": "Beta", "token_sha256": token_digest(TOKENS["beta"])}
    )
    return company.model_copy(update={"partners": (*company.partners, second)})


def server_config(data_dir: Path, **settings: Any) -> ServerConfig:
    """A server without agents and dashboard, on any free ports, its clock held on the small company's morning."""
    defaults = {
        "data_dir": data_dir,
        "runtime": "none",
        "web_enabled": False,
        "operator_port": 0,
        "partner_port": 0,
        "metrics_port": 0,
        "web_port": 0,
        "clock_origin_s": NOW_S,
        "improve_budget_ms": 0,
        "partner_calls_per_s_max": 100_000,
    }
    return load_config(**(defaults | settings))


@dataclass(frozen=True)
class Serving:
    """A server in a process of its own."""

    data_dir: Path
    endpoints: dict[str, Any]
    process: "subprocess.Popen[bytes]"
    stderr: Path


@contextmanager
def server_process(
    data_dir: Path, *flags: str, env: dict[str, str] | None = None, ends_with: Sequence[int] = (0,)
) -> Iterator[Serving]:
    """Start `core_process`, wait until it serves, end it by SIGTERM and look that it ends well."""
    ports = [item for name in ("operator", "partner", "metrics") for item in (f"--{name}-port", "0")]
    command = [sys.executable, "-m", "orchestrator.runtime.core_process", "--data-dir", str(data_dir)]
    command += ["--runtime", "none", "--no-web", "--clock-origin-s", str(NOW_S), *ports, *flags]
    stderr = data_dir.with_suffix(".stderr")
    with stderr.open("wb") as err:
        process = subprocess.Popen(command, stderr=err, env={**os.environ, **(env or {})})
    try:
        wait_until(_ready(process, data_dir, stderr), "the server is ready", READY_S)
        endpoints = json.loads((data_dir / "endpoints.json").read_text())
        yield Serving(data_dir, endpoints, process, stderr)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in ends_with, stderr.read_text()[-2000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _ready(process: "subprocess.Popen[bytes]", data_dir: Path, stderr: Path) -> Callable[[], bool]:
    def look() -> bool:
        assert process.poll() is None, stderr.read_text()[-2000:]
        return (data_dir / "endpoints.json").exists()

    return look


async def serve_company(server: Server, company: Any | None = None) -> None:
    """Load the two-partner company into a server of this loop."""
    from orchestrator.domain.commands import ImportCompany

    await server.core.submit(ImportCompany(company=company or two_partner_company()), principal="operator:test")


class Caller:
    """Calls of one port from the test's own loop: `await caller("OrderService.GetOrder", order_id="acme/1")`."""

    def __init__(self, address: str, methods: dict[str, MethodDescriptor], metadata: Sequence[tuple[str, str]] = ()):
        self._channel = grpc.aio.insecure_channel(address)
        self._methods = methods
        self._metadata = tuple(metadata)

    async def __aenter__(self) -> "Caller":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._channel.close()

    async def __call__(self, name: str, **fields: Any) -> Any:
        """One unary call."""
        method = self._methods[name]
        request = request_class(method)(**fields)
        return await multicallable(self._channel, method)(request, timeout=CALL_S, metadata=self._metadata)

    def stream(self, name: str, **fields: Any) -> Any:
        """One server stream; cancel it when done."""
        method = self._methods[name]
        return multicallable(self._channel, method)(request_class(method)(**fields), metadata=self._metadata)

    async def refused(self, name: str, **fields: Any) -> tuple[str, str]:
        """(code, reason) of a call that must be refused."""
        try:
            await self(name, **fields)
        except grpc.aio.AioRpcError as error:
            return error.code().name, reason_of(error)
        raise AssertionError(f"{name} was not refused")


def operator_of(server: Server, name: str = "tester") -> Caller:
    """A caller of the operator port."""
    return Caller(server.addresses["operator"], OPERATOR_METHODS, (("x-muster-operator", name),))


def partner_of(server: Server, partner_id: str = "acme") -> Caller:
    """A caller of the partner port."""
    return Caller(server.addresses["partner"], PARTNER_METHODS, bearer(partner_id))
