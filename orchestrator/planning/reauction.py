"""Making routes better without a search: a few stops are auctioned again, all over the routes.

Promises: ruin and recreate (Schrimpf et al. 2000) whose recreation is an auction. Mostly stops that lie together, now
and then all that one vehicle has and some beside, among the others. A trial may make the whole a little dearer, for
what is gained a step later (threshold accepting, Dueck & Scheuer 1990); that is the walk, which the next pass goes on
with. What comes out for the plan is the cheapest that was met, never dearer than the start, nothing left out. The same
start, walk and seed give the same calls. Pure; driven by `auctioneer` in quiet moments.
"""

from __future__ import annotations

import math

from orchestrator.planning.auction import GAIN_TICKS, Auction, Rounds, Walk, anew, askable, nearest, worth
from orchestrator.planning.standing import Standing
from solvers.routing.plan import Sequences
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem

TRIALS = 4
"""Trials in one go: it must not hold up what happens meanwhile."""
SIZES = (4, 30)
"""Fewest and most stops that lie together and are given up; as often few as many, on a scale of ratios."""
CLOSED_EVERY = 4
"""In one of so many trials, by chance, a vehicle gives up everything: one with few stops rather than with many."""
CLOSED_MAX = 30
BESIDE = (4, 16)
"""Stops of others that are given up with it, so that they can make room."""
DEARER_TICKS = 80 * TICKS_PER_CENT
"""How much dearer a step of the walk may be, on average over the trials."""
ASTRAY = 50
"""A walk that is dearer than the plan by more than its 50th part begins again from the plan."""


def reauction(
    problem: RoutingProblem, start: Sequences, revision: int, first_call: int, seed: int, walk: Walk | None = None
) -> Rounds:
    """`TRIALS` times: take out, auction again, keep it if it is hardly dearer. `walk`: where the last pass stood."""
    made = Auction(problem, start, revision, first_call)
    cheapest, best = worth(made.standing), _stand(made)
    if walk is not None:
        _go_on(made, walk, cheapest)
    chance = _Chance(seed)
    for _ in range(TRIALS):
        if made.standing.left():
            break  # what has no place is a repair's business
        given_up, asked = _given_up(made, chance)
        if not given_up:
            break
        dearer = int(-DEARER_TICKS * math.log(1.0 - chance.share()))
        yield from anew(made, given_up, asked, min(dearer, cheapest + cheapest // ASTRAY - worth(made.standing)))
        if cheapest - worth(made.standing) >= GAIN_TICKS:
            cheapest, best = worth(made.standing), _stand(made)
    outcome = made.end()
    outcome.walk = _stand(made)
    outcome.sequences, outcome.awards = best.sequences, best.awards
    return outcome


def _stand(made: Auction) -> Walk:
    return Walk(made.standing.sequences(), dict(made.outcome.awards))


def _go_on(made: Auction, walk: Walk, plan_ticks: int) -> None:
    """Stand where the walk stood, unless something in it cannot stay any more or it has gone astray."""
    walked = Standing(made.problem, walk.sequences)
    if not walked.left() and worth(walked) - plan_ticks <= plan_ticks // ASTRAY:
        made.standing, made.outcome.awards = walked, dict(walk.awards)


def _given_up(made: Auction, chance: _Chance) -> tuple[list[str], list[str]]:
    """The stops that a trial takes out, and the vehicles that may have them."""
    standing = made.standing
    speaking = (vehicle_id for vehicle_id in standing.trips if vehicle_id not in made.outcome.silent)
    movable = {vehicle_id: list(standing.movable(vehicle_id)) for vehicle_id in speaking}
    stops = sorted(name for own in movable.values() for name in own)
    if not stops:
        return [], []
    closable = sorted((len(own), name) for name, own in movable.items() if 0 < len(own) <= CLOSED_MAX)
    if len(closable) > 1 and CLOSED_EVERY * chance.share() < 1.0:
        closed = closable[int(len(closable) * chance.share() ** 2)][1]
        centre = chance.one_of(movable[closed])
        beside = [name for name in nearest(made, centre) if name not in movable[closed]]
        others = [name for name in askable(made, centre) if name != closed]
        return movable[closed] + beside[: _some(chance, BESIDE)], others
    centre = chance.one_of(stops)
    return nearest(made, centre)[: _some(chance, SIZES)], askable(made, centre)


def _some(chance: _Chance, limits: tuple[int, int]) -> int:
    fewest, most = limits
    return int(fewest * (most / fewest) ** chance.share())


class _Chance:
    """Numbers as if by chance, the same for the same seed (splitmix64: Steele, Lea, Flood 2014)."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def share(self) -> float:
        """From 0 to below 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        return ((mixed ^ (mixed >> 31)) >> 11) / 2**53

    def one_of(self, names: list[str]) -> str:
        """One of some names."""
        return names[int(len(names) * self.share())]
