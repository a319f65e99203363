"""What a click does: calls to the operator port, their errors as sentences."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import grpc

from orchestrator.web.words import euros, minutes
from protos.muster.operator.v1 import alert_service_pb2 as alert_pb
from protos.muster.operator.v1 import override_service_pb2 as override_pb
from protos.muster.operator.v1 import plan_service_pb2 as plan_pb
from protos.muster.operator.v1 import schedule_service_pb2 as schedule_pb
from protos.muster.operator.v1.alert_service_pb2_grpc import AlertServiceStub
from protos.muster.operator.v1.order_service_pb2_grpc import OrderServiceStub
from protos.muster.operator.v1.override_service_pb2_grpc import OverrideServiceStub
from protos.muster.operator.v1.plan_service_pb2_grpc import PlanServiceStub
from protos.muster.operator.v1.schedule_service_pb2_grpc import ScheduleServiceStub

TIMEOUT_S = 15.0
RELAX_BUDGET_MS = 2_000
OPERATOR = (("x-muster-operator", "dashboard"),)


class ActionError(Exception):
    """A click that did not work, in the server's words."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An order in sentences, the vehicles that could take it, and what would let it in if none can."""

    sentences: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    ways: tuple[plan_pb.Relaxation, ...]


async def ask(method: Any, request: Any) -> Any:
    """One answer; an `ActionError` in the server's words when there is none."""
    try:
        return await method(request, timeout=TIMEOUT_S, metadata=OPERATOR)
    except grpc.aio.AioRpcError as error:
        raise ActionError(error.details() or error.code().name) from error


async def acknowledge(channel: Any, alert_id: str) -> None:
    """Say that somebody takes care of an alert."""
    request = alert_pb.AcknowledgeAlertRequest(request_id=str(uuid.uuid4()), alert_id=alert_id)
    await ask(AlertServiceStub(channel).AcknowledgeAlert, request)


async def explain(channel: Any, order_id: str) -> Explanation:
    """Why an order is where it is, and where else it could go."""
    request = plan_pb.ExplainOrderRequest(order_id=order_id, relax_budget_ms=RELAX_BUDGET_MS)
    answer = await ask(PlanServiceStub(channel).ExplainOrder, request)
    options = tuple((option.vehicle_id, _option(option)) for option in answer.alternatives)
    return Explanation(tuple(answer.sentences), options, tuple(answer.relaxations))


async def apply_way(channel: Any, way: plan_pb.Relaxation, reason: str) -> None:
    """Make the decisions that would let an order in."""
    overrides, orders = OverrideServiceStub(channel), OrderServiceStub(channel)
    methods = {
        "allow": overrides.GrantAllowance,
        "assign": overrides.CreateOverride,
        "change": orders.ChangeOrder,
        "undo": overrides.UndoOverride,
    }
    for step in way.steps:
        kind = step.WhichOneof("step")
        if kind is not None:
            request = getattr(step, kind)
            request.request_id, request.reason = str(uuid.uuid4()), reason
            await ask(methods[kind], request)


def _option(option: plan_pb.Alternative) -> str:
    if not option.feasible:
        return f"{option.vehicle_id} · no: {option.text}"
    late = f", {minutes(option.late_s)} late" if option.late_s else ""
    return f"{option.vehicle_id} · {option.extra_cost_cents / 100:+.2f} €{late}"


async def lateness(channel: Any, production_order_id: str) -> schedule_pb.LateProduction | None:
    """Why a production order is late and what would help; None: it is not late any more."""
    request = schedule_pb.ExplainScheduleRequest(production_order_ids=[production_order_id], remedies=True)
    answer = await ask(ScheduleServiceStub(channel).ExplainSchedule, request)
    return next(iter(answer.late), None)


def remedy_text(remedy: schedule_pb.Remedy) -> str:
    """A remedy in a line: what, what it gains, what it costs, whom it harms."""
    gain = f"{minutes(remedy.late_before_s)} → {minutes(remedy.late_after_s)} late"
    cost = f" · {euros(remedy.cost_cents)}" if remedy.cost_cents else ""
    harm = "".join(f" · {one.production_order_id} {minutes(one.later_s)} later" for one in remedy.harm)
    return f"{remedy.text} · {gain}{cost}{harm}"


async def apply_remedy(channel: Any, remedy: schedule_pb.Remedy, reason: str) -> list[str]:
    """Make the decisions that a remedy is; gives their names."""
    names = []
    for decision in remedy.decisions:
        request = schedule_pb.CreateScheduleOverrideRequest()
        request.CopyFrom(decision)
        request.request_id, request.reason = str(uuid.uuid4()), reason
        answer = await ask(ScheduleServiceStub(channel).CreateScheduleOverride, request)
        names.append(str(answer.override.override_id))
    return names


def assignment(order_id: str, vehicle_id: str, reason: str) -> override_pb.CreateOverrideRequest:
    """The override that puts an order on a vehicle."""
    return override_pb.CreateOverrideRequest(
        request_id=str(uuid.uuid4()),
        kind=override_pb.OVERRIDE_KIND_ASSIGN,
        order_id=order_id,
        vehicle_id=vehicle_id,
        reason=reason,
    )


async def preview(channel: Any, order_id: str, vehicle_id: str) -> tuple[str, ...]:
    """What an assignment would change, a line each; changes nothing."""
    wanted = assignment(order_id, vehicle_id, "preview")
    request = override_pb.PreviewOverrideRequest(override=wanted)
    impact = await ask(OverrideServiceStub(channel).PreviewOverride, request)
    head = (
        f"Cost {euros(impact.cost_delta_cents)} · late {minutes(impact.late_delta_s)} · "
        f"unplanned {impact.unplanned_delta:+d}"
    )
    moves = tuple(f"{move.subject}: {move.before or '–'} → {move.after or '–'}" for move in impact.moves)
    return (head, *moves, *(f"conflicts with {conflict}" for conflict in impact.conflicts))


async def assign(channel: Any, order_id: str, vehicle_id: str, reason: str) -> str:
    """Put an order on a vehicle; gives the override's name."""
    request = assignment(order_id, vehicle_id, reason)
    answer = await ask(OverrideServiceStub(channel).CreateOverride, request)
    return str(answer.override.override_id)
