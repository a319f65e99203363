"""From a problem to the arrays of the simulation.

Promises: the arrays say exactly what the problem says, and hold only the locations that it uses, so that a small part
cut out of a large problem is made in a fraction of a millisecond. Called by `timing` and the rich search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from solvers.routing.layout import I32, I64, U8
from solvers.routing.parts import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    Profile,
    Stop,
    StopKind,
    Vehicle,
)
from solvers.routing.problem import RoutingProblem
from solvers.routing.rich import layout as at
from solvers.routing.rich.layout import RichData, Work

NODES = 60_000
LIST = 4_096
"""Room for labels, in all and in a list. The same for every route: what is found may not hang on who asks."""


def rich_data(problem: RoutingProblem) -> RichData:
    """The problem in arrays."""
    return part_data(problem, problem.vehicles, problem.stops)


def part_data(problem: RoutingProblem, vehicles: Sequence[Vehicle], stops: Sequence[Stop]) -> RichData:
    """A part of the problem in arrays, stops and vehicles numbered as given; what is not in it is met nowhere."""
    place_of = _places(vehicles, stops)
    index = {stop.stop_id: number for number, stop in enumerate(stops)}
    closed = [span for stop in stops for span in stop.closed_s]
    breaks = [(b.earliest_s, b.latest_s, b.duration_s) for v in vehicles for b in v.breaks]
    bands, band_rows = _bands(problem.profiles)
    locks, lock_rows = _locks(vehicles, index)
    kinds, allowed = _allowed(problem, vehicles, stops)
    size = len(problem.dimensions)
    return RichData(
        _go(problem, place_of),
        _stop_rows(problem, vehicles, stops, index, place_of),
        _table((s.demand for s in stops), size),
        _vehicle_rows(problem, vehicles, place_of, kinds, band_rows, lock_rows),
        _table((v.capacity for v in vehicles), size),
        _board(problem, vehicles),
        allowed,
        _table(closed, 2),
        _table(bands, 3),
        _table(breaks, 3),
        np.array(locks, np.int64),
    )


def work_of(data: RichData, longest: int | None = None) -> Work:
    """Scratch for routes of up to `longest` places, separators counted; None: of any length, each stop once."""
    stops, dimensions = data.dem.shape
    if longest is None:
        longest = stops + int(data.vi[:, at.MAXT].max(initial=0)) + 2
    rests = bool(data.vi[:, at.RESTS].any())
    nodes, entries = (NODES, LIST) if rests else (1, 1)
    layer, road, point, here = (np.zeros(entries, np.int64) for _ in range(4))
    return Work(
        np.zeros(at.OUT, np.int64),
        np.zeros((dimensions, 3), np.int64),
        np.zeros(stops + 1, np.int64),
        np.zeros((longest + 2, at.TRIP_COLUMNS), np.int64),
        np.zeros((longest + 1, 4), np.int64),
        np.zeros((nodes, 2), np.int64),
        np.zeros((nodes, at.NODE_COLUMNS), np.int64),
        layer,
        road,
        point,
        here,
        np.zeros(nodes, np.int64),
        np.zeros(8, np.int64),
    )


def route_row(index: Mapping[str, int], trips: Sequence[Sequence[str]]) -> I64:
    """A route as the simulation reads it: stops, trips separated by -1. Raises KeyError for unknown ids."""
    row: list[int] = []
    for number, trip in enumerate(trips):
        if number:
            row.append(-1)
        row.extend(index[stop_id] for stop_id in trip)
    return np.array(row, np.int64)


def _table(rows: Iterable[Sequence[int]], width: int) -> I64:
    return np.array(list(rows), np.int64).reshape(-1, width)


def _places(vehicles: Sequence[Vehicle], stops: Sequence[Stop]) -> dict[int, int]:
    """Location -> its number among those in use."""
    used = {s.location for s in stops}
    for vehicle in vehicles:
        used |= {vehicle.start, vehicle.depot}
        if vehicle.end is not None:
            used.add(vehicle.end)
    return {location: number for number, location in enumerate(sorted(used))}


def _go(problem: RoutingProblem, place_of: dict[int, int]) -> I32:
    places = np.array(list(place_of), np.int64)
    go = np.empty((len(problem.profiles), len(places), len(places), 2), np.int32)
    everywhere = len(places) == problem.profiles[0].size
    for number, profile in enumerate(problem.profiles):
        for column, matrix in enumerate((profile.distance_m, profile.duration_s)):
            go[number, :, :, column] = matrix if everywhere else matrix[np.ix_(places, places)]
    return go


def _stop_rows(
    problem: RoutingProblem,
    vehicles: Sequence[Vehicle],
    stops: Sequence[Stop],
    index: Mapping[str, int],
    place_of: dict[int, int],
) -> I64:
    number_of = {v.vehicle_id: number for number, v in enumerate(vehicles)}
    bits = {name: k for k, name in enumerate(sorted({name for pair in problem.incompatible for name in pair}))}
    foes: dict[str, int] = {}
    for one, other in problem.incompatible:
        foes[one] = foes.get(one, 0) | 1 << bits[other]
        foes[other] = foes.get(other, 0) | 1 << bits[one]
    locked = {stop_id for v in vehicles for trip in v.locked for stop_id in trip}
    si = np.zeros((len(stops), at.STOP_COLUMNS), np.int64)
    spans = 0
    for number, s in enumerate(stops):
        partner = problem.delivery_of.get(s.stop_id) or problem.pickup_of.get(s.stop_id)
        si[number, : at.LOCKED + 1] = (
            place_of[s.location],
            s.window_start_s,
            s.window_end_s,
            s.latest_s,
            s.service_s,
            s.setup_s,
            s.release_s,
            s.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN,
            _role(s, partner is not None),
            -1 if partner is None else index.get(partner, len(index)),
            # An incumbent that is no longer there: every vehicle is a change.
            -1 if s.incumbent is None else number_of.get(s.incumbent, len(vehicles)),
            s.change_cents * TICKS_PER_CENT,
            _after(index, s),
            s.resequence_cents * TICKS_PER_CENT,
            1 << bits[s.goods_class] if s.goods_class in bits else 0,
            foes.get(s.goods_class, 0),
            spans,
            spans + len(s.closed_s),
            -1 if s.on_board is None else number_of.get(s.on_board, len(vehicles)),
            s.prize_cents * TICKS_PER_CENT,
            s.stop_id in locked,
        )
        spans += len(s.closed_s)
    return si


def _role(stop: Stop, paired: bool) -> int:
    if stop.on_board is not None:
        return at.ABOARD
    if stop.kind is StopKind.PICKUP:
        return at.FETCH if paired else at.COLLECT
    return at.BRING if paired else at.DELIVER


def _after(index: Mapping[str, int], stop: Stop) -> int:
    if stop.incumbent_after is None:
        return at.NEVER
    return index.get(stop.incumbent_after, at.GONE) if stop.incumbent_after else at.FIRST


def _vehicle_rows(
    problem: RoutingProblem,
    vehicles: Sequence[Vehicle],
    place_of: dict[int, int],
    kinds: list[int],
    band_rows: list[tuple[int, int]],
    lock_rows: list[tuple[int, int]],
) -> I64:
    vi = np.zeros((len(vehicles), at.VEHICLE_COLUMNS), np.int64)
    breaks = 0
    for number, v in enumerate(vehicles):
        last = v.last_location
        limits = (v.max_distance_m, v.max_duration_s, v.max_stops, v.max_drive_s)
        vi[number] = (
            v.profile,
            place_of[v.start],
            place_of[v.depot],
            -1 if last is None else place_of[last],
            v.begin_s,
            v.shift_end_s,
            v.load_s,
            v.max_trips,
            v.fixed_cents * TICKS_PER_CENT,
            v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM,
            v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
            v.overtime_from_s,
            v.overtime_cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
            problem.starts_on_board(v),
            kinds[number],
            *(at.NO_LIMIT if limit is None else limit for limit in limits),
            v.rests,
            breaks,
            breaks + len(v.breaks),
            *lock_rows[number],
            *band_rows[v.profile],
            *_driving(v),
        )
        breaks += len(v.breaks)
    return vi


def _driving(vehicle: Vehicle) -> tuple[int, ...]:
    rule = vehicle.driving
    if rule is None:
        return (at.NO_LIMIT, at.NO_LIMIT, 0, 0, 0, 0)
    return (rule.max_drive_s, rule.rest_s, *(rule.split_s or (0, 0)), int(rule.pauses_count), vehicle.driven_s)


def _bands(profiles: Sequence[Profile]) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    """Bands of all profiles, with the work done from moment 0 until each begins, and the rows of each profile."""
    rows: list[tuple[int, int, int]] = []
    spans: list[tuple[int, int]] = []
    for profile in profiles:
        begin = len(rows)
        if profile.bands:
            rows.append((0, at.FULL_SPEED, 0))
        for band in profile.bands:
            from_s, pct, done = rows[-1]
            rows.append((band.from_s, band.speed_pct, done + (band.from_s - from_s) * pct))
        spans.append((begin, len(rows)))
    return rows, spans


def _locks(vehicles: Sequence[Vehicle], index: Mapping[str, int]) -> tuple[list[int], list[tuple[int, int]]]:
    """Locked sequences of all vehicles, trips separated by -1, without empty ones at the end; rows of each vehicle."""
    rows: list[int] = []
    spans: list[tuple[int, int]] = []
    for vehicle in vehicles:
        begin = len(rows)
        for number, trip in enumerate(vehicle.locked):
            rows.extend([-1] * (number > 0))
            rows.extend(index.get(stop_id, len(index)) for stop_id in trip)
        spans.append((begin, len(rows)))
    return rows, spans


def _board(problem: RoutingProblem, vehicles: Sequence[Vehicle]) -> I64:
    """All goods on board at first, whether planned or not."""
    board = np.zeros((len(vehicles), len(problem.dimensions)), np.int64)
    carriers = {v.vehicle_id: number for number, v in enumerate(vehicles) if v.vehicle_id in problem.boarded}
    if carriers:
        for stop in problem.stops:
            if stop.on_board in carriers:
                board[carriers[stop.on_board]] += stop.demand
    return board


def _allowed(problem: RoutingProblem, vehicles: Sequence[Vehicle], stops: Sequence[Stop]) -> tuple[list[int], U8]:
    """Kind of each vehicle, and [stop, kind] whether it may serve: vehicles of a kind may serve the same stops."""
    free = ((number, s) for number, s in enumerate(stops) if s.on_board is None)
    choosy = [(number, s) for number, s in free if s.allowed is not None or s.barred or s.needs]
    needed = frozenset[str]().union(*(s.needs for _, s in choosy))
    named: dict[str, list[tuple[str, bool]]] = {}
    for _, stop in choosy:
        for vehicle_id in (stop.allowed or frozenset()) | stop.barred:
            named.setdefault(vehicle_id, []).append((stop.stop_id, vehicle_id in stop.barred))
    number_of: dict[object, int] = {}
    kinds: list[int] = []
    firsts: list[Vehicle] = []
    for v in vehicles:
        key = (v.skills & needed, tuple(named.get(v.vehicle_id, ())))
        if key not in number_of:
            number_of[key] = len(firsts)
            firsts.append(v)
        kinds.append(number_of[key])
    allowed = np.ones((len(stops), len(firsts)), np.uint8)
    for number, stop in choosy:
        allowed[number] = [problem.may_serve(v, stop) for v in firsts]
    return kinds, allowed
