"""Quiet moments while the search is away: vehicles hand stops over until nothing is gained any more.

Promises: one short pass at a time, between which everything that happens is answered; a pass that saves less than it
disturbs changes nothing; rests when a whole round over the fleet has brought nothing, until the plan is another one.
Made and stopped by the planner.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from orchestrator.domain.plan import Tier
from orchestrator.planning.auctioneer import ENGINE, Auctioneer, Silent, again
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft, finish
from orchestrator.planning.improver import Begin
from orchestrator.planning.ladder import Level
from orchestrator.planning.level_keeper import LevelKeeper
from orchestrator.planning.route import take
from orchestrator.planning.route_solve import Solved
from orchestrator.planning.routing_problem import build
from orchestrator.planning.scope import surroundings
from orchestrator.planning.steps import Steps
from orchestrator.planning.verdict import cents, late
from orchestrator.planning.working import Working

REST_S = 0.5
PAUSE_S = 0.02
FRUITLESS_MAX = 60
"""So many passes without a gain: what is left to gain is little."""

Settle = Callable[[Callable[[Working], Steps[Draft | None]]], Awaitable[bool]]


class Exchanger:
    """The loop that hands stops over."""

    def __init__(self, begin: Begin, settle: Settle, keeper: LevelKeeper, auctioneer: Auctioneer) -> None:
        self._begin, self._settle, self._keeper, self._auctioneer = begin, settle, keeper, auctioneer
        self._seed = 0
        self._fruitless = 0
        self._revision = -1

    async def forever(self) -> None:
        """Look around one vehicle after the other, as long as it is worth it."""
        while True:
            if self._keeper.level is not Level.AUCTION or not self._worth():
                await asyncio.sleep(REST_S)
                continue
            await self._once()
            await asyncio.sleep(PAUSE_S)

    def _worth(self) -> bool:
        revision = self._begin(Dirty(), with_stock=False).base_revision
        if revision != self._revision:
            self._revision, self._fruitless = revision, 0
        return self._fruitless < FRUITLESS_MAX

    async def _once(self) -> None:
        self._seed += 1
        try:
            gained = await self._settle(self._steps)
        except Silent as silent:
            self._keeper.bidders.failed(str(silent), self._keeper.mono_s())
            return
        self._fruitless = 0 if gained else self._fruitless + 1

    def _steps(self, work: Working) -> Steps[Draft | None]:
        work.engine = ENGINE
        self._auctioneer.begin()
        busy = sorted(work.state.plan.routes)
        around = surroundings(work, [busy[self._seed % len(busy)]]) if busy else []
        job = build(work, around, ()) if around else None
        if job is None or not job.search.stops:
            return None
        solved: Solved = yield partial(again, job, self._seed)
        gain_cents = cents(solved.gain_ticks)
        if not solved.ok or solved.plan.unplanned or gain_cents < work.settings.improve_gain_cents:
            return None
        work.gain_cents += gain_cents
        take(work, solved)
        late(work, solved)
        draft = finish(work, Tier.IMPROVE)
        return self._auctioneer.told(draft) if draft is not None else None
