"""The figures of the whole plan after a pass, kept by adding what the pass changed.

Promises: cost and distance of every route are the checker's; nothing walks the fleet. Called by `draft`.
"""

from __future__ import annotations

from orchestrator.domain.plan import Kpis, PlanDelta
from orchestrator.planning.materials import open_production
from orchestrator.planning.supply import production_arrival_s
from orchestrator.planning.working import Working


def kpis_after(work: Working, delta: PlanDelta, changed_orders: int) -> Kpis:
    """Figures of the plan in force with `delta` applied."""
    plan = work.state.plan
    cost_cents, distance_m = work.memory.cost_cents, work.memory.distance_m
    planned = len(plan.vehicle_of)
    for vehicle_id, route in delta.routes.items():
        held = plan.routes.get(vehicle_id)
        if held is not None:
            cost_cents, distance_m = cost_cents - held.cost_cents, distance_m - held.distance_m
            planned -= len(held.order_ids())
        if route is not None:
            cost_cents, distance_m = cost_cents + route.cost_cents, distance_m + route.distance_m
            planned += len(route.order_ids())
    late = {**plan.late, **delta.late}
    unplanned = {**plan.unplanned, **delta.unplanned}
    tardy = [late_s for late_s in _tardiness(work) if late_s > 0]
    return Kpis(
        cost_cents=max(0, cost_cents),
        distance_m=max(0, distance_m),
        planned_orders=max(0, planned),
        unplanned_orders=sum(verdict is not None for verdict in unplanned.values()),
        late_orders=sum(verdict is not None for verdict in late.values()),
        late_s=sum(verdict.late_s for verdict in late.values() if verdict is not None),
        tardy_jobs=len(tardy),
        tardiness_s=sum(tardy),
        changed_orders=changed_orders,
    )


def _tardiness(work: Working) -> list[int]:
    return [production_arrival_s(work, order) - order.due_s for order in open_production(work)]
