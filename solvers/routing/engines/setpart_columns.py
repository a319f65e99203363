"""The columns of set partitioning: which routes may be combined, what each covers, and what it costs.

Promises: of the routes of one kind of vehicle over the same stops only the cheapest is a column. Routes are offered to
other kinds, too, where they keep all rules. Called by `setpart`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from solvers.routing.engines.kinds import Kind, kinds_of
from solvers.routing.engines.route_prices import Ints, RoutePrices
from solvers.routing.plan import Sequences
from solvers.routing.pool import RouteKey
from solvers.routing.problem import RoutingProblem

MAX_COLUMNS = 20_000
MAX_CROSSED = 60_000
MAX_CROSSED_ONE_BY_ONE = 6_000
"""Routes offered to kinds of vehicles other than the one that was seen to drive them."""

Trips = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Routes in parallel lists: kind of vehicle, trips, stop numbers covered, cost in ticks."""

    kinds: list[Kind]
    kind: Ints
    trips: list[Trips]
    covers: list[tuple[int, ...]]
    cost: Ints
    used: frozenset[int]
    """Columns of the start: the incumbent, each of its routes in the cheapest known order."""
    shortcut: int
    """What the start costs more than these, in ticks."""


def columns_of(problem: RoutingProblem, start: Sequences, pool: Iterable[RouteKey], prices: RoutePrices) -> Columns:
    """Columns of the start and the newest routes of the pool. On-board vehicles may also just go home."""
    kinds = kinds_of(problem)
    kind_of = {vehicle_id: number for number, kind in enumerate(kinds) for vehicle_id in kind.vehicle_ids}
    given = [(kind_of[name], tuple(tuple(trip) for trip in trips)) for name, trips in start.items() if trips]
    given = [(kind, trips) for kind, trips in given if any(trips) or kinds[kind].must_drive]
    seen: dict[tuple[int, Trips], None] = dict.fromkeys(given)
    for number, kind in enumerate(kinds):
        vehicle = problem.vehicle(kind.vehicle_ids[0])
        if problem.starts_on_board(vehicle) and not any(vehicle.locked):
            seen[number, ((),)] = None
    for vehicle_id, trips in reversed(list(pool)):
        if len(seen) >= MAX_COLUMNS:
            break
        seen.setdefault((kind_of[vehicle_id], trips))
    routes = list(seen)
    costs, _ = prices.judged([(kinds[kind].vehicle_ids[0], trips) for kind, trips in routes])
    crossed, more = _cross(routes, kinds, prices)
    return _cheapest(problem, kinds, routes + crossed, np.concatenate([costs, more]), given)


def _cross(
    routes: list[tuple[int, Trips]], kinds: list[Kind], prices: RoutePrices
) -> tuple[list[tuple[int, Trips]], Ints]:
    """The newest routes on other kinds of vehicles, as far as these can drive them."""
    free = [number for number, kind in enumerate(kinds) if not kind.must_drive]
    if len(free) < 2:
        return [], np.zeros(0, np.int64)
    most = MAX_CROSSED if prices.quick else MAX_CROSSED_ONE_BY_ONE
    newest = routes[: most // (len(free) - 1)]
    bare = list(dict.fromkeys(trips for kind, trips in newest if not kinds[kind].must_drive))
    offered = [(kind, trips) for kind in free for trips in bare]
    keys = [(kinds[kind].vehicle_ids[0], trips) for kind, trips in offered]
    costs, possible = prices.judged(keys)
    return [offered[k] for k in np.flatnonzero(possible)], costs[possible]


def _cheapest(
    problem: RoutingProblem,
    kinds: list[Kind],
    routes: list[tuple[int, Trips]],
    costs: Ints,
    given: list[tuple[int, Trips]],
) -> Columns:
    """One column for each kind and set of stops."""
    index = problem.stop_index
    best: dict[tuple[int, frozenset[int]], int] = {}
    for number, (kind, trips) in enumerate(routes):
        key = (kind, frozenset(index[stop_id] for trip in trips for stop_id in trip))
        if key not in best or costs[number] < costs[best[key]]:
            best[key] = number
    kept = list(best.values())
    place = {key: position for position, key in enumerate(best)}
    used = {place[k, frozenset(index[c] for trip in trips for c in trip)] for k, trips in given}
    price = dict(zip(routes, costs.tolist(), strict=True))
    cheapest = costs[kept]
    return Columns(
        kinds,
        np.array([routes[k][0] for k in kept], np.int64),
        [routes[k][1] for k in kept],
        [tuple(sorted(stops)) for _, stops in best],
        cheapest,
        frozenset(used),
        sum(price[route] for route in given) - int(cheapest[list(used)].sum()),
    )
