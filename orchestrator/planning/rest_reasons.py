"""Whether it is a rest that keeps a stop off a vehicle: answered by trying without it.

A driver can always rest in time, so that no place breaks a rule on rests: what rests take is missing elsewhere, before
the end of the shift or of a window. That would be the reason given, and nobody would know what to do about it.

Promises: a reason that names rests was verified: without them there is a place. Pure. Called by `verdict`, `explain`.
"""

from __future__ import annotations

from dataclasses import replace

from solvers.routing.answers.explain import Refusal, WhyNot, why_not
from solvers.routing.plan import Reason, RoutingPlan
from solvers.routing.problem import RoutingProblem, Vehicle

LACK_OF_TIME = (Reason.SHIFT_EXCEEDED, Reason.TIME_WINDOW_INFEASIBLE, Reason.DURATION_EXCEEDED, Reason.TOO_EXPENSIVE)
PLACES = (Reason.FITS, Reason.TOO_EXPENSIVE)


def because_of_rests(problem: RoutingProblem, plan: RoutingPlan, found: WhyNot) -> WhyNot:
    """The same verdict; vehicles that would have a place without a break, or without other rests, say so."""
    if not any(vehicle.rests for vehicle in problem.vehicles):
        return found
    refusals = tuple(_looked_at(problem, plan, found.stop_id, refusal) for refusal in found.vehicles)
    for before, after in zip(found.vehicles, refusals, strict=True):
        if (before.reason, before.detail) == (found.reason, found.detail):
            return WhyNot(found.stop_id, after.reason, after.detail, refusals)
    return replace(found, vehicles=refusals)


def _looked_at(problem: RoutingProblem, plan: RoutingPlan, stop_id: str, refusal: Refusal) -> Refusal:
    vehicle = problem.vehicle(refusal.vehicle_id)
    if not vehicle.rests or refusal.reason not in LACK_OF_TIME:
        return refusal
    for reason, free in _freed(vehicle):
        others = tuple(free if one is vehicle else one for one in problem.vehicles)
        tried = why_not(replace(problem, vehicles=others), plan, stop_id, (vehicle.vehicle_id,)).vehicles[0]
        if tried.reason in PLACES and tried.reason is not refusal.reason:
            return replace(refusal, reason=reason, extra_cents=None)
    return refusal


def _freed(vehicle: Vehicle) -> list[tuple[Reason, Vehicle]]:
    """The vehicle without its break, and without any rest: the first that helps is the reason."""
    freed = []
    if vehicle.breaks:
        freed.append((Reason.BREAK_MISSED, replace(vehicle, breaks=())))
    if vehicle.driving is not None:
        freed.append((Reason.DRIVING_EXCEEDED, replace(vehicle, breaks=(), driving=None)))
    return freed
