"""Resources, from the domain to the contract: master data and what each does now. The table below is the index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.company import Place
from orchestrator.domain.entities import OrderStatus, SupplyStatus
from orchestrator.domain.shop_floor import OPEN_MAINTENANCE, Maintenance
from orchestrator.domain.state import State
from orchestrator.ingest.desk import LivePositions
from orchestrator.ingest.fields import enum_out
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import resource_service_pb2 as pb

Show = Callable[[State, LivePositions, Any], pb.Resource]


def place_out(place: Place) -> order_pb2.Place:
    """A point on the map."""
    return order_pb2.Place(lat_e7=place.lat_e7, lon_e7=place.lon_e7)


def _vehicle(state: State, positions: LivePositions, vehicle: Any) -> pb.Resource:
    shown = pb.Vehicle(
        kind=vehicle.kind,
        depot_id=vehicle.depot_id,
        weight_g=vehicle.weight_g,
        volume_cm3=vehicle.volume_cm3,
        shift_start_day_s=vehicle.shift_start_s,
        shift_end_day_s=vehicle.shift_end_s,
        speed_m_per_h=vehicle.speed_m_per_h,
        fixed_cents=vehicle.fixed_cents,
        km_cents=vehicle.km_cents,
        hour_cents=vehicle.hour_cents,
        driving_rule=vehicle.driving_rule.value,
        break_start_day_s=vehicle.break_start_s,
        break_end_day_s=vehicle.break_end_s,
        break_s=vehicle.break_s,
        max_distance_m=vehicle.max_distance_m,
        max_duration_s=vehicle.max_duration_s,
        max_stops=vehicle.max_stops,
    )
    _add_live(shown, state, vehicle.vehicle_id)
    seen = positions.places.get(vehicle.vehicle_id)
    if seen is not None:
        shown.live_place.CopyFrom(place_out(seen[0]))
        shown.live_at_s = seen[1]
    return pb.Resource(kind=pb.RESOURCE_KIND_VEHICLE, resource_id=vehicle.vehicle_id, name=vehicle.name, vehicle=shown)


def _add_live(shown: pb.Vehicle, state: State, vehicle_id: str) -> None:
    live = state.fleet.get(vehicle_id)
    if live is None:
        return
    shown.status = enum_out(pb.VehicleStatus, "VEHICLE_STATUS_", live.status.value)
    shown.place.CopyFrom(place_out(live.place))
    shown.since_s = live.since_s
    shown.on_board.extend(live.on_board)
    shown.current_order_id = live.current_order_id or ""
    if live.down_until_s is not None:
        shown.down_until_s = live.down_until_s
    if live.predicted_s is not None:
        shown.predicted_s = live.predicted_s
    if live.duty is not None:
        shown.driven_s = live.duty.driven_s


def _site(state: State, positions: LivePositions, site: Any) -> pb.Resource:
    shown = pb.Site(
        kind=site.kind.value,
        place=place_out(site.place),
        open_day_s=site.open_s,
        close_day_s=site.close_s,
        loading_s=site.loading_s,
        handling_s=site.handling_s,
        docks=site.docks,
    )
    return pb.Resource(kind=pb.RESOURCE_KIND_SITE, resource_id=site.site_id, name=site.name, site=shown)


def _line(state: State, positions: LivePositions, line: Any) -> pb.Resource:
    shown = pb.Line(
        site_id=line.site_id,
        output_site_id=line.output_site_id,
        transfer_s=line.transfer_s,
        shift_start_day_s=line.shift_start_s,
        shift_end_day_s=line.shift_end_s,
        machine_ids=[m.machine_id for m in state.machines.values() if m.line_id == line.line_id],
    )
    return pb.Resource(kind=pb.RESOURCE_KIND_LINE, resource_id=line.line_id, name=line.name, line=shown)


def _machine(state: State, positions: LivePositions, machine: Any) -> pb.Resource:
    live = state.shop.get(machine.machine_id)
    asked = _maintenance_of(state, machine.machine_id)
    planned = state.plan.tasks.get(asked.maintenance_id) if asked else None
    shown = pb.Machine(
        line_id=machine.line_id,
        task_id=(live.task_id if live else None) or "",
        down_until_s=live.down_until_s if live else None,
        family=live.family if live else "",
        hour_cents=machine.hour_cents,
        overtime_hour_cents=machine.overtime_hour_cents,
        batch_capacity=machine.batch_capacity,
        maintenance_s=machine.maintenance_s,
        maintenance_id=asked.maintenance_id if asked else "",
        maintenance_reason=asked.reason if asked else "",
        risk=[pb.MachineFailure(at_s=p.at_s, failed_per_mille=p.failed_per_mille) for p in asked.risk] if asked else [],
        maintenance_start_s=planned.start_s if planned else None,
    )
    return pb.Resource(kind=pb.RESOURCE_KIND_MACHINE, resource_id=machine.machine_id, name=machine.name, machine=shown)


def _maintenance_of(state: State, machine_id: str) -> Maintenance | None:
    found = (m for m in state.maintenance.values() if m.machine_id == machine_id and m.status in OPEN_MAINTENANCE)
    return next(found, None)


def _worker(state: State, positions: LivePositions, worker: Any) -> pb.Resource:
    shown = pb.Worker(
        line_id=worker.line_id,
        skills=worker.skills,
        shift_start_day_s=worker.shift_start_s,
        shift_end_day_s=worker.shift_end_s,
        absent_until_s=state.absent.get(worker.worker_id),
    )
    return pb.Resource(kind=pb.RESOURCE_KIND_WORKER, resource_id=worker.worker_id, name=worker.name, worker=shown)


def _tool(state: State, positions: LivePositions, tool: Any) -> pb.Resource:
    return pb.Resource(
        kind=pb.RESOURCE_KIND_TOOL, resource_id=tool.tool_id, name=tool.name, tool=pb.Tool(kind=tool.kind)
    )


def _supplier(state: State, positions: LivePositions, supplier: Any) -> pb.Resource:
    waiting = sum(
        1
        for order in state.purchases.values()
        if order.supplier_id == supplier.supplier_id and order.status is SupplyStatus.OPEN
    )
    shown = pb.Supplier(
        lead_time_s=supplier.lead_time_s,
        lead_time_sd_s=supplier.lead_time_sd_s,
        order_cost_cents=supplier.order_cost_cents,
        open_purchase_orders=waiting,
    )
    return pb.Resource(
        kind=pb.RESOURCE_KIND_SUPPLIER, resource_id=supplier.supplier_id, name=supplier.name, supplier=shown
    )


def _customer(state: State, positions: LivePositions, customer: Any) -> pb.Resource:
    shown = pb.Customer(
        place=place_out(customer.place),
        open_day_s=customer.open_s,
        close_day_s=customer.close_s,
        service_s=customer.service_s,
    )
    return pb.Resource(
        kind=pb.RESOURCE_KIND_CUSTOMER, resource_id=customer.customer_id, name=customer.name, customer=shown
    )


def _item(state: State, positions: LivePositions, item: Any) -> pb.Resource:
    shown = pb.Item(
        kind=item.kind.value,
        family=item.family,
        weight_g=item.weight_g,
        volume_cm3=item.volume_cm3,
        unit_cost_cents=item.unit_cost_cents,
        supplier_id=item.supplier_id or "",
        min_order_quantity=item.min_order_quantity,
        order_multiple=item.order_multiple,
        components=[pb.Component(item_id=part.item_id, quantity=part.quantity) for part in item.components],
        operations=[
            pb.Operation(
                name=step.name,
                machine_ids=step.machine_ids,
                setup_s=step.setup_s,
                unit_s=step.unit_s,
                skills=step.skills,
                tools=step.tools,
                batch=step.batch,
            )
            for step in item.operations
        ],
        line_id=item.line_id or "",
    )
    return pb.Resource(kind=pb.RESOURCE_KIND_ITEM, resource_id=item.item_id, name=item.name, item=shown)


def _partner(state: State, positions: LivePositions, partner: Any) -> pb.Resource:
    waiting = sum(
        1
        for order_id in state.open_orders
        if state.orders[order_id].partner_id == partner.partner_id and state.orders[order_id].status is OrderStatus.OPEN
    )
    shown = pb.Partner(open_orders=waiting)
    return pb.Resource(kind=pb.RESOURCE_KIND_PARTNER, resource_id=partner.partner_id, name=partner.name, partner=shown)


#: kind -> (where its resources are in the state, how one is shown, its word)
KINDS: Mapping[int, tuple[Callable[[State], dict[str, Any]], Show, str]] = {
    pb.RESOURCE_KIND_VEHICLE: (lambda state: state.vehicles, _vehicle, "vehicle"),
    pb.RESOURCE_KIND_SITE: (lambda state: state.sites, _site, "site"),
    pb.RESOURCE_KIND_LINE: (lambda state: state.lines, _line, "line"),
    pb.RESOURCE_KIND_MACHINE: (lambda state: state.machines, _machine, "machine"),
    pb.RESOURCE_KIND_SUPPLIER: (lambda state: state.suppliers, _supplier, "supplier"),
    pb.RESOURCE_KIND_CUSTOMER: (lambda state: state.customers, _customer, "customer"),
    pb.RESOURCE_KIND_ITEM: (lambda state: state.items, _item, "item"),
    pb.RESOURCE_KIND_PARTNER: (lambda state: state.partners, _partner, "partner"),
    pb.RESOURCE_KIND_WORKER: (lambda state: state.workers, _worker, "worker"),
    pb.RESOURCE_KIND_TOOL: (lambda state: state.tools, _tool, "tool"),
}
