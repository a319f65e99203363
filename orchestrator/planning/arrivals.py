"""When vehicles will be at their remaining stops, with intervals, and what became of earlier predictions.

Promises: a prediction is what the plan would say, by the roads as they are known; its interval is what predictions of
the same horizon missed by. `outcomes` says of driven legs what some version predicts for each stop of a trip whenever
the vehicle set out. Pure; called by ingest and by the learner of speeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.domain.company import Vehicle
from orchestrator.domain.entities import VehicleStatus
from orchestrator.domain.measures import order_place, service_start_s, stay_s
from orchestrator.domain.plan import PlannedStop
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
    """The remaining stops of a vehicle, in order.

    On the road they are reckoned from what was last reported, for the plan keeps times that have moved by little; what
    the vehicle's agent says of the current stop goes before. Trips that are not loaded come when the plan says.
    """
    route = state.plan.routes.get(vehicle_id)
    planned = [(trip, stop) for trip in (route.trips if route is not None else ()) for stop in trip.stops]
    under_way = dict(_under_way(state, vehicle_id, [stop for trip, stop in planned if trip.loaded], now_s))
    horizons = horizons_of(state.speeds)
    told = []
    for trip, stop in planned:
        predicted_s = under_way.get(stop.order_id) if trip.loaded else max(now_s, stop.arrive_s)
        if predicted_s is not None:
            told.append(StopArrival(stop.order_id, stop.arrive_s, arrival(horizons, now_s, predicted_s)))
    return told


def _under_way(state: State, vehicle_id: str, stops: Sequence[PlannedStop], now_s: int) -> Iterator[tuple[str, int]]:
    """(order, arrival) of the stops that the goods on board still go to."""
    live, vehicle = state.fleet[vehicle_id], state.vehicles[vehicle_id]
    roads = Roads.of(state, now_s)
    place, at_s = live.place, max(live.since_s, live.down_until_s or 0)
    for stop in stops:
        order = state.orders[stop.order_id]
        current = stop.order_id == live.current_order_id
        if current and live.status is VehicleStatus.SERVING:
            at_s = max(now_s, service_start_s(state, order, live.since_s) + stay_s(state, order, None))
            continue
        there = order_place(state, order)
        arrive_s = roads.arrival_s(place, there, vehicle, at_s)
        if current and live.predicted_s is not None:
            arrive_s = live.predicted_s
        arrive_s = max(now_s, arrive_s)
        yield stop.order_id, arrive_s
        at_s = service_start_s(state, order, arrive_s) + stay_s(state, order, place)
        place = there


RoadsAt = Callable[[int], Roads]
"""The roads of the day of a moment."""


def outcomes(vehicles: Mapping[str, Vehicle], roads_at: RoadsAt, legs: Sequence[LegRecord]) -> list[Outcome]:
    """Predictions by these roads for the stops of the legs, whenever the vehicle set out, in the order of arrivals.

    Who is expected before the window and reports its very beginning has waited for it and said nothing of when he
    came: left out.
    """
    settled = [
        (leg.arrive_s, outcome)
        for trip in trips_of(legs)
        if trip[0].vehicle_id in vehicles
        for leg, outcome in _of_trip(vehicles[trip[0].vehicle_id], roads_at, trip)
    ]
    return [outcome for _, outcome in sorted(settled, key=lambda one: one[0])]


def trips_of(legs: Sequence[LegRecord]) -> Iterator[list[LegRecord]]:
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
            if predicted_s > leg.window_start_s or leg.arrive_s != leg.window_start_s:
                yield leg, Outcome(begin.depart_s, predicted_s, leg.arrive_s)
            at_s = max(predicted_s, leg.window_start_s) + leg.stay_s
