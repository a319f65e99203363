"""Job shops ft, la, orb and ta, 60 s, two workers: at the optimum in 30 s, and the gap at 1, 10 and 60 s.

One run of 60 s gives all moments: each is judged by the best schedule found until then, and a run ends early at the
best known. `scheduling_jobshop_cpsat` and `scheduling_jobshop_pyjobshop` put a peer beside these runs afterwards.
Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part: 0.1, or la21,ta01.
"""

from __future__ import annotations

from tests.bench.row import Row
from tests.bench.scheduling import pack
from tests.bench.scheduling.gaps import OURS, Table, keep, run
from tests.bench.scheduling.jobshop import KEPT, LIMITS, WITHIN_S, rows


def main() -> list[Row]:
    """Ours alone, with the goals."""
    if pack.folder() is None:
        return []
    names = pack.share(pack.jobshops())
    traces = run(OURS, names, LIMITS, WITHIN_S) or {}
    keep(traces, KEPT)
    return rows(Table(names, traces, {}))
