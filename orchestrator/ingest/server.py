"""The two ports: which services are served where, with which limits, and how they open and close.

Promises that the partner port has the partner's service and health and nothing else; that the operator port has the
rest, with reflection; that closing first says NOT_SERVING, then ends the watchers, then waits for calls in work.
Built by `runtime.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from orchestrator.ingest.admin_service import AdminService
from orchestrator.ingest.agent_service import AgentService
from orchestrator.ingest.alert_service import AlertService
from orchestrator.ingest.arrival_service import ArrivalService
from orchestrator.ingest.day_book import DayBook
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.event_service import EventService
from orchestrator.ingest.guard import Guard, GuardPorts
from orchestrator.ingest.health_service import SERVICE as HEALTH
from orchestrator.ingest.health_service import HealthService
from orchestrator.ingest.host_service import HostService
from orchestrator.ingest.identity import Identity
from orchestrator.ingest.level_service import LevelService
from orchestrator.ingest.limits import CallGate, CallLimits
from orchestrator.ingest.negotiation_service import NegotiationService
from orchestrator.ingest.order_service import OrderService
from orchestrator.ingest.override_service import OverrideService
from orchestrator.ingest.partner_service import PartnerService
from orchestrator.ingest.plan_service import PlanService
from orchestrator.ingest.policy import Role
from orchestrator.ingest.reflection_service import SERVICE as REFLECTION
from orchestrator.ingest.reflection_service import ReflectionService
from orchestrator.ingest.resource_service import ResourceService
from orchestrator.ingest.schedule_service import ScheduleService
from orchestrator.ingest.solve_service import SolveService
from orchestrator.ingest.stock_service import StockService
from orchestrator.ingest.telemetry_service import TelemetryDirectoryService
from orchestrator.ingest.tender_service import TenderService
from orchestrator.ingest.watch import WatchHub
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

ANSWER_BYTES_MAX = 64 * 1024 * 1024
#: Calls beyond our own limit still get our refusal with its details, up to this many more.
CONCURRENCY_SLACK = 64
PING_MS_LEAST = 10_000
METADATA_BYTES_MAX = 16 * 1024


@dataclass(frozen=True, slots=True)
class PortSettings:
    """One port: where it listens (port 0: any free one), its largest request, its limits."""

    host: str
    port: int
    message_bytes_max: int
    limits: CallLimits


def partner_services(desk: Desk, hub: WatchHub) -> dict[ServiceDescriptor, object]:
    """What the partner port serves, health aside."""
    return {
        partner_service_pb2.DESCRIPTOR.services_by_name["PartnerService"]: PartnerService(desk, hub),
        tender_service_pb2.DESCRIPTOR.services_by_name["TenderService"]: TenderService(desk, hub),
    }


def operator_services(
    desk: Desk, hub: WatchHub, book: DayBook, new_id: Callable[[], str]
) -> dict[ServiceDescriptor, object]:
    """What the operator port serves, health and reflection aside."""
    served: Sequence[tuple[Any, str, object]] = (
        (plan_service_pb2, "PlanService", PlanService(desk)),
        (override_service_pb2, "OverrideService", OverrideService(desk, new_id)),
        (schedule_service_pb2, "ScheduleService", ScheduleService(desk, new_id)),
        (event_service_pb2, "EventService", EventService(desk, hub)),
        (resource_service_pb2, "ResourceService", ResourceService(desk)),
        (order_service_pb2, "OrderService", OrderService(desk)),
        (stock_service_pb2, "StockService", StockService(desk)),
        (alert_service_pb2, "AlertService", AlertService(desk)),
        (admin_service_pb2, "AdminService", AdminService(desk, book)),
        (solve_service_pb2, "SolveService", SolveService(desk)),
        (agent_service_pb2, "AgentService", AgentService(desk, new_id)),
        (host_service_pb2, "HostService", HostService(desk)),
        (arrival_service_pb2, "ArrivalService", ArrivalService(desk)),
        (negotiation_service_pb2, "NegotiationService", NegotiationService(desk)),
        (level_service_pb2, "LevelService", LevelService(desk)),
        (telemetry_directory_service_pb2, "TelemetryDirectoryService", TelemetryDirectoryService(desk)),
    )
    return {module.DESCRIPTOR.services_by_name[name]: servicer for module, name, servicer in served}


class Port:
    """One gRPC server with its guard and health."""

    def __init__(
        self,
        role: Role,
        settings: PortSettings,
        services: dict[ServiceDescriptor, object],
        identity: Identity,
        ports: GuardPorts,
    ) -> None:
        self._settings = settings
        limits = settings.limits
        self._guard = Guard(role, identity, CallGate(limits), ports)
        names = [service.full_name for service in services]
        self._health = HealthService(names)
        served = {**services, HEALTH: self._health}
        if role is Role.OPERATOR:
            served[REFLECTION] = ReflectionService([*names, HEALTH.full_name, REFLECTION.full_name])
        self._server = grpc.aio.server(
            options=_options(settings.message_bytes_max),
            maximum_concurrent_rpcs=limits.calls_max + limits.streams_max + CONCURRENCY_SLACK,
        )
        handlers = tuple(self._guard.handler(service, servicer) for service, servicer in served.items())
        self._server.add_generic_rpc_handlers(handlers)

    async def open(self) -> str:
        """Listen and serve; the address with the real port. An address in use raises `OSError`."""
        host, wanted = self._settings.host, self._settings.port
        shown = f"[{host}]" if ":" in host else host
        try:
            port = self._server.add_insecure_port(f"{shown}:{wanted}")
        except RuntimeError as error:
            raise OSError(f"cannot listen on {shown}:{wanted}: is the port in use?") from error
        await self._server.start()
        return f"{shown}:{port}"

    def leave(self) -> None:
        """Refuse new calls and say NOT_SERVING."""
        self._health.leave()
        self._guard.drain()

    async def close(self, grace_s: float) -> None:
        """Wait so long for calls in work, then end them."""
        await self._server.stop(grace_s)


def _options(message_bytes_max: int) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_receive_message_length", message_bytes_max),
        ("grpc.max_send_message_length", ANSWER_BYTES_MAX),
        ("grpc.max_metadata_size", METADATA_BYTES_MAX),
        ("grpc.so_reuseport", 0),
        ("grpc.http2.min_ping_interval_without_data_ms", PING_MS_LEAST),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
