"""The script of what goes wrong on the day, and its record: when it was reported, and which revision answered.

Promises: nine kinds of disruption at fixed times of day, aimed by seed and by what the company is doing then. Each is
recorded with the log's number of its event. A time is minutes after the local midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.company.reader import KnownOrder
from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.company import ItemKind
from orchestrator.domain.entities import OrderLine, SupplyStatus
from orchestrator.twin.driver import Driver
from orchestrator.twin.partners import Partners
from orchestrator.twin.shop import Operator
from orchestrator.twin.shop_troubles import ShopTroubles
from orchestrator.twin.world import Ack, Process, Reply, World
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import event_service_pb2 as pb
from solvers.routing.travel import SlowArea

RUSH_PRIORITY = 9
RETRY_S = 300


@dataclass(slots=True)
class Disruption:
    """One thing that went wrong. `event`: its number in the log, 0 until acknowledged."""

    kind: str
    at_s: int
    subject: str = ""
    event: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of the script. `minutes`: how long it lasts or by how much it is late."""

    kind: str
    at_min: int
    minutes: int = 0


SCRIPT: tuple[Planned, ...] = (
    Planned("stock_discrepancy", 7 * 60 + 40),
    Planned("late_supplier", 8 * 60 + 5, 120),
    Planned("machine_down", 8 * 60 + 50, 75),
    Planned("rush_production", 9 * 60 + 15, 150),
    Planned("vehicle_breakdown", 9 * 60 + 40, 70),
    Planned("machine_risk", 10 * 60 + 15),
    Planned("slow_area", 11 * 60, 120),
    Planned("worker_absent", 11 * 60 + 45, 150),
    Planned("rush_order", 12 * 60 + 20, 110),
)


