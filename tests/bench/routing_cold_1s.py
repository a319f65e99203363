"""GH200 (13 files) and GH1000 (6) from nothing in 1 s on two cores, peers beside: see `tests.bench.routing.cold`.

Reads MUSTER_INSTANCES; MUSTER_BENCH_SHARE, _SEEDS and _PEERS run a part (`tests.bench.routing.runs`).
"""

from __future__ import annotations

from tests.bench.routing.cold import rows
from tests.bench.row import Row

BENCH_S = 5_400
PEERS = ("pyvrp", "ortools", "vroom", "commiv")


def main() -> list[Row]:
    """Every case and the goals at this limit."""
    return rows(1, PEERS, 0.9 * BENCH_S)
