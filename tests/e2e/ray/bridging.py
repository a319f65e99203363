"""A core's side of a bridge for tests: a client, the agents it tells of, and what they said."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from agents.messages import (
    AgentKind,
    AgentRef,
    Book,
    Instruction,
    Leg,
    LineBook,
    Report,
    SupplierBook,
    VehicleBook,
    WarehouseBook,
)
from orchestrator.runtime.bridge_client import BridgeClient
from orchestrator.runtime.bridge_settings import BridgeHealth, BridgeSettings
from orchestrator.runtime.clock import SystemClock
from tests.processes import alive, children, word_of
from tests.waiting import wait_for

#: Ray starts in 5 to 8 s alone on the machine; beside a full test run it may take much longer.
UP_S = 60.0
#: The sample company's resources.
SAMPLE = {AgentKind.VEHICLE: 12, AgentKind.WAREHOUSE: 3, AgentKind.PRODUCTION_LINE: 2, AgentKind.SUPPLIER: 8}
EMPTY: dict[AgentKind, Book] = {
    AgentKind.VEHICLE: VehicleBook(),
    AgentKind.WAREHOUSE: WarehouseBook(),
    AgentKind.PRODUCTION_LINE: LineBook(),
    AgentKind.SUPPLIER: SupplierBook(),
}


class FakeLog:
    """What the log says of each agent; every `tell` is a record."""

    def __init__(self, data_dir: Path, backend: str) -> None:
        self.data_dir = data_dir
        self.clock = SystemClock()
        settings = BridgeSettings(
            data_dir, backend, solve_grace_s=2.0, solvers=(("fake", "tests.e2e.ray.fake_solvers:solve"),)
        )
        self.client = BridgeClient(settings, self.clock)
        self.client.on_resync = self.roster
        self.client.on_reports = self.heard
        self.seq = 100
        self.books: dict[AgentRef, Book] = {
            AgentRef(kind, f"{kind.value}-{n}"): EMPTY[kind] for kind, count in SAMPLE.items() for n in range(count)
        }
        self.said: list[Report] = []

    def heard(self, reports: tuple[Report, ...]) -> None:
        self.said += reports

    def roster(self, agents: tuple[AgentRef, ...] | None) -> Sequence[Instruction]:
        wanted = self.books if agents is None else [agent for agent in self.books if agent in agents]
        return [Instruction(agent, self.seq, 1, self.books[agent], full=True) for agent in wanted]

    def tell(self, agent: AgentRef, book: Book) -> None:
        """A record that changes an agent's book."""
        self.seq += 1
        self.books[agent] = book
        self.client.send_instructions([Instruction(agent, self.seq, 1, book)])

    def vehicle(self, number: int) -> AgentRef:
        return AgentRef(AgentKind.VEHICLE, f"vehicle-{number}")

    def overdue(self, order_id: str) -> VehicleBook:
        """A book that makes a vehicle report a slip at once."""
        now_s = self.clock.now_s()
        return VehicleBook(True, Leg(order_id, 0, 0, now_s - 9000, 0, 1000, now_s - 5000))

    def health(self) -> BridgeHealth:
        return self.client.health()

    async def ready(self) -> BridgeHealth:
        """Until agents and solvers are all there and idle; what health says may be half a second old."""
        await wait_for(lambda: self.client.ready and self._solvers_up(), f"the bridge is ready; {self.health()}", UP_S)
        return self.health()

    def _solvers_up(self) -> bool:
        health = self.health()
        return health.solvers == 1 and all(alive(solver.pid) and not solver.busy for solver in health.solver_list)

    async def away(self) -> None:
        await wait_for(lambda: not self.client.ready, "the bridge is known to be away", 2.0)


def kill(pid: int, how: int = signal.SIGKILL) -> None:
    """Inject a fault; that it hit something living is part of the test."""
    assert alive(pid), f"process {pid} is not alive: the fault hits nothing"
    os.kill(pid, how)


def child_called(parent_pid: int, name: str) -> int:
    """Process id of a living child by its program's name."""
    for pid in children(parent_pid):
        if word_of(pid, "comm").strip() == name:
            return pid
    raise AssertionError(f"process {parent_pid} has no child {name}")
