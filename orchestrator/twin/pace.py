"""Keeps simulated time at the server's company clock.

Promises: time never runs back and never ahead of the server's clock by more than a call takes. Between two readings it
counts by the wall; each reading corrects it. Real time enters the twin here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from protos.muster.operator.v1 import admin_service_pb2


class Pace:
    """The server's company clock as followed from outside."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._read_s = monotonic_s()
        self._company_s = 0.0
        self._latest_s = 0.0
        self.speed = 0.0

    def set(self, clock: admin_service_pb2.ClockState) -> None:
        """Take over a reading of the server's clock."""
        self._read_s = self._monotonic_s()
        self._company_s = clock.now_ms / 1000
        self.speed = 0.0 if clock.held else clock.speed

    def now_s(self) -> float:
        """Company time."""
        passed_s = (self._monotonic_s() - self._read_s) * self.speed
        self._latest_s = max(self._latest_s, self._company_s + passed_s)
        return self._latest_s
