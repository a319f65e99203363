"""What a revision changes, in words a dispatcher reads.

Promises: pure; one line for each changed decision, the important ones first. Called by `draft`, `preview`, `explain`,
and by operators through `Planner.diff`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.domain.errors import not_found
from orchestrator.domain.measures import clock_time
from orchestrator.domain.plan import Change, Kpis, PlanDelta, VehicleRoute
from orchestrator.domain.state import Plan, State

CHANGES_KEPT = 200
SHIFT_S = 60
"""A time that moves by less is not told."""

Placed = tuple[str, int, str]
"""Vehicle, start of service, the order before it in its trip ("": it comes first)."""
Places = dict[str, Placed]


@dataclass(frozen=True, slots=True)
class RouteDiff:
    """A vehicle's route in two revisions, as each of them planned it; None: it had none."""

    vehicle_id: str
    before: VehicleRoute | None
    after: VehicleRoute | None


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """What lies between two revisions."""

    a: int
    b: int
    changes: tuple[Change, ...]
    cost_delta_cents: int
    late_delta_s: int
    routes: tuple[RouteDiff, ...] = ()


def places_of(routes: Mapping[str, VehicleRoute | None]) -> Places:
    """Where and when the orders of these routes are served, and after which other."""
    found: Places = {}
    for vehicle_id, route in routes.items():
        for trip in route.trips if route is not None else ():
            before = ""
            for stop in trip.stops:
                found[stop.order_id] = (vehicle_id, stop.start_s, before)
                before = stop.order_id
    return found


def changes(state: State, delta: PlanDelta, reason: str = "") -> tuple[Change, ...]:
    """The changes that `delta` makes to the plan in force."""
    plan = state.plan
    before = places_of({vehicle_id: plan.routes.get(vehicle_id) for vehicle_id in delta.routes})
    after = places_of(delta.routes)
    found = _orders(state, before, after, reason)
    found += _verdicts(plan, delta)
    found += _sources(plan, delta, reason)
    found += _tasks(state, delta, reason)
    found += _proposals(plan, delta)
    found += [
        Change(kind="OVERRIDE", subject=key, before="", after=text or "honoured again", reason=reason[:1000])
        for key, text in delta.conflicts.items()
    ]
    return tuple(found[:CHANGES_KEPT])


def _orders(state: State, before: Places, after: Places, reason: str) -> list[Change]:
    moved: list[Change] = []
    shifted: list[Change] = []
    for order_id in dict.fromkeys((*before, *after)):
        old, new = before.get(order_id), after.get(order_id)
        if old == new or (order_id in before and new is None):
            continue  # what is taken out is told by its verdict
        if old is None or new is None or old[0] != new[0]:
            kind, into = ("ORDER_PLANNED" if old is None else "ORDER_MOVED"), moved
        elif abs(old[1] - new[1]) >= SHIFT_S:
            kind, into = ("ORDER_RETIMED" if old[2] == new[2] else "ORDER_RESEQUENCED"), shifted
        else:
            continue
        into.append(
            Change(
                kind=kind, subject=order_id, before=_where(state, old), after=_where(state, new), reason=reason[:1000]
            )
        )
    return moved + shifted


def _where(state: State, place: Placed | None) -> str:
    return "unplanned" if place is None else f"{place[0]} {clock_time(state, place[1])}"


def _verdicts(plan: Plan, delta: PlanDelta) -> list[Change]:
    found: list[Change] = []
    for order_id, verdict in delta.unplanned.items():
        if verdict is not None:
            old = plan.unplanned.get(order_id)
            reason = f"{verdict.code}: {verdict.text}"[:1000]
            was = old.code if old is not None else ""
            found.append(Change(kind="UNPLANNED", subject=order_id, before=was, after="unplanned", reason=reason))
    for order_id, verdict in delta.late.items():
        old = plan.late.get(order_id)
        was = f"late {_minutes(old.late_s)}" if old is not None else ""
        if verdict is not None:
            now, reason = f"late {_minutes(verdict.late_s)}", f"{verdict.code}: {verdict.text}"[:1000]
            found.append(Change(kind="LATE", subject=order_id, before=was, after=now, reason=reason))
        elif old is not None:
            found.append(Change(kind="IN_TIME", subject=order_id, before=was, after="in time"))
    return found


def _minutes(seconds: int) -> str:
    return f"{-(-seconds // 60)} min"


