"""How much of a plan changes for an event that touches one vehicle, and what holding still costs.

A good plan of a day under way is hit by events of one vehicle: it is delayed, breaks down, a stop takes longer, an
order of it is cancelled, an order comes in, a window changes. After each, the same search is given the same time with
prices of change (`freeze.Prices`) and without. Counted are the other stops: those that were planned before, are planned
after, and are not on the vehicle that the event touched. A stop has another predecessor if the stop before it in its
trip is another one; a predecessor that has been cancelled, or a new order in between, does not count, for the event
itself did that.

The cost is that of the plan without prices. Means over the events. The day is `routing_streams`' morning, half way
through the known orders. Reads MUSTER_INSTANCES (default ../shared/instances). MUSTER_CHURN_EVENTS (default 12).
"""

from __future__ import annotations

import copy
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from solvers.routing.check import check
from solvers.routing.freeze import Prices, price_changes
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import NO_END_S, Stop
from solvers.routing.search import search, warm_up
from tests.bench.routing_dynamic.clock import budget
from tests.bench.routing_dynamic.dispatch import publish
from tests.bench.routing_dynamic.judge import places
from tests.bench.routing_dynamic.orders import Stream, file_stream, folder
from tests.bench.routing_dynamic.world import World
from tests.bench.row import Row, row

FILES = ("gh200/r1_2_5.txt", "gh200/rc2_2_6.txt", "pyvrp/VRPTW/R1_10_3.vrp", "pyvrp/VRPTW/RC2_10_9.vrp")
EVENTS = int(os.environ.get("MUSTER_CHURN_EVENTS", "12"))
MORNING_S = 20.0
SEARCH_S = 1.0
VEHICLE_LEGS, SEQUENCE_LEGS = 0.3, 0.1
"""Prices of change now, in mean costs of a leg."""
HALF_SHARE = 0.5
"""After this part of the day a decision costs half."""
NEW_ORDER = 4
"""Which kind of event it is in `happen`."""
VEHICLE_PERCENT, PREDECESSOR_PERCENT, COST_PERCENT = 5.0, 10.0, 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """Percent of the other stops on another vehicle, behind another stop; cost of the plan without prices."""

    vehicle: float
    predecessor: float
    cost: int


def main() -> list[Row]:
    """All files."""
    warm_up()
    root = folder()
    if not root.is_dir():
        print(f"no instances in {root}: set MUSTER_INSTANCES; nothing is measured", file=sys.stderr)
        return []
    return [found for name in FILES for found in churn(file_stream(root / name, 1))]


def churn(one: Stream, events: int = EVENTS) -> Iterator[Row]:
    """With prices beside without."""
    began_s = time.perf_counter()
    world = midday(one)
    prices = prices_of(world)
    priced: list[Change] = []
    free: list[Change] = []
    for number in range(events):
        now = copy.deepcopy(world)
        touched = happen(now, number, one)
        priced.append(changes(world.plan(), now, touched, prices, number))
        free.append(changes(world.plan(), now, touched, None, number))
    took_s = time.perf_counter() - began_s
    for name, of, most in (
        ("on another vehicle", lambda c: c.vehicle, VEHICLE_PERCENT),
        ("behind another stop", lambda c: c.predecessor, PREDECESSOR_PERCENT),
    ):
        peers = {"without prices": statistics.mean(map(of, free))}
        ours = statistics.mean(map(of, priced))
        yield row(f"{one.name}: other stops {name}", ours, "%", seconds=took_s, peers=peers, at_most=most)
    extra = 100.0 * (sum(c.cost for c in priced) / sum(c.cost for c in free) - 1.0)
    yield row(f"{one.name}: cost of holding still", extra, "%", seconds=0.0, at_most=COST_PERCENT)


def midday(one: Stream) -> World:
    """A good plan of what has been revealed by a quarter of the stream, vehicles under way."""
    count = len(one.later) // 4
    world = World(one.problem)
    world.reveal(one.known)
    part = world.whole()
    publish(world, part, search(part.problem, None, budget(MORNING_S, 1)).plan)
    world.reveal(stop for _, stop in one.later[:count])
    world.advance(one.later[count][0])
    part = world.whole()
    publish(world, part, search(part.problem, part.start, budget(MORNING_S, 2)).plan)
    return world


def prices_of(world: World) -> Prices:
    """The rule: in mean legs of the plan in force, and in parts of the day."""
    stops = sum(len(route.stop_ids) for route in world.routes.values())
    leg_cents = world.planned_m() * next(iter(world.fleet.values())).cents_per_km / 1000 / max(1, stops)
    day_s = max(trip.end_s for route in world.routes.values() for trip in route.trips) - world.now_s
    return Prices(round(VEHICLE_LEGS * leg_cents), round(SEQUENCE_LEGS * leg_cents), max(1, round(HALF_SHARE * day_s)))


def happen(world: World, number: int, one: Stream) -> str:
    """Something happens to one vehicle; its name ("": to none). Kinds take turns, the vehicle is drawn by number."""
    rng = random.Random(number)
    names = [name for name, route in world.routes.items() if any(not t.on_board for t in route.trips)]
    name = rng.choice(names)
    vehicle, route = world.vehicle(name), world.routes[name]
    stop_id, start_s = rng.choice([(v.stop_id, v.start_s) for t in route.trips if not t.on_board for v in t.visits])
    day_s = vehicle.shift_end_s - world.now_s
    stop = world.orders[stop_id]
    kinds: tuple[Callable[[], None], ...] = (
        lambda: world.fleet.update({name: replace(vehicle, ready_s=max(vehicle.ready_s, world.now_s) + day_s // 20)}),
        lambda: world.fleet.update({name: replace(vehicle, ready_s=max(vehicle.ready_s, world.now_s) + day_s)}),
        lambda: world.orders.update({stop_id: replace(stop, service_s=3 * stop.service_s)}),
        lambda: world.cancel(stop_id),
        lambda: world.reveal((one.later[len(one.later) // 4 + number][1],)),
        lambda: world.orders.update({stop_id: earlier(stop, start_s)}),
    )
    kinds[number % len(kinds)]()
    return "" if kinds[number % len(kinds)] is kinds[NEW_ORDER] else name


def earlier(stop: Stop, start_s: int) -> Stop:
    """The customer wants it half way between the window's start and what was planned, at the latest."""
    end_s = stop.window_start_s + max(0, start_s - stop.window_start_s) // 2
    return replace(stop, window_end_s=end_s, latest_s=end_s)


def changes(held: RoutingPlan, now: World, touched: str, prices: Prices | None, seed: int) -> Change:
    """Search on after the event, and compare with the plan held before it."""
    part = now.whole()
    problem = part.problem if prices is None else price_changes(part.problem, part.start, now.now_s, prices)
    plan = search(problem, part.start, budget(SEARCH_S, seed)).plan
    verdict = check(part.problem, plan)
    assert verdict.ok, verdict.violations
    was, now_is = places(held, NO_END_S), places(plan, NO_END_S)
    both = was.keys() & now_is.keys()
    others = [stop_id for stop_id in both if was[stop_id][0] != touched]
    behind = [s for s in others if {was[s][1], now_is[s][1]} <= both | {""}]
    return Change(
        100.0 * sum(was[s][0] != now_is[s][0] for s in others) / max(1, len(others)),
        100.0 * sum(was[s][1] != now_is[s][1] for s in behind) / max(1, len(behind)),
        verdict.cost.total,
    )
