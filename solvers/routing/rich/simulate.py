"""Simulation of one vehicle's route: what it costs, and by how much it breaks the rules.

Promises: cost to the tick and broken rules are those that the checker finds when `timing` states the route's times,
which are found here. Of rules that tie several routes together (relations, options, a stop planned twice) nothing is
known here. Nothing is allocated, no clock is read. Called by the rich search, and by `timing` through `entries`.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_free import time_free, write_free
from solvers.routing.rich.simulate_load import weigh
from solvers.routing.rich.simulate_rests import place_rests
from solvers.routing.rich.simulate_settle import settle

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    BAND_B, BAND_E, BREAK_B, BREAK_E, COUNT_WEIGHT, C_PATH, DRIVEN, FIXED, HOUR, KM, LATEST_START, MAX_DRIVE,
    MOST_DRIVE, MOST_S, NO_LIMIT, N_BROKEN, OUT, OVER, OVER_FROM, O_CHANGE, O_COST, O_DRIVE, O_LATE, O_METRES,
    O_STOPS, O_VIOLATION, RESTS, RULES, SHIFT, T_END, T_FROM, T_LOAD, T_TO, V_BREAK, V_DRIVE, V_DURATION, V_SHIFT,
    V_STOPS, V_WINDOW, I64, RichData, Work,
)
# fmt: on
# isort: on

NO_ROOM = 1_000_000
"""Seconds of breaks missed by a route that is too long for the labels there is room for."""


@inner
def simulate(d: RichData, w: Work, v: int, seq: I64, n: int) -> tuple[int, int]:
    """Cost in ticks of the route seq[:n] of vehicle v, and the measure of its violations, 0: none.

    seq: stops, trips separated by -1; of a vehicle that starts on board the first trip is the on-board one, which may
    be empty. Prizes are no part of the cost. All parts stand in `Work.out`, see `rich.layout`.
    """
    for k in range(OUT):
        w.out[k] = 0
    trips = weigh(d, w, v, seq, n)
    if trips > 0:
        _set_times(d, w, v, seq, trips)
        _judge(d, w, v, trips)
    violation = 0
    for k in range(RULES):
        violation += w.out[k] * COUNT_WEIGHT if k >= V_STOPS else w.out[k]
    w.out[O_VIOLATION] = violation
    w.out[O_COST] = _price(d, w, v, trips)
    return w.out[O_COST], violation


@folded
def _set_times(d: RichData, w: Work, v: int, seq: I64, trips: int) -> None:
    """Rests are looked for only where the route needs any: most do not."""
    w.counts[C_PATH] = 0
    time_free(d, w, v, seq, trips)
    if d.vi[v, BAND_E] > d.vi[v, BAND_B] and (d.vi[v, RESTS] == 1 or d.vi[v, MOST_DRIVE] < NO_LIMIT):
        w.out[O_DRIVE] = write_free(d, w, v, seq, trips)
    if d.vi[v, RESTS] == 0 or _needs_no_rest(d, w, v, trips):
        return
    if not place_rests(d, w, v, seq, trips):
        w.out[V_BREAK] = NO_ROOM
        return
    settle(d, w, v, seq, trips)
    w.out[V_BREAK] = w.node[w.path[w.counts[C_PATH] - 1], N_BROKEN] - w.out[V_WINDOW]
    for q in range(trips):
        if w.trip[q, T_TO] > w.trip[q, T_FROM]:
            w.out[V_BREAK] -= max(0, w.trip[q, T_END] - d.vi[v, SHIFT])


@folded
def _needs_no_rest(d: RichData, w: Work, v: int, trips: int) -> bool:
    """Whether the route keeps all rules on breaks and driving without any rest."""
    if w.out[O_DRIVE] > d.vi[v, MAX_DRIVE] - d.vi[v, DRIVEN]:
        return False
    begin, end = w.trip[0, T_LOAD], w.trip[trips - 1, T_END]
    due = False
    for k in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        due = due or begin <= d.breaks[k, LATEST_START] < end
    return not due


@folded
def _judge(d: RichData, w: Work, v: int, trips: int) -> None:
    """Limits of time. They are not asked of a vehicle that only comes home."""
    for q in range(trips):
        if w.trip[q, T_TO] > w.trip[q, T_FROM]:
            w.out[V_SHIFT] += max(0, w.trip[q, T_END] - d.vi[v, SHIFT])
    if w.out[O_STOPS] > 0:
        w.out[V_DURATION] = max(0, w.trip[trips - 1, T_END] - w.trip[0, T_LOAD] - d.vi[v, MOST_S])
        w.out[V_DRIVE] = max(0, w.out[O_DRIVE] - d.vi[v, MOST_DRIVE])


@folded
def _price(d: RichData, w: Work, v: int, trips: int) -> int:
    cost = w.out[O_METRES] * d.vi[v, KM] + w.out[O_LATE] + w.out[O_CHANGE]
    if w.out[O_STOPS] > 0:
        cost += d.vi[v, FIXED]
    for q in range(trips):
        begin, end = w.trip[q, T_LOAD], w.trip[q, T_END]
        cost += (end - begin) * d.vi[v, HOUR] + max(0, end - max(begin, d.vi[v, OVER_FROM])) * d.vi[v, OVER]
    return cost
