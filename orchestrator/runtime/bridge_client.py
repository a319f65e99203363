"""The core's end of the bridge: starts it, watches it, speaks to it, and never waits for it.

Promises: nothing here blocks the core's loop or raises because the bridge is gone; what cannot be delivered is dropped
and made good by a roster as of the log when the bridge is back; a solve always ends, at once with UNAVAILABLE while
there is nobody to solve. `health()` knows within two seconds that the bridge or a host is away. The core never imports
Ray: this module knows frames and messages only. Built by `bootstrap`, used by planning (`Solvers`), publish and ingest.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog

from agents.messages import AgentKind, AgentRef, Instruction, Report, Telemetry
from orchestrator.planning.ports import Kind, SolveOutcome
from orchestrator.publish.confirmations import Confirmations
from orchestrator.runtime.bridge_messages import (
    PROTOCOL,
    GiveUp,
    Hello,
    Layout,
    NeedRoster,
    OutcomeKind,
    Roster,
    Said,
    Solve,
    Solved,
    Status,
    Tell,
    ToBridge,
)
from orchestrator.runtime.bridge_outcome import outcome_of
from orchestrator.runtime.bridge_settings import BridgeHealth, BridgeSettings
from orchestrator.runtime.clock import Clock
from orchestrator.runtime.frames import BadFrame, dumps, framed, listening_socket, loads, peer_of, read_frame
from orchestrator.runtime.processes import Backoff, Supervisor
from orchestrator.runtime.telemetry_places import TelemetryPlaces
from solvers.budget import Budget
from solvers.result import Result

BEAT_S = 0.5
#: Three heartbeats missed: away. Looked at with every beat, so known within two seconds.
SILENT_S = 1.5
#: So long without a word although it is connected: it hangs, and is killed.
HUNG_S = 15.0
#: Starting Ray blocks the bridge; on a full machine for long.
START_S = 90.0
#: More unsent bytes than this: telemetry is dropped, and beyond the second figure instructions are, too.
UNSENT_TELEMETRY_MAX = 1 * 1024 * 1024
UNSENT_MAX = 32 * 1024 * 1024
#: A solve waits behind a few others; each of them ends by its own watchdog in the bridge.
WAIT_FACTOR, WAIT_S = 6, 60.0

_logger = structlog.get_logger("orchestrator.runtime.bridge_client")

ReportsFn = Callable[[tuple[Report, ...]], None]
ResyncFn = Callable[[tuple[AgentRef, ...] | None], Sequence[Instruction]]


class BridgeClient:
    """One bridge, kept running. All methods belong to the core's loop."""

    def __init__(self, settings: BridgeSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.on_reports: ReportsFn = _nobody_listens
        self.on_resync: ResyncFn = _nothing_known
        self.on_health: Callable[[BridgeHealth], None] | None = None
        self.telemetry = TelemetryPlaces(settings.telemetry_key)
        self.confirmations = Confirmations()
        self._supervisor = Supervisor(settings.child(), Backoff(), on_exit=self._exited)
        self._server: asyncio.Server | None = None
        self._beat_task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._status = Status(ready=False)
        self._heard_ns = 0
        self._silent = False
        self._started = False  # the bridge's backend is up: it has sent a heartbeat
        self._has_roster = False
        self._behind = False  # instructions were dropped: the agents must be told again
        self._solves: dict[int, asyncio.Future[Solved]] = {}
        self._numbers = itertools.count(1)
        self._phase, self._since_s = "stopped", clock.now_s()
        self._last_error = ""
        self._host_restarts = 0

    # --- life ---

    async def start(self) -> None:
        """Listen, and start the bridge in the background. Returns before Ray is up."""
        sock = listening_socket(self._settings.socket_path)
        self._server = await asyncio.start_unix_server(self._connected, sock=sock)
        self._heard_ns = self._clock.monotonic_ns()
        await self._supervisor.start()
        self._enter("starting")
        self._beat_task = asyncio.create_task(self._beat(), name="bridge beat")

    async def stop(self, grace_s: float = 6.0) -> None:
        """End the bridge and all it started; solves in work end as UNAVAILABLE."""
        if self._beat_task is not None:
            self._beat_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beat_task
        await self._supervisor.stop(grace_s)
        self._disconnected("the core stops")
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._settings.socket_path.unlink(missing_ok=True)
        self._enter("stopped")

    # --- what the core says ---

    @property
    def ready(self) -> bool:
        """Whether agents hear what they are told."""
        return self._phase == "ready"

    @property
    def listening(self) -> bool:
        """Whether the bridge was told its roster and takes instructions, whatever its hosts do."""
        return self._writer is not None and self._has_roster

    def send_instructions(self, instructions: Iterable[Instruction]) -> None:
        """Tell agents. While the bridge is away this does nothing: it is told everything when it comes back."""
        told = tuple(instructions)
        if not told or self._writer is None:
            return
        if self._unsent() > UNSENT_MAX:
            self._behind = True
            return
        self.confirmations.told(told, self._clock.monotonic_ns())
        self._send(Tell(self._clock.now_s(), instructions=told))

    def send_telemetry(self, telemetry: Iterable[Telemetry]) -> None:
        """Pass telemetry on; dropped while the bridge is away or slow, as newer telemetry follows."""
        items = tuple(telemetry)
        if items and self._writer is not None and self._unsent() <= UNSENT_TELEMETRY_MAX:
            self._send(Tell(self._clock.now_s(), telemetry=items))

    def send_roster(self) -> None:
        """Tell all agents everything, because which agents there are has changed."""
        self._roster(None)

    # --- solves ---

    @property
    def available(self) -> bool:
        """Whether a solve asked for now would be tried."""
        return self._reachable() and self._settings.solver_count > 0 and not self._status.error

    async def solve(self, kind: Kind, problem: Any, start: Any | None, budget: Budget) -> SolveOutcome:
        """Planning's port: the plan and how it was found, or why there is none, in `note`'s first word."""
        return outcome_of(*await self.solve_watched(kind, problem, start, budget))

    async def solve_watched(
        self, kind: str, problem: Any, start: Any | None, budget: Budget
    ) -> tuple[Solved, Result[Any] | None]:
        """A solve in a solver process: how it ended, and the solver's own result when it is SOLVED.

        Never raises for a lost solver. Cancelling it kills the solve.
        """
        number = next(self._numbers)
        if not self.available:
            return Solved(number, OutcomeKind.UNAVAILABLE, message=f"the bridge is {self._phase}"), None
        # A thread: the pickler runs Python code for each dataclass, so the loop gets its turns in between.
        payload = await asyncio.to_thread(dumps, (problem, start, budget))
        solved = await self._ask(Solve(number, kind, payload, budget.seconds + self._settings.solve_grace_s))
        if solved.outcome is not OutcomeKind.SOLVED:
            return solved, None
        try:
            return solved, await asyncio.to_thread(loads, solved.payload)
        except BadFrame as error:
            return Solved(number, OutcomeKind.ERROR, message=str(error), wall_s=solved.wall_s), None

    async def _ask(self, solve: Solve) -> Solved:
        if self._writer is None or not self.available:
            return Solved(solve.number, OutcomeKind.UNAVAILABLE, message=f"the bridge is {self._phase}")
        future: asyncio.Future[Solved] = asyncio.get_running_loop().create_future()
        self._solves[solve.number] = future
        self._send(solve)
        try:
            return await asyncio.wait_for(future, solve.limit_s * WAIT_FACTOR + WAIT_S)
        except TimeoutError:
            self._send(GiveUp(solve.number))
            return Solved(solve.number, OutcomeKind.OVERRUN, message="the bridge did not answer in time")
        except asyncio.CancelledError:
            self._send(GiveUp(solve.number))
            raise
        finally:
            self._solves.pop(solve.number, None)

    # --- health ---

    def health(self) -> BridgeHealth:
        """How things are, as of now."""
        hosts, solvers = self._status.hosts, self._status.solvers
        agents = {kind.value: 0 for kind in AgentKind}
        for host in hosts:
            agents[host.kind] += host.agents if host.alive else 0
        return BridgeHealth(
            backend=self._settings.backend,
            connected=self._writer is not None and not self._silent,
            phase=self._phase,
            since_s=self._since_s,
            hosts=len(hosts),
            hosts_away=sum(not host.alive and not host.moving for host in hosts),
            hosts_moving=sum(host.moving for host in hosts),
            agents=agents,
            restarts=self._supervisor.restarts + self._host_restarts + sum(host.restarts for host in hosts),
            solvers=sum(solver.alive for solver in solvers),
            solvers_busy=sum(bool(solver.busy) for solver in solvers),
            last_error=self._last_error,
            host_list=hosts,
            solver_list=solvers,
            pid=self._supervisor.pid,
            outstanding=self.confirmations.outstanding(),
            instructions={
                "executed": self.confirmations.confirmed,
                "repeated": self.confirmations.repeats,
                "twice": self.confirmations.twice,
            },
        )

    def _enter(self, phase: str) -> None:
        if phase == self._phase:
            return
        _logger.info("bridge", phase=phase, was=self._phase)
        self._phase, self._since_s = phase, self._clock.now_s()
        if self.on_health is not None:
            self.on_health(self.health())

    def _reachable(self) -> bool:
        """Connected, its backend started, and heard of just now."""
        return self._writer is not None and self._started and not self._silent

    def _silent_s(self) -> float:
        return (self._clock.monotonic_ns() - self._heard_ns) / 1e9

    def _look(self) -> None:
        """Notice silence: away after a moment, killed when it hangs."""
        silent_s = self._silent_s()
        self._silent = silent_s > SILENT_S
        if self._silent and self._phase == "ready":
            self._last_error = f"no word from the bridge for {SILENT_S} s"
            self._fail_solves(self._last_error)
            self._enter("away")
        limit_s = HUNG_S if self._started else START_S
        if self._supervisor.pid is not None and silent_s > limit_s:
            self._last_error = f"the bridge hung for {limit_s:.0f} s and was killed"
            self._heard_ns = self._clock.monotonic_ns()
            self._supervisor.kill()

    # --- the connection ---

    async def _beat(self) -> None:
        while True:
            asked_ns = self._clock.monotonic_ns()
            await asyncio.sleep(BEAT_S)
            # What the core's own loop was late by is not the bridge's silence: its words wait to be read.
            late_ns = self._clock.monotonic_ns() - asked_ns - int(BEAT_S * 1e9)
            self._heard_ns += max(0, late_ns)
            self._look()
            if self._behind and self._unsent() == 0:
                self.send_roster()
            elif self._unsent() <= UNSENT_TELEMETRY_MAX:
                self._send(Tell(self._clock.now_s(), beat=True))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid, uid = peer_of(writer.get_extra_info("socket"))
        if uid != os.getuid() or pid != self._supervisor.pid or self._writer is not None:
            _logger.warning("a stranger at the bridge's socket", pid=pid, uid=uid)
            writer.close()
            return
        self._writer = writer
        self._heard_ns = self._clock.monotonic_ns()
        why = "it closed the connection"
        try:
            while (data := await read_frame(reader)) is not None:
                self._heard_ns, self._silent = self._clock.monotonic_ns(), False
                self._take(loads(data))
        except BadFrame as error:
            why = str(error)
            self._supervisor.kill()
        except asyncio.CancelledError:  # the loop ends; asyncio's streams complain of handlers that end cancelled
            why = "the core's loop ends"
        finally:
            self._disconnected(why)

    def _disconnected(self, why: str) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.close()
        self._started = self._has_roster = False
        self._heard_ns = self._clock.monotonic_ns()
        self._host_restarts += sum(host.restarts for host in self._status.hosts)
        error = self._status.error
        self._status = Status(ready=False)
        self.telemetry.take_status(self._status)
        self._last_error = error or f"the bridge is gone: {why}"  # its own last word says more than its end
        self._fail_solves(self._last_error)
        self._enter("away")

    def _exited(self, code: int) -> None:
        if self._phase != "stopped" and self._writer is None:
            self._last_error = self._last_error or f"the bridge ended with {code}"
            self._enter("away")

    def _fail_solves(self, why: str) -> None:
        for number, future in self._solves.items():
            if not future.done():
                future.set_result(Solved(number, OutcomeKind.UNAVAILABLE, message=why))

    def _take(self, message: Any) -> None:
        match message:
            case Hello(protocol=protocol, backend=backend):
                if protocol != PROTOCOL or backend != self._settings.backend:
                    raise BadFrame(f"a bridge of protocol {protocol} and backend {backend}")
                self._enter("starting")
            case NeedRoster(agents=agents):
                self._roster(agents)
            case Layout():
                self.telemetry.take_layout(message)
            case Said(reports=reports, confirmed=confirmed, repeats=repeats):
                self.confirmations.took(confirmed, repeats, self._clock.monotonic_ns())
                if reports:
                    self.on_reports(reports)
            case Status():
                self._heard(message)
            case Solved(number=number):
                if (future := self._solves.get(number)) is not None and not future.done():
                    future.set_result(message)

    def _heard(self, status: Status) -> None:
        self._status = status
        self.telemetry.take_status(status)
        self._started = self._started or not status.error
        if status.error:
            self._last_error = status.error
        if status.ready:
            self._supervisor.forgive()
            self._enter("ready")
        elif self._phase == "ready":
            away = [host.name for host in status.hosts if not host.alive and not host.moving]
            self._last_error = status.error or f"hosts away: {', '.join(away)}"
            self._enter("away")

    def _roster(self, agents: tuple[AgentRef, ...] | None) -> None:
        if self._writer is None:
            return
        self._behind = self._behind and agents is not None
        told = tuple(self.on_resync(agents))
        if agents is None:
            self.confirmations.retain(one.agent for one in told)
        self.confirmations.told_anew(one.agent for one in told)
        self._send(Roster(self._clock.now_s(), told, complete=agents is None))
        self._has_roster = self._has_roster or agents is None

    def _unsent(self) -> int:
        return self._writer.transport.get_write_buffer_size() if self._writer is not None else 0

    def _send(self, message: ToBridge) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(framed(dumps(message)))


def _nobody_listens(reports: tuple[Report, ...]) -> None:
    _logger.debug("reports without a listener", count=len(reports))


def _nothing_known(agents: tuple[AgentRef, ...] | None) -> Sequence[Instruction]:
    return ()
