"""Which parts of which agents' books an event touches. Pure bookkeeping; called by `agent_feed` for every event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.messages import AgentKind, AgentRef
from orchestrator.domain import events as e
from orchestrator.domain.refusals_events import RefusalEnded
from orchestrator.domain.reminders_events import ReminderDue
from orchestrator.domain.state import State
from orchestrator.domain.upkeep_events import MachineDrifted, WearLawLearned


@dataclass(slots=True)
class Touched:
    """What changed since it was last told. `everything`: the company did.

    vehicles, orders (their picks), supplies (goods inbound), machines, tasks, purchases: ids. stock: (site, item).
    reminded: agents.
    """

    everything: bool = False
    vehicles: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    stock: set[tuple[str, str]] = field(default_factory=set)
    supplies: set[str] = field(default_factory=set)
    machines: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    purchases: set[str] = field(default_factory=set)
    reminded: set[AgentRef] = field(default_factory=set)

    def empty(self) -> bool:
        """Whether nobody needs to be told anything."""
        return self == Touched()

    def add(self, state: State, event: e.Event) -> None:
        """Note what an event that is folded already has touched."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, state, event)

    def goods_of(self, state: State, site_id: str, order_ids: Iterable[str]) -> None:
        """Note the stock of these orders' items at a site."""
        for order_id in order_ids:
            self.stock |= {(site_id, line.item_id) for line in state.orders[order_id].lines}


def _company(touched: Touched, state: State, event: e.CompanyImported) -> None:
    touched.everything = True


def _cancelled(touched: Touched, state: State, event: e.OrderCancelled) -> None:
    touched.orders.add(event.order_id)


def _vehicle(touched: Touched, state: State, event: Any) -> None:
    touched.vehicles.add(event.vehicle_id)


def _loaded(touched: Touched, state: State, event: e.VehicleLoaded) -> None:
    touched.vehicles.add(event.vehicle_id)
    touched.orders.update(event.order_ids)
    touched.goods_of(state, event.site_id, event.order_ids)


def _returned(touched: Touched, state: State, event: e.VehicleReturned) -> None:
    touched.vehicles.add(event.vehicle_id)
    touched.orders.update(event.returned)
    touched.goods_of(state, event.site_id, event.returned)


def _machine(touched: Touched, state: State, event: e.MachineWentDown | e.MachineCameUp | MachineDrifted) -> None:
    touched.machines.add(event.machine_id)


def _wear(touched: Touched, state: State, event: WearLawLearned) -> None:
    touched.machines.update(state.machines)


def _refusal(touched: Touched, state: State, event: e.InstructionRefused | RefusalEnded) -> None:
    if event.resource_id in state.fleet:
        touched.vehicles.add(event.resource_id)


def _maintenance(touched: Touched, state: State, event: e.MaintenanceStarted | e.MaintenanceFinished) -> None:
    touched.machines.add(event.machine_id)
    touched.tasks.add(event.maintenance_id)


def _maintenance_gone(touched: Touched, state: State, event: e.MaintenanceCancelled) -> None:
    touched.tasks.add(event.maintenance_id)


def _split(touched: Touched, state: State, event: e.ScheduleOverrideCreated | e.ScheduleOverrideUndone) -> None:
    """Tasks come and go only by splitting."""
    override_id = event.override.override_id if isinstance(event, e.ScheduleOverrideCreated) else event.override_id
    order_id = (state.schedule_overrides[override_id].task_id or "").rpartition(":")[0]
    order = state.production.get(order_id)
    if order is not None:
        touched.tasks.update(task.task_id for task in order.tasks)


def _task(touched: Touched, state: State, event: e.TaskStarted | e.TaskFinished) -> None:
    touched.machines.add(event.machine_id)
    touched.tasks.add(event.task_id)
    order_id = event.task_id.rpartition(":")[0]
    touched.supplies.add(order_id)
    item = state.items[state.production[order_id].item_id]
    if isinstance(event, e.TaskStarted) and event.takes_materials:
        site_id = state.lines[state.machines[event.machine_id].line_id].site_id
        touched.stock |= {(site_id, component.item_id) for component in item.components}
    if isinstance(event, e.TaskFinished) and event.site_id is not None:
        touched.stock.add((event.site_id, item.item_id))


def _reminded(touched: Touched, state: State, event: ReminderDue) -> None:
    if state.has_agent(event.kind, event.resource_id):
        touched.reminded.add(AgentRef(AgentKind(event.kind), event.resource_id))


def _purchase(touched: Touched, purchase_order_id: str) -> None:
    touched.purchases.add(purchase_order_id)
    touched.supplies.add(purchase_order_id)


def _placed(touched: Touched, state: State, event: e.PurchasePlaced) -> None:
    _purchase(touched, event.order.purchase_order_id)


def _delayed(touched: Touched, state: State, event: e.PurchaseDelayed) -> None:
    _purchase(touched, event.purchase_order_id)


def _received(touched: Touched, state: State, event: e.PurchaseReceived) -> None:
    _purchase(touched, event.purchase_order_id)
    order = state.purchases[event.purchase_order_id]
    touched.stock.add((order.site_id, order.item_id))


def _supply_cancelled(touched: Touched, state: State, event: e.ReplenishmentCancelled) -> None:
    _purchase(touched, event.supply_id)
    production = state.production.get(event.supply_id)
    if production is not None:
        touched.tasks.update(task.task_id for task in production.tasks)


def _counted(touched: Touched, state: State, event: e.StockCounted) -> None:
    touched.stock.add((event.site_id, event.item_id))


def _revised(touched: Touched, state: State, event: e.PlanRevised) -> None:
    delta = event.delta
    touched.vehicles.update(delta.routes)
    for route in delta.routes.values():
        touched.orders.update(route.order_ids() if route is not None else ())
    touched.orders.update(delta.allocations, delta.unplanned)
    touched.tasks.update(delta.tasks)
    touched.supplies.update(order_id for task_id in delta.tasks if (order_id := task_id.rpartition(":")[0]))


_HANDLERS: Mapping[type[e.Event], Callable[[Touched, State, Any], None]] = {
    e.CompanyImported: _company,
    e.OrderCancelled: _cancelled,
    e.VehicleLoaded: _loaded,
    e.VehicleArrived: _vehicle,
    e.OrderDelivered: _vehicle,
    e.DeliveryFailed: _vehicle,
    e.VehicleReturned: _returned,
    e.VehicleWentDown: _vehicle,
    e.VehicleCameUp: _vehicle,
    e.VehicleSlipped: _vehicle,
    e.MachineWentDown: _machine,
    e.MachineCameUp: _machine,
    MachineDrifted: _machine,
    WearLawLearned: _wear,
    e.MaintenanceStarted: _maintenance,
    e.MaintenanceFinished: _maintenance,
    e.MaintenanceCancelled: _maintenance_gone,
    e.ScheduleOverrideCreated: _split,
    e.ScheduleOverrideUndone: _split,
    e.TaskStarted: _task,
    e.TaskFinished: _task,
    e.PurchasePlaced: _placed,
    e.PurchaseDelayed: _delayed,
    e.PurchaseReceived: _received,
    e.ReplenishmentCancelled: _supply_cancelled,
    e.StockCounted: _counted,
    e.PlanRevised: _revised,
    e.InstructionRefused: _refusal,
    RefusalEnded: _refusal,
    ReminderDue: _reminded,
}
