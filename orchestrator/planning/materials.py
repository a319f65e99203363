"""When the materials of a production order are there: stock first, then supplies on their way, first need first.

Promises: every unit of stock or supply counts once; orders are served in the order in which the plan starts them.
Called by `schedule` (release of jobs) and `replenish` (what stock must still give).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.domain.company import Item
from orchestrator.domain.entities import ProductionOrder, SupplyStatus
from orchestrator.domain.plan import PegKind
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.supply import Supply, arrivals
from orchestrator.planning.working import Working

DAY_S = 86_400


@dataclass(slots=True)
class Materials:
    """Earliest start of a production order by its materials: `ready_s`, and after these production orders."""

    ready_s: int
    after: dict[str, None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def open_production(work: Working) -> list[ProductionOrder]:
    """Production orders with something left to do."""
    return [work.state.production[supply_id] for supply_id in work.memory.producing]


def line_site(work: Working, item: Item) -> str | None:
    """The site whose stock feeds the item's first operation."""
    if not item.operations:
        return None
    machine = work.state.machines.get(item.operations[0].machine_ids[0])
    return work.state.lines[machine.line_id].site_id if machine is not None else None


def waiting_for_materials(work: Working) -> list[ProductionOrder]:
    """Production orders that have not taken their materials, in the order they will."""
    waiting = [p for p in open_production(work) if p.status is SupplyStatus.OPEN and p.tasks]
    return sorted(waiting, key=lambda p: (_start_s(work, p), p.production_order_id))


def materials_of(work: Working, orders: list[ProductionOrder]) -> dict[str, Materials]:
    """By production order: when its materials are there. `orders` in the order they take them."""
    stock: dict[ItemSite, int] = {}
    supplies: dict[ItemSite, list[Supply]] = {}
    found: dict[str, Materials] = {}
    for order in orders:
        item = work.state.items[order.item_id]
        site_id = line_site(work, item)
        materials = Materials(work.now_s)
        for component in item.components if site_id is not None else ():
            key = (str(site_id), component.item_id)
            if key not in stock:
                stock[key] = max(0, work.free_stock(key))
                supplies[key] = arrivals(work, key)
            _cover(work, key, component.quantity * order.quantity, stock, supplies[key], materials)
        found[order.production_order_id] = materials
    return found


def _cover(
    work: Working,
    key: ItemSite,
    needed: int,
    stock: dict[ItemSite, int],
    supplies: list[Supply],
    materials: Materials,
) -> None:
    taken = min(needed, stock[key])
    stock[key] -= taken
    needed -= taken
    handling_s = work.state.sites[key[0]].handling_s
    while needed and supplies:
        supply = supplies[0]
        taken = min(needed, supply.quantity)
        needed -= taken
        rest = supply.quantity - taken
        supplies[:1] = [Supply(supply.supply_id, supply.kind, rest, supply.arrival_s)] if rest else []
        if supply.kind is PegKind.PRODUCTION:
            materials.after[supply.supply_id] = None
        else:
            materials.ready_s = max(materials.ready_s, supply.arrival_s + handling_s)
    if needed:
        materials.missing = (*materials.missing, key[1])
        materials.ready_s = max(materials.ready_s, work.now_s + _lead_time_s(work, key[1]))


def _lead_time_s(work: Working, item_id: str) -> int:
    """How long it takes at least until units that nobody has ordered are there."""
    supplier_id = work.state.items[item_id].supplier_id
    return work.state.suppliers[supplier_id].lead_time_s if supplier_id is not None else DAY_S


def _start_s(work: Working, order: ProductionOrder) -> int:
    planned = work.task(order.tasks[0].task_id)
    return planned.start_s if planned is not None else order.due_s
