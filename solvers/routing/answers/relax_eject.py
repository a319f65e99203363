"""Which stop could move to another vehicle to make room.

Promises: both routes were timed and checked. Only stops that no lock, no goods on board and no tie to other stops keeps
where they are. Called by `relax`.
"""

from __future__ import annotations

from collections.abc import Iterator

from solvers.budget import Deadline
from solvers.routing.answers.part import Part, Stops, Whole
from solvers.routing.answers.places import Trips
from solvers.routing.answers.prices import cheapest
from solvers.routing.answers.quote import Quoter
from solvers.routing.answers.relaxation import Relaxation, RelaxationKind
from solvers.routing.problem import RoutingProblem, Stop

EJECT_SHARE = 0.7


def ejections(whole: Whole, quoter: Quoter, part: Part, stops: Stops, deadline: Deadline) -> Iterator[Relaxation]:
    """For each stop of the vehicle that may leave: the asked stops in its route without it, and it elsewhere."""
    name, usual = part.vehicle.vehicle_id, part.before().ticks
    for stop_id in _movable(whole.problem, part):
        if deadline.share() > EJECT_SHARE:
            return
        elsewhere = quoter.elsewhere(stop_id)
        without = tuple(tuple(other for other in trip if other != stop_id) for trip in part.trips)
        best = _best(part, without, stops) if elsewhere is not None else None
        if elsewhere is not None and best is not None:
            extra = best[0] - usual + elsewhere.extra_ticks
            sequences = {name: best[1], elsewhere.vehicle_id: elsewhere.trips}
            yield Relaxation(RelaxationKind.EJECT, name, stop_id, 1, elsewhere.vehicle_id, extra, sequences)


def _movable(problem: RoutingProblem, part: Part) -> Iterator[str]:
    fixed = {stop_id for trip in part.vehicle.locked for stop_id in trip}
    tied = {stop_id for relation in problem.relations for stop_id in relation.stop_ids}
    for stop_id in (stop_id for trip in part.trips for stop_id in trip):
        if stop_id not in fixed and stop_id not in tied and _free(problem, problem.stop(stop_id)):
            yield stop_id


def _free(problem: RoutingProblem, stop: Stop) -> bool:
    paired = stop.stop_id in problem.delivery_of or stop.stop_id in problem.pickup_of
    return stop.on_board is None and not stop.option_of and not paired


def _best(part: Part, without: Trips, stops: Stops) -> tuple[int, Trips] | None:
    """Cheapest place of the stops in the shorter route: cost of the route, its trips."""
    boards = part.problem.starts_on_board(part.vehicle)
    kept = tuple(trip for number, trip in enumerate(without) if trip or (boards and number == 0))
    return cheapest(part.problem, kept, stops)
