"""What goes wrong on the shop floor of the day: a machine that will fail, somebody who goes home ill, a rush for goods
that are not made yet.

Promises: aimed by what the schedule holds at that moment; a machine whose maintenance comes too late does fail. Called
by `disruptions`, which writes the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator.company.reader import KnownOrder
from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.entities import OrderLine, ProductionOrder, SupplyStatus
from orchestrator.domain.plan import PlannedTask
from orchestrator.domain.shop_floor import MaintenanceStatus
from orchestrator.twin.partners import Partners
from orchestrator.twin.shop import Operator
from orchestrator.twin.world import Process, Reply, World
from protos.muster.operator.v1 import event_service_pb2 as pb

RISK_H = ((1, 20), (3, 120), (6, 400), (9, 750))
"""Hours from the report, and by then failed so often in a thousand."""
FAILED_MIN = 150
RUSH_PRIORITY = 9
SOON_S = 1_800

Note = Callable[[Reply], None]


@dataclass(slots=True)
class ShopTroubles:
    """Carries out the shop floor's part of the script; `name` is called with what a trouble is about."""

    world: World
    operators: Mapping[str, Operator]
    partners: Partners

    def machine_risk(self, note: Note, name: Callable[[str], None]) -> Process:
        """The machine with most work ahead shows signs of a failure to come."""
        now_s = self.world.now_s
        load: dict[str, int] = {}
        for task in self._ahead():
            if self.operators[task.machine_id].down_until_s <= now_s:
                load[task.machine_id] = load.get(task.machine_id, 0) + task.end_s - task.start_s
        machine_id = max(sorted(load or self.operators), key=lambda one: load.get(one, 0))
        name(machine_id)
        points = [pb.RiskPoint(at_s=now_s + hours * 3_600, failed_per_mille=share) for hours, share in RISK_H]
        report = pb.MachineRisk(machine_id=machine_id, at_s=now_s, risk=points, reason="vibration rises")
        actor = self.operators[machine_id].actor
        note((yield self.world.server.report(actor, pb.ReportEventRequest(machine_risk=report))))
        yield from self._fail_unless_maintained(machine_id)

    def _fail_unless_maintained(self, machine_id: str) -> Process:
        """The failure comes when it comes; maintenance that is done or under way by then prevents it."""
        fate = self.world.chance.draws("failure", machine_id).random() * 1000
        hours = next((hours for hours, share in RISK_H if fate < share), 0)
        if not hours:
            return
        yield self.world.sleep_until(self.world.now_s + hours * 3_600)
        kept = [one for one in self.world.state.maintenance.values() if one.machine_id == machine_id]
        if any(one.status is not MaintenanceStatus.WAITING for one in kept):
            return
        operator, now_s = self.operators[machine_id], self.world.now_s
        operator.down_until_s = until_s = now_s + FAILED_MIN * 60
        down = pb.MachineDown(machine_id=machine_id, at_s=now_s, until_s=until_s, reason="failed as predicted")
        yield self.world.server.report(operator.actor, pb.ReportEventRequest(machine_down=down))
        yield self.world.sleep_until(until_s)
        up = pb.MachineUp(machine_id=machine_id, at_s=self.world.now_s)
        yield self.world.server.report(operator.actor, pb.ReportEventRequest(machine_up=up))

    def worker_absent(self, minutes: int, note: Note, name: Callable[[str], None]) -> Process:
        """Whoever is planned with most of the work ahead goes home."""
        state, now_s = self.world.state, self.world.now_s
        load: dict[str, int] = {}
        for task in self._ahead():
            for worker_id in set(task.held) & state.workers.keys():
                load[worker_id] = load.get(worker_id, 0) + task.end_s - task.start_s
        if not load:
            return
        worker_id = max(sorted(load), key=lambda one: load[one])
        name(worker_id)
        line = f"line/{state.workers[worker_id].line_id}"
        away = pb.WorkerAbsent(worker_id=worker_id, at_s=now_s, until_s=now_s + minutes * 60)
        note((yield self.world.server.report(line, pb.ReportEventRequest(worker_absent=away))))
        yield self.world.sleep_until(now_s + minutes * 60)
        back = pb.WorkerBack(worker_id=worker_id, at_s=self.world.now_s)
        yield self.world.server.report(line, pb.ReportEventRequest(worker_back=back))

    def rush_production(self, minutes: int, note: Note, name: Callable[[str], None]) -> Process:
        """Somebody needs at once what the plant has yet to make."""
        order = self._waiting_production()
        if order is None:
            return
        state, now_s = self.world.state, self.world.now_s
        draft = OrderDraft(
            number="RUSH-2",
            customer_id=self.world.chance.draws("rush production").choice(sorted(state.customers)),
            lines=(OrderLine(item_id=order.item_id, quantity=self._in_stock(order.item_id) + 1),),
            window_start_s=now_s,
            window_end_s=now_s + minutes * 60,
            priority=RUSH_PRIORITY,
        )
        partner_id = min(state.partners)
        name(f"{partner_id}/RUSH-2")
        note((yield from self.partners.send(KnownOrder(partner_id, draft, now_s))))

    def _waiting_production(self) -> ProductionOrder | None:
        """The production order of the sold item that stock has least of, among those that start later."""
        state, found = self.world.state, []
        for order in state.production.values():
            planned = state.plan.tasks.get(order.tasks[0].task_id)
            sold = any(key[1] == order.item_id for key in state.policies)
            if order.status is SupplyStatus.OPEN and sold and planned is not None:
                found.append((planned.start_s, self._in_stock(order.item_id), order.production_order_id))
        later = [(here, -start_s, key) for start_s, here, key in found if start_s > self.world.now_s + SOON_S]
        return state.production[min(later)[2]] if later else None

    def _in_stock(self, item_id: str) -> int:
        return sum(pieces for (_, one), pieces in self.world.state.on_hand.items() if one == item_id)

    def _ahead(self) -> list[PlannedTask]:
        tasks = self.world.state.plan.tasks.values()
        return [task for task in tasks if task.start_s > self.world.now_s and task.machine_id in self.operators]
