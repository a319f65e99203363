"""What the bridge needs of whatever runs its hosts and solvers: two small Protocols and their errors.

Promises that the bridge's logic (who holds which agent, what is told again, when a solver is killed) knows neither Ray
nor processes, so it is tested once and holds for both. Implemented by `bridge_local` and `bridge_ray`.
"""

from __future__ import annotations

from typing import Any, Protocol

from agents.messages import AgentKind


class WorkerLost(Exception):
    """The worker's process is gone, or does not answer; what it held in memory is lost."""


class WorkerFailed(Exception):
    """The worker raised an exception and lives on; the message is the exception's."""


class Worker(Protocol):
    """One host or solver. Does one call at a time."""

    @property
    def pid(self) -> int:
        """Its process id, 0 while unknown."""
        ...

    async def call(self, argument: Any, timeout_s: float) -> Any:
        """Its answer. Raises `TimeoutError` (it goes on working), `WorkerLost` or `WorkerFailed`."""
        ...

    async def kill(self) -> None:
        """End it now, whatever it does; it will not come back by itself."""
        ...


class Backend(Protocol):
    """Starts workers."""

    @property
    def name(self) -> str:
        """ "ray" or "local"."""
        ...

    async def start(self) -> None:
        """Be ready to start workers; raises when it cannot."""
        ...

    async def nodes(self) -> tuple[str, ...]:
        """The nodes that take work, sorted."""
        ...

    def node_name(self, node: str) -> str:
        """What people call that node; "" for this machine."""
        ...

    async def host(self, name: str, kind: AgentKind, node: str = "") -> Worker:
        """A host of that name that answers: a new one, on `node` if it has room, or the same after its restart.

        Raises `WorkerLost`.
        """
        ...

    async def solver(self, name: str) -> Worker:
        """A new solver that answers. Raises `WorkerLost`."""
        ...

    async def failure(self) -> str:
        """Why the backend as a whole is lost, or "" while it is not."""
        ...

    async def lost(self) -> None:
        """Returns as soon as `failure` may have something to say; never when only asking tells."""
        ...

    async def ended(self, pid: int) -> None:
        """Returns when that worker's process has ended; never when that cannot be known at once."""
        ...

    async def stop(self) -> None:
        """End every worker and the backend itself."""
        ...
