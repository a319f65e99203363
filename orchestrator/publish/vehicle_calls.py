"""Calls for bids to the vehicles' agents, and their answers: planning's `Vehicles` port over the bridge.

Promises: a call goes the way of telemetry (newest a vehicle, dropped when the bridge is away or slow), so that it holds
nobody up; `ask` ends when all have answered or the time is over; an answer to an older call is dropped and counted.
Bids are no commands: they never reach the log. Wired by `runtime.bootstrap` between the bridge and the report intake.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from agents.insertion_call import InsertionCall
from agents.messages import InsertionBid, Report


class BridgePort(Protocol):
    """The part of the bridge client that calls go through."""

    @property
    def ready(self) -> bool:
        """Whether agents hear what they are told."""
        ...

    def send_telemetry(self, telemetry: Iterable[Any]) -> None:
        """Pass messages on to their agents; never blocks."""
        ...


class VehicleCalls:
    """Asks vehicles and gathers their bids. Use from the core's loop; one `ask` at a time."""

    def __init__(self, bridge: BridgePort, others: Callable[[tuple[Report, ...]], None]) -> None:
        self._bridge, self._others = bridge, others
        self._open: dict[str, int] = {}
        self._bids: dict[str, InsertionBid] = {}
        self._all_in = asyncio.Event()
        self.counts: Counter[str] = Counter()

    @property
    def available(self) -> bool:
        """Whether agents hear a call."""
        return self._bridge.ready

    def take(self, reports: tuple[Report, ...]) -> None:
        """The bridge's reports: bids stay here, all others go on."""
        rest = tuple(report for report in reports if not isinstance(report, InsertionBid))
        for report in reports:
            if isinstance(report, InsertionBid):
                self._heard(report)
        if rest:
            self._others(rest)

    def _heard(self, bid: InsertionBid) -> None:
        name = bid.agent.id
        if self._open.get(name) != bid.call_id:
            self.counts["late"] += 1
            return
        del self._open[name]
        self._bids[name] = bid
        self.counts["bids"] += 1
        if not self._open:
            self._all_in.set()

    async def ask(self, calls: Sequence[InsertionCall], within_s: float) -> dict[str, InsertionBid]:
        """Send the calls and wait for bids."""
        self._open = {call.vehicle_id: call.call_id for call in calls}
        self._bids = {}
        self._all_in.clear()
        self._bridge.send_telemetry(calls)
        self.counts["calls"] += len(calls)
        try:
            async with asyncio.timeout(within_s):
                await self._all_in.wait()
        except TimeoutError:
            self.counts["silent"] += len(self._open)
        self._open = {}
        return self._bids
