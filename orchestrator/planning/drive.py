"""Drives a pass: its pure calls run in a thread, and what a search would answer is asked of vehicles while it is away.

Promises: `Stale` as soon as the state has moved under the pass; a search that fails or does not come back is counted
against it and never blocks the next one. Made by the planner, one for all its passes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from orchestrator.planning.auctioneer import ENGINE, Auctioneer, again
from orchestrator.planning.level_keeper import LevelKeeper
from orchestrator.planning.meter import NS, Meter
from orchestrator.planning.ports import Clock
from orchestrator.planning.route_solve import improve, insert, retime
from orchestrator.planning.steps import Steps, T, run_here
from orchestrator.planning.verdict import why_unplanned
from orchestrator.planning.working import Working

INLINE_VEHICLES = 3
SEARCH_LIMIT_S = 60.0
"""A search keeps its own budget of milliseconds; one that has not come back by then never will."""


class Stale(Exception):
    """The state that a pass rests on has changed meanwhile."""


class SearchFailed(Exception):
    """The core's own search raised or did not come back."""


class Driver:
    """Runs passes of one planner, one at a time for each caller."""

    def __init__(self, clock: Clock, meter: Meter, keeper: LevelKeeper, auctioneer: Auctioneer) -> None:
        self._clock, self._meter, self._keeper, self._auctioneer = clock, meter, keeper, auctioneer
        self._pool = _pool()

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def drive(self, work: Working, steps: Steps[T], *, inline: bool = False) -> T:
        """Run a pass, its searches in a thread; inline: all here and at once, unless vehicles must be asked."""
        if inline and work.engine != ENGINE:
            return run_here(steps)
        try:
            call: Callable[[], Any] = next(steps)
            while True:
                result = await self._answer(work, call)
                if work.stale():
                    raise Stale("the state has changed during the search")
                call = steps.send(result)
        except StopIteration as done:
            value: T = done.value
            return value
        finally:
            steps.close()
            self._meter.rejected("routing", work.rejections)

    async def _answer(self, work: Working, call: Callable[[], Any]) -> Any:
        func: Any = getattr(call, "func", call)
        arguments: tuple[Any, ...] = getattr(call, "args", ())
        if work.engine == ENGINE and func in (improve, insert):
            return await self._auctioneer.solved(arguments[0], work.base_revision)
        if func is again:
            return await self._auctioneer.improved(arguments[0], work.base_revision, arguments[1])
        if work.engine == ENGINE and func is why_unplanned:
            return self._auctioneer.why_not(arguments[1])
        began_ns = self._clock.monotonic_ns()
        result = call() if _quick(call) else await self._in_thread(call, is_search=func in (improve, insert))
        self._meter.solved(_problem(call), "ok", (self._clock.monotonic_ns() - began_ns) / NS)
        return result

    async def _in_thread(self, call: Callable[[], Any], *, is_search: bool) -> Any:
        running = asyncio.get_running_loop().run_in_executor(self._pool, call)
        if not is_search:
            return await running
        search, mono_s = self._keeper.search, self._keeper.mono_s
        try:
            async with asyncio.timeout(SEARCH_LIMIT_S):
                result = await running
        except TimeoutError as error:
            self._pool.shutdown(wait=False, cancel_futures=True)  # its thread is lost; the next pass needs another
            self._pool = _pool()
            search.failed(f"no answer within {SEARCH_LIMIT_S:.0f} s", mono_s())
            raise SearchFailed(search.why) from error
        except Exception as error:
            search.failed(repr(error)[:200], mono_s())
            raise SearchFailed(search.why) from error
        search.worked(mono_s())
        return result


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="muster-repair")


def _quick(call: Callable[[], Any]) -> bool:
    """New times for a few vehicles take less than handing them to a thread."""
    return isinstance(call, partial) and call.func is retime and len(call.args[0].cuts) <= INLINE_VEHICLES


def _problem(call: Callable[[], Any]) -> str:
    module = getattr(getattr(call, "func", call), "__module__", "")
    for name in ("schedul", "replenish"):
        if name in module:
            return "scheduling" if name == "schedul" else "replenishment"
    return "routing"
