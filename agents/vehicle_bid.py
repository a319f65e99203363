"""What a vehicle bids for a stop: the cheapest place in its own route, or the first rule that forbids every place.

Promises: pure, whole numbers, no compiled kernel and no solver; the same call gives the same bid. Costs are those of
`solvers.routing.check_cost` as far as one route goes; times are a plain forward pass, a hint that the core's checker
confirms or not before anything is awarded. Called by `agents.vehicle` for an `InsertionCall`.

Places are tried in the order of their detour, and no more when the detour alone costs more than the best bid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agents.insertion_call import InsertionCall, RouteCard
from agents.messages import CannotServe, InsertionBid, Offer
from agents.route_price import Pricer, Trips, Ways
from solvers.routing.parts import TICKS_PER_METRE_AND_CENT_PER_KM, Stop

_RULES = (
    "TIME_WINDOW_INFEASIBLE",
    "SHIFT_EXCEEDED",
    "CAPACITY_EXCEEDED",
    "INCOMPATIBLE_GOODS",
    "MAX_TRIPS_EXCEEDED",
    "BREAK_MISSED",
    "DRIVING_EXCEEDED",
    "DURATION_EXCEEDED",
    "DISTANCE_EXCEEDED",
    "STOPS_EXCEEDED",
)
DEARER_MAX = 8
"""After so many places in a row that are dearer than the best the rest, with longer detours, is not tried."""
TIDY_MOVES = 3
"""Own stops moved at most in one answer: the call has a deadline."""
TIDY_STOPS_MAX = 40


def bid(call: InsertionCall, number: int, now_s: int) -> InsertionBid:
    """The vehicle's answer to a call."""
    ways = Ways.of(call.card)
    pricer = _pricer(call.card, ways)
    offers: list[Offer] = []
    refusals: list[CannotServe] = []
    for lot in call.lots:
        found = _best(pricer, ways, lot)
        if isinstance(found, Offer):
            offers.append(found)
        else:
            refusals.append(found)
    tidied = _tidied(pricer, ways) if call.tidy else ()
    return InsertionBid(
        agent=call.agent,
        number=number,
        at_s=now_s,
        call_id=call.call_id,
        revision=call.revision,
        offers=tuple(offers),
        refusals=tuple(refusals),
        tidied=tidied,
    )


def _pricer(card: RouteCard, ways: Ways) -> Pricer:
    """Of the route as planned; where only the core's exact timing finds its rests, as if nobody rested."""
    pricer = Pricer(card, ways, card.trips)
    if pricer.base.rule and card.vehicle.rests:
        carefree = replace(card, vehicle=replace(card.vehicle, breaks=(), driving=None))
        pricer = Pricer(carefree, ways, card.trips)
    return pricer


def _best(pricer: Pricer, ways: Ways, lot: Stop) -> Offer | CannotServe:
    """The cheapest place of a lot. A route that breaks a rule already takes nothing more."""
    vehicle, base = pricer.card.vehicle, pricer.base
    name = vehicle.vehicle_id
    if (lot.allowed is not None and name not in lot.allowed) or name in lot.barred:
        return CannotServe(lot.stop_id, "NOT_ALLOWED")
    if lot.needs - vehicle.skills:
        return CannotServe(lot.stop_id, "SKILL_MISSING", len(lot.needs - vehicle.skills))
    if base.rule:
        return CannotServe(lot.stop_id, base.rule, base.size)
    best: Offer | None = None
    nearest: CannotServe | None = None
    dearer = 0
    for detour_m, number, position in sorted(_places(pricer, ways, lot)):
        least = detour_m * vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM
        if best is not None and (least >= best.extra_ticks or dearer >= DEARER_MAX):
            break
        found = pricer.with_stop(lot, number, position)
        if not found.rule and (best is None or found.ticks - base.ticks < best.extra_ticks):
            best, dearer = Offer(lot.stop_id, number, position, found.ticks - base.ticks), 0
        elif not found.rule:
            dearer += 1
        elif nearest is None or _farness(found.rule, found.size) < _farness(nearest.rule, nearest.size):
            nearest = CannotServe(lot.stop_id, found.rule, found.size)
    return best or nearest or CannotServe(lot.stop_id, "MAX_TRIPS_EXCEEDED", 1)


def _farness(rule: str, size: int) -> tuple[int, int]:
    """How far a place is from fitting: seconds are made up sooner than room is."""
    return _RULES.index(rule), size


def _places(pricer: Pricer, ways: Ways, lot: Stop) -> Iterator[tuple[int, int, int]]:
    """(detour, trip, position) of every place; a trip that the vehicle does not make yet is the last one."""
    card, trips = pricer.card, pricer.trips
    home, locked = card.vehicle.depot, card.vehicle.locked
    for number, trip in enumerate(trips):
        if number < len(locked) - 1 or (card.on_board and number == 0):
            continue  # complete as given, or under way: goods from the depot do not join it
        first = len(locked[number]) if number < len(locked) else 0
        points = [home, *(stop.location for stop in trip), home]
        for position in range(first, len(trip) + 1):
            yield ways.detour_m(points[position], lot.location, points[position + 1]), number, position
    loaded = len(trips) - (1 if card.on_board and trips else 0)
    if loaded < card.vehicle.max_trips:
        yield ways.detour_m(home, lot.location, home), len(trips), 0


def _with(trips: Trips, lot: Stop, number: int, position: int) -> Trips:
    if number == len(trips):
        return (*trips, (lot,))
    trip = trips[number]
    return (*trips[:number], (*trip[:position], lot, *trip[position:]), *trips[number + 1 :])


def _tidied(pricer: Pricer, ways: Ways) -> tuple[tuple[str, ...], ...]:
    """The own route with a few stops at better places; () when there is none that is cheaper."""
    base, trips = pricer.base, pricer.trips
    if base.rule or pricer.card.vehicle.locked or sum(map(len, trips)) > TIDY_STOPS_MAX:
        return ()
    ticks = base.ticks
    for _ in range(TIDY_MOVES):
        moved = _moved(pricer.card, ways, trips, ticks)
        if moved is None:
            break
        trips, ticks = moved
    if ticks >= base.ticks:
        return ()
    return tuple(tuple(stop.stop_id for stop in trip) for trip in trips)


def _moved(card: RouteCard, ways: Ways, trips: Trips, now_ticks: int) -> tuple[Trips, int] | None:
    """The best move of one own stop to another place, None when none makes the route cheaper."""
    best: tuple[Trips, int] | None = None
    for number, trip in enumerate(trips):
        if card.on_board and number == 0:
            continue
        for position, stop in enumerate(trip):
            cut = (*trips[:number], (*trip[:position], *trip[position + 1 :]), *trips[number + 1 :])
            rest = tuple(one for at, one in enumerate(cut) if one or (card.on_board and at == 0))
            without = Pricer(card, ways, rest)
            if without.base.rule:
                continue
            found = _best(without, ways, stop)
            if not isinstance(found, Offer):
                continue
            ticks = without.base.ticks + found.extra_ticks
            if ticks < (best[1] if best is not None else now_ticks):
                best = _with(rest, stop, found.trip, found.position), ticks
    return best
