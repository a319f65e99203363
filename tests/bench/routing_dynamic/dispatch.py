"""What happens at an event: a checked plan in milliseconds, and a better one while there is time."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass

from solvers.routing.check import check
from solvers.routing.plan import RoutingPlan
from solvers.routing.search import insert_only, search
from tests.bench.routing_dynamic.clock import budget, stopwatch
from tests.bench.routing_dynamic.neighbourhood import Limit, sample
from tests.bench.routing_dynamic.world import Part, World

NARROW = Limit(vehicles=8, stops=150)
SECOND = Limit(vehicles=40, stops=600, idle=4)
WIDE = Limit(vehicles=60, stops=700, idle=4)
WHOLE_STOPS = 1_200
"""Up to so many open stops the whole fleet is improved at once, beyond it the neighbourhood of the event."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the first, quick answer to an event took, and whether every stop of it has a place."""

    seconds: float
    placed: bool


def react(world: World, now_s: int, stops: Sequence[str] = (), vehicles: Sequence[str] = ()) -> Reaction:
    """Let time pass, cut the state, place the new orders among their neighbours, check, publish."""
    clock = stopwatch()
    began_s = clock()
    world.advance(now_s)
    left: Sequence[str] = stops
    for limit in (NARROW, SECOND):
        part = world.part(_around(world, left, vehicles, limit), left)
        plan = insert_only(part.problem, part.start).plan
        publish(world, part, plan)
        left = [u.stop_id for u in plan.unplanned]
        if not left:
            break
    return Reaction(clock() - began_s, not left)


def publish(world: World, part: Part, plan: RoutingPlan) -> None:
    """Put the plan in force; one that breaks a rule stops the benchmark."""
    verdict = check(part.problem, plan)
    if not verdict.ok:
        raise AssertionError(f"at {world.now_s}: {verdict.violations[:5]}")
    world.publish(part, plan)


def improve(world: World, seconds: float, seed: int, stops: Sequence[str] = ()) -> None:
    """Search on from the plan in force: all of it, or what is around the event where the whole is too large."""
    if len(world.orders) <= WHOLE_STOPS:
        part = world.whole()
    else:
        left = [s for s in stops if s in world.orders]
        part = world.part(_around(world, left, (), WIDE), [s for s in left if s in world.unplanned])
    found = search(part.problem, part.start, budget(seconds, seed))
    publish(world, part, found.plan)


def _around(world: World, stops: Sequence[str], vehicles: Sequence[str], limit: Limit) -> tuple[str, ...]:
    own = [world.orders[s] for v in vehicles if v in world.routes for s in world.routes[v].stop_ids]
    return world.around.vehicles([world.orders[s] for s in stops] + sample(own), vehicles, limit)


def settle_memory() -> None:
    """What exists now lives on: the collector need not look at it in the middle of an event."""
    gc.collect()
    gc.freeze()
