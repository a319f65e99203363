"""Reading plans on the operator port: the one in force, revisions, differences, explanations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from orchestrator.domain.errors import Unavailable, not_found
from orchestrator.domain.plan import PlannedTask, VehicleRoute
from orchestrator.domain.state import REVISIONS_KEPT, RevisionRecord
from orchestrator.ingest import convert_plan as out
from orchestrator.ingest.convert_order import order_out, place_in_plan
from orchestrator.ingest.convert_override import override_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import limited, order_id_in, page_size_in, seq_in, text_in, texts_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.order_intake import order_of
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from orchestrator.ingest.slices import converted
from orchestrator.planning.diff import RouteDiff
from orchestrator.planning.hand_made import BEST_PLACE, HandEdit
from orchestrator.planning.relax import Step
from protos.muster.operator.v1 import override_service_pb2, plan_pb2
from protos.muster.operator.v1 import plan_service_pb2 as pb

PAGE_DEFAULT = 50
SECTIONS = (
    pb.PLAN_SECTION_ROUTES,
    pb.PLAN_SECTION_TASKS,
    pb.PLAN_SECTION_ALLOCATIONS,
    pb.PLAN_SECTION_PROPOSALS,
    pb.PLAN_SECTION_VERDICTS,
)
HISTORY_MAX = 20
ALTERNATIVES_MAX = 20
REVISION_MAX = 10**12

EDITS_MAX = 20
TRIPS_MAX = 64
RELAX_MS_LEAST, RELAX_MS_MOST = 100, 10_000
DECISIONS = {
    "ORDER_PLANNED": "PLANNED",
    "UNPLANNED": "DROPPED",
    "ORDER_MOVED": "VEHICLE",
    "ORDER_RESEQUENCED": "SEQUENCE",
    "ORDER_RETIMED": "TIME",
}
"""What kind of a decision a change is, for orders."""


class PlanService:
    """The plan and its history."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def GetPlan(self, request: pb.GetPlanRequest, call: Call) -> plan_pb2.Plan:
        """The plan in force, or the part asked for."""
        limited(request.sections, 16, "sections")
        for index, section in enumerate(request.sections):
            if section not in SECTIONS:
                raise bad_field(f"sections[{index}]", section, "a section of the plan")
        vehicles = texts_in(request.vehicle_ids, "vehicle_ids")
        machines = texts_in(request.machine_ids, "machine_ids")
        wanted = frozenset(request.sections or SECTIONS)
        plan = self._desk.state.plan
        shown = plan_pb2.Plan(revision=plan.revision, seq=plan.seq, at_s=plan.at_s, kpis=out.kpis_out(plan.kpis))
        # All sections are taken before the first turn is given away, so that they are of one revision.
        parts: list[tuple[int, Any, list[Any], Callable[[Any], Any]]] = [
            (pb.PLAN_SECTION_ROUTES, shown.routes, _of(plan.routes, vehicles), out.route_out),
            (pb.PLAN_SECTION_TASKS, shown.tasks, _on(plan.tasks.values(), machines), out.task_out),
            (pb.PLAN_SECTION_ALLOCATIONS, shown.allocations, [*plan.allocations.values()], out.allocation_out),
            (pb.PLAN_SECTION_PROPOSALS, shown.proposals, [*plan.proposals.values()], out.proposal_out),
            (pb.PLAN_SECTION_VERDICTS, shown.unplanned, [*plan.unplanned.values()], out.verdict_out),
            (pb.PLAN_SECTION_VERDICTS, shown.late, [*plan.late.values()], out.verdict_out),
        ]
        for part, target, things, convert in parts:
            if part in wanted:
                target.extend(await converted(things, convert))
        return shown

    async def ListRevisions(self, request: pb.ListRevisionsRequest, call: Call) -> pb.ListRevisionsResponse:
        """Revisions, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, REVISIONS_KEPT)
        cause_seq, kind = seq_in(request.cause_seq, "cause_seq"), text_in(request.cause_kind, "cause_kind")
        by_key = {f"{REVISION_MAX - r.head.revision:013d}": r for r in self._desk.state.revisions}

        def wanted(key: str) -> bool:
            causes = by_key[key].head.causes
            by_seq = not cause_seq or any(cause.seq == cause_seq for cause in causes)
            return by_seq and (not kind or any(cause.kind == kind for cause in causes))

        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, wanted, size)
        return pb.ListRevisionsResponse(
            revisions=[out.revision_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def GetRevision(self, request: pb.GetRevisionRequest, call: Call) -> pb.GetRevisionResponse:
        """A revision with what it changed."""
        record = self._record(request.revision, "revision")
        delta = record.delta
        sections: dict[str, dict[str, Any]] = {
            "routes": delta.routes,
            "tasks": delta.tasks,
            "allocations": delta.allocations,
            "proposals": delta.proposals,
            "unplanned": delta.unplanned,
            "late": delta.late,
        }
        return pb.GetRevisionResponse(
            revision=out.revision_out(record),
            routes=[out.route_out(value) for value in delta.routes.values() if value],
            tasks=[out.task_out(value) for value in delta.tasks.values() if value],
            allocations=[out.allocation_out(value) for value in delta.allocations.values() if value],
            proposals=[out.proposal_out(value) for value in delta.proposals.values() if value],
            unplanned=[out.verdict_out(value) for value in delta.unplanned.values() if value],
            late=[out.verdict_out(value) for value in delta.late.values() if value],
            removed=[
                f"{name}/{key}" for name, part in sections.items() for key, value in part.items() if value is None
            ],
        )

    async def DiffRevisions(self, request: pb.DiffRevisionsRequest, call: Call) -> pb.DiffRevisionsResponse:
        """What is planned otherwise in one revision than in another."""
        newest = self._desk.state.plan.revision
        older = self._record(getattr(request, "from"), "from")
        newer = self._record(request.to or newest, "to")
        diff = self._planner().diff(older.head.revision, newer.head.revision)
        low, high = sorted((older.head.revision, newer.head.revision))
        causes = [c for r in self._desk.state.revisions if low < r.head.revision <= high for c in r.head.causes]
        response = pb.DiffRevisionsResponse(
            to=newer.head.revision,
            differences=[
                pb.Difference(
                    kind=c.kind, subject=c.subject, before=c.before, after=c.after, decision=DECISIONS.get(c.kind, "")
                )
                for c in diff.changes
            ],
            routes=[_route_difference(one) for one in diff.routes],
            kpis_from=out.kpis_out(older.head.kpis),
            kpis_to=out.kpis_out(newer.head.kpis),
            causes=[out.cause_out(cause) for cause in causes],
        )
        setattr(response, "from", older.head.revision)
        return response

    async def ExplainOrder(self, request: pb.ExplainOrderRequest, call: Call) -> pb.ExplainOrderResponse:
        """All that led to an order's place."""
        state = self._desk.state
        order = order_of(self._desk, order_id_in(request.order_id))
        order_id = order.order_id
        told = self._planner().explain_order(order_id)
        response = pb.ExplainOrderResponse(
            order=order_out(state, order, inside=True),
            vehicle_id=state.plan.vehicle_of.get(order_id, ""),
            overrides=[override_out(state.overrides[name]) for name in state.override_ids_of_order.get(order_id, ())],
            history=self._history([touch.revision for touch in told.revisions]),
            alternatives=[_alternative(option) for option in told.vehicles[:ALTERNATIVES_MAX]],
            sentences=[*told.sentences],
        )
        if request.relax_budget_ms:
            response.relaxations.extend(await self._relaxations(order_id, request.relax_budget_ms))
        allocation = state.plan.allocations.get(order_id)
        if allocation is not None:
            response.allocation.CopyFrom(out.allocation_out(allocation))
        place = place_in_plan(state, order_id)
        if place is not None:
            response.trip_index = place[0]
            response.stop.CopyFrom(out.stop_out(place[1]))
        verdict = state.plan.unplanned.get(order_id) or state.plan.late.get(order_id)
        if verdict is not None:
            response.verdict.CopyFrom(out.verdict_out(verdict))
        return response

    async def _relaxations(self, order_id: str, budget_ms: int) -> list[pb.Relaxation]:
        if not RELAX_MS_LEAST <= budget_ms <= RELAX_MS_MOST:
            raise bad_field("relax_budget_ms", budget_ms, f"{RELAX_MS_LEAST} to {RELAX_MS_MOST}, or 0")
        ways = await self._planner().ways_in(order_id, budget_ms)
        return [
            pb.Relaxation(
                text=way.text,
                command=way.command,
                extra_cost_cents=way.extra_cents,
                vehicle_id=way.vehicle_id,
                steps=[_step(step) for step in way.steps],
            )
            for way in ways
        ]

    async def CheckPlan(self, request: pb.CheckPlanRequest, call: Call) -> pb.CheckPlanResponse:
        """What changes by hand would mean."""
        if not 1 <= len(request.edits) <= EDITS_MAX:
            raise bad_field("edits", len(request.edits), f"1 to {EDITS_MAX} edits")
        edits = [_edit_in(edit, f"edits[{number}]") for number, edit in enumerate(request.edits)]
        revision = self._desk.state.plan.revision
        found = await self._planner().check_edits(edits)
        return pb.CheckPlanResponse(
            ok=found.ok,
            violations=found.violations,
            extra_cost_cents=found.extra_cents,
            extra_by_part=found.extra_by_part,
            moved=[
                pb.MovedStop(
                    order_id=one.order_id,
                    start_s_from=one.start_from_s,
                    start_s_to=one.start_to_s,
                    late_s_from=one.late_from_s,
                    late_s_to=one.late_to_s,
                )
                for one in found.moved
            ],
            dropped=found.dropped,
            revision=revision,
            commands=found.commands,
        )

    def _history(self, revisions: list[int]) -> list[plan_pb2.Revision]:
        wanted = frozenset(revisions)
        found = [out.revision_out(r) for r in self._desk.state.revisions if r.head.revision in wanted]
        return sorted(found, key=lambda revision: -revision.revision)[:HISTORY_MAX]

    def _record(self, revision: int, field: str) -> RevisionRecord:
        seq_in(revision, field)
        for record in reversed(self._desk.state.revisions):
            if record.head.revision == revision:
                return record
        raise not_found("revision", str(revision), field=field)

    def _planner(self) -> Any:
        if self._desk.planner is None:
            raise Unavailable("planning is loading its kernels", retry_after_ms=2_000)
        return self._desk.planner


