"""Orders between the contract and the domain.

Promises that an order shown to a partner holds nothing that belongs to others or to the company's inside: no vehicle,
no site, and of the reasons only the code with a fixed sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.domain.answers import Answer, ItemOutcome, OrderResult
from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.entities import Order, OrderLine, OrderStatus
from orchestrator.domain.plan import PlannedStop, Verdict
from orchestrator.domain.state import State
from orchestrator.ingest.fields import build, enum_out
from protos.muster.common.v1 import order_pb2 as pb

PRIORITY_DEFAULT = 5
LINES_MAX = 200
ECHO_CHARS_MAX = 64
CARRIED_TEXT = "on its way with a carrier of ours"
GOES_ON = (OrderStatus.OPEN, OrderStatus.LOADED)

#: What a partner is told about an order that is unplanned or late. Codes are planning's.
PARTNER_TEXTS: Mapping[str, str] = {
    "NO_STOCK": "the goods are not available yet",
    "NO_VEHICLE": "no vehicle is free",
    "CAPACITY": "no vehicle has room",
    "TIME_WINDOW": "the window cannot be kept",
    "SHIFT_END": "it cannot be delivered before the end of the day",
    "RELEASE_TOO_LATE": "the goods will be ready too late",
    "VEHICLE_DOWN": "the vehicle has broken down",
    "STRANDED": "the vehicle has broken down",
    "LATER_DAY": "it is due on a later day",
    "NOT_YET": "it is being planned",
    "HELD": "it is accepted and will be planned soon",
    "CORDONED": "no vehicle is free",
    "GIVEN_UP": "the vehicle was taken out of work",
    "FORBIDDEN": "the vehicles that are left may not take it",
    "MAX_DISTANCE": "no vehicle is free for so long a way",
    "MAX_DURATION": "no vehicle is free for so long",
    "MAX_STOPS": "the vehicles that could bring it have as many deliveries as they can make",
    "DRIVING_TIME": "no driver has the time for it",
    "BREAK": "no driver has the time for it",
    "LOCKED": "the tours are settled already",
    "TOO_EXPENSIVE": "there is no sensible place for it",
    "SKILL_MISSING": "no vehicle that can do it is free",
    "INCOMPATIBLE_GOODS": "its goods cannot travel with what the vehicles carry",
    "LATE_RELEASE": "the goods will be ready late",
    "LATE_TRAVEL": "the drive takes longer than the window allows",
    "LATE_VEHICLE": "the vehicle is late",
    "LATE_CAPACITY": "no vehicle has room in time",
}
PARTNER_TEXT_DEFAULT = "it cannot be planned as asked"


def draft_in(draft: pb.OrderDraft) -> OrderDraft:
    """The draft as the domain has it; raises `BadFields` with paths relative to the draft."""
    lines = tuple({"item_id": line.item_id, "quantity": line.quantity} for line in draft.lines[: LINES_MAX + 1])
    return build(
        OrderDraft,
        number=draft.number,
        customer_id=draft.customer_id,
        lines=lines,
        window_start_s=draft.window_start_s,
        window_end_s=draft.window_end_s,
        priority=draft.priority if draft.HasField("priority") else PRIORITY_DEFAULT,
        note=draft.note,
    )


def order_out(state: State, order: Order, *, inside: bool) -> pb.Order:
    """An order with its promise. `inside`: for operators, with vehicle and site."""
    shown = pb.Order(
        order_id=order.order_id,
        partner_id=order.partner_id,
        number=order.number,
        customer_id=order.customer_id,
        lines=[_line(line) for line in order.lines],
        window_start_s=order.window_start_s,
        window_end_s=order.window_end_s,
        priority=order.priority,
        received_s=order.received_s,
        status=status_out(order.status),
        delivered_s=order.delivered_s,
        note=order.note,
        etag=str(order.version),
        held_until_s=order.held_until_s,
    )
    if order.status in GOES_ON:
        shown.promise.CopyFrom(promise_of(state, order.order_id, inside=inside))
    if inside:
        _add_inside(shown, state, order)
    return shown


def _add_inside(shown: pb.Order, state: State, order: Order) -> None:
    shown.vehicle_id = order.vehicle_id or state.plan.vehicle_of.get(order.order_id, "")
    allocation = state.plan.allocations.get(order.order_id)
    shown.site_id = allocation.site_id if allocation else ""


def _line(line: OrderLine) -> pb.OrderLine:
    return pb.OrderLine(item_id=line.item_id, quantity=line.quantity)


def status_out(status: OrderStatus) -> pb.OrderStatus.ValueType:
    """The contract's number of an order's status."""
    return enum_out(pb.OrderStatus, "ORDER_STATUS_", status.value)  # type: ignore[no-any-return]


def promise_of(state: State, order_id: str, *, inside: bool) -> pb.Promise:
    """What the plan in force promises for an open order."""
    plan, carried = state.plan, state.carried.get(order_id)
    if carried is not None:
        text = f"with carrier {carried.carrier} by {carried.negotiation_id}" if inside else CARRIED_TEXT
        at_s = carried.promised_s
        return pb.Promise(revision=plan.revision, arrive_s=at_s, start_s=at_s, code="WITH_CARRIER", text=text)
    stop = stop_of(state, order_id)
    verdict = plan.unplanned.get(order_id) or plan.late.get(order_id)
    return promise_out(plan.revision, stop, verdict, inside=inside)


def promise_out(revision: int, stop: PlannedStop | None, verdict: Verdict | None, *, inside: bool) -> pb.Promise:
    """A promise from its parts."""
    promise = pb.Promise(revision=revision)
    if stop is not None:
        promise.arrive_s, promise.start_s, promise.late_s = stop.arrive_s, stop.start_s, stop.late_s
    if verdict is not None:
        promise.code = verdict.code
        promise.text = verdict.text if inside else PARTNER_TEXTS.get(verdict.code, PARTNER_TEXT_DEFAULT)
        promise.late_s = promise.late_s or verdict.late_s
    return promise


def stop_of(state: State, order_id: str) -> PlannedStop | None:
    """The planned stop of an order, None when it is in no route."""
    found = place_in_plan(state, order_id)
    return found[1] if found else None


def place_in_plan(state: State, order_id: str) -> tuple[int, PlannedStop] | None:
    """(trip index, stop) of an order in its vehicle's route, None when it is in no route."""
    vehicle_id = state.plan.vehicle_of.get(order_id)
    route = state.plan.routes.get(vehicle_id) if vehicle_id else None
    if route is None:
        return None
    for index, trip in enumerate(route.trips):
        for stop in trip.stops:
            if stop.order_id == order_id:
                return index, stop
    return None


