"""What planning needs of the outside: the core's queue, solver processes, metrics. Protocols only.

Called by: `planner`, `background`; satisfied by `orchestrator.core.loop.Core`, the bridge client,
`publish.vehicle_calls`, and test doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agents.insertion_call import InsertionCall
from agents.messages import InsertionBid
from orchestrator.domain.events import Event
from orchestrator.domain.state import State
from solvers.budget import Budget
from solvers.result import Improvement, SolveStatus

Kind = Literal["routing", "scheduling", "replenishment", "forecast", "negotiation"]


@dataclass(frozen=True, slots=True)
class SolveOutcome:
    """What came of a solve in another process. `plan` is present when the status says so.

    improvements: who found what on the way, where the engines tell.
    """

    status: SolveStatus
    plan: Any | None
    engine: str = ""
    wall_s: float = 0.0
    note: str = ""
    improvements: tuple[Improvement, ...] = ()


class Solvers(Protocol):
    """Solver processes. `solve` never raises for a lost process: the status tells."""

    @property
    def available(self) -> bool:
        """Whether a solve asked for now would be tried."""
        ...

    async def solve(self, kind: Kind, problem: Any, start: Any | None, budget: Budget) -> SolveOutcome:
        """Solve a problem of `solvers/<kind>` from a start plan within the budget."""
        ...


class NoSolvers:
    """There are no solver processes: planning goes on by repair and improvement in the core."""

    @property
    def available(self) -> bool:
        """Never."""
        return False

    async def solve(self, kind: Kind, problem: Any, start: Any | None, budget: Budget) -> SolveOutcome:
        """Give up at once."""
        return SolveOutcome(SolveStatus.NO_SOLUTION_IN_TIME, None, note="no solver processes")


class Vehicles(Protocol):
    """The vehicles' agents, as far as they price insertions. Nothing here raises because they are away."""

    @property
    def available(self) -> bool:
        """Whether a call made now would reach them."""
        ...

    async def ask(self, calls: Sequence[InsertionCall], within_s: float) -> dict[str, InsertionBid]:
        """Their answers by vehicle, as far as they come within that many real seconds; the silent are missing."""
        ...


class NoVehicles:
    """There are no agents: nobody bids."""

    @property
    def available(self) -> bool:
        """Never."""
        return False

    async def ask(self, calls: Sequence[InsertionCall], within_s: float) -> dict[str, InsertionBid]:
        """Nobody answers."""
        return {}


class Clock(Protocol):
    """The company clock and a stopwatch; `orchestrator.runtime.clock` satisfies it."""

    def now_s(self) -> int:
        """Whole seconds since the epoch on the company clock."""
        ...

    def monotonic_ns(self) -> int:
        """A stopwatch for measuring, never for deciding what time it is."""
        ...


class CorePort(Protocol):
    """The part of the core loop that planning uses."""

    @property
    def state(self) -> State:
        """The live state."""
        ...

    async def submit(
        self,
        command: Any,
        *,
        principal: str,
        request_id: str | None = None,
        cause: int = 0,
        internal: bool = False,
    ) -> Any:
        """Decide, log, fold; raises Rejection or Unavailable."""
        ...

    def add_listener(self, listener: Callable[[int, int, Event], None]) -> None:
        """Hear every durable event: (seq, at_s, event)."""
        ...
