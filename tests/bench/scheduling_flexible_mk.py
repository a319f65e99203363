"""Brandimarte's flexible job shops mk01-10, 60 s, two workers: gap to the best known, CP-SAT and PyJobShop beside.

Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part: 0.3, or mk01,mk06. A run ends early at the best known.
"""

from __future__ import annotations

from tests.bench.row import Row
from tests.bench.scheduling import pack
from tests.bench.scheduling.engines import Limits
from tests.bench.scheduling.gaps import OURS, PEERS, Table, run

LIMIT_S = 60.0
WITHIN_S = 570.0
"""For each of the three engines."""
GAP_PCT = 0.35


def main() -> list[Row]:
    """The mean at 60 s, where the goal is, and every instance."""
    if pack.folder() is None:
        return []
    names = pack.share(list(pack.BRANDIMARTE))
    limits = Limits(LIMIT_S, marks_s=(10.0,))
    found = {engine: run(engine, names, limits, WITHIN_S) for engine in (OURS, *PEERS)}
    peers = {PEERS[engine]: traces for engine, traces in found.items() if engine != OURS and traces is not None}
    table = Table(names, found[OURS] or {}, peers)
    return [
        *table.mean("mk01-10", names, LIMIT_S, at_most=GAP_PCT),
        *table.mean("mk01-10", names, 10.0),
        *table.each(names, LIMIT_S),
    ]
