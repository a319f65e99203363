"""Folding a driver's day: what is driven since the last rest, and what counts against limits of the day.

Promises: called with the vehicle as it was before the event; None for vehicles without such rules, so that nothing is
kept of them. Called by `fleet`.
"""

from __future__ import annotations

from orchestrator.domain.company import Place
from orchestrator.domain.duty import DRIVING_LIMITS, Duty, Rest, driven_after
from orchestrator.domain.entities import VehicleLive
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.refusals import RefusalCode, key_of
from orchestrator.domain.state import State


def loaded(state: State, live: VehicleLive, site_id: str, at_s: int) -> Duty | None:
    """A trip begins: the first of a day begins a new duty; what it stood before, it rested."""
    if not state.vehicles[live.vehicle_id].has_day_rules:
        return None
    load_s, duty = at_s - state.sites[site_id].loading_s, live.duty
    if duty is None or state.day_start_s(duty.begun_s) != state.day_start_s(at_s):
        return Duty(begun_s=max(0, load_s), way=_way(state, live.vehicle_id, (), state.sites[site_id].place))
    idle = (Rest(start_s=live.since_s, end_s=load_s),) if load_s > live.since_s else ()
    return _on(state, live, duty, at_s, idle, moving=False)


def moved(state: State, live: VehicleLive, at_s: int, place: Place, *, stops: int = 0) -> Duty | None:
    """It has driven to a place since the last report."""
    vehicle = state.vehicles.get(live.vehicle_id)
    if vehicle is None or not vehicle.has_day_rules:
        return None
    duty = live.duty or Duty(begun_s=live.since_s, way=_way(state, live.vehicle_id, (), live.place))
    duty = _on(state, live, duty, at_s, _planned(state, live, at_s), moving=True)
    return changed(duty, stops=duty.stops + stops, way=_way(state, live.vehicle_id, duty.way, place))


def stood(state: State, live: VehicleLive, at_s: int) -> Duty | None:
    """It stood at a stop since the last report."""
    duty = live.duty
    return duty and _on(state, live, duty, at_s, _planned(state, live, at_s), moving=False)


def rested_on_leg(state: State, vehicle_id: str, from_s: int, to_s: int) -> bool:
    """Whether a planned rest fell into a time on the road."""
    route = state.plan.routes.get(vehicle_id)
    return route is not None and any(rest.end_s > from_s and rest.start_s < to_s for rest in route.rests)


def _planned(state: State, live: VehicleLive, at_s: int) -> tuple[Rest, ...]:
    """Planned rests that were over since the last report: they were taken."""
    route = state.plan.routes.get(live.vehicle_id)
    return tuple(rest for rest in route.rests if live.since_s < rest.end_s <= at_s) if route is not None else ()


def _on(state: State, live: VehicleLive, duty: Duty, at_s: int, rests: tuple[Rest, ...], *, moving: bool) -> Duty:
    limit = DRIVING_LIMITS.get(state.vehicles[live.vehicle_id].driving_rule)
    from_s = max(live.since_s, min(live.down_until_s or 0, at_s))
    driven_s = driven_after(limit, duty.driven_s, from_s, at_s, rests, moving=moving)
    if limit is not None and (driven_s < duty.driven_s or any(r.end_s - r.start_s >= limit.rest_s for r in rests)):
        # What the tachograph had said to be left before a rest is no longer so.
        state.refusals.pop(key_of("vehicle", live.vehicle_id, RefusalCode.OUT_OF_DRIVING), None)
    return changed(duty, driven_s=driven_s, rests=(*duty.rests, *rests))


def _way(state: State, vehicle_id: str, way: tuple[Place, ...], place: Place) -> tuple[Place, ...]:
    return (*way, place) if state.vehicles[vehicle_id].max_distance_m else ()