@dataclass(slots=True)
class Troubles:
    """Carries out the script. `record` holds what happened, in the order of the script."""

    world: World
    drivers: Mapping[str, Driver]
    operators: Mapping[str, Operator]
    partners: Partners
    day_start_s: int
    script: Sequence[Planned] = SCRIPT
    record: list[Disruption] = field(default_factory=list)

    def run(self) -> list[Process]:
        """One process for each line of the script."""
        return [self._happen(line) for line in self.script]

    def done(self) -> bool:
        """Whether every line of the script has begun and was acknowledged, or came to nothing."""
        return len(self.record) == len(self.script) and all(one.event or not one.subject for one in self.record)

    def _happen(self, line: Planned) -> Process:
        world = self.world
        yield world.sleep_until(self.day_start_s + line.at_min * 60)
        kinds: dict[str, Callable[[Planned, Disruption], Process]] = {
            "stock_discrepancy": self._stock_discrepancy,
            "late_supplier": self._late_supplier,
            "machine_down": self._machine_down,
            "vehicle_breakdown": self._vehicle_breakdown,
            "slow_area": self._slow_area,
            "rush_order": self._rush_order,
            **dict.fromkeys(("machine_risk", "worker_absent", "rush_production"), self._on_the_shop_floor),
        }
        disruption = Disruption(line.kind, world.now_s)
        self.record.append(disruption)
        yield from kinds[line.kind](line, disruption)

    def _on_the_shop_floor(self, line: Planned, disruption: Disruption) -> Process:
        floor = ShopTroubles(self.world, self.operators, self.partners)

        def note(reply: Reply) -> None:
            self._note(disruption, reply)

        def name(subject: str) -> None:
            disruption.subject = subject

        match line.kind:
            case "machine_risk":
                yield from floor.machine_risk(note, name)
            case "worker_absent":
                yield from floor.worker_absent(line.minutes, note, name)
            case _:
                yield from floor.rush_production(line.minutes, note, name)

    def _tell(self, disruption: Disruption, actor: str, request: pb.ReportEventRequest) -> Process:
        reply = yield self.world.server.report(actor, request)
        self._note(disruption, reply)

    def _note(self, disruption: Disruption, reply: Reply) -> None:
        if isinstance(reply, Ack):
            disruption.event = reply.first_seq
        else:
            self.world.journal.note_refusal(disruption.kind, reply)

    def _stock_discrepancy(self, line: Planned, disruption: Disruption) -> Process:
        """Half of what the books say is there; of a bought item, so that no batch makes up for it."""
        state = self.world.state
        wanted: dict[tuple[str, str], int] = {}
        for order_id in state.open_orders:
            allocation = state.plan.allocations.get(order_id)
            for order_line in state.orders[order_id].lines if allocation else ():
                key = (allocation.site_id if allocation else "", order_line.item_id)
                wanted[key] = wanted.get(key, 0) + 1
        bought = [key for key in sorted(wanted) if state.items[key[1]].kind is ItemKind.BOUGHT]
        if not bought:
            return
        site_id, item_id = max(bought, key=lambda key: (state.on_hand.get(key, 0) > 0, wanted[key], key))
        disruption.subject = f"{site_id}:{item_id}"
        counted = pb.StockCounted(
            site_id=site_id,
            item_id=item_id,
            on_hand=state.on_hand.get((site_id, item_id), 0) // 2,
            at_s=self.world.now_s,
            reason="cycle count",
        )
        yield from self._tell(disruption, f"site/{site_id}", pb.ReportEventRequest(stock_counted=counted))

    def _late_supplier(self, line: Planned, disruption: Disruption) -> Process:
        """The next purchase order that somebody waits for comes two hours later."""
        state = self.world.state
        open_orders = [order for order in state.purchases.values() if order.status is SupplyStatus.OPEN]
        pegged = {peg.source_id for one in state.plan.allocations.values() for peg in one.pegs}
        ahead = [order for order in open_orders if order.expected_s > self.world.now_s + 1_800]
        if not ahead:
            return
        order = min(ahead, key=lambda order: (order.purchase_order_id not in pegged, order.expected_s))
        disruption.subject = order.purchase_order_id
        delayed = pb.PurchaseDelayed(
            purchase_order_id=order.purchase_order_id,
            expected_s=order.expected_s + line.minutes * 60,
            reason="lorry held up at the border",
        )
        actor = f"supplier/{order.supplier_id}"
        yield from self._tell(disruption, actor, pb.ReportEventRequest(purchase_delayed=delayed))

    def _machine_down(self, line: Planned, disruption: Disruption) -> Process:
        """The machine with most planned work that somebody waits for stands still."""
        load: dict[str, int] = dict.fromkeys(self.operators, 0)
        for task in self.world.state.plan.tasks.values():
            if task.machine_id in load:
                load[task.machine_id] += task.end_s - max(task.start_s, self.world.now_s)
        if not load:
            return
        machine_id = max(sorted(load), key=lambda one: load[one])
        until_s = self.world.now_s + line.minutes * 60
        disruption.subject = machine_id
        self.operators[machine_id].down_until_s = until_s
        actor = self.operators[machine_id].actor
        down = pb.MachineDown(
            machine_id=machine_id, at_s=self.world.now_s, until_s=until_s, reason="spindle bearing hot"
        )
        yield from self._tell(disruption, actor, pb.ReportEventRequest(machine_down=down))
        yield self.world.sleep_until(until_s)
        up = pb.MachineUp(machine_id=machine_id, at_s=self.world.now_s)
        yield self.world.server.report(actor, pb.ReportEventRequest(machine_up=up))

    def _vehicle_breakdown(self, line: Planned, disruption: Disruption) -> Process:
        """A vehicle that is driving with most goods still on board breaks down where it is."""
        while not (moving := [one for one in self.drivers.values() if one.driving and one.on_board]):
            if self.world.now_s > disruption.at_s + 4 * 3_600:
                return
            yield self.world.pause(self.world.env.now + RETRY_S)
        driver = max(moving, key=lambda one: (len(one.on_board), one.vehicle.vehicle_id))
        disruption.at_s, disruption.subject = self.world.now_s, driver.vehicle.vehicle_id
        until_s = self.world.now_s + line.minutes * 60
        driver.down_until_s = until_s
        down = pb.VehicleDown(
            vehicle_id=driver.vehicle.vehicle_id,
            at_s=self.world.now_s,
            until_s=until_s,
            reason="coolant lost",
            place=order_pb2.Place(lat_e7=driver.place.lat_e7, lon_e7=driver.place.lon_e7),
        )
        yield from self._tell(disruption, driver.actor, pb.ReportEventRequest(vehicle_down=down))
        yield self.world.sleep_until(until_s)
        up = pb.VehicleUp(vehicle_id=driver.vehicle.vehicle_id, at_s=self.world.now_s)
        yield self.world.server.report(driver.actor, pb.ReportEventRequest(vehicle_up=up))

    def _slow_area(self, line: Planned, disruption: Disruption) -> Process:
        """Traffic stands in a circle of five kilometres around a customer that many wait near to."""
        state = self.world.state
        waiting = sorted({state.orders[order_id].customer_id for order_id in state.open_orders})
        if not waiting:
            return
        place = state.customers[self.world.chance.draws("slow area").choice(waiting)].place
        until_s = self.world.now_s + line.minutes * 60
        area = SlowArea(lat_e7=place.lat_e7, lon_e7=place.lon_e7, radius_m=5_000, factor_pct=150)
        disruption.subject = "slow-1"
        report = pb.SlowArea(
            area_id="slow-1",
            center=order_pb2.Place(lat_e7=area.lat_e7, lon_e7=area.lon_e7),
            radius_m=area.radius_m,
            factor_pct=area.factor_pct,
            until_s=until_s,
        )
        self.world.slow.append(area)
        yield from self._tell(disruption, "roads", pb.ReportEventRequest(slow_area=report))
        yield self.world.sleep_until(until_s)
        self.world.slow.remove(area)
        over = pb.SlowAreaOver(area_id="slow-1")
        yield self.world.server.report("roads", pb.ReportEventRequest(slow_area_over=over))

    def _rush_order(self, line: Planned, disruption: Disruption) -> Process:
        """Somebody's pump has failed: most urgent, within two hours, of an item that is in stock."""
        state, draws = self.world.state, self.world.chance.draws("rush")
        depots = {driver.vehicle.depot_id for driver in self.drivers.values()}
        stock = sorted(key for key, pieces in state.on_hand.items() if key[0] in depots and pieces >= 10)
        if not stock or not self.partners.orders:
            return
        item_id = draws.choice(stock)[1]
        end_s = self.world.now_s + line.minutes * 60
        draft = OrderDraft(
            number="RUSH-1",
            customer_id=draws.choice(sorted(state.customers)),
            lines=(OrderLine(item_id=item_id, quantity=1),),
            window_start_s=self.world.now_s,
            window_end_s=end_s,
            priority=RUSH_PRIORITY,
        )
        partner_id = sorted({order.partner_id for order in self.partners.orders})[0]
        disruption.subject = f"{partner_id}/RUSH-1"
        reply = yield from self.partners.send(KnownOrder(partner_id, draft, self.world.now_s))
        self._note(disruption, reply)
