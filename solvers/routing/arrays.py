"""From problem and sequences to the kernel's arrays, and back.

Promises: the arrays say exactly what the problem says; a start of any quality becomes a solution the kernel can repair:
goods on board in their vehicle's first trip, locks in front, everything that is nowhere or impossible to place, absent.
Called by `search` and `explain`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.routing import layout as at
from solvers.routing.kernel.backup import STOP_ROW, VEHICLE_ROW
from solvers.routing.kernel.near import SORT_STACK, arrange, compare, gather, neighbours
from solvers.routing.layout import I32, I64, U8, Data, State
from solvers.routing.plan import Sequences
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    RoutingProblem,
    Stop,
    Vehicle,
)

NEAR = 100
"""Length of the lists of near stops for insertion."""
ADJACENT = 160
"""Length of the lists of adjacent stops for ruin."""
SMALL = 400
SHORTEST = 64
"""But no shorter than this, if there are so many."""


def near_together(problem: RoutingProblem) -> I64:
    """An order of the stops, for `data_of`, in which near ones are near each other in memory, too."""
    order = np.zeros(len(problem.stops), np.int64)
    if len(order) > 0:
        metres = problem.profiles[0].distance_m.astype(np.int32, copy=False)
        locations = np.array([s.location for s in problem.stops], np.int64)
        arrange(metres, locations, order, np.zeros(len(order), np.float32), np.zeros(2 * SORT_STACK, np.int64))
    return order


def data_of(problem: RoutingProblem, order: I64 | None = None) -> Data:
    """The problem in arrays. order: stop k of the arrays is `problem.stops[order[k]]`; None: as they come."""
    vehicles = problem.vehicles
    stops = problem.stops if order is None else [problem.stops[k] for k in order.tolist()]
    places = sorted({v.start for v in vehicles} | {v.depot for v in vehicles})
    node_of = {location: len(stops) + number for number, location in enumerate(places)}
    locations = np.array([s.location for s in stops] + places, np.int64)
    go, symmetric = np.empty((len(problem.profiles), len(locations), len(locations), 2), np.int32), True
    for number, profile in enumerate(problem.profiles):
        # They are int32 already (see Profile); the type checker is told.
        metres, seconds = (m.astype(np.int32, copy=False) for m in (profile.distance_m, profile.duration_s))
        symmetric &= gather(go, metres, seconds, locations, number)
    back = go if symmetric else np.ascontiguousarray(go.transpose(0, 2, 1, 3))
    same, fastest = compare(go)
    si = _stop_rows(stops, problem)
    allowed = _allowed(stops, problem)
    vi = _vehicle_rows(problem, node_of, allowed, bool((si[:, at.LATE] > 0).any()))
    near = _lists(len(stops), NEAR)
    # A small problem must be ready in a millisecond or two: one list serves both.
    adjacent = near if len(stops) < SMALL else _lists(len(stops), ADJACENT)
    if len(vehicles) > 0:
        away, items = np.zeros((2, len(stops)), np.float32), np.zeros(len(stops) + SORT_STACK, np.int64)
        neighbours(go, back, si, vi, near, adjacent, near is not adjacent, away, items)
    return Data(
        go,
        back,
        si,
        np.array([s.demand for s in stops], np.int64).reshape(len(stops), len(problem.dimensions)),
        vi,
        np.array([v.capacity for v in vehicles], np.int64).reshape(len(vehicles), len(problem.dimensions)),
        allowed,
        near,
        adjacent,
        np.flatnonzero(vi[:, at.KLASS] == np.arange(len(vi))),
        np.flatnonzero(vi[:, at.MAXT] + vi[:, at.BOARDS] > 1),
        np.array([same, int(vi[:, at.KM].min(initial=at.NO)), fastest, int((si[:, at.SEQ] > 0).any())], np.int64),
    )


def _lists(stops: int, longest: int) -> I32:
    """Room for the near stops of each stop; shorter lists do for small problems."""
    length = min(max(0, stops - 1), max(SHORTEST, min(longest, stops // 3)))
    return np.zeros((stops, length), np.int32)


def _stop_rows(stops: Sequence[Stop], problem: RoutingProblem) -> I64:
    index = problem.vehicle_index
    number_of = {stop.stop_id: number for number, stop in enumerate(stops)}
    rows = [
        (
            s.window_start_s,
            s.window_end_s,
            s.latest_s,
            s.service_s,
            s.release_s,
            s.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN,
            s.prize_cents * TICKS_PER_CENT,
            s.change_cents * TICKS_PER_CENT,
            -1 if s.on_board is None else index[s.on_board],
            # An incumbent that is no longer there: every vehicle is a change.
            -1 if s.incumbent is None else index.get(s.incumbent, len(index)),
            _former(s, number_of),
            s.resequence_cents * TICKS_PER_CENT,
        )
        for s in stops
    ]
    si = np.zeros((len(rows), at.STOP_COLUMNS), np.int64)
    if rows:
        si[:, : at.LOCKED] = rows
    for vehicle in problem.vehicles:
        for trip in vehicle.locked:
            for stop_id in trip:
                si[number_of[stop_id], at.LOCKED] = 1
    return si


def _former(stop: Stop, number_of: dict[str, int]) -> int:
    """Number of the stop before it in the plan in force; one that is gone counts as another one always."""
    if stop.incumbent_after is None or stop.resequence_cents == 0:
        return at.FREE
    return number_of.get(stop.incumbent_after, len(number_of)) if stop.incumbent_after else at.FIRST


def _vehicle_rows(problem: RoutingProblem, node_of: dict[int, int], allowed: U8, lateness: bool) -> I64:
    vi = np.zeros((len(problem.vehicles), at.VEHICLE_COLUMNS), np.int64)
    kinds: dict[tuple[object, ...], int] = {}
    anybody = bool(allowed.all())
    for number, v in enumerate(problem.vehicles):
        boards = int(problem.starts_on_board(v))
        row = (
            v.profile,
            node_of[v.start],
            node_of[v.depot],
            v.begin_s,
            v.shift_end_s,
            v.load_s,
            v.max_trips,
            v.fixed_cents * TICKS_PER_CENT,
            v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM,
            v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
            int(v.open_end),
            boards,
        )
        kind = kinds.setdefault((row, v.capacity, b"" if anybody else allowed[:, number].tobytes()), number)
        timed = int(lateness or v.cents_per_hour > 0)
        vi[number, : at.TIMED + 1] = (*row, kind, _locked_trips(v), timed)
    return vi


def _locked_trips(vehicle: Vehicle) -> int:
    """Number of trips up to the last one that holds a locked stop."""
    return max((number + 1 for number, trip in enumerate(vehicle.locked) if trip), default=0)


def _allowed(stops: Sequence[Stop], problem: RoutingProblem) -> U8:
    allowed = np.ones((len(stops), len(problem.vehicles)), np.uint8)
    for number, stop in enumerate(stops):
        if stop.allowed is not None or stop.barred or stop.needs:
            allowed[number] = [problem.may_serve(vehicle, stop) for vehicle in problem.vehicles]
    return allowed


def state_of(data: Data, seed: int) -> State:
    """An empty state: nothing is planned, all vehicles are where they start, everything is its own."""
    n, vehicles, dimensions = len(data.si), len(data.vi), data.cap.shape[1]
    m = int((data.vi[:, at.MAXT] + data.vi[:, at.BOARDS]).max(initial=0)) + 1
    sx = np.full((n, at.STOP_COLUMNS), -1, np.int64)
    tx = np.zeros((vehicles * m, at.TRIP_COLUMNS), np.int64)
    tx[:, (at.HEAD, at.TAIL, at.RUINED)] = -1
    tx[:, at.VEH] = np.arange(vehicles * m) // m
    vx = np.zeros((vehicles, at.VEHICLE_STATE_COLUMNS), np.int64)
    vx[:, at.OWN] = 1
    scalars = np.zeros(at.SCALARS, np.int64)
    scalars[at.NMINE] = n
    rng = np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 & (2**64 - 1)], np.uint64)
    return State(
        sx,
        np.full((n, 4), -1, np.int32),
        tx,
        np.zeros((vehicles * m, dimensions), np.int64),
        np.zeros((vehicles, m), np.int64),
        vx,
        scalars,
        np.zeros(8, np.int64),
        np.zeros(n + 1, np.int64),
        np.zeros(n + 1, np.int64),
        np.arange(n),
        np.zeros(n * STOP_ROW + vehicles * (VEHICLE_ROW + m * (1 + at.TRIP_COLUMNS + dimensions)), np.int64),
        np.zeros(vehicles, np.int64),
        np.zeros(n + vehicles * (m + 1) + 1, np.int64),
        np.zeros(2 * n + 64, np.int64),
        np.zeros(2 * n + 64, np.int64),
        rng,
    )


def encode(problem: RoutingProblem, start: Sequences, order: I64 | None = None) -> I64:
    """The start as the kernel reads it (see `kernel.backup.write`); order: as in `data_of`.

    Unknown vehicles and stops, second occurrences, stops on vehicles they may not use, and loaded trips beyond
    `max_trips` are left out; the kernel then treats those stops as absent.
    """
    out: list[int] = []
    number_of = problem.stop_index
    if order is not None:
        number_of = {problem.stops[stop].stop_id: number for number, stop in enumerate(order.tolist())}
    seen: set[str] = {stop_id for v in problem.vehicles for trip in v.locked for stop_id in trip}
    boarded = {s.stop_id for s in problem.stops if s.on_board is not None}
    for vehicle in problem.vehicles:
        wanted = start.get(vehicle.vehicle_id, ())
        trips = _trips(problem, vehicle, wanted, boarded, seen)
        out.append(len(trips))
        for trip in trips:
            out.append(len(trip))
            out.extend(number_of[stop_id] for stop_id in trip)
    return np.array(out, np.int64)


def _trips(
    problem: RoutingProblem, vehicle: Vehicle, wanted: Sequence[Sequence[str]], boarded: set[str], seen: set[str]
) -> list[list[str]]:
    boards = problem.starts_on_board(vehicle)
    first: list[str] = []
    loaded: list[list[str]] = []
    for trip in wanted:
        rest: list[str] = []
        for stop_id in trip:
            if stop_id in seen or stop_id not in problem.stop_index:
                continue
            stop = problem.stop(stop_id)
            if stop.on_board == vehicle.vehicle_id:
                first.append(stop_id)
            elif stop_id not in boarded and problem.may_serve(vehicle, stop):
                rest.append(stop_id)
            else:
                continue
            seen.add(stop_id)
        loaded.append(rest)
    if boards and loaded and not loaded[0]:
        loaded = loaded[1:]
    trips = _with_locks(vehicle, [first, *loaded] if boards else loaded)
    kept = [trip for number, trip in enumerate(trips) if trip or (number == 0 and boards)]
    return kept[: vehicle.max_trips + int(boards)]


def _with_locks(vehicle: Vehicle, trips: list[list[str]]) -> list[list[str]]:
    """Put the locked sequences in front; what was in a trip that is locked as a whole goes absent."""
    locked = list(vehicle.locked[: _locked_trips(vehicle)])
    if not locked:
        return trips
    *whole, last = locked
    rest = trips[len(whole)] if len(trips) > len(whole) else []
    return [*(list(trip) for trip in whole), [*last, *rest], *trips[len(locked) :]]


def decode(problem: RoutingProblem, written: I64, order: I64 | None = None) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The sequences written in `State.best`; order: as in `data_of`."""
    ids = [stop.stop_id for stop in problem.stops]
    if order is not None:
        ids = [ids[k] for k in order.tolist()]
    values = written.tolist()
    sequences: dict[str, tuple[tuple[str, ...], ...]] = {}
    position = 0
    for vehicle in problem.vehicles:
        trips: list[tuple[str, ...]] = []
        count = values[position]
        position += 1
        for _ in range(count):
            size = values[position]
            trips.append(tuple(ids[k] for k in values[position + 1 : position + 1 + size]))
            position += 1 + size
        if trips:
            sequences[vehicle.vehicle_id] = tuple(trips)
    return sequences