def result_out(result: OrderResult) -> pb.OrderResult:
    """One order of a batch, as answered."""
    if result.outcome is ItemOutcome.ACCEPTED:
        return pb.OrderResult(number=result.number, order_id=result.order_id, outcome=pb.ITEM_OUTCOME_ACCEPTED)
    return pb.OrderResult(
        number=result.number,
        order_id=result.order_id,
        outcome=enum_out(pb.ItemOutcome, "ITEM_OUTCOME_", result.outcome.value),
        reason=result.reason,
        field=result.field,
        message=result.message,
    )


def refused_result(draft: pb.OrderDraft, reason: str, field: str, message: str) -> pb.OrderResult:
    """One order of a batch that did not even become a draft."""
    return pb.OrderResult(
        number=draft.number[:ECHO_CHARS_MAX],
        outcome=pb.ITEM_OUTCOME_REFUSED,
        reason=reason,
        field=field[:ECHO_CHARS_MAX],
        message=message[:500],
    )


def merged_results(early: Sequence[pb.OrderResult | None], answer: Answer | None) -> list[pb.OrderResult]:
    """Results in the request's order: those refused early, and the core's answers in the gaps."""
    decided = iter(answer.orders if answer else ())
    return [result if result is not None else result_out(next(decided)) for result in early]


def accepted_count(answer: Answer | None) -> int:
    """How many of a batch were taken in."""
    return sum(1 for result in answer.orders if result.outcome is ItemOutcome.ACCEPTED) if answer else 0
