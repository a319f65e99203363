"""The feed: what agents hold after any day is what the log says, whoever was away in between."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from agents.host import AgentHost, HostBatch
from agents.messages import AgentKind, AgentRef, Instruction, LineBook, Report, SupplierBook, VehicleBook, WarehouseBook
from orchestrator.domain import commands as c
from orchestrator.domain.company import PurchaseOrderRow
from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import Event
from orchestrator.publish.agent_feed import GATHER_S, AgentFeed
from orchestrator.publish.books import agent_refs, agent_states
from solvers.errors import InvalidProblem
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company
from tests.waiting import wait_for

PURCHASES = [
    PurchaseOrderRow(
        purchase_order_id=f"PO-{n}",
        supplier_id="S1",
        item_id="A",
        site_id="W1",
        quantity=10,
        expected_s=DAY_S + HOUR_S * n,
    )
    for n in range(6, 14)
]


class FakeBridge:
    """Hosts in this process; `listening` is the test's to switch."""

    def __init__(self) -> None:
        self.on_resync: Callable[[tuple[AgentRef, ...] | None], Sequence[Instruction]] = lambda agents: ()
        self.listening = False
        self.told: list[Instruction] = []
        self.said: list[Report] = []
        self.now_s = 0
        self.hosts = {kind: AgentHost(kind) for kind in AgentKind}

    def connect(self) -> None:
        self.send_roster()
        self.listening = True

    def lose(self, kind: AgentKind) -> None:
        """A host dies and comes back without memory."""
        self.hosts[kind] = AgentHost(kind)

    def resync(self, kind: AgentKind, agents: tuple[AgentRef, ...]) -> None:
        self._roster(kind, self.on_resync(agents))

    def send_roster(self) -> None:
        roster = self.on_resync(None)
        for kind in AgentKind:
            self._roster(kind, [told for told in roster if told.agent.kind is kind])

    def _roster(self, kind: AgentKind, roster: Sequence[Instruction]) -> None:
        self.said += self.hosts[kind].handle(HostBatch(self.now_s, roster=tuple(roster))).reports

    def send_instructions(self, instructions: Iterable[Instruction]) -> None:
        for told in instructions:
            self.told.append(told)
            self.said += self.hosts[told.agent.kind].handle(HostBatch(self.now_s, (told,))).reports

    def state_of(self, agent: AgentRef) -> Any:
        return self.hosts[agent.kind].state_of(agent)


class Day:
    """A world whose events go to a feed, and a bridge beside it."""

    def __init__(self, **company: Any) -> None:
        self.world = World(small_company(**company).model_copy(update={"purchase_orders": tuple(PURCHASES)}))
        self.bridge = FakeBridge()
        self.feed = AgentFeed(self, self.bridge)
        self.listeners: list[Callable[[int, int, Event], None]] = []
        self.told_seq = self.world.seq
        self.feed.start()
        tell = self.world.tell

        def telling(command: c.Command) -> tuple[Any, ...]:
            events = tell(command)
            for number, event in enumerate(events, self.world.seq - len(events) + 1):
                for listener in self.listeners:
                    listener(number, self.world.now_s, event)
            return events

        self.world.tell = telling  # type: ignore[method-assign]

    @property
    def state(self) -> Any:
        return self.world.state

    def add_listener(self, listener: Callable[[int, int, Event], None]) -> None:
        self.listeners.append(listener)

    async def settled(self) -> None:
        """Until what was heard is told."""
        await wait_for(lambda: self.feed._timer is None, "the feed has told what it heard", GATHER_S * 100)

    def check(self) -> None:
        """Every agent holds what a fresh one would be told."""
        for agent, book in agent_states(self.state):
            held = self.bridge.state_of(agent)
            assert held is not None, agent
            match book:
                case VehicleBook():
                    assert held.book == book, agent
                case WarehouseBook():
                    assert dict(held.on_hand) == dict(book.on_hand), agent
                    assert dict(held.picks) == dict(book.picks), agent
                    assert dict(held.inbound) == dict(book.inbound), agent
                case LineBook():
                    assert dict(held.machines) == dict(book.machines), agent
                    assert dict(held.tasks) == dict(book.tasks), agent
                case SupplierBook():
                    assert set(held.purchases) == set(book.purchases), agent


