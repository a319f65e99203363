"""Folding plan revisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from orchestrator.domain.events import PlanRevised
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.plan import VehicleRoute
from orchestrator.domain.state import RevisionRecord, State

V = TypeVar("V")


def plan_revised(state: State, event: PlanRevised, seq: int, at_s: int) -> None:
    """Apply the delta; the revision is in force."""
    plan, delta = state.plan, event.delta
    plan.revision, plan.seq, plan.at_s, plan.kpis = event.head.revision, seq, at_s, event.head.kpis
    _routes(state, delta.routes)
    _merge(plan.tasks, delta.tasks)
    _merge(plan.allocations, delta.allocations)
    _merge(plan.proposals, delta.proposals)
    _merge(plan.unplanned, delta.unplanned)
    _merge(plan.late, delta.late)
    for override_id, text in delta.conflicts.items():
        if override_id in state.overrides:
            state.overrides[override_id] = changed(state.overrides[override_id], conflict=text or "")
        else:
            decided = state.schedule_overrides[override_id]
            state.schedule_overrides[override_id] = changed(decided, conflict=text or "")
    state.revisions.append(RevisionRecord(head=event.head, delta=delta, seq=seq, at_s=at_s))


def _merge(held: dict[str, V], values: Mapping[str, V | None]) -> None:
    for key, value in values.items():
        if value is None:
            held.pop(key, None)
        else:
            held[key] = value


def _routes(state: State, routes: Mapping[str, VehicleRoute | None]) -> None:
    plan = state.plan
    for vehicle_id in routes:
        before = plan.routes.get(vehicle_id)
        for order_id in before.order_ids() if before else ():
            if plan.vehicle_of.get(order_id) == vehicle_id:
                del plan.vehicle_of[order_id]
    for vehicle_id, route in routes.items():
        if route is None or not route.trips:
            plan.routes.pop(vehicle_id, None)
            continue
        plan.routes[vehicle_id] = route
        for order_id in route.order_ids():
            plan.vehicle_of[order_id] = vehicle_id
