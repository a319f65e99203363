"""The twin's days against the real planning and the real agents, in one process and in simulated time.

Every report of the twin is decided, folded and planned at once; positions go to the vehicles' agents, whose reports
are commands; when the day is closed the company learns speeds, if it does. Searches are cut by iterations, not by
time: the same seed gives the same days on any machine, however busy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import simpy

from agents.machine import fresh, step
from agents.messages import AgentKind, AgentRef, Instruction, Message, Position, Tick
from orchestrator.domain.commands import CloseDay, Command, ImportCompany, OrderDraft, PublishRevision, SubmitOrders
from orchestrator.domain.company import Place
from orchestrator.domain.decide import decide
from orchestrator.domain.entities import OrderStatus, VehicleStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import Event, OrderDelivered, VehicleLoaded
from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.domain.state import State
from orchestrator.ingest.convert_report import command_of as twin_command
from orchestrator.planning.arrivals import arrivals
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.memory import Memory
from orchestrator.planning.plan_once import plan_once
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.speed_learner import speed_lesson
from orchestrator.planning.trigger import trigger
from orchestrator.publish.books import vehicle_book
from orchestrator.publish.changes import Touched
from orchestrator.publish.reports import command_of as agent_command
from orchestrator.twin.chance import Chance
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.simulation import Cast, Simulation
from orchestrator.twin.world import Ack, Refused
from protos.muster.operator.v1 import event_service_pb2 as pb
from solvers.budget import Budget
from solvers.speeds import Arrival
from tests.bench.arrivals.company import BEGIN_S, DAY_S, HOUR_S, company, orders_of

MORNING = PlanningSettings(repair_budget_ms=150, repair_vehicles=10, repair_stops=150)
ORDERS_A_CALL = 20
BY_DAY = PlanningSettings(repair_budget_ms=3)
TICK_S = 120
ITERATIONS_A_MS = 10
"""Rather fewer than the kernels do on a quiet machine."""


def _counted(seconds: float, seed: int = 0) -> Budget:
    return Budget(seconds=600.0, seed=seed, iterations=max(1, round(seconds * 1_000 * ITERATIONS_A_MS)))


@dataclass(frozen=True, slots=True)
class Said:
    """What was predicted of a stop when its vehicle set out for it, or for one before it."""

    day: int
    order_id: str
    asked_s: int
    planned_s: int
    arrival: Arrival
    window_start_s: int


@dataclass
class Days:
    """A company's days. learns: whether it learns from what happens; everything else is the same."""

    seed: int
    learns: bool
    said: list[Said] = field(default_factory=list)
    reports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = company(self.seed)
        self.env = simpy.Environment(initial_time=BEGIN_S)
        self.mirror = Mirror(known)
        self.memory = Memory()
        self.dirty, self.touched = Dirty(), Touched()
        self.agents: dict[str, Any] = {}
        self.mirror.listeners.append(self._heard)
        self._tell(ImportCompany(company=known))
        for vehicle_id in known.vehicles:
            ref = AgentRef(AgentKind.VEHICLE, vehicle_id.vehicle_id)
            self.agents[ref.id] = fresh(ref)
        cast = Cast(Chance(self.seed), (), 0, hidden_seed=self.seed)
        self.twin = Simulation(self.env, self.mirror, self, (), cast)
        self.twin.start()
        self.env.process(self._ticks())

    @property
    def state(self) -> State:
        """The log, folded."""
        return self.mirror.state

    @property
    def now_s(self) -> int:
        """The company's time."""
        return int(self.env.now)

    def play(self, days: int) -> None:
        """Day after day: orders at four in the morning, deliveries, the day closed, lessons learned."""
        with patch("orchestrator.planning.route_solve.Budget", _counted):
            self._play(days)

    def _play(self, days: int) -> None:
        for day in range(days):
            self.env.run(until=BEGIN_S + day * DAY_S + 4 * HOUR_S)
            if day:
                self._tell(CloseDay(day_s=BEGIN_S + (day - 1) * DAY_S))
            if self.learns:
                self._learn()
            drafts = orders_of(self.seed, day)
            for first in range(0, len(drafts), ORDERS_A_CALL):
                self._tell(SubmitOrders(partner_id="acme", orders=drafts[first : first + ORDERS_A_CALL]))
                self._plan(MORNING)
            self.dirty.everything = True
            self._plan(MORNING)
            self.env.run(until=BEGIN_S + day * DAY_S + 23 * HOUR_S)

    def on_time(self, first_day: int, days: int) -> float:
        """Share of the orders of these days that a vehicle was there for before their window ended."""
        arrived, kept, count = self.twin.world.journal.arrived_s, 0, 0
        for day in range(first_day, days):
            for draft in orders_of(self.seed, day):
                order_id = f"acme/{draft.number}"
                done = self.state.orders[order_id].status in (OrderStatus.DELIVERED, OrderStatus.FAILED)
                kept += done and arrived[order_id] <= draft.window_end_s
                count += 1
        return kept / count

    # --- the server, as the twin sees it ---

    def report(self, actor: str, request: pb.ReportEventRequest) -> simpy.Event:
        """A report of a driver."""
        return self._answer(twin_command(request))

    def submit(self, partner_id: str, draft: OrderDraft) -> simpy.Event:
        """Nobody orders by day."""
        return self._answer(SubmitOrders(partner_id=partner_id, orders=(draft,)))

    def cancel(self, partner_id: str, number: str, reason: str) -> simpy.Event:
        """Nobody takes an order back."""
        raise AssertionError(f"{partner_id} cancels {number}: {reason}")

    def position(self, vehicle_id: str, at_s: int, place: Place, speed_m_per_h: int) -> None:
        """To the vehicle's agent."""
        self._step(vehicle_id, Position(vehicle_id, at_s, place.lat_e7, place.lon_e7))

    # --- parts ---

    def _answer(self, command: Command) -> simpy.Event:
        first_seq = self.state.seq + 1
        try:
            events = self._tell(command)
        except Rejection as refused:
            return self.env.timeout(0, Refused(refused.reason.value, refused.message))
        ack = Ack(first_seq, self.state.seq, tuple(type(event).__name__ for event in events))
        self._plan(BY_DAY)
        for event in events:
            if isinstance(event, (VehicleLoaded, OrderDelivered)):
                self._predict(event.vehicle_id)
        return self.env.timeout(0, ack)

    def _tell(self, command: Command) -> tuple[Event, ...]:
        events = decide(self.state, command, self.now_s, "bench").events
        for event in events:
            self.mirror.fold(self.state.seq + 1, self.now_s, event)
        return events

    def _heard(self, seq: int, at_s: int, event: Event) -> None:
        self.dirty.merge(trigger(self.state, event, seq, ()))
        self.touched.add(self.state, event)

    def _plan(self, settings: PlanningSettings) -> None:
        for _ in range(6):
            if self.dirty.empty():
                break
            dirty, self.dirty = self.dirty, Dirty()
            draft = plan_once(self.state, dirty, self.now_s, settings, self.memory, with_stock=False)
            if draft is not None:
                self._tell(PublishRevision(head=draft.head, delta=draft.delta))
        touched, self.touched = self.touched, Touched()
        for vehicle_id in sorted(touched.vehicles & self.agents.keys()):
            agent = AgentRef(AgentKind.VEHICLE, vehicle_id)
            book = vehicle_book(self.state, vehicle_id)
            self._step(vehicle_id, Instruction(agent, self.state.seq, self.state.plan.revision, book))

    def _step(self, vehicle_id: str, message: Message) -> None:
        ref = AgentRef(AgentKind.VEHICLE, vehicle_id)
        self.agents[vehicle_id], reports = step(ref, self.agents[vehicle_id], message, self.now_s)
        for report in reports:
            name = type(report).__name__
            self.reports[name] = self.reports.get(name, 0) + 1
            try:
                self._tell(agent_command(report))
            except Rejection:
                continue
        if reports:
            self._plan(BY_DAY)

    def _ticks(self) -> Any:
        while True:
            yield self.env.timeout(TICK_S)
            for vehicle_id in self.agents:
                self._step(vehicle_id, Tick())

    def _predict(self, vehicle_id: str) -> None:
        live = self.state.fleet[vehicle_id]
        if live.status is not VehicleStatus.DRIVING:
            return
        day = (self.now_s - BEGIN_S) // DAY_S
        for one in arrivals(self.state, vehicle_id, self.now_s):
            if one.order_id in live.on_board:
                window_s = self.state.orders[one.order_id].window_start_s
                self.said.append(Said(day, one.order_id, self.now_s, one.planned_s, one.predicted, window_s))

    def _learn(self) -> None:
        lesson = speed_lesson(self.state)
        if lesson is not None:
            record = lesson.learned()
            self._tell(ReviseSpeeds(parent=record.version - 1, speeds=record))
