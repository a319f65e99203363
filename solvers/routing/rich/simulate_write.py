"""Simulation: all times of a route, not only what they cost.

Promises: the times that `simulate` prices, and of each trip the last moment it could leave. Called by `timing` through
`simulate_entries`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_free import latest, write_free

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    BAND_B, BAND_E, BREAK_B, BREAK_E, C_PATH, LATEST_START, MAX_DRIVE, MOST_DRIVE, MOST_S, NO_LIMIT, O_TRIPS, SHIFT,
    T_BOARD, T_DEPART, T_END, T_LATEST, T_LOAD, I64, RichData, Work,
)
# fmt: on
# isort: on


@inner
def write_times(d: RichData, w: Work, v: int, seq: I64) -> None:
    """After `simulate`: trips into `Work.trip`, visits into `Work.visit`; where rests were looked for, they are."""
    if w.counts[C_PATH] > 0 or w.out[O_TRIPS] == 0:
        return
    trips = w.out[O_TRIPS]
    write_free(d, w, v, seq, trips)
    tired = d.vi[v, MAX_DRIVE] < NO_LIMIT or d.vi[v, MOST_DRIVE] < NO_LIMIT
    # With speed bands, leaving later can mean more driving: it is not promised that the rules on it would be kept.
    if tired and d.vi[v, BAND_E] > d.vi[v, BAND_B]:
        return
    cap = _last_end(d, w, v, trips)
    for back in range(trips):
        q = trips - 1 - back
        if w.trip[q, T_BOARD] == 0:
            w.trip[q, T_LATEST] = max(w.trip[q, T_DEPART], latest(d, w, v, seq, q, cap))
        cap = min(d.vi[v, SHIFT], w.trip[q, T_LOAD])


@folded
def _last_end(d: RichData, w: Work, v: int, trips: int) -> int:
    """When the route must be over by: shift, duration, and breaks that are not due as it is."""
    cap = d.vi[v, SHIFT]
    if trips > 1:
        cap = min(cap, w.trip[0, T_LOAD] + d.vi[v, MOST_S])
    for k in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        if d.breaks[k, LATEST_START] >= w.trip[trips - 1, T_END]:
            cap = min(cap, d.breaks[k, LATEST_START])
    return cap
