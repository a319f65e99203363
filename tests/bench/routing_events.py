"""100,000 random events on small fleets: nothing that must not happen happens.

Every event is answered by repair, insertion and a short search, and judged (`routing_dynamic.judge`): no frozen stop
moved, no order left out without a reason that holds, nothing that the checker refuses, no plan worse than the repaired
one or than the plan in force where that is still possible. The goal of each row is 0.

MUSTER_EVENTS (default 100000): how many.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from solvers.routing.search import warm_up
from tests.bench.routing_dynamic.random_day import EVENTS_A_DAY, drive
from tests.bench.row import Row, row

EVENTS = int(os.environ.get("MUSTER_EVENTS", "100000"))
KINDS = {
    "moved": "frozen stops moved",
    "no reason": "orders left out without a reason",
    "wrong reason": "reasons that do not hold",
    "relaxation": "relaxations that do not hold",
    "violation": "plans that the checker refuses",
    "crash": "days that ended in an error",
    "worse": "plans worse than the repaired one, or the one in force",
}
SHOWN = 5

Told = tuple[int, Counter[str], list[tuple[str, str]]]


def main() -> list[Row]:
    """All days, on all cores; the first faults of each kind are told."""
    warm_up()
    began_s = time.perf_counter()
    count, seen, found = 0, Counter[str](), list[tuple[str, str]]()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for events, happened, faults in pool.map(one_day, range(-(-EVENTS // EVENTS_A_DAY)), chunksize=4):
            count += events
            seen += happened
            found += faults
    return list(rows(count, seen, found, time.perf_counter() - began_s))


def one_day(seed: int) -> Told:
    """What happened in one day."""
    try:
        day = drive(seed)
    except Exception as error:
        # Told, not raised: the other days go on, and not every error can cross processes.
        return 0, Counter(), [("crash", f"seed {seed}: {type(error).__name__}: {error}")]
    return day.count, day.seen, [(fault.kind, f"seed {seed}, {fault.detail}") for fault in day.faults]


def rows(count: int, seen: Counter[str], found: list[tuple[str, str]], took_s: float) -> Iterator[Row]:
    """A row for each kind of fault, and what was judged."""
    yield row("events answered and judged", float(count), "", seconds=took_s)
    for what in ("planned", "frozen", "unplanned"):
        yield row(f"stops {what}, over all events", float(seen[what]), "", seconds=0.0)
    for kind, name in KINDS.items():
        of_kind = [detail for fault, detail in found if fault == kind]
        for detail in of_kind[:SHOWN]:
            print(f"{kind}: {detail}", file=sys.stderr)
        yield row(name, float(len(of_kind)), "", seconds=0.0, at_most=0.0)
