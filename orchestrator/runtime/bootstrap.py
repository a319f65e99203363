"""The one wiring place: makes every room of the core process and hands each what it needs.

Promises an order that holds: log and core first (everything replayed and verified), then planning, agents, ports, and
only then `endpoints.json`; and the reverse when it ends, so that nothing acknowledged is lost and no child is left
behind. Decides nothing. Called by `core_process` and by tests that want a whole server in their own loop.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from ipaddress import ip_address

import structlog

from orchestrator.core.loop import Core, stop_process
from orchestrator.core.model import muster_domain
from orchestrator.core.snapshot_process import SnapshotProcess
from orchestrator.core.work import CoreLimits
from orchestrator.domain.evolve import evolve
from orchestrator.domain.state import State
from orchestrator.ingest.day_book import DayBook
from orchestrator.ingest.desk import Desk, IngestLimits, ServerFacts
from orchestrator.ingest.guard import GuardPorts
from orchestrator.ingest.identity import Identity
from orchestrator.ingest.limits import CallLimits
from orchestrator.ingest.paging import PageTokens
from orchestrator.ingest.policy import Role
from orchestrator.ingest.server import Port, PortSettings, operator_services, partner_services
from orchestrator.ingest.solve_service import SOLVER_FUNCTION, SOLVER_KIND
from orchestrator.ingest.watch import WatchHub
from orchestrator.log.chain import ChainKey, load_or_create_key
from orchestrator.log.open_store import open_store
from orchestrator.negotiation.desk import NegotiationDesk
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.planning.memory import Memory, following
from orchestrator.planning.planner import Planner
from orchestrator.planning.ports import NoSolvers
from orchestrator.planning.settings import PlanningSettings
from orchestrator.publish.agent_feed import AgentFeed
from orchestrator.publish.reports import ReportIntake
from orchestrator.publish.vehicle_calls import VehicleCalls
from orchestrator.runtime.audit_process import AuditProcess
from orchestrator.runtime.bridge_client import BridgeClient
from orchestrator.runtime.bridge_settings import BridgeSettings
from orchestrator.runtime.clock import Clock
from orchestrator.runtime.clock_control import ClockKeeper
from orchestrator.runtime.config import ServerConfig
from orchestrator.runtime.data_folder import ENDPOINTS_FILE, lock_data_dir, write_endpoints
from orchestrator.runtime.deadline_watch import DeadlineWatch
from orchestrator.runtime.gauges import Gauges
from orchestrator.runtime.loose_thread import in_a_thread_that_may_be_left
from orchestrator.runtime.metrics import Metrics, MetricsEndpoint, serve_metrics
from orchestrator.runtime.web_child import WebChild
from orchestrator.telemetry.token import KEY_PURPOSE
from solvers.warm_up import warm_up

log = structlog.get_logger("muster.bootstrap")

WITNESS_FILE = "witness"
Say = Callable[[str], None]


class Server:
    """A whole core process: `async with Server(config) as server` serves until the block ends."""

    def __init__(self, config: ServerConfig, say: Say = lambda line: None) -> None:
        self._config = config
        self._say = say
        self._stack = AsyncExitStack()
        self.addresses: dict[str, str] = {}
        self.planning = asyncio.Event()
        self._closing: list[asyncio.Task[None]] = []
        self.bridge: BridgeClient | None = None
        self.vehicles: VehicleCalls | None = None

    async def __aenter__(self) -> Server:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._say("stopping: waiting for what is in work")
        await self._stack.aclose()
        self._say("stopped")

    async def _start(self) -> None:
        config = self._config
        config.data_dir.mkdir(parents=True, exist_ok=True)
        self._stack.callback(lock_data_dir(config.data_dir).close)
        self._stack.push_async_callback(self._closed)
        self.clock = ClockKeeper(config)
        self.metrics = Metrics(version=package_version())
        key = load_or_create_key(config.log_key_path)
        memory = Memory()
        self._say(f"opening the log in {config.data_dir}")
        self.core = await self._open_core(key, memory)
        self._say(f"{self.core.durable_seq} records, plan revision {self.core.state.plan.revision}")
        self.desk = self._desk(key)
        await self._start_bridge(key)
        self._start_planner(memory)
        self._start_negotiation()
        await self._start_ports()
        self._watch_deadlines()
        await self._start_faces()
        write_endpoints(config.data_dir, {**self.addresses, "pid": os.getpid()})
        self._stack.callback((config.data_dir / ENDPOINTS_FILE).unlink, missing_ok=True)

    async def _open_core(self, key: ChainKey, memory: Memory) -> Core[State]:
        config = self._config
        url = config.log_url
        domain = replace(muster_domain(), evolve=following(evolve, memory))
        snapshots = None if url.startswith("memory") else SnapshotProcess(url, config.log_key_path, config.data_dir)
        core = await Core.open(
            domain,
            open_store(url, config.data_dir),
            key,
            self.clock.clock,
            limits=CoreLimits(
                queue_max=config.queue_max, batch_max=config.batch_max, snapshot_every=config.snapshot_every
            ),
            witness=config.data_dir / WITNESS_FILE,
            snapshots=snapshots,
        )
        self._stack.push_async_callback(core.close)
        return core

    def _desk(self, key: ChainKey) -> Desk:
        config, clock = self._config, self.clock.clock
        facts = ServerFacts(
            version=package_version(),
            runtime=config.runtime,
            log=config.log_url.partition("://")[0],
            auto_approve_cents=config.auto_approve_cents,
            pid=os.getpid(),
            started_ns=clock.monotonic_ns(),
        )
        return Desk(
            core=self.core,
            clock=clock,
            clock_control=self.clock,
            pages=PageTokens(key.mac(b"muster page tokens 1")),
            limits=IngestLimits(orders_per_batch_max=config.orders_per_batch_max, queue_max=config.queue_max),
            facts=facts,
            audit=AuditProcess(config).verify,
        )

    async def _start_bridge(self, key: ChainKey) -> None:
        config = self._config
        if config.runtime == "none":
            return
        settings = BridgeSettings(
            data_dir=config.data_dir,
            backend=config.runtime,
            ray_address=config.ray_address,
            ray_token_path=config.ray_token_path,
            solver_count=config.solver_count,
            agents_per_host=config.agents_per_host,
            hosts=config.hosts,
            log_level=config.log_level,
            solvers=((SOLVER_KIND, SOLVER_FUNCTION),),
            telemetry_host=config.telemetry_host,
            telemetry_key=key.mac(KEY_PURPOSE),
        )
        self.bridge = BridgeClient(settings, self.clock.clock)
        self.bridge.confirmations.observe = self.metrics.instruction_confirm.observe
        self.desk.bridge, self.desk.telemetry = self.bridge, self.bridge.telemetry
        self._start_publish(self.bridge)
        self._say(f"starting agents and solvers ({config.runtime}) in the background")
        await self.bridge.start()
        self._stack.push_async_callback(self.bridge.stop)

    def _start_publish(self, bridge: BridgeClient) -> None:
        """Log to agents and agents to core, before the bridge connects."""
        feed, intake = AgentFeed(self.core, bridge), ReportIntake(self.core)
        self.vehicles = VehicleCalls(bridge, intake.take)
        bridge.on_reports = self.vehicles.take
        feed.start()
        intake.start()
        self._stack.callback(feed.stop)
        self._stack.push_async_callback(intake.stop)

    def _start_planner(self, memory: Memory) -> None:
        """Load the kernels and plan, while the ports open already: what comes in meanwhile is planned then."""
        starting = asyncio.create_task(self._plan(memory), name="start planning")
        starting.add_done_callback(_stop_if_failed)

        async def stop() -> None:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            if self.desk.planner is not None:
                await self.desk.planner.stop()

        self._stack.push_async_callback(stop)

    async def _plan(self, memory: Memory) -> None:
        await in_a_thread_that_may_be_left(partial(warm_up, self._say))
        planner = Planner(
            self.core,
            self.clock.clock,
            planning_settings(self._config),
            memory=memory,
            solvers=self.bridge or NoSolvers(),
            vehicles=self.vehicles,
            metrics=self.metrics,
        )
        if self.bridge is not None:
            planner.keeper.helpers_say = partial(_why_away, self.bridge)
        await planner.start()
        self.desk.timings = lambda: [waited_ns // 1_000 for waited_ns in planner.meter.event_to_plan_ns]
        self.desk.counters = lambda: self._counters(planner)
        self.desk.planner = planner
        self.planning.set()
        self._say("planning")

    def _start_negotiation(self) -> None:
        settings = negotiation_settings(self._config)
        solvers = self.bridge or NoSolvers()
        desk = NegotiationDesk(self.core, self.clock.clock, settings, solvers, agents=self.bridge)
        desk.start()
        self.desk.negotiation = settings
        self._stack.push_async_callback(desk.stop)

    def _counters(self, planner: Planner) -> dict[str, int]:
        restarts = self.bridge.health().restarts if self.bridge is not None else 0
        return {"checker_rejections": planner.status().rejections, "agent_restarts": restarts}

    async def _start_ports(self) -> None:
        config, desk = self._config, self.desk
        hub = WatchHub(self.core)
        book = DayBook(self.core)
        desk.watchers = lambda: hub.watchers
        hub.start()
        catching_up = asyncio.create_task(book.catch_up(), name="day-book")
        catching_up.add_done_callback(_tell_if_failed)
        self._stack.callback(catching_up.cancel)
        identity = Identity(lambda: self.core.state.company)
        guards = self._guard_ports(desk.clock)
        operator = Port(
            Role.OPERATOR,
            operator_port(config),
            operator_services(desk, hub, book, new_id=lambda: "O-" + secrets.token_hex(5)),
            identity,
            guards,
        )
        partner = Port(Role.PARTNER, partner_port(config), partner_services(desk, hub), identity, guards)
        for name, port in (("operator", operator), ("partner", partner)):
            self.addresses[name] = desk.facts.addresses[name] = await port.open()
        self._stack.push_async_callback(self._close_ports, [operator, partner], hub)
        self._say(f"operators on {self.addresses['operator']}, partners on {self.addresses['partner']}")
        if not is_loopback(config.operator_host):
            self._say(
                f"CAUTION: operator_host {config.operator_host} is open to others, and whoever reaches it may do all"
            )

    def _watch_deadlines(self) -> None:
        watch = DeadlineWatch(self.core, self.clock.clock, self.clock)
        watch.start()
        self._stack.push_async_callback(watch.stop)

    def _guard_ports(self, clock: Clock) -> GuardPorts:
        metrics = self.metrics
        duration = cache(metrics.rpc_duration.labels)  # finding the child of two labels costs more than observing

        def observe(method: str, code: str, nanoseconds: int) -> None:
            duration(method, code).observe(nanoseconds / 1e9)

        return GuardPorts(
            monotonic_ns=clock.monotonic_ns,
            new_reference=lambda: secrets.token_hex(8),
            durable=self.core.durable,
            observe=observe,
            refused=lambda reason: metrics.rejections.labels(reason).inc(),
        )

    async def _close_ports(self, ports: list[Port], hub: WatchHub) -> None:
        for port in ports:
            port.leave()
        await hub.stop()
        await asyncio.gather(*(port.close(self._config.drain_s_max) for port in ports))

    async def _start_faces(self) -> None:
        config = self._config
        endpoint = serve_metrics(self.metrics, config.metrics_host, config.metrics_port)
        self._stack.callback(self._close_beside, endpoint)
        self.addresses["metrics"] = f"{endpoint.host}:{endpoint.port}"
        gauges = Gauges(self.metrics, self.core, self.desk)
        gauges.start()
        self._stack.push_async_callback(gauges.stop)
        if config.web_enabled:
            web = WebChild(config, self.addresses["operator"])
            self.addresses["web"] = await web.start()
            self._stack.push_async_callback(web.stop)
        self.desk.facts.addresses.update(self.addresses)

    def _close_beside(self, endpoint: MetricsEndpoint) -> None:
        """Its thread looks up twice a second; meanwhile the rest can end."""
        self._closing.append(asyncio.create_task(asyncio.to_thread(endpoint.close)))

    async def _closed(self) -> None:
        await asyncio.gather(*self._closing)


def _why_away(bridge: BridgeClient) -> str:
    """What the bridge knows of what is away."""
    health = bridge.health()
    return f"bridge {health.phase}: {health.last_error}".rstrip(": ")


def _stop_if_failed(task: asyncio.Task[None]) -> None:
    """A server that cannot plan must not look as if it could."""
    if not task.cancelled() and (error := task.exception()) is not None:
        stop_process(error)


def _tell_if_failed(task: asyncio.Task[None]) -> None:
    """Figures of past days may be missing; the server serves all the same."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task failed", task=task.get_name(), exc_info=error)


