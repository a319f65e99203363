"""Why a stop is unplanned: answered by trying.

Promises: a stated reason was verified by trying every insertion, timed and checked, and its size is what would have to
give (seconds, metres, trips, or units of the dimension named). It never changes a plan. Called by planning for
unplanned stops, and for previews of overrides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from solvers.routing.answers.part import Part, Stops, Tried, Whole, bare, part_problem, tried
from solvers.routing.answers.places import Place, Trips, places
from solvers.routing.answers.quote import Quoter
from solvers.routing.check import Rule, Violation
from solvers.routing.plan import Reason, RoutingPlan, Sequences, Unplanned
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem, Stop, Vehicle

NEAREST_VEHICLES = 6
"""Vehicles whose reasons are looked at when many stops are explained at once."""

_RANK = {
    Reason.FITS: 0,
    Reason.TOO_EXPENSIVE: 1,
    Reason.OTHER_OPTION: 2,
    Reason.LOCKED: 3,
    Reason.MAX_TRIPS_EXCEEDED: 4,
    Reason.TIME_WINDOW_INFEASIBLE: 5,
    Reason.SHIFT_EXCEEDED: 5,
    Reason.DURATION_EXCEEDED: 5,
    Reason.STOPS_EXCEEDED: 6,
    Reason.DISTANCE_EXCEEDED: 6,
    Reason.BREAK_MISSED: 7,
    Reason.DRIVING_EXCEEDED: 7,
    Reason.CAPACITY_EXCEEDED: 8,
    Reason.RELEASE_TOO_LATE: 9,
    Reason.INCOMPATIBLE_GOODS: 10,
    Reason.RELATION_BROKEN: 11,
    Reason.SKILL_MISSING: 12,
    Reason.NOT_ALLOWED: 13,
    Reason.ON_BOARD_ELSEWHERE: 14,
    Reason.NO_VEHICLE: 15,
    Reason.UNEXPLAINED: 16,
}
"""How near a vehicle comes to taking a stop; of equals the smaller size is nearer (the three of rank 5 are in
seconds)."""

_REASONS = {
    Rule.LOCK_BROKEN: Reason.LOCKED,
    Rule.SHIPMENT_BROKEN: Reason.RELATION_BROKEN,
    Rule.OPTION_TWICE: Reason.OTHER_OPTION,
    Rule.TRIP_KIND: Reason.ON_BOARD_ELSEWHERE,
}
"""Reasons of rules that have another name; all others are called alike."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one vehicle does not take the stop, or what it would cost there.

    size: seconds, metres, trips, or units of `dimension`; 0 where there is nothing to measure. stop_id: the other stop
    that stands in the way (pushed past its latest time, tied to this one, planned instead). extra_cents: for FITS and
    TOO_EXPENSIVE, what the cheapest insertion adds to the route (the prize of the stop not set against it).
    """

    vehicle_id: str
    reason: Reason
    size: int = 0
    dimension: str = ""
    stop_id: str = ""
    extra_cents: int | None = None

    @property
    def detail(self) -> str:
        """One line for a person."""
        if self.extra_cents is not None:
            return f"{self.vehicle_id}: +{self.extra_cents} cents"
        what = f" of {self.dimension}" if self.dimension else ""
        whom = f" at {self.stop_id}" if self.stop_id else ""
        return f"{self.vehicle_id}: {self.reason.value} by {self.size}{what}{whom}"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Verdict on one stop: the nearest refusal, and those of all vehicles tried."""

    stop_id: str
    reason: Reason
    detail: str
    vehicles: tuple[Refusal, ...]


def why_not(
    problem: RoutingProblem, plan: RoutingPlan | Sequences, stop_id: str, vehicle_ids: Sequence[str] | None = None
) -> WhyNot:
    """Try the unplanned stop in every place of every vehicle (or of those given); one of a shipment with the other.

    Raises KeyError for unknown ids, InvalidProblem for a stop that is planned.
    """
    return _why_not(Whole(problem, bare(plan)), stop_id, vehicle_ids)


def _why_not(whole: Whole, stop_id: str, vehicle_ids: Sequence[str] | None) -> WhyNot:
    problem, stops = whole.problem, whole.asked(stop_id)
    names = [v.vehicle_id for v in problem.vehicles] if vehicle_ids is None else vehicle_ids
    refusals = tuple(refusal_of(whole, problem.vehicle(name), stops) for name in names)
    if not refusals:
        return WhyNot(stop_id, Reason.NO_VEHICLE, "there is no vehicle", ())
    nearest = min(refusals, key=_nearness)
    return WhyNot(stop_id, nearest.reason, nearest.detail, refusals)


def explain_unplanned(problem: RoutingProblem, plan: RoutingPlan) -> RoutingPlan:
    """The same plan, each unplanned stop with a verified reason.

    That a stop fits nowhere is verified on all vehicles; the reason is that of the nearest few vehicles.
    """
    if not plan.unplanned:
        return plan
    whole, quoter = Whole(problem, bare(plan)), Quoter(problem, plan)
    explained = []
    for unplanned in plan.unplanned:
        names = _nearest_vehicles(whole, problem.stop(unplanned.stop_id))
        for slot in quoter.quote(unplanned.stop_id, limit=1).slots:
            names.insert(0, slot.vehicle_id)
        why = _why_not(whole, unplanned.stop_id, list(dict.fromkeys(names)))
        explained.append(Unplanned(why.stop_id, why.reason, why.detail))
    return replace(plan, unplanned=tuple(explained))


