"""From a rich problem to the arrays of the rich search.

Promises: the arrays say what the problem says; 1,000 stops take a few milliseconds. Called by `rich_search`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.routing import layout as plain
from solvers.routing.kernel.near import gather, neighbours
from solvers.routing.layout import I32, I64
from solvers.routing.parts import FULL_SPEED_PCT, RelationKind, Vehicle
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem
from solvers.routing.rich import layout as raw
from solvers.routing.rich import shape as at
from solvers.routing.rich.arrays import rich_data, work_of
from solvers.routing.rich.layout import RichData
from solvers.routing.rich.pointer import simulation
from solvers.routing.rich.shape import State, Task

NEAR = 100
"""Length of the lists of near stops for insertion."""
ADJACENT = 160
"""Length of the lists of adjacent stops for ruin."""
SHORTEST = 64
"""But no shorter than this, if there are so many."""
SMALL = 400
"""With fewer stops one list serves both."""
SORT_STACK = 256
_COPIED = (
    "WS", "WE", "LATEST", "SVC", "SETUP", "LOC", "REL", "ROLE", "PARTNER", "LOCKED", "OWN", "FOES", "INC", "CHANGE",
    "AFTER", "RESEQ", "BOARD", "CB", "CE",
)  # fmt: skip
_COPIED_OF_VEHICLES = (
    "PROF", "START", "DEPOT", "HOME", "BEGIN", "SHIFT", "LOAD", "MAXT", "FIXED", "KM", "BOARDS", "KIND", "MOST_M",
    "MOST_STOPS",
)  # fmt: skip
_RELATIONS = {
    RelationKind.SAME_VEHICLE: at.SAME_VEHICLE,
    RelationKind.SEQUENCE: at.SEQUENCE,
    RelationKind.STRICT: at.STRICT,
}


def task_of(problem: RoutingProblem) -> Task:
    """The problem in arrays."""
    route = rich_data(problem)
    si = _stop_rows(problem, route)
    ui, options = _units(problem, si)
    rules, members, ties = _relations(problem, si)
    vi = _vehicle_rows(problem, route)
    near, adjacent = _near(problem, si)
    return Task(
        simulation(),
        route,
        si,
        np.array([s.demand for s in problem.stops], np.int64).reshape(len(problem.stops), len(problem.dimensions)),
        vi,
        np.array([v.capacity for v in problem.vehicles], np.int64).reshape(len(vi), len(problem.dimensions)),
        route.board,
        ui,
        options,
        rules,
        members,
        ties,
        near,
        adjacent,
        np.flatnonzero(vi[:, at.KLASS] == np.arange(len(vi))),
        np.flatnonzero(vi[:, at.MAXT] + vi[:, at.BOARDS] > 1),
    )


def _stop_rows(problem: RoutingProblem, route: RichData) -> I64:
    si = np.zeros((len(problem.stops), at.STOP_COLUMNS), np.int64)
    for name in _COPIED:
        si[:, getattr(at, name)] = route.si[:, getattr(raw, name)]
    return si


def _units(problem: RoutingProblem, si: I64) -> tuple[I64, I64]:
    """The units, and the options of those that have some; fills UNIT."""
    rows: list[tuple[int, int, int, int]] = []
    options: list[int] = []
    index = problem.stop_index
    for number, stop in enumerate(problem.stops):
        partner = int(si[number, at.PARTNER])
        if stop.option_of or (partner >= 0 and si[number, at.ROLE] == raw.BRING):
            continue
        prize = stop.prize_cents
        if partner >= 0:
            prize += problem.stops[partner].prize_cents
            si[partner, at.UNIT] = len(rows)
        si[number, at.UNIT] = len(rows)
        rows.append((at.SINGLE if partner < 0 else at.PAIR, number, partner, prize * TICKS_PER_CENT))
    for stop_ids in problem.options.values():
        members = [index[stop_id] for stop_id in stop_ids]
        si[members, at.UNIT] = len(rows)
        prize = max(problem.stops[number].prize_cents for number in members)
        rows.append((at.OPTIONS, len(options), len(options) + len(members), prize * TICKS_PER_CENT))
        options += members
    return np.array(rows, np.int64).reshape(len(rows), 4), np.array(options, np.int64)


def _relations(problem: RoutingProblem, si: I64) -> tuple[I64, I64, I64]:
    """Relations, their members, and the relations and ranks of each stop; fills TB and TE."""
    rules: list[tuple[int, int, int]] = []
    members: list[int] = []
    ties: dict[int, list[tuple[int, int]]] = {}
    for number, relation in enumerate(problem.relations):
        stops = [problem.stop_index[stop_id] for stop_id in relation.stop_ids]
        rules.append((_RELATIONS[relation.kind], len(members), len(members) + len(stops)))
        members += stops
        for rank, stop in enumerate(stops):
            ties.setdefault(stop, []).append((number, rank))
    rows: list[tuple[int, int]] = []
    for stop, tied in ties.items():
        si[stop, at.TB], si[stop, at.TE] = len(rows), len(rows) + len(tied)
        rows += tied
    return (
        np.array(rules, np.int64).reshape(len(rules), 3),
        np.array(members, np.int64),
        np.array(rows, np.int64).reshape(len(rows), 2),
    )


def _vehicle_rows(problem: RoutingProblem, route: RichData) -> I64:
    vi = np.zeros((len(problem.vehicles), at.VEHICLE_COLUMNS), np.int64)
    for name in _COPIED_OF_VEHICLES:
        vi[:, getattr(at, name)] = route.vi[:, getattr(raw, name)]
    kinds: dict[object, int] = {}
    lateness = any(stop.late_cents_per_min > 0 for stop in problem.stops)
    pace = [max([FULL_SPEED_PCT, *(band.speed_pct for band in p.bands)]) for p in problem.profiles]
    for number, v in enumerate(problem.vehicles):
        key = (replace(v, vehicle_id="", locked=()), int(vi[number, at.KIND]), *route.board[number].tolist())
        vi[number, at.KLASS] = kinds.setdefault(key, number)
        vi[number, at.NLOCK] = max((trip + 1 for trip, stops in enumerate(v.locked) if stops), default=0)
        vi[number, at.EXACT] = not lateness and _is_exact(problem, v)
        vi[number, at.PACE] = pace[v.profile]
    return vi


def _is_exact(problem: RoutingProblem, v: Vehicle) -> bool:
    """Whether the way is all that counts: time has no price, and no rule that the kernel's bounds do not know."""
    return not (
        v.rests
        or v.cents_per_hour
        or v.overtime_cents_per_hour
        or v.max_duration_s is not None
        or v.max_drive_s is not None
        or problem.profiles[v.profile].bands
    )


