"""The client of the telemetry ports: locates hosts, batches readings by host, and finds them again when they move.

    async with TelemetrySender(OperatorDirectory("127.0.0.1:7400", "gateway-7")) as sender:
        sender.put([Position("V1", at_s, lat_e7, lon_e7), …])

Promises: `put` never waits; memory is bounded; nothing is lost uncounted (`totals`); a host that moves, restarts or
goes away costs the readings that were on their way, and sending goes on by itself when the directory knows the new
place. Lossy by design: who must not lose a fact reports it on the operator port. Used in one event loop, by gateways,
the CLI and benchmarks.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

from agents.agent_ref import AgentRef
from agents.readings import Telemetry
from orchestrator.telemetry.directory import AGENTS_MAX, Directory, DirectoryAway
from orchestrator.telemetry.lane import Lane, Totals

#: Readings that wait at most, in all; the oldest are dropped first.
HELD_MAX = 100_000
#: How often what waits is sent: fewer and larger messages cost less.
FLUSH_S = 0.2
#: So long nobody asks again for an agent that was away or unknown.
AGAIN_S = 1.0
#: A token with less life left is not used for a new stream.
TOKEN_LEFT_S = 30.0
CLOSE_S = 10.0


class TelemetrySender:
    """Sends readings to the hosts of their agents.

    totals: put, dropped (too many waited), away (no port at present), unknown (no such agent), sent; of the sent, as
    receipts come: accepted, late, stray, full, refused, unconfirmed; superseded are of the accepted.
    """

    def __init__(self, directory: Directory, *, held_max: int = HELD_MAX, flush_s: float = FLUSH_S) -> None:
        self._directory, self._held_max, self._flush_s = directory, held_max, flush_s
        self.totals: Totals = Counter()
        self.last_error = ""
        self._waiting: deque[Telemetry] = deque()
        self._sorting = 0
        self._address_of: dict[AgentRef, str] = {}
        self._lanes: dict[str, tuple[Lane, asyncio.Task[None]]] = {}
        self._not_now: dict[AgentRef, str] = {}  # agent -> "away" or "unknown", until `_ask_again_s`
        self._ask_again_s = 0.0
        self._token, self._token_end_s = "", 0.0
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start sending."""
        self._task = asyncio.create_task(self._run(), name="telemetry sender")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Send what waits, take the receipts and close; what is not done within `CLOSE_S` is given up."""
        self._ending = True
        try:
            async with asyncio.timeout(CLOSE_S):
                if self._task is not None:
                    await self._task
                await self._end_lanes()
        except TimeoutError:
            self.last_error = f"not everything was sent within {CLOSE_S:.0f} s"
        finally:
            await self._cancel()
            await self._directory.close()

    def put(self, readings: Iterable[Telemetry]) -> None:
        """Queue readings for the next flush."""
        before = len(self._waiting)
        self._waiting.extend(readings)
        self.totals["put"] += len(self._waiting) - before
        while len(self._waiting) > self._held_max:
            self._waiting.popleft()
            self.totals["dropped"] += 1

    @property
    def waiting(self) -> int:
        """Readings not yet given to a stream."""
        return len(self._waiting) + self._sorting + sum(lane.waiting for lane, _ in self._lanes.values())

    async def flushed(self) -> None:
        """Wait until all that waits now is on its way, for those who have more than can wait."""
        while self.waiting:
            self._moved.clear()
            await self._moved.wait()

    async def _run(self) -> None:
        while not (self._ending and not self._waiting):
            await self._flush()
            if not self._ending:
                await asyncio.sleep(self._flush_s)

    async def _flush(self) -> None:
        """Give everything that waits to the lanes of its agents' hosts."""
        if not self._waiting:
            return
        now_s = time.monotonic()
        if now_s >= self._ask_again_s:
            self._not_now.clear()
            self._ask_again_s = now_s + AGAIN_S
        if now_s > self._token_end_s - TOKEN_LEFT_S:
            self._address_of.clear()
        readings, self._waiting = self._waiting, deque()
        agents = [reading.agent for reading in readings]
        self._sorting = len(readings)
        try:
            await self._locate([agent for agent in set(agents) if not self._is_settled(agent)])
        except asyncio.CancelledError:
            self.totals["dropped"] += len(readings)
            raise
        finally:
            self._sorting = 0
        for_lane: dict[str, list[Telemetry]] = {}
        for agent, reading in zip(agents, readings, strict=True):
            if (address := self._address_of.get(agent)) is not None:
                for_lane.setdefault(address, []).append(reading)
            else:
                self.totals[self._not_now[agent]] += 1
        for address, own in for_lane.items():
            self._lane(address).put(own)
        self._moved.set()

    def _is_settled(self, agent: AgentRef) -> bool:
        """Whether it is known where its readings go, or that they go nowhere for now."""
        return agent in self._address_of or agent in self._not_now

    async def _locate(self, agents: Sequence[AgentRef]) -> None:
        """Ask where these agents are; those without a place are not asked for again for a while."""
        for some in _parts(agents, AGENTS_MAX):
            try:
                located = await self._directory.locate(some)
            except DirectoryAway as error:
                self.last_error = str(error)
                self._not_now |= dict.fromkeys(some, "away")
                continue
            self._token, self._token_end_s = located.token, time.monotonic() + located.token_s
            self._address_of.update(located.address_of)
            self._not_now |= {
                agent: "unknown" if agent in located.unknown else "away"
                for agent in some
                if agent not in located.address_of
            }

    def _lane(self, address: str) -> Lane:
        found = self._lanes.get(address)
        if found is not None and not found[1].done():
            return found[0]
        self._lanes = {known: lane for known, lane in self._lanes.items() if not lane[1].done()}
        lane = Lane(address, lambda: self._token, self.totals, self._gone, self._moved, self._held_max)
        self._lanes[address] = lane, asyncio.create_task(lane.run(), name=f"telemetry to {address}")
        return lane

    def _gone(self, lane: Lane, agents: Sequence[AgentRef] | None) -> None:
        """A lane lost some agents, or its host: where they are is asked for again, after a moment."""
        lost = (
            agents if agents is not None else [a for a, address in self._address_of.items() if address == lane.address]
        )
        for agent in lost:
            if self._address_of.pop(agent, None) is not None:
                self._not_now[agent] = "away"

    async def _end_lanes(self) -> None:
        for lane, _ in self._lanes.values():
            lane.end()
        await asyncio.gather(*(task for _, task in self._lanes.values()))

    async def _cancel(self) -> None:
        tasks = [task for task in (self._task, *(task for _, task in self._lanes.values())) if task is not None]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        self.totals["dropped"] += len(self._waiting)
        self._waiting.clear()


def _parts(agents: Sequence[AgentRef], most: int) -> Iterator[list[AgentRef]]:
    rest = iter(agents)
    while part := list(islice(rest, most)):
        yield part
