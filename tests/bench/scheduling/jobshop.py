"""What the three benchmarks of job shops have in common: limits, goals, rows, and ours kept for the peers.

Each engine has a benchmark of its own, because the three together take longer than one may.
Called by: `scheduling_jobshop`, `scheduling_jobshop_cpsat`, `scheduling_jobshop_pyjobshop`.
"""

from __future__ import annotations

import sys

from tests.bench.row import Row
from tests.bench.scheduling import pack
from tests.bench.scheduling.engines import ROOT, Limits
from tests.bench.scheduling.gaps import PEERS, Table, kept, run

LIMITS = Limits(60.0, marks_s=(1.0, 10.0, 30.0))
WITHIN_S = 1_700.0
KEPT = ROOT / "build" / "bench" / "scheduling_jobshop.traces.json"
MISSES = 3
"""Of the 53 of ft, la and orb in 30 s."""
GAP_PCT = {1.0: 2.0, 10.0: 1.0, 60.0: 0.5}


def rows(table: Table) -> list[Row]:
    """The goals, then every instance that ours has not solved."""
    classic = [name for name in table.asked if not name.startswith("ta")]
    hard = [name for name in table.asked if not name.startswith("ft")]
    gaps = [row for mark_s, at_most in GAP_PCT.items() for row in table.mean("la, orb, ta", hard, mark_s, at_most)]
    return [*table.best("ft, la, orb", classic, 30.0, MISSES), *gaps, *table.missed(60.0)]


def beside(peer: str) -> list[Row]:
    """The peer on the instances that ours was run on last, and both in one table."""
    if pack.folder() is None:
        return []
    if not KEPT.exists():
        print("run scheduling_jobshop first: there is nothing to put a peer beside", file=sys.stderr)
        return []
    own = kept(KEPT)
    traces = run(peer, list(own), LIMITS, WITHIN_S)
    return [] if traces is None else rows(Table(list(own), own, {PEERS[peer]: traces}))
