"""PCVRPTW, MDVRPTW, HFVRP and MTVRPTWR files from nothing in 60 s on two cores, peers beside, gaps to their `.sol`.

Reads MUSTER_INSTANCES; MUSTER_BENCH_SHARE (HFVRP, or X106-FSMD), _SEEDS, _SECONDS and _PEERS run a part
(`tests.bench.routing.runs`).
"""

from __future__ import annotations

from tests.bench.routing import pack
from tests.bench.routing.runs import Runs
from tests.bench.row import Row

BENCH_S = 9_000
LIMITS_S = (60.0,)
SETS = ("PCVRPTW", "MDVRPTW", "HFVRP", "MTVRPTWR")
PEERS = ("pyvrp",)
RATIO = 0.995
"""To PyVRP, mean of a set."""


def main() -> list[Row]:
    """Each set's ratio and gap, then each file."""
    rows: list[Row] = []
    for seconds in pack.numbers("MUSTER_BENCH_SECONDS", LIMITS_S):
        runs = Runs("routing_files", [name for one in SETS for name in pack.names(one)], seconds, PEERS)
        runs.run(0.9 * BENCH_S)
        for one in SETS:
            names = runs.names(one)
            rows += [
                *runs.feasible(one, names),
                *runs.ratio(one, names, ["pyvrp"], RATIO),
                *runs.gap(one, names),
            ]
        rows += [runs.limit_kept(), *runs.each()]
    return rows
