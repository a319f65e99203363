"""Deciding about master data."""

from __future__ import annotations

from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import ImportCompany
from orchestrator.domain.company import Company
from orchestrator.domain.decide.checks import invalid
from orchestrator.domain.events import CompanyImported
from orchestrator.domain.state import State


def import_company(state: State, command: ImportCompany, now_s: int) -> Decision:
    """Load or replace the master data; what work in progress needs must still be there."""
    company = command.company
    if not company.sites:
        raise invalid("company.sites", 0, "a company needs at least one site")
    _keep_vehicles(state, company)
    _keep_order_references(state, company)
    _keep_supply_references(state, company)
    return Decision((CompanyImported(company=company),), Answer(created_id=company.name[:64]))


def _keep_vehicles(state: State, company: Company) -> None:
    kept = {vehicle.vehicle_id for vehicle in company.vehicles}
    for live in state.fleet.values():
        if live.on_board and live.vehicle_id not in kept:
            raise invalid("company.vehicles", live.vehicle_id, "missing, but it has goods on board")


def _keep_order_references(state: State, company: Company) -> None:
    customers = {customer.customer_id for customer in company.customers}
    items = {item.item_id for item in company.items}
    for order_id in state.open_orders:
        order = state.orders[order_id]
        if order.customer_id not in customers:
            raise invalid("company.customers", order.customer_id, f"missing, but order {order_id} is open")
        for line in order.lines:
            if line.item_id not in items:
                raise invalid("company.items", line.item_id, f"missing, but order {order_id} is open")


def _keep_supply_references(state: State, company: Company) -> None:
    machines = {machine.machine_id for machine in company.machines}
    for live in state.shop.values():
        if live.task_id is not None and live.machine_id not in machines:
            raise invalid("company.machines", live.machine_id, f"missing, but task {live.task_id} runs on it")
