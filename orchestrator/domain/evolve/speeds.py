"""Folds of events about what was learned of speeds and arrivals. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.company import Place
from orchestrator.domain.entities import SlowArea, VehicleStatus
from orchestrator.domain.evolve.duty import rested_on_leg
from orchestrator.domain.measures import stay_s
from orchestrator.domain.speeds import LEGS_COUNTER, LegRecord
from orchestrator.domain.speeds_events import SpeedsLearned
from orchestrator.domain.state import State

_E7_A_METRE = 90
"""A metre is 90 ten-millionths of a degree of latitude; of longitude it may be twice as many."""


def note_leg(state: State, event: e.VehicleArrived) -> None:
    """Keep the leg that an arrival ends, unless its driver rested on it; called before the arrival itself is folded."""
    live = state.fleet[event.vehicle_id]
    if live.status is not VehicleStatus.DRIVING or live.current_order_id != event.order_id:
        return
    if event.at_s <= live.since_s or rested_on_leg(state, event.vehicle_id, live.since_s, event.at_s):
        return
    order = state.orders[event.order_id]
    place = state.customers[order.customer_id].place
    ends = (live.place, place)
    leg = LegRecord(
        vehicle_id=event.vehicle_id,
        order_id=event.order_id,
        origin=live.place,
        destination=place,
        depart_s=live.since_s,
        arrive_s=event.at_s,
        window_start_s=order.window_start_s,
        stay_s=stay_s(state, order, live.place),
        first=live.place == state.sites[state.vehicles[event.vehicle_id].depot_id].place,
        disturbed=any(_near(area, end) for area in state.slow_areas.values() for end in ends),
    )
    state.driven.append(leg)
    state.counters[LEGS_COUNTER] = state.counters.get(LEGS_COUNTER, 0) + 1


def _near(area: SlowArea, place: Place) -> bool:
    """Whether a place may lie in an area; roughly, for a leg less to learn from is no loss."""
    reach_e7 = area.radius_m * _E7_A_METRE
    return abs(area.lat_e7 - place.lat_e7) <= reach_e7 and abs(area.lon_e7 - place.lon_e7) <= 2 * reach_e7


def _learned(state: State, event: SpeedsLearned, seq: int, at_s: int) -> None:
    state.speeds = event.speeds


FOLDS: Mapping[type[e.Event], Callable[[State, Any, int, int], None]] = {SpeedsLearned: _learned}
