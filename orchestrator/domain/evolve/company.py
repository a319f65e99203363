"""Folding master data."""

from __future__ import annotations

from orchestrator.domain.company import Company, ProductionOrderRow, PurchaseOrderRow
from orchestrator.domain.entities import MachineLive, ProductionOrder, PurchaseOrder, Task, VehicleLive
from orchestrator.domain.events import CompanyImported
from orchestrator.domain.evolve.learning import begin_history
from orchestrator.domain.state import State


def company_imported(state: State, event: CompanyImported, seq: int, at_s: int) -> None:
    """Replace the master data; keep what is known about the day: stock, vehicles at work, supply orders."""
    company = event.company
    state.company = company
    state.sites = {site.site_id: site for site in company.sites}
    state.items = {item.item_id: item for item in company.items}
    state.suppliers = {supplier.supplier_id: supplier for supplier in company.suppliers}
    state.lines = {line.line_id: line for line in company.lines}
    state.machines = {machine.machine_id: machine for machine in company.machines}
    state.workers = {worker.worker_id: worker for worker in company.workers}
    state.tools = {tool.tool_id: tool for tool in company.tools}
    state.absent = {worker_id: until_s for worker_id, until_s in state.absent.items() if worker_id in state.workers}
    state.vehicles = {vehicle.vehicle_id: vehicle for vehicle in company.vehicles}
    state.customers = {customer.customer_id: customer for customer in company.customers}
    state.partners = {partner.partner_id: partner for partner in company.partners}
    state.policies = {(policy.site_id, policy.item_id): policy for policy in company.stock}
    for key, policy in state.policies.items():
        state.on_hand.setdefault(key, policy.on_hand)
    begin_history(state, at_s)
    _resources(state, company, at_s)
    state.agenda.retain(lambda agent: state.has_agent(*agent.split("/", 1)))
    for purchase in company.purchase_orders:
        state.purchases.setdefault(purchase.purchase_order_id, _purchase(purchase, at_s))
    for production in company.production_orders:
        if production.production_order_id not in state.production:
            state.production[production.production_order_id] = _production(state, production, at_s)


def _resources(state: State, company: Company, at_s: int) -> None:
    for vehicle in company.vehicles:
        place = state.sites[vehicle.depot_id].place
        fresh = VehicleLive(vehicle_id=vehicle.vehicle_id, place=place, since_s=at_s)
        state.fleet.setdefault(vehicle.vehicle_id, fresh)
    for machine in company.machines:
        state.shop.setdefault(machine.machine_id, MachineLive(machine_id=machine.machine_id))
    for gone in [vehicle_id for vehicle_id in state.fleet if vehicle_id not in state.vehicles]:
        del state.fleet[gone]
        route = state.plan.routes.pop(gone, None)
        for order_id in route.order_ids() if route else ():
            state.plan.vehicle_of.pop(order_id, None)
    for gone in [machine_id for machine_id in state.shop if machine_id not in state.machines]:
        del state.shop[gone]
        state.usage.pop(gone, None)
        for lost in [one.maintenance_id for one in state.maintenance.values() if one.machine_id == gone]:
            del state.maintenance[lost]
            state.plan.tasks.pop(lost, None)


def _purchase(row: PurchaseOrderRow, at_s: int) -> PurchaseOrder:
    return PurchaseOrder(
        purchase_order_id=row.purchase_order_id,
        supplier_id=row.supplier_id,
        item_id=row.item_id,
        site_id=row.site_id,
        quantity=row.quantity,
        placed_s=at_s,
        expected_s=row.expected_s,
        imported=True,
    )


def _production(state: State, row: ProductionOrderRow, at_s: int) -> ProductionOrder:
    order_id = row.production_order_id
    count = len(state.items[row.item_id].operations)
    return ProductionOrder(
        production_order_id=order_id,
        item_id=row.item_id,
        quantity=row.quantity,
        due_s=row.due_s,
        released_s=at_s,
        tasks=tuple(Task(task_id=f"{order_id}:{index}", operation=index) for index in range(count)),
    )
