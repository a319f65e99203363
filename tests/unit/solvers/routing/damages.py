"""Random damage to a stated plan: what a bug, a hand or a bad guest might do to it."""

from __future__ import annotations

import random
from dataclasses import replace

from solvers.routing.plan import Reason, Rest, Route, RoutingPlan, Trip, Unplanned, Visit


def damaged(plan: RoutingPlan, rng: random.Random) -> RoutingPlan:
    """The plan with one to three things changed; sometimes nothing that matters."""
    for _ in range(rng.randint(1, 3)):
        plan = _books(plan, rng) if rng.random() < 0.15 or not plan.routes else _routes(plan, rng)
    return plan


def _books(plan: RoutingPlan, rng: random.Random) -> RoutingPlan:
    left = list(plan.unplanned)
    routes = list(plan.routes)
    kind = rng.randrange(6)
    if kind == 0 and left:
        left.pop(rng.randrange(len(left)))
    elif kind == 1 and left:
        left.append(rng.choice(left))
    elif kind == 2:
        left.append(Unplanned(rng.choice(["s0", "s1", "nobody"]), Reason.FITS))
    elif kind == 3 and routes:
        routes.pop(rng.randrange(len(routes)))
    elif kind == 4 and routes:
        routes.append(rng.choice(routes))
    elif kind == 5 and routes:
        number = rng.randrange(len(routes))
        routes[number] = replace(routes[number], vehicle_id=rng.choice(["v0", "v1", "nobody"]))
    return RoutingPlan(tuple(routes), tuple(left))


def _routes(plan: RoutingPlan, rng: random.Random) -> RoutingPlan:
    routes = list(plan.routes)
    number = rng.randrange(len(routes))
    route = routes[number]
    kind = rng.random()
    if kind < 0.25 or not route.trips:
        routes[number] = replace(route, rests=_rests(route, rng))
    elif kind < 0.35:
        routes[number] = replace(route, trips=_trips(route, rng))
    elif kind < 0.5:
        return _moved(plan, rng)
    else:
        trips = list(route.trips)
        which = rng.randrange(len(trips))
        trips[which] = _trip(trips[which], rng)
        routes[number] = replace(route, trips=tuple(trips))
    return replace(plan, routes=tuple(routes))


def _rests(route: Route, rng: random.Random) -> tuple[Rest, ...]:
    rests = list(route.rests)
    kind = rng.randrange(4)
    if kind == 0 or not rests:
        start_s = rng.randrange(500)
        rests.append(Rest(start_s, start_s + rng.randint(0, 30)))
        return tuple(rests)
    number = rng.randrange(len(rests))
    if kind == 1:
        rests.pop(number)
    elif kind == 2:
        shift_s = rng.randint(-20, 20)
        rests[number] = Rest(rests[number].start_s + shift_s, rests[number].end_s + shift_s)
    else:
        rests[number] = rests[number]._replace(end_s=rests[number].end_s + rng.randint(-5, 5))
    return tuple(rests)


def _trips(route: Route, rng: random.Random) -> tuple[Trip, ...]:
    trips = list(route.trips)
    number = rng.randrange(len(trips))
    kind = rng.randrange(4)
    if kind == 0:
        trips.pop(number)
    elif kind == 1:
        trips.insert(number, replace(trips[number], visits=()))
    elif kind == 2:
        trips[number] = replace(trips[number], on_board=not trips[number].on_board)
    else:
        rng.shuffle(trips)
    return tuple(trips)


def _moved(plan: RoutingPlan, rng: random.Random) -> RoutingPlan:
    """Visits change places, or one comes twice; their times go with them."""
    lists = [[list(trip.visits) for trip in route.trips] for route in plan.routes]
    filled = [visits for trips in lists for visits in trips if visits]
    if not filled:
        return plan
    source, target = rng.choice(filled), rng.choice([visits for trips in lists for visits in trips])
    number = rng.randrange(len(source))
    visit = source[number] if rng.random() < 0.2 else source.pop(number)
    target.insert(rng.randint(0, len(target)), visit)
    routes = (
        replace(route, trips=tuple(replace(t, visits=tuple(v)) for t, v in zip(route.trips, trips, strict=True)))
        for route, trips in zip(plan.routes, lists, strict=True)
    )
    return replace(plan, routes=tuple(routes))


def _trip(trip: Trip, rng: random.Random) -> Trip:
    by_s = rng.choice([-30, -7, -1, 1, 4, 40])
    kind = rng.randrange(6)
    if kind == 0:
        return replace(trip, load_s=trip.load_s + by_s)
    if kind == 1:
        return replace(trip, depart_s=trip.depart_s + by_s)
    if kind == 2:
        return replace(trip, end_s=trip.end_s + by_s)
    if kind == 3:
        return replace(trip, distance_m=trip.distance_m + by_s)
    if kind == 4:
        return _shifted(trip, by_s)
    if not trip.visits:
        return trip
    visits = list(trip.visits)
    number = rng.randrange(len(visits))
    visits[number] = _visit(visits[number], rng, by_s)
    return replace(trip, visits=tuple(visits))


def _shifted(trip: Trip, by_s: int) -> Trip:
    """The whole trip earlier or later."""
    visits = (Visit(v.stop_id, v.arrive_s + by_s, v.start_s + by_s, v.depart_s + by_s, v.late_s) for v in trip.visits)
    return Trip(
        tuple(visits), trip.load_s + by_s, trip.depart_s + by_s, trip.end_s + by_s, trip.distance_m, trip.on_board
    )


def _visit(visit: Visit, rng: random.Random, by_s: int) -> Visit:
    field = rng.choice(["arrive_s", "start_s", "depart_s", "late_s", "stop_id"])
    if field == "stop_id":
        return visit._replace(stop_id=rng.choice(["s0", "s1", "nobody"]))
    return visit._replace(**{field: getattr(visit, field) + by_s})