def reports(world: World, chance: random.Random) -> list[c.Command]:
    """Things that may happen now; some of them cannot, and the domain says so."""
    state, now_s, later_s = world.state, world.now_s, world.now_s + chance.randint(600, 7200)
    vehicle_id = chance.choice(list(state.vehicles))
    found: list[c.Command] = [
        c.CountStock(site_id="W1", item_id="A", on_hand=chance.randint(0, 400), at_s=now_s),
        c.ReportVehicleDown(vehicle_id=vehicle_id, at_s=now_s, until_s=later_s),
        c.ReportVehicleUp(vehicle_id=vehicle_id, at_s=now_s),
        c.ReportMachineDown(machine_id="M1", at_s=now_s, until_s=later_s),
        c.ReportMachineUp(machine_id="M1", at_s=now_s),
        c.ReportVehicleReturned(vehicle_id=vehicle_id, at_s=now_s),
        *(c.CancelOrder(order_id=order_id) for order_id in list(state.open_orders)[:1]),
        *(c.ReleaseReplenishment(proposal_id=proposal_id) for proposal_id in list(state.plan.proposals)[:3]),
    ]
    for name in [row.purchase_order_id for row in state.purchases.values() if row.status is SupplyStatus.OPEN][:1]:
        found.append(c.ReportPurchaseDelayed(purchase_order_id=name, expected_s=later_s))
        found.append(c.ReceivePurchase(purchase_order_id=name, quantity=5, at_s=now_s))
        found.append(c.CancelReplenishment(supply_id=name))
    for task in list(state.plan.tasks.values())[:3]:
        found.append(c.ReportTaskStarted(task_id=task.task_id, machine_id=task.machine_id, at_s=now_s))
        found.append(c.ReportTaskFinished(task_id=task.task_id, at_s=now_s))
    return found


def some_moment(world: World, chance: random.Random) -> None:
    """An order, a drive or a report."""
    vehicle_id = chance.choice(list(world.state.vehicles))
    # A rejection: it could not happen, so nothing did. An invalid problem: the planner would cut the pass down.
    with contextlib.suppress(Rejection, InvalidProblem):
        match chance.randrange(4):
            case 0:
                world.order(f"C{chance.randrange(12)}", chance.randint(1, 30), item=chance.choice(["A", "M"]))
            case 1 if world.state.fleet[vehicle_id].current_order_id:
                world.serve(vehicle_id)
            case 1 if vehicle_id in world.state.plan.routes and world.next_trip(vehicle_id):
                world.load(vehicle_id)
            case _:
                world.do(chance.choice(reports(world, chance)))
    world.now_s += chance.randint(1, 240)


@pytest.mark.parametrize("seed", range(6))
async def test_after_any_day_the_agents_hold_what_the_log_says(seed: int) -> None:
    chance = random.Random(seed)
    day = Day(vehicles=3, depots=2, plant=True, stock=200, seed=seed)
    day.world.with_stock = True
    day.bridge.connect()
    for _ in range(80):
        some_moment(day.world, chance)
        day.bridge.now_s = day.world.now_s
        if chance.random() < 0.3:
            await day.settled()
        if chance.random() < 0.1:
            kind = chance.choice(list(AgentKind))
            day.bridge.lose(kind)
            day.bridge.resync(kind, tuple(agent for agent in agent_refs(day.state) if agent.kind is kind))
    await day.settled()
    assert {told.agent.kind for told in day.bridge.told} == set(AgentKind)
    day.check()


async def test_an_event_reaches_only_whom_it_concerns_under_its_number() -> None:
    day = Day(vehicles=3)
    day.world.order()
    day.bridge.connect()
    vehicle_id = next(iter(day.state.plan.routes))
    day.world.load(vehicle_id)
    await day.settled()
    assert {str(told.agent) for told in day.bridge.told} == {f"vehicle/{vehicle_id}", "warehouse/W1"}
    assert {told.seq for told in day.bridge.told} == {day.world.seq}
    assert day.bridge.state_of(AgentRef(AgentKind.VEHICLE, vehicle_id)).book.leg is not None


async def test_a_burst_of_events_becomes_one_instruction_an_agent() -> None:
    day = Day(vehicles=1)
    day.bridge.connect()
    for number in range(20):
        day.world.order(f"C{number % 12}", 1)
    await day.settled()
    agents = [told.agent for told in day.bridge.told]
    assert len(agents) == len(set(agents))


async def test_what_happens_while_the_bridge_is_away_comes_with_the_roster() -> None:
    day = Day(vehicles=2)
    day.bridge.connect()
    day.bridge.listening = False
    day.world.order()
    vehicle_id = next(iter(day.state.plan.routes))
    day.world.load(vehicle_id)
    assert day.feed._timer is None
    day.bridge.connect()
    day.check()


async def test_a_new_company_is_a_new_roster() -> None:
    day = Day(vehicles=1)
    day.bridge.connect()
    day.world.do(c.ImportCompany(company=small_company(vehicles=4)))
    await day.settled()
    assert day.bridge.state_of(AgentRef(AgentKind.VEHICLE, "V4")) is not None
    day.check()


async def test_a_slip_becomes_the_arrival_the_vehicle_is_measured_by() -> None:
    day = Day(vehicles=1)
    order_id = day.world.order()
    day.bridge.connect()
    day.world.load("V1")
    day.world.do(
        c.ReportVehicleSlip(vehicle_id="V1", order_id=order_id, planned_s=0, predicted_s=day.world.now_s + HOUR_S)
    )
    predicted_s = day.world.now_s + HOUR_S
    await day.settled()
    leg = day.bridge.state_of(AgentRef(AgentKind.VEHICLE, "V1")).book.leg
    assert leg.arrive_s == predicted_s


async def test_a_stopped_feed_says_nothing() -> None:
    day = Day(vehicles=1)
    day.bridge.connect()
    day.world.order()
    day.feed.stop()
    await asyncio.sleep(0)
    assert day.bridge.told == []
