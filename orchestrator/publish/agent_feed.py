"""The feed from the log to the agents: what an event changes for an agent becomes an instruction to it.

Promises at least once and in order: as long as the bridge listens, every durable change is told within `GATHER_S`
under the number of the record it is as of; a bridge, host or agent that has lost its memory is told everything as of
the log (`roster`) and follows from there. So no cursor is kept on disk: a fresh bridge always begins with a roster.
Reads the state on the core's loop between two folds; changes nothing. Wired by `runtime.bootstrap`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from agents.messages import (
    AgentKind,
    AgentRef,
    Book,
    Instruction,
    LineBook,
    Pick,
    Purchase,
    Reminder,
    SupplierBook,
    WarehouseBook,
)
from orchestrator.domain.events import Event
from orchestrator.domain.state import State
from orchestrator.publish.books import (
    agent_states,
    inbound_of,
    line_part,
    pick_of,
    purchase_of,
    vehicle_book,
    warehouse_part,
)
from orchestrator.publish.changes import Touched

#: Changes are gathered so long: a burst of events becomes one instruction an agent.
GATHER_S = 0.02


class CorePort(Protocol):
    """The part of the core loop that the feed uses."""

    @property
    def state(self) -> State:
        """The live state."""
        ...

    def add_listener(self, listener: Callable[[int, int, Event], None]) -> None:
        """Hear every durable event: (seq, at_s, event)."""
        ...


class BridgePort(Protocol):
    """The part of the bridge client that the feed uses."""

    on_resync: Callable[[tuple[AgentRef, ...] | None], Sequence[Instruction]]

    @property
    def listening(self) -> bool:
        """Whether the bridge was told its roster and takes instructions."""
        ...

    def send_instructions(self, instructions: Iterable[Instruction]) -> None:
        """Tell agents; never blocks."""
        ...

    def send_roster(self) -> None:
        """Ask for the roster through `on_resync` and tell it to all."""
        ...


class AgentFeed:
    """Listens to the core and tells the bridge. `start` once, on the core's loop, before the bridge connects."""

    def __init__(self, core: CorePort, bridge: BridgePort) -> None:
        self._core, self._bridge = core, bridge
        self._touched = Touched()
        self._seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._told = _ToldIndex()

    def start(self) -> None:
        """Begin to listen."""
        self._bridge.on_resync = self.roster
        self._core.add_listener(self._heard)

    def stop(self) -> None:
        """Tell nobody anything any more."""
        if self._timer is not None:
            self._timer.cancel()

    def roster(self, agents: tuple[AgentRef, ...] | None) -> Sequence[Instruction]:
        """A full instruction for each of these agents (None: all), as of the newest record that is folded."""
        state = self._core.state
        books = agent_states(state, agents)
        if agents is None:
            self._touched = Touched()
            self._told = _ToldIndex()
        for agent, book in books:
            self._told.note(state, agent, book)
        return [
            Instruction(agent, state.seq, state.plan.revision, book, full=True, due=due_of(state, agent))
            for agent, book in books
        ]

    def _heard(self, seq: int, at_s: int, event: Event) -> None:
        if not self._bridge.listening:
            return  # the roster it will begin with holds this event
        self._touched.add(self._core.state, event)
        self._seq = seq
        if self._timer is None and not self._touched.empty():
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        touched, self._touched = self._touched, Touched()
        if not self._bridge.listening:
            return
        if touched.everything:
            self._bridge.send_roster()
        else:
            self._bridge.send_instructions(self.instructions(touched))

    def instructions(self, touched: Touched) -> list[Instruction]:
        """One instruction for each agent that is concerned."""
        state = self._core.state
        books: list[tuple[AgentRef, Book]] = [
            (AgentRef(AgentKind.VEHICLE, vehicle_id), vehicle_book(state, vehicle_id))
            for vehicle_id in sorted(touched.vehicles)
            if vehicle_id in state.fleet
        ]
        books += self._warehouses(state, touched)
        books += self._lines(state, touched)
        books += _suppliers(state, touched)
        told = {agent for agent, _ in books} if touched.reminded else set()
        books += [(agent, _nothing_new(state, agent)) for agent in sorted(touched.reminded - told)]
        return [
            Instruction(agent, self._seq, state.plan.revision, book, due=due_of(state, agent)) for agent, book in books
        ]

    def _warehouses(self, state: State, touched: Touched) -> list[tuple[AgentRef, Book]]:
        items: dict[str, set[str]] = {}
        for site_id, item_id in touched.stock:
            items.setdefault(site_id, set()).add(item_id)
        supplies: dict[str, set[str]] = {}
        for supply_id in touched.supplies:
            if (found := inbound_of(state, supply_id)) is not None:
                supplies.setdefault(found[0], set()).add(supply_id)
        picks = self._told.picks(state, touched)
        sites = sorted(site_id for site_id in {*items, *supplies, *picks} if site_id in state.sites)
        return [
            (
                AgentRef(AgentKind.WAREHOUSE, site_id),
                warehouse_part(
                    state,
                    site_id,
                    sorted(items.get(site_id, ())),
                    picks.get(site_id, {}),
                    sorted(supplies.get(site_id, ())),
                ),
            )
            for site_id in sites
        ]

    def _lines(self, state: State, touched: Touched) -> list[tuple[AgentRef, Book]]:
        machines: dict[str, set[str]] = {}
        for machine_id in touched.machines:
            if (machine := state.machines.get(machine_id)) is not None:
                machines.setdefault(machine.line_id, set()).add(machine_id)
        tasks = self._told.tasks(state, touched)
        return [
            (
                AgentRef(AgentKind.PRODUCTION_LINE, line_id),
                line_part(state, sorted(machines.get(line_id, ())), sorted(tasks.get(line_id, ()))),
            )
            for line_id in sorted({*machines, *tasks})
            if line_id in state.lines
        ]


