"""What a solve may spend: time, iterations, workers, memory.

Promises: every limit is explicit, checked once, and means the same to every engine. This is the only module of
`solvers` that reads a clock, and only to measure how long something has taken, never to learn what time it is;
tests and replays hand in their own stopwatch. Called by every search and engine, and by whoever starts one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from solvers.errors import require

Stopwatch = Callable[[], float]
"""Gives seconds since some fixed moment; never goes back."""

MAX_SECONDS = 86_400.0
MAX_WORKERS = 256


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one solve. The first limit that is reached ends it.

    seconds: wall time of the whole call, building the model included.
    seed: two solves with the same seed and an `iterations` limit that bites give the same plan.
    iterations: steps of the engine's own main loop; None = no limit.
    solutions: improving solutions to stop after; None = no limit.
    workers: threads an engine may use.
    memory_mb: address space a solver *process* may take; kept by the process that runs it, not by the engine.
    stopwatch: how elapsed time is measured.

    Raises InvalidProblem for a limit that makes no sense.
    """

    seconds: float
    seed: int = 0
    iterations: int | None = None
    solutions: int | None = None
    workers: int = 1
    memory_mb: int | None = None
    stopwatch: Stopwatch = field(default=time.perf_counter, compare=False, repr=False)

    def __post_init__(self) -> None:
        require(0.0 < self.seconds <= MAX_SECONDS, "budget.seconds", self.seconds, f"must be in (0, {MAX_SECONDS:.0f}]")
        require(0 <= self.seed < 2**31, "budget.seed", self.seed, "must be in [0, 2**31)")
        require(1 <= self.workers <= MAX_WORKERS, "budget.workers", self.workers, f"must be in [1, {MAX_WORKERS}]")
        for name in ("iterations", "solutions", "memory_mb"):
            value = getattr(self, name)
            require(value is None or value > 0, f"budget.{name}", value, "must be positive or None")

    def start(self) -> Deadline:
        """Start the clock: the deadline counts from this call."""
        return Deadline(self.seconds, self.stopwatch, self.stopwatch())


@dataclass(frozen=True, slots=True)
class Deadline:
    """A running budget of time."""

    seconds: float
    stopwatch: Stopwatch
    began_s: float

    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self.stopwatch() - self.began_s

    def left_s(self) -> float:
        """Seconds still to spend, never below zero."""
        return max(0.0, self.seconds - self.elapsed_s())

    def over(self) -> bool:
        """Whether nothing is left."""
        return self.elapsed_s() >= self.seconds

    def share(self) -> float:
        """Spent part of the budget, from 0 to 1."""
        return min(1.0, self.elapsed_s() / self.seconds)
