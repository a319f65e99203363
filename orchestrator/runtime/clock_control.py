"""The server's company clock and its one control: the wall clock, or a simulated one that is started by a call.

Promises that a simulated clock goes on after a restart at the time it would have had (`clock.json`), and that a
change of speed is on disk before it is answered. Made by `bootstrap`; the operator port's StartClock uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.runtime.clock import Clock, ScaledClock, SystemClock, load_clock, save_clock
from orchestrator.runtime.config import ServerConfig


class ClockKeeper:
    """Holds `clock`, the one every room is handed. A stored clock wins over the configured origin."""

    def __init__(self, config: ServerConfig) -> None:
        self._data_dir = config.data_dir
        self._default_speed = config.clock_speed
        record = load_clock(config.data_dir)
        self._scaled: ScaledClock | None = None
        if record is not None:
            self._scaled = ScaledClock(record)
        elif config.clock_origin_s is not None:
            self._scaled = ScaledClock.held_at(config.clock_origin_s)
            save_clock(config.data_dir, self._scaled.record)
        self.clock: Clock = self._scaled or SystemClock()
        self._on_change: list[Callable[[], None]] = []

    @property
    def simulated(self) -> bool:
        """False: it is the wall clock."""
        return self._scaled is not None

    @property
    def held(self) -> bool:
        """It stands until `start`."""
        return self._scaled is not None and self._scaled.held

    @property
    def speed(self) -> float:
        """Company seconds per real second."""
        return self._scaled.speed if self._scaled is not None else 1.0

    async def start(self, speed: float) -> None:
        """Run at `speed`, or as configured for 0. Only for a simulated clock."""
        assert self._scaled is not None, "the caller has looked whether it is simulated"
        record = self._scaled.start(speed or self._default_speed)
        await asyncio.to_thread(save_clock, self._data_dir, record)
        self._changed()

    async def advance(self, to_s: int) -> None:
        """Put a held clock forward to a time that is not past. Only for a simulated clock."""
        assert self._scaled is not None, "the caller has looked whether it is simulated"
        record = self._scaled.advance_to(max(to_s * 1000, self._scaled.now_ms()))
        await asyncio.to_thread(save_clock, self._data_dir, record)
        self._changed()

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` whenever the clock was started, put forward or runs at another speed."""
        self._on_change.append(told)

    def wait_s(self, at_s: int) -> float | None:
        """Real seconds until company time is `at_s`, 0 when it is; None: it never will be while the clock is held."""
        left_ms = at_s * 1000 - self.clock.now_ms()
        if left_ms <= 0:
            return 0.0
        return None if self.held else (left_ms + 1) / 1000 / self.speed

    def _changed(self) -> None:
        for told in self._on_change:
            told()
