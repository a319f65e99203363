"""Events on live schedules of 1000 tasks: a checked schedule in 300 ms, a better one within 2 s, few tasks moved.

The set, its format, what is counted and how: `tests/bench/scheduling_events_set/README.md`. Reads MUSTER_INSTANCES
(default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part of the seeds: 0.33, or 1,4,7.
"""

from __future__ import annotations

from tests.bench.row import Row
from tests.bench.scheduling_events_set.measure import Size, measured

SIZE = Size(1_000, 12, 300.0, 2.0)


def main() -> list[Row]:
    """The promises, then the kinds of event."""
    return measured(SIZE)
