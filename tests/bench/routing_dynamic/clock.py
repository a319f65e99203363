"""By which clock the dynamic benches measure and limit: MUSTER_BENCH_CLOCK, wall (default) or cpu.

By cpu other work on the machine does not count: a second of search has passed when each of its threads could have had
a second, and an event took what it computed.
"""

from __future__ import annotations

from collections.abc import Callable

from solvers.budget import Budget
from tests.bench.peers.routing_talk import clock_of
from tests.bench.routing.engines import clock_name

WORKERS = 2


def budget(seconds: float, seed: int, workers: int = WORKERS) -> Budget:
    """What a search may spend, on the cores of the service."""
    return Budget(seconds=seconds, seed=seed, workers=workers, stopwatch=clock_of(clock_name(), workers))


def stopwatch() -> Callable[[], float]:
    """Seconds of one thread's work."""
    return clock_of(clock_name(), 1)


def named() -> str:
    """For the name of a row, where it is not the clock on the wall."""
    return "" if clock_name() == "wall" else f" ({clock_name()})"
