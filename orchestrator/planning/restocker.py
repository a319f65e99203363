"""Replenishment in quiet moments: many items at once, without holding anything up.

Promises: the state is read in pieces, the plan is made in a thread, and what comes of it is put in force by a short
pass of its own, without the items that have changed meanwhile: those are looked at again. Made by the planner.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial

from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft, finish
from orchestrator.planning.improver import Begin
from orchestrator.planning.meter import NS, Meter
from orchestrator.planning.plan_once import hand_on
from orchestrator.planning.ports import Clock
from orchestrator.planning.records import marks_by_key
from orchestrator.planning.replenish import (
    CHANGES_MOST,
    Replenished,
    adopt,
    changed_since,
    dirty_keys,
    job_of,
    solve,
    to_read,
)
from orchestrator.planning.route import route
from orchestrator.planning.schedule import schedule
from orchestrator.planning.steps import Steps
from orchestrator.planning.stock_facts import Facts, facts_of, requirements
from orchestrator.planning.trigger import TOLD, stock_only
from orchestrator.planning.working import Working

PIECE = 40
"""Item-sites read before others get their turn."""
RETRY_S = 2.0

Settle = Callable[[Callable[[Working], Steps[Draft | None]]], Awaitable[bool]]


class Restocker:
    """Gathers what replenishment must look at, and looks at it. Use from the core's event loop only."""

    def __init__(self, begin: Begin, settle: Settle, pool: Executor, meter: Meter, clock: Clock) -> None:
        self._begin, self._settle, self._pool, self._meter, self._clock = begin, settle, pool, meter, clock
        self._changes = 0
        self._again_s = 0.0
        self.asked = Dirty()

    @property
    def ready(self) -> bool:
        """Whether it may be looked at now: what failed a moment ago waits a little."""
        return asyncio.get_running_loop().time() >= self._again_s

    async def look(self) -> None:
        """Plan what was asked for. What fails is asked for again."""
        asked, self.asked = self.asked, Dirty()
        try:
            await self._look(asked)
        except BaseException:
            self._again_s = asyncio.get_running_loop().time() + RETRY_S
            self.asked.merge(asked)
            raise

    async def _look(self, asked: Dirty) -> None:
        work = self._begin(stock_only(self._begin(Dirty()).state, asked))
        keys = dirty_keys(work)
        if not keys or not work.state.policies:
            return
        facts = await self._facts(work, to_read(work, keys))
        job = job_of(work, facts)
        began_ns = self._clock.monotonic_ns()
        found = await asyncio.get_running_loop().run_in_executor(self._pool, solve, job)
        self._meter.solved("replenishment", "ok", (self._clock.monotonic_ns() - began_ns) / NS)
        if work.memory.replenishment is not job.previous:
            self.asked.merge(asked)  # a repair has looked at stock meanwhile: both answers must rest on one another
            return
        self._changes = CHANGES_MOST
        while self._changes >= CHANGES_MOST:
            self._changes = 0
            if not await self._settle(partial(self._adopted, found)) and self._changes:
                self.asked.merge(asked)
                return

    async def _facts(self, work: Working, keys: list[tuple[str, str]]) -> list[Facts]:
        needs, marks = requirements(work), marks_by_key(work.state)
        facts: list[Facts] = []
        for start in range(0, len(keys), PIECE):
            facts += [facts_of(work, key, needs, marks.get(key, ())) for key in keys[start : start + PIECE]]
            await asyncio.sleep(0)
        return facts

    def _adopted(self, found: Replenished, work: Working) -> Steps[Draft | None]:
        """The short pass."""
        if not adopt(work, found, changed_since((self.asked,))):
            return None
        self._changes = len(work.proposals)
        work.dirty.causes.append(TOLD)
        moved = yield from schedule(work)
        hand_on(work, moved)
        yield from route(work)
        return finish(work)
