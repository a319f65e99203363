"""Making routes better without a search: a few stops that lie together are taken out and auctioned again.

Promises: ruin and recreate (Schrimpf et al. 2000) whose recreation is an auction: what comes out is taken only if the
checker finds the whole cheaper and nothing is left out. The same start and seed give the same calls. Pure; driven by
`auctioneer` in quiet moments.
"""

from __future__ import annotations

from orchestrator.planning.auction import GAIN_TICKS, Auction, Rounds, awarded
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem

TRIALS = 4
"""Trials in one go: it must not hold up what happens meanwhile."""
SIZES = (5, 9, 14, 7)
NEAR_STOPS = 30
"""Vehicles with one of so many stops around the place are asked, and one that has nothing to do."""
STRIDE = 7_919


def reauction(problem: RoutingProblem, start: Sequences, revision: int, first_call: int, seed: int) -> Rounds:
    """`TRIALS` times: take out, auction again, keep it if it is cheaper."""
    made = Auction(problem, start, revision, first_call)
    for trial in range(TRIALS):
        if made.standing.left():
            break  # what has no place is a repair's business
        number = seed * TRIALS + trial
        centre = _centre(made, number)
        if centre is None:
            break
        yield from _tried(made, centre, SIZES[number % len(SIZES)])
    return made.end()


def _centre(made: Auction, number: int) -> str | None:
    """Another stop each time, all over the routes."""
    movable = sorted(name for vehicle_id in made.standing.trips for name in made.standing.movable(vehicle_id))
    return movable[number * STRIDE % len(movable)] if movable else None


def _tried(made: Auction, centre: str, size: int) -> Rounds:
    standing = made.standing
    owner = {name: vehicle_id for vehicle_id in standing.trips for name in standing.movable(vehicle_id)}
    near = _nearest(made.problem, centre, owner)
    asked = dict.fromkeys(owner[name] for name in near[:NEAR_STOPS])
    idle = (name for name, trips in standing.trips.items() if not any(trips))
    asked.update(dict.fromkeys(list(idle)[:1]))
    held, costs, awards = dict(standing.trips), dict(standing.ticks), dict(made.outcome.awards)
    for name in near[:size]:
        vehicle_id = owner[name]
        rest = standing.without(vehicle_id, name)
        ticks = standing.priced(vehicle_id, rest)
        if ticks is not None:
            standing.put(vehicle_id, rest, ticks)
    yield from awarded(made, list(asked))
    saved = sum(costs.values()) - sum(standing.ticks.values())
    if standing.left() or saved < GAIN_TICKS:
        standing.trips, standing.ticks, made.outcome.awards = held, costs, awards
    return made.outcome


def _nearest(problem: RoutingProblem, centre: str, owner: dict[str, str]) -> list[str]:
    """Stops by their way from `centre`, itself the first."""
    at = problem.stop(centre).location
    row = problem.profiles[0].distance_m[at]
    return sorted(owner, key=lambda name: (name != centre, int(row[problem.stop(name).location]), name))