def _sources(plan: Plan, delta: PlanDelta, reason: str) -> list[Change]:
    found: list[Change] = []
    for order_id, new in delta.allocations.items():
        old = plan.allocations.get(order_id)
        if old is None or new is None:
            continue
        if old.site_id != new.site_id:
            found.append(
                Change(kind="SOURCE", subject=order_id, before=old.site_id, after=new.site_id, reason=reason[:1000])
            )
        elif old.release_s != new.release_s:
            way = "later" if new.release_s > old.release_s else "earlier"
            what = f"goods {_minutes(abs(new.release_s - old.release_s))} {way}"
            found.append(Change(kind="RELEASE", subject=order_id, before="", after=what, reason=reason[:1000]))
    return found


def _tasks(state: State, delta: PlanDelta, reason: str) -> list[Change]:
    found: list[Change] = []
    for task_id, new in delta.tasks.items():
        old = state.plan.tasks.get(task_id)
        kind = "MAINTENANCE" if task_id in state.maintenance else "TASK"
        if new is None:
            continue
        if old is not None and old.machine_id == new.machine_id and abs(old.start_s - new.start_s) < SHIFT_S:
            continue
        was = "unplanned" if old is None else f"{old.machine_id} {clock_time(state, old.start_s)}"
        now = f"{new.machine_id} {clock_time(state, new.start_s)}"
        found.append(Change(kind=kind, subject=task_id, before=was, after=now, reason=reason[:1000]))
    return found


def _proposals(plan: Plan, delta: PlanDelta) -> list[Change]:
    found: list[Change] = []
    for proposal_id, new in delta.proposals.items():
        old = plan.proposals.get(proposal_id)
        was = "" if old is None else f"{old.quantity} × {old.item_id}"
        now = "no more" if new is None else f"{new.quantity} × {new.item_id}"
        reason = "" if new is None else new.reason
        found.append(Change(kind="PROPOSAL", subject=proposal_id, before=was, after=now, reason=reason))
    return found


def summary(text: str, found: tuple[Change, ...], before: Kpis, after: Kpis) -> str:
    """One sentence for the ticker: the cause, who moved, what it costs."""
    counts = {kind: sum(change.kind == kind for change in found) for kind in _TOLD}
    parts = [f"{count} {_TOLD[kind][count != 1]}" for kind, count in counts.items() if count]
    cost = after.cost_cents - before.cost_cents
    if cost:
        parts.append(f"{cost / 100:+.2f} €")
    if after.late_orders != before.late_orders:
        parts.append(f"{after.late_orders} late")
    return f"{text}: {', '.join(parts) or 'nothing to change'}"[:1000]


_TOLD = {
    "ORDER_PLANNED": ("order planned", "orders planned"),
    "ORDER_MOVED": ("order moved", "orders moved"),
    "ORDER_RESEQUENCED": ("new sequence", "new sequences"),
    "ORDER_RETIMED": ("new time", "new times"),
    "UNPLANNED": ("order unplanned", "orders unplanned"),
    "TASK": ("task moved", "tasks moved"),
    "MAINTENANCE": ("maintenance placed", "maintenances placed"),
    "PROPOSAL": ("proposal", "proposals"),
}


def diff(state: State, rev_a: int, rev_b: int) -> RevisionDiff:
    """What changed from revision `rev_a` to `rev_b`, both still kept. NOT_FOUND otherwise."""
    kept = {record.head.revision: record for record in state.revisions}
    for revision in (rev_a, rev_b):
        if revision not in kept:
            raise not_found("revision", str(revision), field="revision")
    first, last = sorted((rev_a, rev_b))
    merged: dict[tuple[str, str], Change] = {}
    for revision in range(first + 1, last + 1):
        for change in kept[revision].head.changes if revision in kept else ():
            key = (change.kind, change.subject)
            before = merged[key].before if key in merged else change.before
            merged[key] = change.model_copy(update={"before": before})
    a, b = kept[rev_a].head.kpis, kept[rev_b].head.kpis
    told = tuple(change for change in merged.values() if change.before != change.after or not change.after)
    if rev_a > rev_b:
        told = tuple(c.model_copy(update={"before": c.after, "after": c.before}) for c in told)
    routes = _routes(state, first, last)
    if rev_a > rev_b:
        routes = [RouteDiff(one.vehicle_id, one.after, one.before) for one in routes]
    return RevisionDiff(rev_a, rev_b, told, b.cost_cents - a.cost_cents, b.late_s - a.late_s, tuple(routes))


def _routes(state: State, first: int, last: int) -> list[RouteDiff]:
    """Vehicles whose route a revision between the two changed, if its route before is still kept."""
    old: dict[str, VehicleRoute | None] = {}
    new: dict[str, VehicleRoute | None] = {}
    for record in state.revisions:
        into = old if record.head.revision <= first else new
        if record.head.revision <= last:
            into.update(record.delta.routes)
    return [RouteDiff(key, old[key], route) for key, route in new.items() if key in old and old[key] != route]