def _near(problem: RoutingProblem, si: I64) -> tuple[I32, I32]:
    """Lists of near stops; the plain kernel's measure of closeness, with the legs of the first profile."""
    n, profile = len(si), problem.profiles[0]
    near = _lists(n, NEAR)
    adjacent = near if n < SMALL else _lists(n, ADJACENT)
    if n < 2 or not problem.vehicles:
        return near, adjacent
    go = np.empty((1, n, n, 2), np.int32)
    metres, seconds = (m.astype(np.int32, copy=False) for m in (profile.distance_m, profile.duration_s))
    symmetric = gather(go, metres, seconds, np.array([s.location for s in problem.stops], np.int64), 0)
    back = go if symmetric else np.ascontiguousarray(go.transpose(0, 2, 1, 3))
    rows = np.zeros((n, plain.STOP_COLUMNS), np.int64)
    for name in ("WS", "WE", "SVC"):
        rows[:, getattr(plain, name)] = si[:, getattr(at, name)]
    prices = np.zeros((len(problem.vehicles), plain.VEHICLE_COLUMNS), np.int64)
    prices[:, plain.KM] = [v.cents_per_km for v in problem.vehicles]
    prices[:, plain.HOUR] = [v.cents_per_hour for v in problem.vehicles]
    away, items = np.zeros((2, n), np.float32), np.zeros(n + SORT_STACK, np.int64)
    neighbours(go, back, rows, prices, near, adjacent, near is not adjacent, away, items)
    return near, adjacent


def _lists(stops: int, longest: int) -> I32:
    """Room for the near stops of each stop; shorter lists do for small problems."""
    length = min(max(0, stops - 1), max(SHORTEST, min(longest, stops // 3)))
    return np.zeros((stops, length), np.int32)


def state_of(task: Task, seed: int) -> State:
    """An empty state: nothing is planned, all vehicles are where they start."""
    n, vehicles, dimensions, units = len(task.si), len(task.vi), task.cap.shape[1], len(task.ui)
    m = int((task.vi[:, at.MAXT] + task.vi[:, at.BOARDS]).max(initial=0)) + 1
    tx = np.zeros((vehicles * m, at.TRIP_COLUMNS), np.int64)
    tx[:, (at.HEAD, at.TAIL, at.RUINED)] = -1
    tx[:, at.VEH] = np.arange(vehicles * m) // max(1, m)
    written = n + vehicles * (m + 3) + 1
    ins = np.zeros(8, np.int64)
    rng = np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 & (2**64 - 1)], np.uint64)
    return State(
        np.full((n, at.PLACE_COLUMNS), -1, np.int64),
        tx,
        np.zeros((vehicles, m), np.int64),
        _empty_lists(task),
        np.zeros((n, dimensions), np.int64),
        np.zeros((n, dimensions), np.int64),
        np.zeros((n, dimensions), np.int64),
        np.zeros((vehicles * m, dimensions), np.int64),
        np.zeros((vehicles * m, dimensions), np.int64),
        np.zeros(at.SCALARS, np.int64),
        ins,
        np.full(units, -1, np.int64),
        np.zeros(units + 1, np.int64),
        np.zeros(units + 1, np.int64),
        np.zeros((len(task.rules), 3), np.int64),
        np.zeros(written, np.int64),
        np.zeros(vehicles, np.int64),
        np.zeros(written, np.int64),
        np.zeros(units + n + 64, np.int64),
        np.zeros(units + n + 64, np.int64),
        np.zeros(n + m + 4, np.int64),
        rng,
        work_of(task.route),
    )


def _empty_lists(task: Task) -> I64:
    """Vehicle rows of a state without stops: all vehicles are in the list of their kind, in order."""
    vx = np.zeros((len(task.vi), at.VEHICLE_STATE_COLUMNS), np.int64)
    vx[:, (at.EFIRST, at.ENEXT, at.EPREV)] = -1
    for v in range(len(task.vi) - 1, -1, -1):
        kind = task.vi[v, at.KLASS]
        first = vx[kind, at.EFIRST]
        vx[v, at.ENEXT] = first
        if first >= 0:
            vx[first, at.EPREV] = v
        vx[kind, at.EFIRST] = v
    return vx
