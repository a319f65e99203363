"""Li and Lim's pickups and deliveries (10 files of 100) from nothing in 10 s on two cores, peers beside.

Reads MUSTER_INSTANCES; MUSTER_BENCH_SHARE, _SEEDS, _SECONDS and _PEERS run a part (`tests.bench.routing.runs`).
"""

from __future__ import annotations

from tests.bench.routing import pack
from tests.bench.routing.runs import Runs
from tests.bench.row import Row

BENCH_S = 4_500
LIMITS_S = (10.0,)
PEERS = ("pyvrp", "ortools", "vroom", "commiv")
RATIO = 0.99
"""To PyVRP, mean."""


def main() -> list[Row]:
    """Feasible all, and the ratio."""
    rows: list[Row] = []
    for seconds in pack.numbers("MUSTER_BENCH_SECONDS", LIMITS_S):
        runs = Runs("routing_lilim", pack.names("lilim"), seconds, PEERS)
        runs.run(0.9 * BENCH_S)
        names = runs.names()
        rows += [
            *runs.feasible("Li-Lim", names),
            *runs.ratio("Li-Lim", names, ["pyvrp"], RATIO),
            *runs.ratio("Li-Lim", names, ["vroom", "commiv"], None),
            runs.limit_kept(),
            *runs.each(),
        ]
    return rows
