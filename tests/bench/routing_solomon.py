"""Solomon's 56 files from nothing in 1 s and 10 s on two cores, over the best distances of the literature.

Those are of older literature: a gap below zero is possible. Reads MUSTER_INSTANCES; MUSTER_BENCH_SHARE, _SEEDS,
_SECONDS and _PEERS run a part (`tests.bench.routing.runs`).
"""

from __future__ import annotations

from tests.bench.routing import pack
from tests.bench.routing.runs import Runs
from tests.bench.row import Row

BENCH_S = 10_800
GAP_PCT = {1.0: 1.0, 10.0: 0.2}
"""By limit in seconds: the mean over the best known, at most."""
PEERS = ("pyvrp", "commiv")


def main() -> list[Row]:
    """The mean gaps, and each file."""
    rows: list[Row] = []
    limits_s = pack.numbers("MUSTER_BENCH_SECONDS", list(GAP_PCT))
    for seconds in limits_s:
        runs = Runs(f"routing_solomon_{seconds:g}s", pack.names("solomon"), seconds, PEERS)
        runs.run(0.9 * BENCH_S / len(limits_s))
        names = runs.names()
        rows += [
            *runs.feasible("Solomon", names),
            *runs.gap("Solomon", names, GAP_PCT.get(seconds)),
            *runs.ratio("Solomon", names, ["pyvrp"], None),
            *runs.ratio("Solomon", names, ["commiv"], None),
            runs.limit_kept(),
            *runs.each(),
        ]
    return rows
