"""Simulation: travel by time of day, opening times of stops, both forwards and backwards.

Promises: whole seconds, exact. Work is counted in seconds at full speed where a vehicle knows no bands, in hundredths
of them where it does. Called by the other parts of the simulation; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.layout import (
    BAND_B,
    BAND_DONE,
    BAND_E,
    BAND_FROM,
    BAND_PCT,
    CB,
    CE,
    FULL_SPEED,
    LOC,
    PROF,
    SETUP,
    SVC,
    WS,
    RichData,
)


@folded
def metres(d: RichData, v: int, a: int, b: int) -> int:
    """Way from location a to location b."""
    return np.int64(d.go[d.vi[v, PROF], a, b, 0])  # type: ignore[return-value]


@folded
def work_of_leg(d: RichData, v: int, a: int, b: int) -> int:
    """Work from location a to location b."""
    seconds = np.int64(d.go[d.vi[v, PROF], a, b, 1])
    return seconds if d.vi[v, BAND_B] == d.vi[v, BAND_E] else seconds * FULL_SPEED  # type: ignore[return-value]


@inner
def _done_by(d: RichData, v: int, t: int) -> int:
    """Work that can be done from moment 0 to t."""
    k = d.vi[v, BAND_E] - 1
    while k > d.vi[v, BAND_B] and d.bands[k, BAND_FROM] > t:
        k -= 1
    return d.bands[k, BAND_DONE] + (t - d.bands[k, BAND_FROM]) * d.bands[k, BAND_PCT]


@inner
def _banded_arrival(d: RichData, v: int, t: int, work: int) -> int:
    aim = _done_by(d, v, t) + work
    k = d.vi[v, BAND_E] - 1
    while k > d.vi[v, BAND_B] and d.bands[k, BAND_DONE] >= aim:
        k -= 1
    return max(t, d.bands[k, BAND_FROM] - (d.bands[k, BAND_DONE] - aim) // d.bands[k, BAND_PCT])


@inner
def _banded_departure(d: RichData, v: int, t: int, work: int) -> int:
    aim = _done_by(d, v, t) - work
    k = d.vi[v, BAND_E] - 1
    while k > d.vi[v, BAND_B] and d.bands[k, BAND_DONE] > aim:
        k -= 1
    return d.bands[k, BAND_FROM] + (aim - d.bands[k, BAND_DONE]) // d.bands[k, BAND_PCT]


@folded
def work_done(d: RichData, v: int, begin: int, end: int) -> int:
    """Work that a vehicle does that drives from moment begin to moment end."""
    if d.vi[v, BAND_B] == d.vi[v, BAND_E]:
        return end - begin
    return _done_by(d, v, end) - _done_by(d, v, begin)


@folded
def arrival(d: RichData, v: int, t: int, work: int) -> int:
    """First moment by which the work is done if driving begins at t."""
    return t + work if d.vi[v, BAND_B] == d.vi[v, BAND_E] else _banded_arrival(d, v, t, work)


@folded
def latest_departure(d: RichData, v: int, t: int, work: int) -> int:
    """Last moment to begin driving so that the work is done by t."""
    return t - work if d.vi[v, BAND_B] == d.vi[v, BAND_E] else _banded_departure(d, v, t, work)


@folded
def opens(d: RichData, c: int, t: int) -> int:
    """When service at c starts for who is there at t."""
    start = max(t, d.si[c, WS])
    for k in range(d.si[c, CB], d.si[c, CE]):
        if d.closed[k, 0] < start < d.closed[k, 1]:
            start = d.closed[k, 1]
    return start


@folded
def closes(d: RichData, c: int, t: int) -> int:
    """The last moment by t at which service at c may start, its window left aside."""
    start = t
    for k in range(d.si[c, CE] - 1, d.si[c, CB] - 1, -1):
        if d.closed[k, 0] < start < d.closed[k, 1]:
            start = d.closed[k, 0]
    return start


@folded
def takes(d: RichData, c: int, before: int) -> int:
    """Time at c for who comes from location `before`."""
    return d.si[c, SVC] + (d.si[c, SETUP] if before != d.si[c, LOC] else 0)
