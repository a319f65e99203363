"""Events on live schedules of 200 tasks: a checked schedule in 100 ms, a better one within 1 s, few tasks moved.

The set, its format, what is counted and how: `tests/bench/scheduling_events_set/README.md`. Reads MUSTER_INSTANCES
(default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part of the seeds: 0.33, or 1,4,7.
"""

from __future__ import annotations

from tests.bench.row import Row
from tests.bench.scheduling_events_set.measure import Size, measured

SIZE = Size(200, 20, 100.0, 1.0)


def main() -> list[Row]:
    """The promises, then the kinds of event."""
    return measured(SIZE)