def _nearest_vehicles(whole: Whole, stop: Stop) -> list[str]:
    """Vehicles that may take the stop and pass it closest first; if none may, any."""
    nearest = whole.nearest_first(stop)
    able = [vehicle for vehicle in nearest if whole.problem.may_serve(vehicle, stop)] or nearest
    return [vehicle.vehicle_id for vehicle in able[:NEAREST_VEHICLES]]


def refusal_of(whole: Whole, vehicle: Vehicle, stops: Stops) -> Refusal:
    """What the vehicle says to the stops: the price of the cheapest place, or the rule that comes nearest to giving."""
    barred = _barred(whole, vehicle, stops)
    if barred is not None:
        return barred
    part = whole.part(vehicle, stops)
    usual = part.before()
    cheapest: int | None = None
    refusals: list[Refusal] = []
    for place in places(part.problem, vehicle, part.trips, stops):
        after = part.tried(place.trips)
        broken = list(_broken(vehicle, place, after))
        if broken:
            # A place that is locked and impossible besides tells nothing.
            refusals.extend([max(broken, key=_nearness)] if place.open else [])
        elif place.freed:
            refusals.append(Refusal(vehicle.vehicle_id, Reason.LOCKED, place.freed))
        elif place.more_trips:
            refusals.append(Refusal(vehicle.vehicle_id, Reason.MAX_TRIPS_EXCEEDED, place.more_trips))
        elif cheapest is None or after.ticks - usual.ticks < cheapest:
            cheapest = after.ticks - usual.ticks
    if cheapest is not None:
        reason = Reason.FITS if cheapest < whole.prize_ticks(stops) else Reason.TOO_EXPENSIVE
        return Refusal(vehicle.vehicle_id, reason, extra_cents=-(-cheapest // TICKS_PER_CENT))
    alone = _refused_even_alone(part, stops)
    if alone is not None:
        return alone
    if not refusals:
        return Refusal(vehicle.vehicle_id, Reason.MAX_TRIPS_EXCEEDED, 1)
    return min(refusals, key=_nearness)


def _nearness(refusal: Refusal) -> tuple[int, int, int]:
    return _RANK[refusal.reason], refusal.extra_cents or 0, refusal.size


def _barred(whole: Whole, vehicle: Vehicle, stops: Stops) -> Refusal | None:
    """What no place in the vehicle can mend: lists, skills, goods elsewhere, ties to stops on other vehicles."""
    name = vehicle.vehicle_id
    for stop in stops:
        if stop.on_board is not None and stop.on_board != name:
            return Refusal(name, Reason.ON_BOARD_ELSEWHERE)
        if stop.on_board is None and not whole.listed(vehicle, stop):
            return Refusal(name, Reason.NOT_ALLOWED)
    missing = sorted({skill for stop in stops if stop.on_board is None for skill in stop.needs - vehicle.skills})
    if missing:
        return Refusal(name, Reason.SKILL_MISSING, len(missing), ", ".join(missing))
    for stop in stops:
        other = whole.other_option(stop)
        if other:
            return Refusal(name, Reason.OTHER_OPTION, stop_id=other)
    tied = sorted(other for other in whole.tied_to(stops) if whole.where[other] != name)
    return Refusal(name, Reason.RELATION_BROKEN, len(tied), stop_id=tied[0]) if tied else None


def _broken(vehicle: Vehicle, place: Place, after: Tried) -> Iterator[Refusal]:
    """The rules that the route breaks, but for locks and trips where the place is known to break them."""
    known = (Rule.LOCK_BROKEN if place.freed else None, Rule.MAX_TRIPS_EXCEEDED if place.more_trips else None)
    for violation in after.violations:
        if violation.rule not in known:
            yield _of_violation(vehicle, violation)


def _of_violation(vehicle: Vehicle, violation: Violation) -> Refusal:
    rule = violation.rule
    reason = _REASONS.get(rule) or Reason.__members__.get(rule.name, Reason.UNEXPLAINED)
    dimension = violation.detail if rule in (Rule.CAPACITY_EXCEEDED, Rule.INCOMPATIBLE_GOODS) else ""
    return Refusal(vehicle.vehicle_id, reason, violation.size, dimension, violation.stop_id)


def _refused_even_alone(part: Part, stops: Stops) -> Refusal | None:
    """What stands in the way of the stops as the vehicle's only trip, at once; None: nothing."""
    if stops[0].on_board is not None:
        return None
    refusal = _alone(part, stops)
    released = tuple(replace(stop, release_s=0) for stop in stops)
    if refusal is not None and released != stops and _alone(part, released) is None:
        return replace(refusal, reason=Reason.RELEASE_TOO_LATE)
    return refusal


def _alone(part: Part, stops: Stops) -> Refusal | None:
    vehicle = replace(part.vehicle, locked=())
    aboard = tuple(stop for stop in part.problem.stops if stop.on_board is not None)
    problem = part_problem(part.problem, vehicle, (*aboard, *stops), stops)
    empty: Trips = ((),) if problem.starts_on_board(vehicle) else ()
    refusals = []
    for place in places(problem, vehicle, empty, stops):
        broken = list(_broken(vehicle, place, tried(problem, vehicle.vehicle_id, place.trips)))
        if not broken:
            return None
        refusals.append(max(broken, key=_nearness))
    return min(refusals, key=_nearness, default=None)
