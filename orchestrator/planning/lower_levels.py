"""What a planning pass does on the lower levels of the ladder, and what it leaves for better days.

Promises: at AUCTION orders keep or get their source and routes are repaired by whoever answers the pass's calls, while
schedule and stock are held; at HOLD no route is touched and new orders are told why they wait. What is left out is
given back, so that it is planned when the level rises. Called by the planner.
"""

from __future__ import annotations

from orchestrator.domain.plan import Tier, Verdict
from orchestrator.domain.state import State
from orchestrator.planning.allocate import allocate
from orchestrator.planning.auctioneer import ENGINE
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft, finish
from orchestrator.planning.ladder import Level
from orchestrator.planning.plan_once import planning
from orchestrator.planning.route import route
from orchestrator.planning.steps import Steps
from orchestrator.planning.working import Working

HELD = "HELD"
HELD_TEXT = "the last plan is held: neither the core's search nor the vehicles answer; it is planned when one does"
CAUSES_KEPT = 200


def pass_of(work: Working, level: Level) -> Steps[Draft | None]:
    """The pass of a level."""
    if level >= Level.HOLD:
        work.engine = "held"
        return _holding(work)
    if level is Level.AUCTION:
        work.engine = ENGINE
        return _auctioning(work)
    return planning(work)


def _auctioning(work: Working) -> Steps[Draft | None]:
    """Sources and routes only."""
    allocate(work)
    yield from route(work)
    return finish(work, Tier.REPAIR)


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
    waiting = (o for o, verdict in work.unplanned.items() if verdict is not None and verdict.code == "NOT_YET")
    return Dirty(orders=dict.fromkeys(o for o in waiting if o in work.dirty.orders))


def due_again(state: State) -> Dirty:
    """What a better level should look at besides: orders that found no place on the lower one."""
    return Dirty(orders=dict.fromkeys(o for o in state.plan.unplanned if o in state.open_orders))