def due_of(state: State, agent: AgentRef) -> tuple[Reminder, ...]:
    """All that an agent is reminded of and has not taken yet."""
    if not state.agenda.fired:
        return ()
    return tuple(
        Reminder(fired.seq, fired.name, fired.due_s, fired.payload) for fired in state.agenda.waiting(str(agent))
    )


def _nothing_new(state: State, agent: AgentRef) -> Book:
    """A book that changes nothing of what the agent knows."""
    match agent.kind:
        case AgentKind.VEHICLE:
            return vehicle_book(state, agent.id)
        case AgentKind.WAREHOUSE:
            return WarehouseBook()
        case AgentKind.PRODUCTION_LINE:
            return LineBook()
        case AgentKind.SUPPLIER:
            return SupplierBook()


def _suppliers(state: State, touched: Touched) -> list[tuple[AgentRef, Book]]:
    found: dict[str, dict[str, Purchase | None]] = {}
    for purchase_order_id in sorted(touched.purchases):
        if (row := purchase_of(state, purchase_order_id)) is not None:
            found.setdefault(row[0], {})[purchase_order_id] = row[1]
    return [
        (AgentRef(AgentKind.SUPPLIER, supplier_id), SupplierBook(purchases))
        for supplier_id, purchases in sorted(found.items())
        if supplier_id in state.suppliers
    ]


class _ToldIndex:
    """Who was told about which order and task, so that the one who must forget it can be told that, too."""

    def __init__(self) -> None:
        self._site_of: dict[str, str] = {}
        self._line_of: dict[str, str] = {}
        self._vehicle_of: dict[str, str] = {}
        self._orders_of: dict[str, set[str]] = {}

    def note(self, state: State, agent: AgentRef, book: Book) -> None:
        """Remember what a full book holds."""
        if isinstance(book, WarehouseBook):
            for order_id in book.picks:
                self._note_pick(state, order_id, agent.id)
        elif isinstance(book, LineBook):
            self._line_of |= dict.fromkeys(book.tasks, agent.id)

    def _note_pick(self, state: State, order_id: str, site_id: str | None) -> None:
        before = self._vehicle_of.pop(order_id, "")
        self._orders_of.get(before, set()).discard(order_id)
        self._site_of.pop(order_id, None)
        if site_id is not None:
            vehicle_id = state.plan.vehicle_of[order_id]
            self._site_of[order_id] = site_id
            self._vehicle_of[order_id] = vehicle_id
            self._orders_of.setdefault(vehicle_id, set()).add(order_id)

    def picks(self, state: State, touched: Touched) -> dict[str, dict[str, Pick | None]]:
        """Site -> order -> its pick there, None where it was and is no more. Orders that left a touched vehicle too."""
        orders = set(touched.orders)
        for vehicle_id in touched.vehicles:
            orders |= self._orders_of.get(vehicle_id, set())
        told: dict[str, dict[str, Pick | None]] = {}
        for order_id in sorted(orders):
            was = self._site_of.get(order_id)
            found = pick_of(state, order_id)
            if was is not None and (found is None or found[0] != was):
                told.setdefault(was, {})[order_id] = None
            if found is not None:
                told.setdefault(found[0], {})[order_id] = found[1]
            self._note_pick(state, order_id, found[0] if found else None)
        return told

    def tasks(self, state: State, touched: Touched) -> dict[str, set[str]]:
        """Line -> tasks it must be told of: where they are planned, and where they were."""
        told: dict[str, set[str]] = {}
        for task_id in touched.tasks:
            planned = state.plan.tasks.get(task_id)
            machine = state.machines.get(planned.machine_id) if planned is not None else None
            was = self._line_of.pop(task_id, None)
            if was is not None:
                told.setdefault(was, set()).add(task_id)
            if machine is not None:
                self._line_of[task_id] = machine.line_id
                told.setdefault(machine.line_id, set()).add(task_id)
        return told
