"""Who gets which part of a solve: the one table of engines, shares and least seconds.

Promises: data and the rule that picks from it, nothing else; the shares were measured (see the bench of files).
Called by `solve`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from solvers.routing.problem import TICKS_PER_CENT, TICKS_PER_METRE_AND_CENT_PER_KM, RoutingProblem
from solvers.routing.search import Tuning


@dataclass(frozen=True, slots=True)
class Turn:
    """Engines that work side by side, each from the best plan so far.

    share: of the whole budget; what a turn leaves unused goes to the turns after it. at_least_s: the turn is left out
    if it would get less. With too few workers for all engines of a turn they work one after the other. An engine that
    does not support the problem is left out; where that leaves nobody, the time goes to the next turn.
    """

    engines: tuple[str, ...]
    share: float
    at_least_s: float = 0.0


class Family(StrEnum):
    """Problems by who does well on them."""

    UNIFORM = "UNIFORM"
    """Plain, one kind of vehicle, one trip, everything is worth serving: our own search is ahead of all guests."""
    CHOICES = "CHOICES"
    """As above, but what to serve, or with how many trips, is a choice, too."""
    FLEET = "FLEET"
    """Several kinds of vehicles: PyVRP finds a better mix when it begins early, not from ours, and is not stopped."""
    RICH = "RICH"
    """With rules that the plain kernel does not know."""


TURNS: dict[Family, tuple[Turn, ...]] = {
    Family.UNIFORM: (
        Turn(("own",), 0.82),
        Turn(("setpart",), 0.05, 0.3),
        Turn(("own",), 0.08),
        Turn(("setpart",), 0.05, 0.3),
    ),
    Family.CHOICES: (
        Turn(("own",), 0.35),
        Turn(("own", "pyvrp"), 0.25, 1.0),
        Turn(("setpart",), 0.05, 0.3),
        Turn(("own", "pyvrp"), 0.30, 0.5),
        Turn(("setpart",), 0.05, 0.3),
    ),
    Family.FLEET: (
        Turn(("insert",), 0.02),
        Turn(("own", "pyvrp"), 0.75),
        Turn(("setpart",), 0.03, 0.3),
        Turn(("own",), 0.13, 0.3),
        Turn(("setpart",), 0.07, 0.3),
    ),
    Family.RICH: (
        Turn(("insert",), 0.02),
        Turn(("own", "pyvrp"), 0.70),
        Turn(("setpart",), 0.05, 0.5),
        Turn(("ortools",), 0.03, 1.0),
        Turn(("own",), 0.13, 0.3),
        Turn(("setpart",), 0.07, 0.5),
    ),
}
"""`insert` repairs the start and puts in what is missing, no more. The first "own" searches from the start as given."""


TUNINGS: dict[Family, Tuning] = {Family.CHOICES: Tuning(heat_cold=0.3)}
"""Of our own search where it is not the usual one. Where stops may be left out, or trips be added, heat leaves out the
wrong ones: PCVRPTW R2_10_2 after 4 s, over the best known: 12 % with the usual tuning, 3 % with this one."""


def in_time(turns: tuple[Turn, ...], seconds: float) -> tuple[Turn, ...]:
    """The turns that a budget has time for. What the others would have had goes to all; neighbours alike become one,
    so that a short search is one search and is not begun anew.
    """
    kept: list[Turn] = []
    for turn in turns:
        if turn.share * seconds < turn.at_least_s:
            continue
        if kept and kept[-1].engines == turn.engines:
            kept[-1] = replace(kept[-1], share=kept[-1].share + turn.share)
        else:
            kept.append(turn)
    whole = sum(turn.share for turn in kept)
    return tuple(replace(turn, share=turn.share / whole) for turn in kept)


def family_of(problem: RoutingProblem) -> Family:
    """The family of the problem."""
    if not problem.plain:
        return Family.RICH
    alike = {
        (v.capacity, v.profile, v.depot, v.fixed_cents, v.cents_per_km, v.cents_per_hour) for v in problem.vehicles
    }
    if len(alike) > 1:
        return Family.FLEET
    single = all(v.max_trips <= 1 for v in problem.vehicles)
    return Family.UNIFORM if single and not _prizes_matter(problem) else Family.CHOICES


def _prizes_matter(problem: RoutingProblem) -> bool:
    """Whether a trip to some stop alone costs more than leaving it out."""
    if not problem.vehicles:
        return False
    v = problem.vehicles[0]
    metres = problem.profiles[v.profile].distance_m
    fixed = v.fixed_cents * TICKS_PER_CENT
    per_metre = v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM
    return any(
        fixed + (int(metres[v.depot, s.location]) + int(metres[s.location, v.depot])) * per_metre
        > s.prize_cents * TICKS_PER_CENT
        for s in problem.stops
    )
