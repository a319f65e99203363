"""What every service is handed: the core, the clock, limits, and the rooms it may ask. Protocols and one dataclass.

`runtime.bootstrap` builds the `Desk`; services keep nothing of their own but what they were handed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.agent_ref import AgentRef
from orchestrator.core.work import LoggedEvent, Outcome
from orchestrator.domain.commands import Command
from orchestrator.domain.company import Place
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.state import State
from orchestrator.ingest.fields import request_id_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import PageTokens
from orchestrator.log.record import Record
from orchestrator.negotiation.settings import NegotiationSettings


class CorePort(Protocol):
    """The part of `core.loop.Core` that ingest uses."""

    @property
    def state(self) -> State:
        """The live state."""
        ...

    @property
    def applied_seq(self) -> int:
        """The last record in the state."""
        ...

    @property
    def durable_seq(self) -> int:
        """The last record on disk."""
        ...

    @property
    def queue_length(self) -> int:
        """Commands that wait."""
        ...

    async def submit(
        self,
        command: Any,
        *,
        principal: str,
        request_id: str | None = None,
        cause: int = 0,
        internal: bool = False,
    ) -> Outcome:
        """Decide a command; returns when it is on disk."""
        ...

    async def durable(self) -> None:
        """Wait until the present state is on disk."""
        ...

    async def read(self, after_seq: int, limit: int) -> list[Record]:
        """Durable records by cursor."""
        ...

    async def read_events(self, after_seq: int, limit: int) -> list[LoggedEvent]:
        """Durable events by cursor."""
        ...

    def add_listener(self, listener: Callable[[int, int, Any], None]) -> None:
        """Hear every durable event."""
        ...

    def add_batch_listener(self, listener: Callable[[int], None]) -> None:
        """Hear the end of every durable batch."""
        ...


class Clock(Protocol):
    """Company time and a stopwatch."""

    def now_s(self) -> int:
        """Whole seconds since the epoch."""
        ...

    def now_ms(self) -> int:
        """Whole milliseconds since the epoch."""
        ...

    def monotonic_ns(self) -> int:
        """Real nanoseconds from an arbitrary start."""
        ...


class ClockControl(Protocol):
    """Whether the company clock can be started, and starting it."""

    @property
    def simulated(self) -> bool:
        """False: it is the wall clock."""
        ...

    @property
    def held(self) -> bool:
        """It stands until it is started."""
        ...

    @property
    def speed(self) -> float:
        """Company seconds per real second."""
        ...

    async def start(self, speed: float) -> None:
        """Run at this speed from now on, also after a restart."""
        ...

    async def advance(self, to_s: int) -> None:
        """Put a held clock forward to this time, also after a restart."""
        ...


class Bridge(Protocol):
    """The part of the bridge client that ingest uses."""

    def send_telemetry(self, telemetry: Iterable[Any]) -> None:
        """Pass telemetry to the agents; dropped while they are away."""
        ...

    async def solve_watched(self, kind: str, problem: Any, start: Any, budget: Any) -> tuple[Any, Any]:
        """Solve a problem in a solver process: how it ended, and what the solver gave back."""
        ...

    def health(self) -> Any:
        """How the bridge, its agents and solvers are."""
        ...


class TelemetryPlaces(Protocol):
    """Where telemetry goes at present, and what became of it."""

    def port_of(self, agent: AgentRef) -> tuple[str, str] | None:
        """(name, address) of the host with an open port that holds an agent, or None while there is none."""
        ...

    def ports(self) -> int:
        """Open ports."""
        ...

    def counts(self) -> Mapping[tuple[str, str], int]:
        """(word of the reading, outcome) -> readings since the server started."""
        ...

    def new_token(self) -> tuple[str, int]:
        """A token for the ports, and for how many seconds it is good."""
        ...


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """Sizes that callers meet. Defaults as in `runtime.config`."""

    orders_per_batch_max: int = 500
    queue_max: int = 4_096


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What an audit of the log found: (kind, seq, detail) of each problem."""

    ok: bool
    records: int
    requests: int
    head_seq: int
    problems: tuple[tuple[str, int, str], ...] = ()


@dataclass(slots=True)
class ServerFacts:
    """What the server knows of itself; `addresses` by name is filled in when the ports are open."""

    version: str = ""
    runtime: str = "none"
    log: str = ""
    auto_approve_cents: int = 0
    pid: int = 0
    started_ns: int = 0
    addresses: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LivePositions:
    """The newest position of each vehicle from telemetry. Never logged, gone with the process."""

    places: dict[str, tuple[Place, int]] = field(default_factory=dict)

    def put(self, vehicle_id: str, place: Place, at_s: int) -> bool:
        """Keep a position unless a newer one is known; whether it was kept."""
        known = self.places.get(vehicle_id)
        if known is not None and known[1] > at_s:
            return False
        self.places[vehicle_id] = (place, at_s)
        return True


async def no_audit() -> AuditResult:
    """There is nothing on disk to audit."""
    return AuditResult(ok=True, records=0, requests=0, head_seq=0)


@dataclass(slots=True)
class Desk:
    """Everything services may use. `planner`, `bridge` and `telemetry` are None on a server without them."""

    core: CorePort
    clock: Clock
    clock_control: ClockControl
    pages: PageTokens
    limits: IngestLimits = field(default_factory=IngestLimits)
    facts: ServerFacts = field(default_factory=ServerFacts)
    positions: LivePositions = field(default_factory=LivePositions)
    planner: Any = None
    negotiation: NegotiationSettings = field(default_factory=NegotiationSettings)
    bridge: Bridge | None = None
    telemetry: TelemetryPlaces | None = None
    audit: Callable[[], Awaitable[AuditResult]] = no_audit
    timings: Callable[[], Sequence[int]] = lambda: ()
    watchers: Callable[[], int] = lambda: 0
    counters: Callable[[], Mapping[str, int]] = dict

    @property
    def state(self) -> State:
        """The live state; what is shown of it must be durable first, which the guard sees to."""
        return self.core.state

    async def submit(
        self, call: Call, command: Command, request_id: str, *, required: bool = False, suffix: str = ""
    ) -> Outcome:
        """Put a caller's command through the core, under the caller's name and request id."""
        key = request_id_in(request_id, required=required)
        if key is not None and suffix:
            key = f"{key}/{suffix}"
        return await self.core.submit(command, principal=call.caller.principal, request_id=key)

    def need_company(self) -> None:
        """Raises COMPANY_MISSING before the first import."""
        if self.state.company is None:
            raise Rejection(Reason.COMPANY_MISSING, "no company is loaded yet: run 'muster import DIR' first")
