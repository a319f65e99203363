"""What a new plan may not change any more, and what it costs to change the rest.

Promises: pure functions from a problem and the plan in force to a problem with locks and prices; a plan of that
problem is a plan of the given one, too. Called by planning before it solves anew, by tests and by benchmarks.

The contract of the freeze is a threshold and a level, as in Google's route optimisation
(`InjectedSolutionConstraint.ConstraintRelaxation`). What has been driven or loaded *already* is no matter of it: that
is the state cut, where executed stops are gone and goods on board are pinned to their vehicle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from solvers.errors import require
from solvers.routing.parts import MAX_TIME_S, Stop, Vehicle
from solvers.routing.plan import Route, RoutingPlan, Visit
from solvers.routing.problem import RoutingProblem
from solvers.routing.validate import MAX_CENTS


class Level(StrEnum):
    """What may change from the threshold on."""

    TIMES = "TIMES"
    """Times only: vehicles and sequences stay as they are; new stops come behind them."""
    SEQUENCE = "SEQUENCE"
    """Times and sequences: every stop stays on its vehicle."""
    ALL = "ALL"
    """Everything."""


def freeze(problem: RoutingProblem, plan: RoutingPlan, until_s: int, level: Level = Level.ALL) -> RoutingProblem:
    """`problem`, in which what `plan` begins before `until_s` stays, and what it begins later may change by `level`.

    A visit whose service starts before `until_s` keeps its vehicle, its place in the sequence and its time. Goods that
    are loaded before it stay on their vehicle even if their visit is later. A visit that is late in the plan may become
    earlier, never later. Stops that the plan leaves out are as free as before. `plan` must be of this problem and
    possible: a lock that cannot be kept is given up last by every search, and the checker names it.
    """
    require(0 <= until_s <= MAX_TIME_S, "freeze.until_s", until_s, f"in [0, {MAX_TIME_S}]")
    stops: dict[str, Stop] = {}
    vehicles: dict[str, Vehicle] = {}
    for route in plan.routes:
        stops.update((stop.stop_id, stop) for stop in _bound(problem, route, until_s, level))
        locked = _locked(route, until_s, level)
        vehicle = problem.vehicle(route.vehicle_id)
        if _count(locked) > _count(vehicle.locked):
            vehicles[route.vehicle_id] = replace(vehicle, locked=locked)
    return replace(
        problem,
        stops=tuple(stops.get(stop.stop_id, stop) for stop in problem.stops),
        vehicles=tuple(vehicles.get(vehicle.vehicle_id, vehicle) for vehicle in problem.vehicles),
    )


def _bound(problem: RoutingProblem, route: Route, until_s: int, level: Level) -> Iterator[Stop]:
    """Stops of the route that lose some freedom."""
    for trip in route.trips:
        loaded = not trip.on_board and trip.load_s < until_s
        for visit in trip.visits:
            stop = problem.stop(visit.stop_id)
            if visit.start_s < until_s:
                yield _at_its_time(stop, visit)
            elif (loaded or level is not Level.ALL) and stop.on_board is None:
                yield replace(stop, allowed=frozenset((route.vehicle_id,)))


def _at_its_time(stop: Stop, visit: Visit) -> Stop:
    """The same stop, to be served at that time. A late one keeps its window, for that is what lateness counts from."""
    if visit.start_s > stop.window_end_s:
        return replace(stop, latest_s=visit.start_s)
    at = visit.start_s
    return replace(stop, window_start_s=at, window_end_s=at, latest_s=at, closed_s=())


def _locked(route: Route, until_s: int, level: Level) -> tuple[tuple[str, ...], ...]:
    """The trips up to the last visit that keeps its place. An on-board trip without visits stays in front."""
    kept = [
        tuple(v.stop_id for v in trip.visits if level is Level.TIMES or v.start_s < until_s) for trip in route.trips
    ]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _count(locked: tuple[tuple[str, ...], ...]) -> int:
    return sum(map(len, locked))


@dataclass(frozen=True, slots=True)
class Prices:
    """What it costs to change a decision that is due now, and after how long it costs half of that.

    vehicle_cents: another vehicle. sequence_cents: another stop before it. half_s: a decision that is due so much later
    costs half, twice as late a third, and so on: never nothing, so that a plan does not change for nothing.
    """

    vehicle_cents: int
    sequence_cents: int
    half_s: int

    def __post_init__(self) -> None:
        for name in ("vehicle_cents", "sequence_cents"):
            require(
                0 <= getattr(self, name) <= MAX_CENTS, f"prices.{name}", getattr(self, name), f"in [0, {MAX_CENTS}]"
            )
        require(0 < self.half_s <= MAX_TIME_S, "prices.half_s", self.half_s, f"in [1, {MAX_TIME_S}]")


def change_cents(most_cents: int, due_s: int, now_s: int, half_s: int) -> int:
    """Price of changing a decision that is due at `due_s`, seen from `now_s`: higher the nearer it is."""
    ahead_s = max(0, due_s - now_s)
    return most_cents * half_s // (half_s + ahead_s)


def price_changes(problem: RoutingProblem, plan: RoutingPlan, now_s: int, prices: Prices) -> RoutingProblem:
    """`problem` with `plan` as the incumbent of every stop, and what leaving it costs.

    A decision on a stop is due when its trip begins to load (on board: when the vehicle leaves for it), for until then
    nothing has been done for it. Stops that the plan leaves out have no incumbent and never pay.
    """
    priced = {stop.stop_id: stop for route in plan.routes for stop in _priced(problem, route, now_s, prices)}
    return replace(problem, stops=tuple(priced.get(s.stop_id) or _unpriced(s) for s in problem.stops))


def _unpriced(stop: Stop) -> Stop:
    return replace(stop, incumbent=None, change_cents=0, incumbent_after=None, resequence_cents=0)


def _priced(problem: RoutingProblem, route: Route, now_s: int, prices: Prices) -> Iterator[Stop]:
    for trip in route.trips:
        before, left_s = "", trip.load_s
        for visit in trip.visits:
            due_s = left_s if trip.on_board else trip.load_s
            yield replace(
                problem.stop(visit.stop_id),
                incumbent=route.vehicle_id,
                change_cents=change_cents(prices.vehicle_cents, due_s, now_s, prices.half_s),
                incumbent_after=before,
                resequence_cents=change_cents(prices.sequence_cents, left_s, now_s, prices.half_s),
            )
            before, left_s = visit.stop_id, visit.depart_s
