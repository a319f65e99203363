"""Rows of published instances, drawn at random: all of an mk or la, a part of a bel with its machines folded.

Called by: `__main__`, `scheduling_events`. Reads MUSTER_INSTANCES, as `tests.bench.scheduling.pack` says.
"""

from __future__ import annotations

import random
from functools import cache

from tests.bench.scheduling import pack
from tests.bench.scheduling_events_set.plant import CUT_MACHINES, Rows, rows_of

PART_JOBS = 24


def drawn(family: str, rng: random.Random) -> Rows:
    """One wave of a family."""
    name = rng.choice(_names(family))
    rows = _rows(name)
    if family != "bel":
        return rows
    first = rng.randrange(len(rows) - PART_JOBS)
    return [
        [[(machine % CUT_MACHINES, duration) for machine, duration in modes] for modes in row]
        for row in rows[first : first + PART_JOBS]
    ]


@cache
def _names(family: str) -> tuple[str, ...]:
    known = {"mk": pack.flexible_sets()["Brandimarte"], "la": pack.jobshops(), "bel": pack.industrial()}[family]
    return tuple(sorted(name for name in known if name.startswith(family)))


@cache
def _rows(name: str) -> Rows:
    return rows_of(pack.problem(name))