def _route_difference(one: RouteDiff) -> pb.RouteDifference:
    before, after = one.before, one.after
    return pb.RouteDifference(
        vehicle_id=one.vehicle_id,
        cost_cents_from=before.cost_cents if before else -1,
        cost_cents_to=after.cost_cents if after else -1,
        distance_m_from=before.distance_m if before else -1,
        distance_m_to=after.distance_m if after else -1,
        stops_from=len(before.order_ids()) if before else -1,
        stops_to=len(after.order_ids()) if after else -1,
    )


def _step(step: Step) -> pb.Step:
    """A decision as the request that makes it."""
    values: dict[str, Any] = dict(step.values)
    if step.kind == "allow":
        values["rule"] = override_service_pb2.AllowanceRule.Value(f"ALLOWANCE_RULE_{values['rule']}")
    if step.kind == "assign":
        values["kind"] = override_service_pb2.OVERRIDE_KIND_ASSIGN
    told = pb.Step()
    for name, value in values.items():
        setattr(getattr(told, step.kind), name, value)
    return told


def _edit_in(edit: pb.Edit, at: str) -> HandEdit:
    if not BEST_PLACE <= edit.trip <= TRIPS_MAX:
        raise bad_field(f"{at}.trip", edit.trip, f"{BEST_PLACE} to {TRIPS_MAX}")
    after = order_id_in(edit.after_order_id, f"{at}.after_order_id") if edit.after_order_id else ""
    vehicle_id = text_in(edit.vehicle_id, f"{at}.vehicle_id")
    return HandEdit(order_id_in(edit.order_id, f"{at}.order_id"), vehicle_id, edit.trip, after)


def _of(routes: dict[str, VehicleRoute], vehicle_ids: frozenset[str]) -> list[VehicleRoute]:
    return [route for vehicle_id, route in routes.items() if not vehicle_ids or vehicle_id in vehicle_ids]


def _on(tasks: Iterable[PlannedTask], machine_ids: frozenset[str]) -> list[PlannedTask]:
    return [task for task in tasks if not machine_ids or task.machine_id in machine_ids]


def _alternative(option: Any) -> pb.Alternative:
    return pb.Alternative(
        vehicle_id=option.vehicle_id,
        feasible=option.ok,
        extra_cost_cents=option.extra_cost_cents or 0,
        late_s=getattr(option, "late_s", 0),
        code=option.rule or "",
        text=option.text,
    )
