"""Orders at a steady pace from outside, which remember what was acknowledged and send again what was not.

A client as a partner should write one: it keeps its request id and sends the same request until it is answered.
"""

import asyncio
import time
from dataclasses import dataclass, field

from tests.crash.targets import CrashTarget, NotAcknowledged

SUBMIT_S_MAX = 20.0
SETTLE_S_MAX = 60.0
#: A client that floods a server which has just come back would only be refused.
REPEATED_AT_ONCE = 100


@dataclass
class Ledger:
    """What the client knows."""

    sent: int = 0
    acknowledged: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    serving_s: float = 0.0


class Load:
    """New orders at `per_s`, while it runs; between two runs the unanswered ones wait."""

    def __init__(self, target: CrashTarget, per_s: int) -> None:
        self._target = target
        self._per_s = per_s
        self.ledger = Ledger()
        self._calls: set[asyncio.Task[None]] = set()
        self._pacer: asyncio.Task[None] | None = None
        self._began = 0.0

    @property
    def in_flight(self) -> int:
        """Calls that wait for an answer."""
        return len(self._calls)

    async def first_answer(self) -> None:
        """Send again what was not answered, or one new order, and wait until one is acknowledged."""
        number = next(iter(self.ledger.unknown), None) or self._new_number()
        await self._submit(number)
        assert number in self.ledger.acknowledged, "a server that was started does not take orders"

    def run(self) -> None:
        """Start the pace; some of what was not answered goes first."""
        self._began = time.monotonic()
        self._repeat()
        self._pacer = asyncio.create_task(self._pace())

    async def settle(self) -> None:
        """Send what was not answered until all of it is; a server that is full may refuse some for a while."""
        end = time.monotonic() + SETTLE_S_MAX
        while self.ledger.unknown:
            assert time.monotonic() < end, f"never acknowledged: {self.ledger.unknown}"
            self._repeat()
            await asyncio.gather(*self._calls)

    def _repeat(self) -> None:
        for number in list(self.ledger.unknown)[:REPEATED_AT_ONCE]:
            self.ledger.repeated += 1
            self._call(number)

    def burst(self, count: int) -> None:
        """New orders at once."""
        for _ in range(count):
            self._call(self._new_number())

    async def stop(self) -> None:
        """Stop the pace and wait until every call has ended, one way or the other."""
        assert self._pacer is not None
        self._pacer.cancel()
        await asyncio.gather(self._pacer, return_exceptions=True)
        self.ledger.serving_s += time.monotonic() - self._began
        await asyncio.gather(*self._calls)

    async def _pace(self) -> None:
        """As many orders as the clock says, whether the server keeps up or not."""
        began, sent = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - began) * self._per_s)
            self.burst(due - sent)
            sent = max(sent, due)
            await asyncio.sleep(1 / self._per_s)

    def _new_number(self) -> str:
        self.ledger.sent += 1
        return str(self.ledger.sent)

    def _call(self, number: str) -> None:
        task = asyncio.create_task(self._submit(number))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _submit(self, number: str) -> None:
        self.ledger.unknown.setdefault(number, "not answered yet")
        try:
            await asyncio.wait_for(self._target.submit(number, f"request-{number}"), SUBMIT_S_MAX)
        except (NotAcknowledged, TimeoutError) as error:
            self.ledger.unknown[number] = repr(error)  # said when the test fails
            return
        self.ledger.acknowledged.add(number)
        self.ledger.unknown.pop(number, None)
