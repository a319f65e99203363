"""Who is told about durable events. A listener that fails is logged and counted; the others are still told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from orchestrator.core.work import CoreStats, Decided

#: (seq, at_s, event)
Listener = Callable[[int, int, Any], None]
#: (last_seq,)
BatchListener = Callable[[int], None]
_log = structlog.get_logger("muster.core")


class Listeners:
    """Calls them in the order they were added, on the core's loop: they must be quick."""

    def __init__(self, stats: CoreStats) -> None:
        self._stats = stats
        self._each: list[Listener] = []
        self._batch: list[BatchListener] = []

    def add(self, listener: Listener) -> None:
        """Tell it every event."""
        self._each.append(listener)

    def add_batch(self, listener: BatchListener) -> None:
        """Tell it the end of every batch that has events."""
        self._batch.append(listener)

    def tell(self, batch: Sequence[Decided], last_seq: int) -> None:
        """Pass a durable batch on."""
        applied = [event for decided in batch for event in decided.applied]
        if not applied:
            return
        for event in applied:
            for listener in self._each:
                self._call(listener, event.seq, event.at_s, event.event)
        for batch_listener in self._batch:
            self._call(batch_listener, last_seq)

    def _call(self, listener: Callable[..., None], *arguments: Any) -> None:
        try:
            listener(*arguments)
        except Exception:
            self._stats.listener_failures += 1
            name = getattr(listener, "__qualname__", type(listener).__name__)
            _log.exception("a listener failed", listener=name, seq=arguments[0])
