"""Making routes better without a search: a few stops that lie together are auctioned again, all over the routes.

Promises: ruin and recreate (Schrimpf et al. 2000) whose recreation is an auction: what comes out is taken only if the
checker finds the whole cheaper and nothing is left out. The same start and seed give the same calls. Pure; driven by
`auctioneer` in quiet moments.
"""

from __future__ import annotations

from orchestrator.planning.auction import Auction, Rounds, anew
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem

TRIALS = 4
"""Trials in one go: it must not hold up what happens meanwhile."""
SIZES = (5, 9, 14, 7)
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
        yield from anew(made, centre, SIZES[number % len(SIZES)])
    return made.end()


def _centre(made: Auction, number: int) -> str | None:
    """Another stop each time, all over the routes."""
    movable = sorted(name for vehicle_id in made.standing.trips for name in made.standing.movable(vehicle_id))
    return movable[number * STRIDE % len(movable)] if movable else None
