"""The independent checker: is this plan possible, and what does it cost?

Promises: exact and readable, and it shares nothing with search, engines or timing: it takes the times that the plan
states and holds them against the problem, rule by rule. Every broken rule is listed with its size; every number that
is shown to anybody is computed here. It never changes a plan. Called before any plan is published, and by all tests.

The parts: `check_rules` names the rules, `check_cost` prices, `check_route` judges one vehicle with `check_travel`,
`check_load` and `check_rests`, `check_bonds` what ties stops together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from solvers.routing.check_bonds import check_bonds
from solvers.routing.check_cost import Cost, route_cost, unplanned_cost
from solvers.routing.check_load import goods_aboard
from solvers.routing.check_route import check_no_route, check_route
from solvers.routing.check_rules import Rule, Violation
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import RoutingProblem

__all__ = ["Check", "Cost", "Rule", "Violation", "check", "route_cost"]


@dataclass(frozen=True, slots=True)
class Check:
    """Verdict on a plan. `late_s` is summed over stops, `paid_s` and `distance_m` over trips."""

    violations: tuple[Violation, ...]
    cost: Cost
    distance_m: int
    paid_s: int
    late_s: int
    late_stops: int
    planned_stops: int
    unplanned_stops: int

    @property
    def ok(self) -> bool:
        """Whether every hard rule holds."""
        return not self.violations


def check(problem: RoutingProblem, plan: RoutingPlan) -> Check:
    """Check the whole plan, every rule, and price it. Works on any plan; unknown stops are named, but not priced."""
    violations = list(_bookkeeping(problem, plan))
    routes = [r for r in plan.routes if r.vehicle_id in problem.vehicle_index]
    aboard = goods_aboard(problem)
    for route in routes:
        violations.extend(check_route(problem, problem.vehicle(route.vehicle_id), route, aboard))
    present = {route.vehicle_id for route in routes}
    for vehicle in problem.vehicles:
        if vehicle.vehicle_id not in present:
            violations.extend(check_no_route(problem, vehicle))
    violations.extend(check_bonds(problem, plan))
    visits = [visit for route in routes for trip in route.trips for visit in trip.visits]
    return Check(
        tuple(violations),
        sum((route_cost(problem, route) for route in routes), unplanned_cost(problem, plan)),
        sum(trip.distance_m for route in routes for trip in route.trips),
        sum(trip.end_s - trip.load_s for route in routes for trip in route.trips),
        sum(visit.late_s for visit in visits),
        sum(visit.late_s > 0 for visit in visits),
        len(visits),
        len(plan.unplanned),
    )


def _bookkeeping(problem: RoutingProblem, plan: RoutingPlan) -> Iterator[Violation]:
    """Every vehicle at most once, every stop exactly once."""
    vehicles: set[str] = set()
    for route in plan.routes:
        if route.vehicle_id not in problem.vehicle_index:
            yield Violation(Rule.UNKNOWN_VEHICLE, route.vehicle_id)
        if route.vehicle_id in vehicles:
            yield Violation(Rule.VEHICLE_TWICE, route.vehicle_id)
        vehicles.add(route.vehicle_id)
    placed = [(r.vehicle_id, stop_id) for r in plan.routes for stop_id in r.stop_ids]
    placed += [("", unplanned.stop_id) for unplanned in plan.unplanned]
    seen: set[str] = set()
    for vehicle_id, stop_id in placed:
        if stop_id not in problem.stop_index:
            yield Violation(Rule.UNKNOWN_STOP, vehicle_id, stop_id)
        elif stop_id in seen:
            yield Violation(Rule.STOP_TWICE, vehicle_id, stop_id)
        seen.add(stop_id)
    for stop in problem.stops:
        if stop.stop_id not in seen:
            yield Violation(Rule.STOP_FORGOTTEN, "", stop.stop_id)
