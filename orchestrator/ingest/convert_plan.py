"""The plan, its revisions and what they change, from the domain to the contract."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.domain import plan as d
from orchestrator.domain.approval import Approval
from orchestrator.domain.duty import Rest
from orchestrator.domain.state import RevisionRecord
from orchestrator.ingest.fields import enum_out
from protos.muster.operator.v1 import plan_pb2 as pb


def stop_out(stop: d.PlannedStop) -> pb.PlannedStop:
    """A planned stop."""
    return pb.PlannedStop(
        order_id=stop.order_id,
        arrive_s=stop.arrive_s,
        start_s=stop.start_s,
        depart_s=stop.depart_s,
        late_s=stop.late_s,
    )


def trip_out(trip: d.Trip) -> pb.Trip:
    """A trip with its stops."""
    return pb.Trip(
        load_start_s=trip.load_start_s,
        depart_s=trip.depart_s,
        return_s=trip.return_s,
        stops=[stop_out(stop) for stop in trip.stops],
        loaded=trip.loaded,
    )


def rest_out(rest: Rest) -> pb.Rest:
    """A driver's rest."""
    return pb.Rest(start_s=rest.start_s, end_s=rest.end_s)


def route_out(route: d.VehicleRoute) -> pb.VehicleRoute:
    """A vehicle's remaining day."""
    return pb.VehicleRoute(
        vehicle_id=route.vehicle_id,
        trips=[trip_out(trip) for trip in route.trips],
        distance_m=route.distance_m,
        cost_cents=route.cost_cents,
        rests=[rest_out(rest) for rest in route.rests],
    )


def task_out(task: d.PlannedTask) -> pb.PlannedTask:
    """A planned task."""
    return pb.PlannedTask(
        task_id=task.task_id,
        production_order_id=task.production_order_id or "",
        machine_id=task.machine_id,
        start_s=task.start_s,
        end_s=task.end_s,
        held=task.held,
        overtime=task.overtime,
    )


def allocation_out(allocation: d.Allocation) -> pb.Allocation:
    """Where an order's goods come from."""
    return pb.Allocation(
        order_id=allocation.order_id,
        site_id=allocation.site_id,
        pegs=[
            pb.Peg(
                item_id=peg.item_id,
                quantity=peg.quantity,
                kind=enum_out(pb.PegKind, "PEG_KIND_", peg.kind.value),
                source_id=peg.source_id,
            )
            for peg in allocation.pegs
        ],
        release_s=allocation.release_s,
    )


def proposal_out(
    proposal: d.Proposal, approval: Approval | None = None, snoozed_until_s: int | None = None
) -> pb.Proposal:
    """A proposed replenishment; who decides about it, where that is asked."""
    return pb.Proposal(
        proposal_id=proposal.proposal_id,
        kind=enum_out(pb.ProposalKind, "PROPOSAL_KIND_", proposal.kind.value),
        item_id=proposal.item_id,
        site_id=proposal.site_id,
        supplier_id=proposal.supplier_id or "",
        quantity=proposal.quantity,
        expected_s=proposal.expected_s,
        cost_cents=proposal.cost_cents,
        inventory_position=proposal.inventory_position,
        reorder_point=proposal.reorder_point,
        order_up_to=proposal.order_up_to,
        reason=proposal.reason,
        from_site_id=proposal.from_site_id or "",
        unit_cost_cents=proposal.unit_cost_cents,
        needed_by_s=proposal.needed_by_s,
        safety_stock=proposal.safety_stock,
        demand_milli_day=proposal.demand_milli_day,
        risk_per_mille=proposal.risk_per_mille,
        wait_day_cents=proposal.wait_day_cents,
        order_ids=proposal.order_ids,
        why_now=proposal.why_now,
        why_this_much=proposal.why_this_much,
        limit=proposal.limit,
        options=[pb.SourceOption(**option.model_dump()) for option in proposal.options],
        approval=enum_out(pb.ApprovalState, "APPROVAL_STATE_", approval.value if approval else "UNSPECIFIED"),
        snoozed_until_s=snoozed_until_s,
    )


def verdict_out(verdict: d.Verdict) -> pb.Verdict:
    """Why an order is unplanned or late."""
    return pb.Verdict(order_id=verdict.order_id, code=verdict.code, text=verdict.text, late_s=verdict.late_s)


def cause_out(cause: d.Cause) -> pb.Cause:
    """An event that led to a revision."""
    return pb.Cause(seq=cause.seq, kind=cause.kind, text=cause.text)


def changes_out(changes: Iterable[d.Change]) -> list[pb.Change]:
    """Changed decisions in words."""
    return [
        pb.Change(
            kind=change.kind, subject=change.subject, before=change.before, after=change.after, reason=change.reason
        )
        for change in changes
    ]


def kpis_out(kpis: d.Kpis) -> pb.Kpis:
    """The checker's figures."""
    return pb.Kpis(**kpis.model_dump())


def revision_out(record: RevisionRecord) -> pb.Revision:
    """The head of a revision, with its place in the log."""
    head = record.head
    return pb.Revision(
        revision=head.revision,
        parent=head.parent,
        tier=enum_out(pb.Tier, "TIER_", head.tier.value),
        causes=[cause_out(cause) for cause in head.causes],
        engine=head.engine,
        found_by=[pb.Find(**find.model_dump()) for find in head.found_by],
        kpis=kpis_out(head.kpis),
        changes=changes_out(head.changes),
        summary=head.summary,
        gain_cents=head.gain_cents,
        seq=record.seq,
        at_s=record.at_s,
    )
