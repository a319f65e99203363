"""PyJobShop beside the runs of `scheduling_jobshop`, same instances and limits.

Reads MUSTER_INSTANCES, and the runs that `scheduling_jobshop` kept in build/bench; says so where one is missing.
"""

from __future__ import annotations

from tests.bench.row import Row
from tests.bench.scheduling.jobshop import beside


def main() -> list[Row]:
    """Ours and the peer's."""
    return beside("pyjobshop")
