"""When vehicles will be at their remaining stops, with intervals, and what became of earlier predictions.

Promises: a prediction is what the plan would say, by the roads as they are known; its interval is what predictions of
the same horizon missed by. `outcomes` says of driven legs what was predicted for each stop of a trip whenever the
vehicle set out, by the version in force then. Pure; called by ingest and by the learner of speeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.domain.company import Vehicle
from orchestrator.domain.entities import VehicleStatus
from orchestrator.domain.speeds import LegRecord
from orchestrator.domain.state import State
from orchestrator.planning.roads import Roads
from orchestrator.planning.speeds import horizons_of
from solvers.speeds import Arrival, Outcome, arrival


@dataclass(frozen=True, slots=True)
class StopArrival:
    """A stop that is still to come: when the plan has the vehicle there, and when it will be."""

    order_id: str
    planned_s: int
    predicted: Arrival


def arrivals(state: State, vehicle_id: str, now_s: int) -> list[StopArrival]:
    """The remaining stops of a vehicle, in order; what its agent last said of the current one goes before the plan."""
    live = state.fleet[vehicle_id]
    route = state.plan.routes.get(vehicle_id)
    stops = [stop for trip in (route.trips if route is not None else ()) for stop in trip.stops]
    if live.status is VehicleStatus.SERVING:
        stops = [stop for stop in stops if stop.order_id != live.current_order_id]
    horizons = horizons_of(state.speeds)
    later_s = 0
    if live.predicted_s is not None and stops and stops[0].order_id == live.current_order_id:
        later_s = max(0, live.predicted_s - stops[0].arrive_s)
    told = []
    for number, stop in enumerate(stops):
        if number and stop.arrive_s > stops[number - 1].depart_s + later_s:
            later_s = max(0, later_s - _slack_s(stops[number - 1].arrive_s, stops[number - 1].start_s))
        predicted_s = max(now_s, stop.arrive_s + later_s)
        told.append(StopArrival(stop.order_id, stop.arrive_s, arrival(horizons, now_s, predicted_s)))
    return told


def _slack_s(arrive_s: int, start_s: int) -> int:
    """Waiting for a window takes in what the vehicle is late."""
    return max(0, start_s - arrive_s)


RoadsAt = Callable[[int], Roads]
"""The roads of the day of a moment."""


def outcomes(vehicles: Mapping[str, Vehicle], roads_at: RoadsAt, legs: Sequence[LegRecord]) -> list[Outcome]:
    """Predictions for the stops of these legs, made whenever the vehicle set out, in the order they were settled.

    Where a vehicle was expected before the window it is not known when it came, only when it was served: left out.
    """
    settled = [
        (leg.arrive_s, outcome)
        for trip in _trips(legs)
        if trip[0].vehicle_id in vehicles
        for leg, outcome in _of_trip(vehicles[trip[0].vehicle_id], roads_at, trip)
    ]
    return [outcome for _, outcome in sorted(settled, key=lambda one: one[0])]


def _trips(legs: Sequence[LegRecord]) -> Iterator[list[LegRecord]]:
    """Legs that follow on each other, by vehicle."""
    open_: dict[str, list[LegRecord]] = {}
    for leg in legs:
        trip = open_.setdefault(leg.vehicle_id, [])
        if trip and (leg.first or trip[-1].destination != leg.origin or leg.depart_s < trip[-1].arrive_s):
            yield trip
            trip = open_[leg.vehicle_id] = []
        trip.append(leg)
    yield from open_.values()


def _of_trip(vehicle: Vehicle, roads_at: RoadsAt, trip: Sequence[LegRecord]) -> Iterator[tuple[LegRecord, Outcome]]:
    for number, begin in enumerate(trip):
        at_s, roads = begin.depart_s, roads_at(begin.depart_s)
        for leg in trip[number:]:
            if leg.disturbed:
                break
            predicted_s = roads.arrival_s(leg.origin, leg.destination, vehicle, at_s)
            if predicted_s > leg.window_start_s:
                yield leg, Outcome(begin.depart_s, predicted_s, leg.arrive_s)
            at_s = max(predicted_s, leg.window_start_s) + leg.stay_s
