"""What cordons and drains make dirty: the work of the resource, and what found no place. Rules for `trigger`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.cordons import MOVES_WORK, Cordon, CordonKind
from orchestrator.domain.cordons_events import ResourceCordoned, ResourceDrained, ResourceUncordoned
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty


def _cordoned(state: State, event: ResourceCordoned, dirty: Dirty) -> str:
    cordon = event.cordon
    if cordon.kind is CordonKind.VEHICLE and cordon.policy not in MOVES_WORK:
        dirty.vehicles[cordon.resource_id] = None  # what it has stays, so nothing is searched
    else:
        _work_of(state, cordon, dirty)
    dirty.must_publish = True
    return cordon.sentence


def _uncordoned(state: State, event: ResourceUncordoned, dirty: Dirty) -> str:
    cordon = state.cordons.get(event.cordon_id)
    if cordon is None:
        return f"cordon {event.cordon_id} has ended"
    _work_of(state, cordon, dirty)
    dirty.orders.update(dict.fromkeys(order_id for order_id in cordon.given_up if order_id in state.open_orders))
    _try_again(state, cordon, dirty)
    dirty.must_publish = True
    return f"{cordon.kind.value.lower()} {cordon.resource_id} takes work again"


def _drained(state: State, event: ResourceDrained, dirty: Dirty) -> None:
    return None


def _work_of(state: State, cordon: Cordon, dirty: Dirty) -> None:
    match cordon.kind:
        case CordonKind.VEHICLE:
            _work_of_vehicle(state, cordon.resource_id, dirty)
        case CordonKind.LINE:
            dirty.lines[cordon.resource_id] = None
        case CordonKind.DOCK:
            depots = (key for key, vehicle in state.vehicles.items() if vehicle.depot_id == cordon.resource_id)
            dirty.vehicles.update(dict.fromkeys(depots))


def _work_of_vehicle(state: State, vehicle_id: str, dirty: Dirty) -> None:
    if vehicle_id not in state.vehicles:
        return
    dirty.disrupted[vehicle_id] = None
    route = state.plan.routes.get(vehicle_id)
    planned = route.order_ids() if route is not None else ()
    dirty.orders.update(dict.fromkeys(order_id for order_id in planned if order_id in state.open_orders))


def _try_again(state: State, cordon: Cordon, dirty: Dirty) -> None:
    """What found no place at the vehicle's depot."""
    vehicle = state.vehicles.get(cordon.resource_id) if cordon.kind is CordonKind.VEHICLE else None
    for order_id in state.plan.unplanned if vehicle is not None else ():
        held = state.plan.allocations.get(order_id)
        if held is not None and vehicle is not None and held.site_id == vehicle.depot_id:
            dirty.orders[order_id] = None


CORDON_RULES: dict[type[e.Event], Callable[[State, Any, Dirty], str | None]] = {
    ResourceCordoned: _cordoned,
    ResourceUncordoned: _uncordoned,
    ResourceDrained: _drained,
}
