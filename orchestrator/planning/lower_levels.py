"""What a planning pass does on the lower levels of the ladder, and what it leaves for better days.

Promises: at AUCTION orders keep or get their source and routes are repaired by whoever answers the pass's calls, while
schedule and stock are held; at HOLD no route is touched and new orders are told why they wait. What is left out is
given back, so that it is planned when the level rises. Called by the planner.
"""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.domain.plan import NOT_YET, Tier, Verdict
from orchestrator.domain.state import State
from orchestrator.planning.allocate import allocate
from orchestrator.planning.auctioneer import ENGINE, Auctioneer
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft, finish
from orchestrator.planning.ladder import Level
from orchestrator.planning.level_keeper import LevelKeeper
from orchestrator.planning.plan_once import planning
from orchestrator.planning.route import route
from orchestrator.planning.steps import Steps
from orchestrator.planning.working import Working

HELD = "HELD"
HELD_TEXT = "the last plan is held: neither the core's search nor the vehicles answer; it is planned when one does"
CAUSES_KEPT = 200


def pass_of(work: Working, level: Level, auctioneer: Auctioneer) -> Steps[Draft | None]:
    """The pass of a level."""
    if level >= Level.HOLD:
        work.engine = "held"
        return _holding(work)
    if level is Level.AUCTION:
        work.engine = ENGINE
        return _auctioning(work, auctioneer)
    return planning(work)


def _auctioning(work: Working, auctioneer: Auctioneer) -> Steps[Draft | None]:
    """Sources and routes only; who won what, and against whom, is the reason of each change."""
    auctioneer.begin()
    allocate(work)
    yield from route(work)
    draft = finish(work, Tier.REPAIR)
    return auctioneer.told(draft) if draft is not None else None


def _holding(work: Working) -> Steps[Draft | None]:
    """The plan stays; an order without a place is told that it waits."""
    for order_id in work.dirty.orders:
        if work.is_open(order_id) and work.vehicle_of(order_id) is None:
            work.unplanned[order_id] = held(order_id)
    yield from ()
    return finish(work, Tier.REPAIR)


def held(order_id: str) -> Verdict:
    """The order waits until the plan may change again."""
    return Verdict(order_id=order_id, code=HELD, text=HELD_TEXT)


def left_out(dirty: Dirty, level: Level) -> Dirty:
    """The part of `dirty` that a pass of that level does not look at."""
    if level <= Level.CORE:
        return Dirty()
    later = dirty.copy() if level >= Level.HOLD else dirty.stock()
    if level is Level.AUCTION:
        later.orders.clear()
        later.lines.update(dirty.lines)
    del later.causes[CAUSES_KEPT:]
    return later


def unseen(work: Working, published: bool) -> Dirty:
    """Orders that an auction had no time to look at; each pass looks at some, so this ends."""
    if work.engine != ENGINE or not published:
        return Dirty()
    waiting = (o for o, verdict in work.unplanned.items() if verdict is not None and verdict.code == NOT_YET)
    return Dirty(orders=dict.fromkeys(o for o in waiting if o in work.dirty.orders))


class Shelf:
    """What waits for a better level, and is taken in again when there is one. trial: planning is tried while away."""

    def __init__(self, keeper: LevelKeeper, state: Callable[[], State], take_in: Callable[[Dirty], None]) -> None:
        self.dirty = Dirty()
        self.trial = False
        self._keeper, self._state, self._take_in = keeper, state, take_in
        keeper.stepped = self._stepped

    def _stepped(self, was: Level) -> None:
        """From a lower level to another: what was put off may be possible now, and what found no place may find one."""
        if was <= Level.CORE or self._keeper.level is Level.LOG:
            return
        state = self._state()
        self.dirty.orders.update(dict.fromkeys(o for o in state.plan.unplanned if o in state.open_orders))
        self._empty()

    def try_again(self) -> None:
        """Planning that does not work is tried once in a while, with all that waits."""
        keeper = self._keeper
        if not keeper.planning.probe_due(keeper.mono_s()):
            return
        if self.dirty.empty():
            keeper.planning.worked(keeper.mono_s())
            return
        self.trial = True
        self._empty()

    def _empty(self) -> None:
        dirty, self.dirty = self.dirty, Dirty()
        if not dirty.empty():
            self._take_in(dirty)
