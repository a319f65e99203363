"""One planning pass, in one direction: sources, replenishment, schedule, routes, promises.

Promises: the state is only read; the draft that comes out was passed by the checkers and rests on what `Working` has
noted. `plan_once` runs it at once, for tests and previews; the planner runs `planning` with its calls in a thread.
"""

from __future__ import annotations

from orchestrator.domain.plan import Tier
from orchestrator.domain.state import State
from orchestrator.planning.allocate import allocate, give_sources
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft, finish
from orchestrator.planning.memory import Memory
from orchestrator.planning.replenish import replenish
from orchestrator.planning.route import route
from orchestrator.planning.schedule import schedule
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.steps import Steps, run_here
from orchestrator.planning.working import Working

DEFAULT_SETTINGS = PlanningSettings()


def plan_once(
    state: State,
    dirty: Dirty,
    now_s: int,
    settings: PlanningSettings = DEFAULT_SETTINGS,
    memory: Memory | None = None,
    tier: Tier = Tier.REPAIR,
    *,
    with_stock: bool = True,
) -> Draft | None:
    """Plan what is dirty as of `now_s`; None when nothing is worth a revision. Blocks for some milliseconds.

    with_stock: look at replenishment too.
    """
    work = begin(state, dirty, now_s, settings, memory)
    work.with_stock = with_stock
    return run_here(planning(work, tier))


def begin(
    state: State, dirty: Dirty, now_s: int, settings: PlanningSettings, memory: Memory | None = None, wide: bool = False
) -> Working:
    """A new pass. A missing memory, or one of another moment, is made from the state."""
    if memory is None:
        memory = Memory()
    if memory.seq != state.seq:
        memory.rebuild(state)
    return Working(state, memory, settings, now_s, expand(state, dirty), wide)


def expand(state: State, dirty: Dirty) -> Dirty:
    """`everything` spelt out."""
    if not dirty.everything:
        return dirty
    full = dirty.copy()
    full.orders.update(dict.fromkeys(state.open_orders))
    full.vehicles.update(dict.fromkeys(state.plan.routes))
    full.vehicles.update(dict.fromkeys(key for key, live in state.fleet.items() if live.on_board))
    full.lines.update(dict.fromkeys(state.lines))
    full.item_sites.update(dict.fromkeys(state.policies))
    return full


def planning(work: Working, tier: Tier = Tier.REPAIR) -> Steps[Draft | None]:
    """The pass as steps."""
    allocate(work)
    yield from replenish(work)
    moved = yield from schedule(work)
    hand_on(work, moved)
    yield from route(work)
    return finish(work, tier)


def hand_on(work: Working, moved: list[str]) -> None:
    """Supplies that arrive at another time: orders pegged to them look for their source again."""
    pegged = dict.fromkeys(
        order_id
        for supply_id in moved
        for order_id in work.memory.supply_pegs.get(supply_id, {})
        if work.is_open(order_id)
    )
    pegged.update(
        dict.fromkeys(
            order_id
            for order_id, allocation in work.allocations.items()
            if allocation is not None and any(peg.source_id in moved for peg in allocation.pegs)
        )
    )
    give_sources(work, pegged)
