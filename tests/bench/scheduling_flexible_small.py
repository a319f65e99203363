"""Flexible job shops of Kacem, Fattahi, Barnes and Hurink (la01-05 in e, r and v), 10 s, two workers, peers beside.

Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part: 0.1, or k1,mt10x. A run ends early at the best known.
"""

from __future__ import annotations

from tests.bench.row import Row
from tests.bench.scheduling import pack
from tests.bench.scheduling.engines import Limits
from tests.bench.scheduling.gaps import OURS, PEERS, Table, run

LIMIT_S = 10.0
WITHIN_S = 550.0
"""For each of the three engines."""
HURINK_GAP_PCT = 0.1


def main() -> list[Row]:
    """How many stand at the optimum, the mean of Hurink's, and every miss."""
    if pack.folder() is None:
        return []
    sets = {title: pack.share(names) for title, names in pack.flexible_sets().items() if title != "Brandimarte"}
    names = [name for members in sets.values() for name in members]
    found = {engine: run(engine, names, Limits(LIMIT_S), WITHIN_S) for engine in (OURS, *PEERS)}
    peers = {PEERS[engine]: traces for engine, traces in found.items() if engine != OURS and traces is not None}
    table = Table(names, found[OURS] or {}, peers)
    rows = [row for title in ("Kacem", "Fattahi", "Barnes") for row in table.best(title, sets[title], LIMIT_S, 0)]
    return [*rows, *table.mean("Hurink", sets["Hurink"], LIMIT_S, at_most=HURINK_GAP_PCT), *table.missed(LIMIT_S)]
