"""What only the passing of time makes dirty: nobody reports that nothing happened.

Promises: pure but for the marks it keeps in `Memory` so that the same thing is not told every second. Called by the
planner about once a second.
"""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.domain.entities import VehicleLive, VehicleStatus
from orchestrator.domain.plan import NOT_YET, Cause, VehicleRoute
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.memory import Memory

RETRY_S = 900
RETRIED_MAX = 60
NAMED_MAX = 3
SOON_MAX = 6


def overdue(state: State, memory: Memory, now_s: int, notice_s: int) -> Dirty:
    """Vehicles behind their plan, areas that are over by now, orders whose day may have come."""
    dirty = Dirty()
    for vehicle_id, route in state.plan.routes.items():
        if _behind(state.fleet[vehicle_id], route, now_s - notice_s):
            dirty.vehicles[vehicle_id] = None
    for area in state.slow_areas.values():
        if area.until_s <= now_s and memory.told.get(area.area_id) != area.until_s:
            memory.told[area.area_id] = area.until_s
            dirty.vehicles.update(dict.fromkeys(state.plan.routes))
    if dirty.vehicles:
        dirty.causes.append(Cause(seq=0, kind="Overdue", text=f"{_named(dirty.vehicles)} behind the plan"))
    _retry(state, memory, now_s, dirty)
    return dirty


def _named(vehicle_ids: Iterable[str]) -> str:
    names = sorted(vehicle_ids)
    return ", ".join(names[:NAMED_MAX]) + (f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else "")


def _behind(live: VehicleLive, route: VehicleRoute, since_s: int) -> bool:
    """Whether the vehicle should have done its next thing by `since_s`."""
    if not route.trips or (live.down_until_s or 0) > since_s:
        return False
    first = route.trips[0]
    if not first.loaded:
        return live.status is VehicleStatus.IDLE and first.depart_s < since_s
    if live.status is VehicleStatus.RETURNING or not first.stops:
        return first.return_s < since_s
    stop = first.stops[0]
    return (stop.depart_s if live.status is VehicleStatus.SERVING else stop.arrive_s) < since_s


def _retry(state: State, memory: Memory, now_s: int, dirty: Dirty) -> None:
    """Unplanned orders get another look now and then; those that only wait for their turn, at once."""
    due = now_s - memory.retried_s >= RETRY_S
    if due:
        memory.retried_s = now_s
    for order_id, verdict in state.plan.unplanned.items():
        if len(dirty.orders) >= (RETRIED_MAX if due else SOON_MAX):
            break
        if due or verdict.code == NOT_YET:
            dirty.orders[order_id] = None
    if dirty.orders:
        dirty.causes.append(Cause(seq=0, kind="Retry", text="another look at what is unplanned"))
