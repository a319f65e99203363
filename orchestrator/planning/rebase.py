"""Fitting a result that was found for an older state onto the plan in force.

Promises: what has happened meanwhile wins: stops that are done are left out, goods on board stay, new orders are
inserted at their cheapest; the checker looks at it again; it is taken only if it is cheaper than the plan in force by
`least_cents`.
Called by `improver`, for results of the core's own wide search and of solver processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from orchestrator.planning import verdict
from orchestrator.planning.override import settle
from orchestrator.planning.route import take
from orchestrator.planning.route_solve import Solved, fit, retime
from orchestrator.planning.routing_problem import RouteJob, Trips, build
from orchestrator.planning.steps import Steps
from orchestrator.planning.vehicle_cut import Cut
from orchestrator.planning.working import Working

Wanted = Mapping[str, Trips]
"""Vehicle -> all its trips as a result wants them, frozen and on-board trips included."""


def rebase(work: Working, wanted: Wanted, unplanned: Iterable[str], least_cents: int) -> Steps[bool]:
    """Take what is still good of a result into the pass. `unplanned`: orders that it may have found a place for."""
    known = [vehicle_id for vehicle_id in wanted if vehicle_id in work.state.vehicles]
    if not known:
        return False
    job = build(work, known, [order_id for order_id in unplanned if _waits(work, order_id)])
    kept: Solved = yield partial(retime, job)
    solved: Solved = yield partial(fit, job, fitted(job, wanted))
    work.rejections += not solved.ok
    if not solved.ok:
        return False
    gain = verdict.cents(kept.report.cost.total - solved.report.cost.total)
    if kept.ok and gain < least_cents:
        return False
    work.gain_cents += max(0, gain)
    for order_id in take(work, solved):
        if order_id not in work.state.plan.unplanned:
            work.unplanned[order_id] = verdict.not_yet(order_id)
    verdict.late(work, solved)
    settle(work)
    return True


def _waits(work: Working, order_id: str) -> bool:
    return work.is_open(order_id) and work.vehicle_of(order_id) is None and verdict.not_now(work, order_id) is None


def fitted(job: RouteJob, wanted: Wanted) -> dict[str, Trips]:
    """The wanted sequences as far as they concern stops that are still to be planned, frozen trips left out."""
    free = set(job.search.stop_index)
    placed: set[str] = set()
    sequences: dict[str, Trips] = {}
    for vehicle_id, cut in job.cuts.items():
        frozen = {order_id for trip in job.frozen.get(vehicle_id, ()) for order_id in trip}
        sequences[vehicle_id] = _trips(cut, wanted.get(vehicle_id, ()), free - frozen - placed, bool(frozen))
        placed.update(order_id for trip in sequences[vehicle_id] for order_id in trip)
    return sequences


def _trips(cut: Cut, wanted: Trips, free: set[str], begins_at_depot: bool) -> Trips:
    """A vehicle's wanted trips without what is gone; what is on board now, in the wanted order, comes first."""
    aboard = set(cut.on_board)
    order = {order_id: number for number, order_id in enumerate(o for trip in wanted for o in trip)}
    first = tuple(sorted(cut.on_board, key=lambda order_id: order.get(order_id, len(order))))
    later = tuple(kept for trip in wanted if (kept := tuple(o for o in trip if o in free and o not in aboard)))
    return (first, *later) if cut.under_way and not begins_at_depot else later
