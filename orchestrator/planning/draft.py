"""From a pass to a revision: only what really changed, with figures, reasons and causes.

Promises: every open order that the pass touched has a place or a verdict; a time that moves by less than `notice_s`
alone is no change, unless vehicles take turns at docks; an empty draft comes out only for causes that must be named.
Called by `plan_once`, `background`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from orchestrator.domain.plan import Cause, PlanDelta, Revision, Tier, Trip, VehicleRoute, Verdict
from orchestrator.planning.diff import changes, summary
from orchestrator.planning.docks import open_docks
from orchestrator.planning.kpis import kpis_after
from orchestrator.planning.trigger import CAUSES_KEPT
from orchestrator.planning.verdict import not_yet
from orchestrator.planning.working import Working

V = TypeVar("V")
DISRUPTIONS = (
    "VehicleWentDown",
    "VehicleCameUp",
    "AreaSlowed",
    "AreaCleared",
    "MachineWentDown",
    "MachineCameUp",
    "PurchaseDelayed",
    "PurchaseWrittenOff",
    "StockCounted",
    "InstructionRefused",
    "OverrideCreated",
    "OverrideUndone",
    "MaintenancePlanned",
    "MaintenanceCancelled",
    "WorkerAbsent",
    "WorkerBack",
    "ScheduleOverrideCreated",
    "ScheduleOverrideUndone",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked revision, ready for `PublishRevision(head, delta)`."""

    head: Revision
    delta: PlanDelta


MOVES = frozenset({"ORDER_PLANNED", "ORDER_MOVED", "ORDER_RESEQUENCED", "ORDER_RETIMED", "UNPLANNED"})


def finish(work: Working, tier: Tier = Tier.REPAIR) -> Draft | None:
    """The revision of a pass; None when there is nothing to say."""
    _leave_nobody_out(work)
    delta = _delta(work)
    if delta.empty() and not work.dirty.must_publish:
        return None
    causes = _causes(work.dirty.causes)
    lead = causes[0].text if causes else tier.value.lower()
    told = changes(work.state, delta, lead)
    moved = {change.subject for change in told if change.kind in MOVES}
    before = work.state.plan.kpis
    kpis = kpis_after(work, delta, len(moved))
    revision = work.state.plan.revision
    others = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    head = Revision(
        revision=revision + 1,
        parent=revision,
        tier=tier,
        causes=causes,
        engine=work.engine,
        found_by=work.found_by,
        kpis=kpis,
        changes=told,
        summary=summary(f"{lead}{others}", told, before, kpis),
        gain_cents=work.gain_cents,
    )
    return Draft(head, delta)


def _causes(causes: list[Cause]) -> tuple[Cause, ...]:
    """Disruptions first: they must be named, whatever else happened in the same moment."""
    ranked = sorted(causes, key=lambda cause: (cause.kind not in DISRUPTIONS and "rush" not in cause.text, cause.seq))
    return tuple(ranked[:CAUSES_KEPT])


def _leave_nobody_out(work: Working) -> None:
    """Every open order that was touched, or lost its place, has a place or a verdict."""
    placed = {o for route in work.routes.values() if route is not None for o in route.order_ids()}
    left = dict.fromkeys((*work.touched_orders, *work.dirty.orders))
    for vehicle_id in work.routes:
        held = work.state.plan.routes.get(vehicle_id)
        left.update(dict.fromkeys(held.order_ids() if held is not None else ()))
    for order_id in left:
        if not work.is_open(order_id):
            continue
        own = work.vehicle_of(order_id)
        is_placed = order_id in placed or (own is not None and own not in work.routes)
        verdict = work.unplanned.get(order_id, work.state.plan.unplanned.get(order_id))
        if is_placed:
            if order_id in work.state.plan.unplanned or order_id in work.unplanned:
                work.unplanned[order_id] = None
        else:
            work.unplanned[order_id] = verdict or not_yet(order_id)
            work.late[order_id] = None


def _delta(work: Working) -> PlanDelta:
    plan, notice_s, least_s = work.state.plan, work.settings.notice_s, _least_s(work)
    allocations = _news(work.allocations, plan.allocations)
    routes = {
        vehicle_id: route
        for vehicle_id, route in work.routes.items()
        if not _same_route(plan.routes.get(vehicle_id), route, least_s.get(vehicle_id, notice_s))
        or _new_sources(route, allocations)
    }
    return PlanDelta(
        routes=routes,
        tasks=_news(work.tasks, plan.tasks),
        allocations=allocations,
        proposals=_news(work.proposals, plan.proposals),
        unplanned=_verdicts(work.unplanned, plan.unplanned, notice_s),
        late=_verdicts(work.late, plan.late, notice_s),
        conflicts=dict(work.conflicts),
    )


def _least_s(work: Working) -> dict[str, int]:
    """Vehicles of sites where docks are short: there a loading that is put off by little would take another's dock."""
    state = work.state
    if not (state.cordoned or state.refusals):
        return {}
    depots = {vehicle_id: state.vehicles[vehicle_id].depot_id for vehicle_id in work.routes}
    short = {site_id for site_id in set(depots.values()) if open_docks(state, site_id, work.now_s)}
    return {vehicle_id: 1 for vehicle_id, site_id in depots.items() if site_id in short}


def _new_sources(route: VehicleRoute | None, allocations: Mapping[str, object]) -> bool:
    """Times go out together with the releases they follow from."""
    return bool(allocations) and route is not None and any(o in allocations for o in route.order_ids())


def _news(new: Mapping[str, V | None], held: Mapping[str, V]) -> dict[str, V | None]:
    return {key: value for key, value in new.items() if held.get(key) != value}


def _verdicts(
    new: Mapping[str, Verdict | None], held: Mapping[str, Verdict], notice_s: int
) -> dict[str, Verdict | None]:
    return {key: value for key, value in new.items() if not _same_verdict(held.get(key), value, notice_s)}


def _same_verdict(held: Verdict | None, new: Verdict | None, notice_s: int) -> bool:
    if held is None or new is None:
        return held is new
    return held.code == new.code and abs(held.late_s - new.late_s) < notice_s


def _same_route(held: VehicleRoute | None, new: VehicleRoute | None, notice_s: int) -> bool:
    if held is None or new is None or held is new:
        return held is new
    if len(held.trips) != len(new.trips) or not _same_rests(held, new, notice_s):
        return False
    return all(_same_trip(old, now, notice_s) for old, now in zip(held.trips, new.trips, strict=True))


def _same_rests(held: VehicleRoute, new: VehicleRoute, notice_s: int) -> bool:
    times = [
        (old.start_s - now.start_s, old.end_s - now.end_s) for old, now in zip(held.rests, new.rests, strict=False)
    ]
    return len(held.rests) == len(new.rests) and all(abs(off_s) < notice_s for pair in times for off_s in pair)


def _same_trip(held: Trip, new: Trip, notice_s: int) -> bool:
    if held.loaded != new.loaded or [s.order_id for s in held.stops] != [s.order_id for s in new.stops]:
        return False
    times = [(held.load_start_s, new.load_start_s), (held.return_s, new.return_s)]
    times += [(old.start_s, now.start_s) for old, now in zip(held.stops, new.stops, strict=True)]
    late = any((old.late_s > 0) != (now.late_s > 0) for old, now in zip(held.stops, new.stops, strict=True))
    return not late and all(abs(old - now) < notice_s for old, now in times)
