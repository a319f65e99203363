"""Rich kernel: earliest and latest times of one stop, as if nobody ever rested.

Promises: bounds that no exact simulation beats: what breaks a rule here breaks it there. Called by the other parts of
the rich kernel only; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.rich.fold import folded
from solvers.routing.rich.shape import CB, CE, LATEST, LOC, PACE, PROF, SETUP, SVC, WS, Task

FULL_SPEED = 100


@folded
def metres(d: Task, v: int, a: int, b: int) -> int:
    """Way from location a to b for vehicle v."""
    return np.int64(d.route.go[d.vi[v, PROF], a, b, 0])  # type: ignore[return-value]


@folded
def seconds(d: Task, v: int, a: int, b: int) -> int:
    """Least time from location a to b for vehicle v at any time of day."""
    least = np.int64(d.route.go[d.vi[v, PROF], a, b, 1])
    if d.vi[v, PACE] > FULL_SPEED:
        return least * FULL_SPEED // d.vi[v, PACE]
    return least  # type: ignore[return-value]


@folded
def opens(d: Task, c: int, t: int) -> int:
    """When service at c can start for who is there at t."""
    start = max(t, d.si[c, WS])
    for k in range(d.si[c, CB], d.si[c, CE]):
        if d.route.closed[k, 0] < start < d.route.closed[k, 1]:
            start = d.route.closed[k, 1]
    return start


@folded
def closes(d: Task, c: int, t: int) -> int:
    """The last moment by t at which service at c may start."""
    start = min(t, d.si[c, LATEST])
    for k in range(d.si[c, CE] - 1, d.si[c, CB] - 1, -1):
        if d.route.closed[k, 0] < start < d.route.closed[k, 1]:
            start = d.route.closed[k, 0]
    return start


@folded
def takes(d: Task, c: int, before: int) -> int:
    """Time at c for who comes from location `before`."""
    return d.si[c, SVC] + (d.si[c, SETUP] if before != d.si[c, LOC] else 0)
