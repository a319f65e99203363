"""What differs between two plans, decision by decision, and what each changed route costs more.

Promises: the costs of the parts add up to the difference of the checker's totals. Called by planning, for the price of
a change and for people who compare plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from solvers.routing.check import Cost, check, route_cost
from solvers.routing.parts import TICKS_PER_CENT
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import RoutingProblem

TIME_S = 60
"""A start that moves by less is no change."""


class ChangeKind(StrEnum):
    """The strongest thing that changed for a stop."""

    PLANNED = "PLANNED"
    """It was unplanned."""
    DROPPED = "DROPPED"
    """It is unplanned now."""
    VEHICLE = "VEHICLE"
    """Another vehicle has it."""
    SEQUENCE = "SEQUENCE"
    """It comes after another stop than before, or has become the first of its trip, or no longer is."""
    TIME = "TIME"
    """Its service starts at least a minute earlier or later."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and when a stop is served. after: the stop before it in the trip, "" if it comes first."""

    vehicle_id: str
    trip: int
    after: str
    start_s: int


@dataclass(frozen=True, slots=True)
class Change:
    """One stop that is served otherwise; None: it is unplanned."""

    stop_id: str
    kind: ChangeKind
    before: Spot | None
    after: Spot | None


@dataclass(frozen=True, slots=True)
class RouteChange:
    """A route whose stops, times or cost changed, and its cost by part, in ticks."""

    vehicle_id: str
    before: Cost
    after: Cost

    @property
    def extra_ticks(self) -> int:
        """What the route costs more."""
        return self.after.total - self.before.total


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """All changes. cost_before, cost_after: of the whole plans. unplanned_ticks: prizes lost, less those before."""

    changes: tuple[Change, ...]
    routes: tuple[RouteChange, ...]
    unplanned_ticks: int
    cost_before: Cost
    cost_after: Cost

    @property
    def extra_ticks(self) -> int:
        """What the second plan costs more."""
        return self.cost_after.total - self.cost_before.total

    @property
    def extra_cents(self) -> int:
        """What the second plan costs more, rounded up."""
        return -(-self.extra_ticks // TICKS_PER_CENT)

    def count(self, kind: ChangeKind) -> int:
        """Number of changes of a kind."""
        return sum(change.kind is kind for change in self.changes)


def diff(problem: RoutingProblem, before: RoutingPlan, after: RoutingPlan) -> PlanDiff:
    """Compare two plans of one problem; in order of the problem's stops and vehicles."""
    costs = check(problem, before).cost, check(problem, after).cost
    return PlanDiff(
        tuple(_changes(problem, before, after)),
        tuple(_routes(problem, before, after)),
        costs[1].unplanned - costs[0].unplanned,
        *costs,
    )


def _changes(problem: RoutingProblem, before: RoutingPlan, after: RoutingPlan) -> Iterator[Change]:
    was, now = dict(_spots(before)), dict(_spots(after))
    for stop in problem.stops:
        spots = was.get(stop.stop_id), now.get(stop.stop_id)
        kind = _kind(*spots)
        if kind is not None:
            yield Change(stop.stop_id, kind, *spots)


def _kind(before: Spot | None, after: Spot | None) -> ChangeKind | None:
    if before is None or after is None:
        return None if before is after else ChangeKind.PLANNED if before is None else ChangeKind.DROPPED
    if before.vehicle_id != after.vehicle_id:
        return ChangeKind.VEHICLE
    if before.after != after.after:
        return ChangeKind.SEQUENCE
    return ChangeKind.TIME if abs(before.start_s - after.start_s) >= TIME_S else None


def _spots(plan: RoutingPlan) -> Iterator[tuple[str, Spot]]:
    for route in plan.routes:
        for number, trip in enumerate(route.trips):
            previous = ""
            for visit in trip.visits:
                yield visit.stop_id, Spot(route.vehicle_id, number, previous, visit.start_s)
                previous = visit.stop_id


def _routes(problem: RoutingProblem, before: RoutingPlan, after: RoutingPlan) -> Iterator[RouteChange]:
    was, now = ({route.vehicle_id: route for route in plan.routes} for plan in (before, after))
    for vehicle in problem.vehicles:
        routes = was.get(vehicle.vehicle_id), now.get(vehicle.vehicle_id)
        if routes[0] != routes[1]:
            costs = (Cost() if route is None else route_cost(problem, route) for route in routes)
            yield RouteChange(vehicle.vehicle_id, *costs)
