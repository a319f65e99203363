"""Whatever happens in whatever order: goods are conserved, indexes agree, the fold is deterministic."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orchestrator.domain import commands as c
from orchestrator.domain.decide import HANDLERS
from orchestrator.domain.entities import OrderStatus, VehicleStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import event_types
from orchestrator.domain.evolve import FOLDS, evolve
from orchestrator.domain.shop_floor import ScheduleOverrideKind
from orchestrator.domain.state import State
from tests.unit.domain.small_company import World, draft

VEHICLES = st.sampled_from(["V1", "V2"])
NUMBERS = st.integers(1, 6).map(str)


def test_every_command_is_decided_and_every_event_is_folded() -> None:
    assert set(HANDLERS) == set(c.Command.__subclasses__())
    assert set(FOLDS) == set(event_types().values())


class Day(RuleBasedStateMachine):
    """Random commands, most of them impossible: rejections change nothing, the rest keeps the invariants."""

    @initialize()
    def company(self) -> None:
        self.world = World.with_company()

    def attempt(self, command: c.Command) -> None:
        before = len(self.world.events)
        try:
            self.world.do(command)
        except Rejection:
            assert len(self.world.events) == before

    @rule(number=NUMBERS, quantity=st.integers(1, 25), customer=st.sampled_from(["C1", "C2", "C3"]))
    def submit(self, number: str, quantity: int, customer: str) -> None:
        self.world.submit(draft(number, customer, quantity))

    @rule(number=NUMBERS)
    def cancel(self, number: str) -> None:
        self.attempt(c.CancelOrder(order_id=f"acme/{number}"))

    @rule(vehicle=VEHICLES, numbers=st.lists(NUMBERS, min_size=1, max_size=3))
    def load(self, vehicle: str, numbers: list[str]) -> None:
        orders = tuple(f"acme/{number}" for number in numbers)
        self.attempt(c.ReportVehicleLoaded(vehicle_id=vehicle, order_ids=orders, at_s=self.world.now_s))

    @rule(vehicle=VEHICLES, number=NUMBERS)
    def arrive(self, vehicle: str, number: str) -> None:
        self.attempt(c.ReportVehicleArrived(vehicle_id=vehicle, order_id=f"acme/{number}", at_s=self.world.now_s))

    @rule(vehicle=VEHICLES, number=NUMBERS, fails=st.booleans())
    def hand_over(self, vehicle: str, number: str, fails: bool) -> None:
        order_id, at_s = f"acme/{number}", self.world.now_s
        if fails:
            self.attempt(c.ReportDeliveryFailed(vehicle_id=vehicle, order_id=order_id, at_s=at_s, reason="closed"))
        else:
            self.attempt(c.ReportOrderDelivered(vehicle_id=vehicle, order_id=order_id, at_s=at_s))

    @rule(vehicle=VEHICLES)
    def come_home(self, vehicle: str) -> None:
        self.attempt(c.ReportVehicleReturned(vehicle_id=vehicle, at_s=self.world.now_s))

    @rule(operation=st.integers(0, 5), lots=st.integers(2, 3), undo=st.booleans())
    def split(self, operation: int, lots: int, undo: bool) -> None:
        override_id = f"D{operation}{lots}"
        if undo:
            self.attempt(c.UndoScheduleOverride(override_id=override_id, by="ada"))
            return
        self.attempt(
            c.CreateScheduleOverride(
                override_id=override_id,
                kind=ScheduleOverrideKind.SPLIT,
                task_id=f"MO-1:{operation}",
                lots=lots,
                owner="ada",
                reason="x",
            )
        )

    @rule(operation=st.integers(0, 5), machine=st.sampled_from(["M1", "M2"]), ends=st.booleans())
    def work(self, operation: int, machine: str, ends: bool) -> None:
        task_id, at_s = f"MO-1:{operation}", self.world.now_s
        if ends:
            self.attempt(c.ReportTaskFinished(task_id=task_id, at_s=at_s))
        else:
            self.attempt(c.ReportTaskStarted(task_id=task_id, machine_id=machine, at_s=at_s))

    @invariant()
    def goods_are_conserved(self) -> None:
        state = self.world.state
        gone = sum(
            line.quantity
            for order in state.orders.values()
            for line in order.lines
            if order.status in (OrderStatus.LOADED, OrderStatus.DELIVERED) or self.failed_on_board(order.order_id)
        )
        made = 10 if state.production["MO-1"].done_s is not None else 0
        assert state.on_hand[("W1", "chair")] == 20 + made - gone

    def failed_on_board(self, order_id: str) -> bool:
        return any(order_id in live.failed for live in self.world.state.fleet.values())

    @invariant()
    def indexes_agree(self) -> None:
        state = self.world.state
        living = {o.order_id for o in state.orders.values() if o.status in (OrderStatus.OPEN, OrderStatus.LOADED)}
        assert set(state.open_orders) == living
        on_board = {order_id for live in state.fleet.values() for order_id in live.on_board}
        assert on_board == {o.order_id for o in state.orders.values() if o.status is OrderStatus.LOADED}
        planned = {order_id: v for v, route in state.plan.routes.items() for order_id in route.order_ids()}
        assert planned == state.plan.vehicle_of
        for live in state.fleet.values():
            assert (live.current_order_id in live.on_board) == bool(live.on_board)
            if live.status is VehicleStatus.IDLE:
                assert not live.on_board

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        replayed = State()
        for seq, event in enumerate(self.world.events, start=1):
            evolve(replayed, event, seq, self.world.now_s)
        assert replayed == self.world.state


TestDay = Day.TestCase
