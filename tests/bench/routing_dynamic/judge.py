"""What must hold after every event, judged by the checker, by timing, and by trying, never by the search itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from solvers.budget import Budget
from solvers.routing.answers.relax import apply, relaxations
from solvers.routing.check import Check, check
from solvers.routing.plan import Reason, Route, RoutingPlan, Unplanned, Visit, sequences_of
from solvers.routing.problem import NO_END_S, TICKS_PER_CENT, RoutingProblem, Vehicle
from solvers.routing.timing import plan_of, time_route

Place = tuple[str, str, Visit]
"""Vehicle, the stop before it in its trip, and the visit."""


RELAX_S = 5.0
RELAXATIONS = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not happen."""

    kind: str
    detail: str


def places(plan: RoutingPlan, until_s: int) -> dict[str, Place]:
    """Where the visits that begin before `until_s` are."""
    found: dict[str, Place] = {}
    for route in plan.routes:
        for trip in route.trips:
            before = ""
            for visit in trip.visits:
                if visit.start_s < until_s:
                    found[visit.stop_id] = (route.vehicle_id, before, visit)
                before = visit.stop_id
    return found


def unharmed(problem: RoutingProblem, route: Route, until_s: int, *, timed: bool = True) -> bool:
    """Whether what the route begins before `until_s` can still be done in its order (`timed`: at its times, too)."""
    prefix = []
    for trip in route.trips:
        prefix.append(tuple(visit.stop_id for visit in trip.visits if visit.start_s < until_s))
        if len(prefix[-1]) < len(trip.visits):
            break
    while prefix and not prefix[-1]:
        prefix.pop()
    if any(stop_id not in problem.stop_index for trip in prefix for stop_id in trip):
        return False
    fresh = time_route(problem, route.vehicle_id, prefix)
    held = places(RoutingPlan((route,)), until_s)
    now = places(RoutingPlan((fresh,)), NO_END_S)
    moved = any(now[s][:2] != held[s][:2] or (timed and now[s][2].start_s != held[s][2].start_s) for s in held)
    return not moved and check(problem, _alone(problem, fresh)).ok


def _alone(problem: RoutingProblem, route: Route) -> RoutingPlan:
    """The plan in which this route is all that is done; empty on-board trips of the others are there."""
    return plan_of(problem, {route.vehicle_id: tuple(trip.stop_ids for trip in route.trips)})


def faults(
    problem: RoutingProblem,
    held: RoutingPlan,
    frozen: dict[str, Place],
    repaired: RoutingPlan,
    found: RoutingPlan,
) -> Iterator[Fault]:
    """What is wrong with the answer to an event.

    held: the plan in force before it, with new times. frozen: visits that may not move. repaired: after repair and
    insertion; found: after the search.
    """
    first, last = check(problem, repaired), check(problem, found)
    for name, verdict in (("repaired", first), ("found", last)):
        if not verdict.ok:
            yield Fault("violation", f"{name}: {verdict.violations[:3]}")
    if last.cost.total > first.cost.total:
        yield Fault("worse", f"search {last.cost.total} over repair {first.cost.total}")
    yield from _worse_than_held(problem, held, first)
    for plan in (repaired, found):
        after = places(plan, NO_END_S)
        for stop_id, (vehicle, before, visit) in frozen.items():
            place = after.get(stop_id)
            if place is None or place[:2] != (vehicle, before) or place[2].start_s != visit.start_s:
                yield Fault("moved", f"{stop_id}: {vehicle} after {before!r} at {visit.start_s} -> {place}")


def _worse_than_held(problem: RoutingProblem, held: RoutingPlan, first: Check) -> Iterator[Fault]:
    verdict = check(problem, held)
    if verdict.ok and first.cost.total > verdict.cost.total:
        yield Fault("worse", f"repair {first.cost.total} over the plan in force {verdict.cost.total}")


def reason_faults(problem: RoutingProblem, plan: RoutingPlan, left: Unplanned) -> Iterator[Fault]:
    """A stop that is left out has a reason, and indeed no place is worth it: every place is tried with exact times."""
    if left.reason in (Reason.UNEXPLAINED, Reason.FITS):
        yield Fault("no reason", f"{left.stop_id}: {left.reason}")
        return
    stop = problem.stop(left.stop_id)
    sequences = sequences_of(plan)
    before = check(problem, plan)
    for vehicle in problem.vehicles:
        if not problem.may_serve(vehicle, stop):
            continue
        for trips in _with(left.stop_id, [list(trip) for trip in sequences.get(vehicle.vehicle_id, ())]):
            route = time_route(problem, vehicle.vehicle_id, trips)
            if _too_late(problem, vehicle, route):
                continue
            tried = _exchanged(plan, route, left.stop_id)
            verdict = check(problem, tried)
            if verdict.ok and verdict.cost.total < before.cost.total:
                gain = (before.cost.total - verdict.cost.total) // TICKS_PER_CENT
                yield Fault("wrong reason", f"{left}: fits {vehicle.vehicle_id} {trips}, {gain} cents better")
                return


def relaxation_faults(problem: RoutingProblem, plan: RoutingPlan, stop_id: str) -> Iterator[Fault]:
    """Each relaxation, applied, makes the plan that it tells of possible, with the stop in it and at its price."""
    before, carrier = check(problem, plan).cost, problem.stop(stop_id).on_board
    # Goods on board are a matter of their vehicle alone.
    names = None if carrier is None else (carrier,)
    budget = Budget(seconds=RELAX_S)
    for one in relaxations(problem, plan, stop_id, budget, limit=RELAXATIONS, vehicle_ids=names):
        eased = apply(problem, one)
        wanted = plan_of(eased, {**sequences_of(plan), **one.sequences})
        verdict = check(eased, wanted)
        if not verdict.ok or stop_id not in wanted.vehicle_of():
            yield Fault("relaxation", f"{stop_id}: {one.text}: {verdict.violations[:2]}")
        elif (verdict.cost.total - verdict.cost.unplanned) - (before.total - before.unplanned) != one.extra_ticks:
            yield Fault("relaxation", f"{stop_id}: {one.text}: the price is another")


def _too_late(problem: RoutingProblem, vehicle: Vehicle, route: Route) -> bool:
    """Whether the stated times alone are against it: most places are, and need no checker."""
    return any(
        (trip.visits and trip.end_s > vehicle.shift_end_s)
        or any(visit.start_s > problem.stop(visit.stop_id).latest_s for visit in trip.visits)
        for trip in route.trips
    )


def _with(stop_id: str, trips: list[list[str]]) -> Iterator[list[list[str]]]:
    """All ways to put the stop into the trips or into a trip of its own."""
    for number, trip in enumerate(trips):
        for position in range(len(trip) + 1):
            yield [*trips[:number], [*trip[:position], stop_id, *trip[position:]], *trips[number + 1 :]]
    for number in range(len(trips) + 1):
        yield [*trips[:number], [stop_id], *trips[number:]]


def _exchanged(plan: RoutingPlan, route: Route, stop_id: str) -> RoutingPlan:
    others = tuple(r for r in plan.routes if r.vehicle_id != route.vehicle_id)
    return replace(plan, routes=(*others, route), unplanned=tuple(u for u in plan.unplanned if u.stop_id != stop_id))