def planning_settings(config: ServerConfig) -> PlanningSettings:
    """Planning's share of a configuration."""
    return PlanningSettings(
        freeze_s=config.freeze_s,
        repair_budget_ms=config.repair_budget_ms,
        improve_budget_ms=config.improve_budget_ms,
        background_budget_s=config.background_budget_s,
        background_every_s=config.background_every_s,
        auto_approve_cents=config.auto_approve_cents,
        challenge_forecasts=find_spec("statsforecast") is not None,
        quote_first_above_cents=config.quote_above_cents if config.supplier_calls == "all" else -1,
    )


def negotiation_settings(config: ServerConfig) -> NegotiationSettings:
    """Negotiation's share of a configuration."""
    return NegotiationSettings(
        supplier_calls=config.supplier_calls,
        quote_above_cents=config.quote_above_cents,
        quote_answer_s=config.quote_answer_s,
        tender_unplanned=config.tender_unplanned,
        tender_limit_cents=config.tender_limit_cents,
        tender_answer_s=config.tender_answer_s,
        confirm_s=config.award_confirm_s,
        auto_approve_cents=config.auto_approve_cents,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def operator_port(config: ServerConfig) -> PortSettings:
    """The operator port of a configuration."""
    limits = CallLimits(calls_max=config.rpc_concurrency_max, streams_max=config.watchers_max)
    return PortSettings(config.operator_host, config.operator_port, config.operator_message_bytes_max, limits)


def partner_port(config: ServerConfig) -> PortSettings:
    """The partner port of a configuration."""
    limits = CallLimits(
        calls_max=config.rpc_concurrency_max,
        streams_max=config.watchers_max,
        deadline_s_max=config.deadline_s_max,
        deadline_required=True,
        calls_per_s=config.partner_calls_per_s_max,
        burst=config.partner_calls_per_s_max * 2,
        calls_max_each=config.partner_concurrency_max,
        streams_max_each=config.partner_watchers_max,
    )
    return PortSettings(config.partner_host, config.partner_port, config.partner_message_bytes_max, limits)


def package_version() -> str:
    """The installed version of Muster."""
    try:
        return version("muster")
    except PackageNotFoundError:
        return "0.0.0+source"
