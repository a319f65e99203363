"""Keeps the ladder: hears of the parts, steps, writes each step into the log, and tries what is away again.

Promises: `look` takes no time and may be called at every turn; a step enters the log once, with its cause; a hold that
is over is released; what the server was set up without is a level but no news. Made and called by the planner.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

import structlog

from orchestrator.domain.commands import Command
from orchestrator.domain.errors import Rejection, Unavailable
from orchestrator.domain.levels_commands import ChangeLevel, ReleaseLevel
from orchestrator.planning.ladder import Ladder, Level, Part
from orchestrator.planning.ladder_words import cause_of, sentence_of
from orchestrator.planning.ports import Clock, CorePort, NoSolvers, NoVehicles, Solvers, Vehicles
from orchestrator.planning.probe import probe
from orchestrator.planning.search_guard import Guard

NS = 1_000_000_000
START_S = 90.0
"""Helpers take a while to start; that they are not there yet is shown, and not written down."""
PROBE_LIMIT_S = 10.0
UNTOLD_MAX = 100
PRINCIPAL = "system:planner"

_log = structlog.get_logger("muster.ladder")


class LevelKeeper:
    """The ladder of one planner. `search`, `planning`, `bidders`: what is known of the core's search, of
    planning as a whole, and of the vehicles' answers. `helpers_say`: why solvers and agents are away."""

    def __init__(self, core: CorePort, clock: Clock, solvers: Solvers, vehicles: Vehicles, pool: Executor) -> None:
        self.ladder = Ladder()
        self.search, self.planning, self.bidders = Guard(), Guard(), Guard()
        self.stepped: Callable[[Level], None] = _nobody
        self.helpers_say: Callable[[], str] = str
        self._core, self._clock, self._solvers, self._vehicles, self._pool = core, clock, solvers, vehicles, pool
        self._began_s = self.mono_s()
        self._untold: deque[tuple[Level, str]] = deque(maxlen=UNTOLD_MAX)
        self._probing: asyncio.Task[None] | None = None

    @property
    def level(self) -> Level:
        """The level in force."""
        return self.ladder.level

    @property
    def sentence(self) -> str:
        """Why the level is not 0 and what still works; "" when all is well."""
        return sentence_of(self.ladder, self._core.state)

    @property
    def solvers_wanted(self) -> bool:
        """Whether the level lets solver processes be asked."""
        return self.level is Level.FULL or (self.level is Level.CORE and self.ladder.hold is None)

    def mono_s(self) -> float:
        """A stopwatch's seconds."""
        return self._clock.monotonic_ns() / NS

    def look(self) -> Level:
        """Ask the parts and step if it is time to; the level in force."""
        ladder, now_s = self.ladder, self._clock.now_s()
        ladder.report(Part.SOLVERS, self._solvers.available, now_s, self.helpers_say())
        bidding = self._vehicles.available and not self.bidders.away
        ladder.report(Part.AGENTS, bidding, now_s, self.bidders.why or self.helpers_say())
        ladder.report(Part.SEARCH, not self.search.away, now_s, self.search.why)
        ladder.report(Part.PLANNING, not self.planning.away, now_s, self.planning.why)
        ladder.held(self._core.state.level_hold, now_s)
        was = ladder.level
        if ladder.look(self.mono_s()):
            cause = cause_of(ladder, self._core.state)
            _log.warning("level", level=int(ladder.level), cause=cause)
            if not self._is_no_news(ladder.level):
                self._untold.append((ladder.level, cause))
            self.stepped(was)
        return ladder.level

    async def tend(self) -> None:
        """Now and then: step, write it down, and probe the search that is away."""
        self.look()
        hold = self._core.state.level_hold
        if hold is not None and hold.until_s <= self._clock.now_s():
            await self._submit(ReleaseLevel())
        if not self._untold and not self._is_no_news(self.level):  # a restart, or a refusal, leaves the log behind
            self._untold.append((self.level, cause_of(self.ladder, self._core.state)))
        while self._untold:
            level, cause = self._untold.popleft()
            if level != self._core.state.level.level:
                await self._submit(ChangeLevel(level=int(level), cause=cause))
        if self.bidders.probe_due(self.mono_s()):  # the next auction finds out
            self.bidders = Guard()
        if self._probing is None and self.search.probe_due(self.mono_s()):
            self._probing = asyncio.create_task(self._probe(), name="search probe")

    async def stop(self) -> None:
        """Probe no more."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    def _is_no_news(self, level: Level) -> bool:
        """Helpers that are not set up at all, or still start."""
        if self._core.state.level.level or level is not Level.CORE or self.ladder.hold is not None:
            return False
        starting = self.mono_s() - self._began_s < START_S
        return starting or isinstance(self._solvers, NoSolvers) or isinstance(self._vehicles, NoVehicles)

    async def _submit(self, command: Command) -> None:
        with contextlib.suppress(Rejection, Unavailable):  # said again at the next look, if it still holds
            await self._core.submit(command, principal=PRINCIPAL, internal=True)

    async def _probe(self) -> None:
        """Let the search solve something small."""
        try:
            async with asyncio.timeout(PROBE_LIMIT_S):
                await asyncio.get_running_loop().run_in_executor(self._pool, probe)
        except TimeoutError:
            self.search.failed(f"no answer within {PROBE_LIMIT_S:.0f} s", self.mono_s())
        except Exception as error:
            self.search.failed(repr(error)[:200], self.mono_s())
        else:
            self.search.worked(self.mono_s())
        finally:
            self._probing = None


def _nobody(was: Level) -> None:
    """Nobody wants to know."""
