"""The routing step: give orders a place, give vehicles new times, and say why what has no place has none.

Promises: a generator that yields pure calls and gets their results, so that the caller may run them in a thread; it
touches only the vehicles that `scope` names. Takes in nothing that the checker refuses: then the plan in force stays,
with new times where they are possible. Called by `plan_once`, after allocation and scheduling.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from orchestrator.domain.plan import VehicleRoute
from orchestrator.planning import verdict
from orchestrator.planning.override import settle, to_relax
from orchestrator.planning.route_solve import Solved, improve, insert, retime
from orchestrator.planning.routing_problem import build
from orchestrator.planning.routing_result import routes_of
from orchestrator.planning.scope import Group, groups, neighbours, others
from orchestrator.planning.steps import Steps
from orchestrator.planning.working import Working

RELAX_ROUNDS = 4
SECOND_LOOKS = 3
"""Orders that try the whole depot in one revision; the others wait for the next look."""
EXPLAINED_VEHICLES = 3
REPAIR_JOBS = 4
LONE_ORDERS = 2
LONE_SHARE = 0.6


def route(work: Working) -> Steps[None]:
    """Plan everything that the steps before, and the events themselves, left to the routes."""
    wanted, withdrawn = _wanted(work)
    for vehicle_id in withdrawn:
        work.touched_vehicles[vehicle_id] = None
    todo = groups(work, wanted)
    searches = max(1, sum(group.search for group in todo))
    taken = {vehicle_id for group in todo for vehicle_id in group.vehicles}
    for group in todo:
        yield from _solve_group(work, group, taken, searches)
    settle(work)


def _wanted(work: Working) -> tuple[list[str], dict[str, None]]:
    """Orders that need a place now, and the vehicles that lose an order that cannot be served any more."""
    wanted: list[str] = []
    withdrawn: dict[str, None] = {}
    for order_id in work.touched_orders:
        if not work.is_open(order_id):
            continue
        reason = verdict.not_now(work, order_id)
        own = work.vehicle_of(order_id)
        if reason is not None:
            work.unplanned[order_id] = reason
            if own is not None:
                withdrawn[own] = None
            continue
        wanted.append(order_id)
        if own is not None:
            _leave_depot(work, order_id, own, withdrawn)
    return wanted, withdrawn


def _leave_depot(work: Working, order_id: str, own: str, withdrawn: dict[str, None]) -> None:
    """An order whose goods are at another depot now leaves its vehicle."""
    allocation = work.allocation(order_id)
    if allocation is not None and work.state.vehicles[own].depot_id != allocation.site_id:
        withdrawn[own] = None


def _solve_group(work: Working, group: Group, taken: set[str], searches: int) -> Steps[None]:
    solved = None
    if not group.vehicles:
        for order_id in list(group.wanted)[:SECOND_LOOKS]:
            yield from _second_look(work, order_id, group)
        return
    if not group.search:
        solved = yield partial(retime, build(work, group.vehicles, ()))
        if not solved.ok:
            neighbours(work, group, taken)
            taken.update(group.vehicles)
            solved = None
    if solved is None:
        solved = yield from _search(work, group, searches)
    if solved is None:
        return
    left = take(work, solved)
    for order_id in left[:SECOND_LOOKS]:
        yield from _second_look(work, order_id, group)
    for order_id in left[SECOND_LOOKS:]:
        work.unplanned[order_id] = verdict.not_yet(order_id)
    verdict.late(work, solved)


def _search(work: Working, group: Group, searches: int) -> Steps[Solved | None]:
    """Solve with all overrides, then without those that turn out to be impossible, until the plan keeps the rest."""
    budget_s = _budget_s(work, searches)
    for _ in range(RELAX_ROUNDS):
        job = build(work, group.vehicles, [o for o in group.wanted if work.is_open(o)])
        solved: Solved = yield partial(improve, job, budget_s, work.base_revision % 1000)
        more = to_relax(work, solved)
        if not more:
            break
        work.relaxed |= more
    if not solved.ok:
        kept: Solved | None = yield from _fall_back(work, solved)
        return kept
    work.gain_cents += verdict.cents(solved.gain_ticks)
    return solved


def _budget_s(work: Working, searches: int) -> float:
    """Search time of one group; a lone order needs less, for little can be better than its best place."""
    lone = len(work.touched_orders) <= LONE_ORDERS and not work.dirty.disrupted
    share = LONE_SHARE if lone else 1.0
    return max(0.001, share * work.settings.repair_budget_ms / 1000.0 / min(searches, REPAIR_JOBS))


def _fall_back(work: Working, refused: Solved) -> Steps[Solved | None]:
    """The checker refused: repair and insertion only; then the same without what people fixed, which is told."""
    work.rejections += 1
    job = refused.job
    kept: Solved = yield partial(insert, job)
    if kept.ok:
        return kept
    work.relaxed |= frozenset(_overrides_of(work, job.whole.stop_index))
    kept = yield partial(insert, build(work, job.cuts, job.wanted))
    if kept.ok:
        return kept
    for order_id in job.wanted:
        if work.vehicle_of(order_id) is None:
            work.unplanned[order_id] = verdict.not_yet(order_id)
    return None


def _overrides_of(work: Working, order_ids: Iterable[str]) -> list[str]:
    return [name for order_id in order_ids for name in work.state.override_ids_of_order.get(order_id, ())]


def take(work: Working, solved: Solved) -> list[str]:
    """Put a checked plan into the pass. Returns the orders it leaves out, the most urgent first."""
    for vehicle_id, new in routes_of(work, solved.job, solved.plan).items():
        work.routes[vehicle_id] = _unless_same(work.state.plan.routes.get(vehicle_id), new)
        for order_id in new.order_ids() if new is not None else ():
            if order_id in work.state.plan.unplanned or order_id in work.unplanned:
                work.unplanned[order_id] = None
    left = [entry.stop_id for entry in solved.plan.unplanned]
    return sorted(left, key=lambda order_id: (-work.state.orders[order_id].priority, order_id))


def _unless_same(held: VehicleRoute | None, new: VehicleRoute | None) -> VehicleRoute | None:
    return held if held == new else new


def _second_look(work: Working, order_id: str, group: Group) -> Steps[None]:
    """Try every vehicle of the order's depot before calling it unplanned; the nearest ones say why."""
    allocation = work.allocation(order_id)
    depot_id = allocation.site_id if allocation is not None else group.depot_id
    own = [v for v in group.vehicles if work.state.vehicles[v].depot_id == depot_id]
    near: list[str] = []
    tried = 0
    for chunk in (own, *others(work, depot_id, own)):
        if not chunk:
            continue
        solved: Solved = yield partial(insert, build(work, chunk, (order_id,)))
        if solved.ok and not solved.plan.unplanned:
            take(work, solved)
            verdict.late(work, solved)
            work.unplanned[order_id] = None
            return
        near = near or chunk[:EXPLAINED_VEHICLES]
        tried += len(chunk)
    if not near:
        work.unplanned[order_id] = verdict.not_yet(order_id)
        return
    job = build(work, near, (order_id,))
    refusals = yield partial(verdict.why_unplanned, job, order_id)
    work.unplanned[order_id] = verdict.tried(verdict.of_refusals(work, order_id, refusals), tried)
