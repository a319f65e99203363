"""Why an order is where it is: its source, its place, what every other vehicle would cost, and what moved it.

Promises: every vehicle of its depot is really tried, up to a limit, on the routes in force without the order. Reads
only. Called by operators through `Planner.explain_order`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.domain.company import DrivingRule
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import not_found
from orchestrator.domain.measures import clock_time
from orchestrator.domain.plan import Allocation, PegKind, PlannedStop, VehicleRoute
from orchestrator.domain.state import RevisionRecord, State
from orchestrator.planning.cordons import cordon_of_vehicle
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.late_jobs import late_supplies
from orchestrator.planning.memory import Memory
from orchestrator.planning.pegging import pegging_graph, supply_chain
from orchestrator.planning.plan_once import begin
from orchestrator.planning.routing_problem import build
from orchestrator.planning.scope import others
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.verdict import SENTENCES, code_of, why_unplanned
from orchestrator.planning.wishes import active_overrides, wish_of
from orchestrator.planning.working import Working
from solvers.routing.answers.explain import Refusal
from solvers.routing.plan import Reason

VEHICLES_TRIED = 40
REVISIONS_TOLD = 20


@dataclass(frozen=True, slots=True)
class PegLine:
    """Where some units of an order come from, in words too."""

    item_id: str
    quantity: int
    kind: str
    source_id: str
    text: str


@dataclass(frozen=True, slots=True)
class VehicleOption:
    """What a vehicle would cost for this order, or the first rule that keeps it off."""

    vehicle_id: str
    ok: bool
    extra_cost_cents: int
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class RevisionTouch:
    """A kept revision that changed the order's place."""

    revision: int
    at_s: int
    tier: str
    causes: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OrderExplanation:
    """All that led to an order's place."""

    order_id: str
    status: str
    vehicle_id: str
    trip: int
    position: int
    arrive_s: int
    start_s: int
    late_s: int
    site_id: str
    release_s: int
    pegs: tuple[PegLine, ...]
    sentences: tuple[str, ...]
    vehicles: tuple[VehicleOption, ...]
    overrides: tuple[str, ...]
    revisions: tuple[RevisionTouch, ...]


def explain_order(
    state: State, order_id: str, now_s: int, settings: PlanningSettings, memory: Memory
) -> OrderExplanation:
    """Explain one order as of `now_s`. Raises NOT_FOUND."""
    order = state.orders.get(order_id)
    if order is None:
        raise not_found("order", order_id, field="order_id")
    work = begin(state, Dirty(), now_s, settings, memory)
    allocation = state.plan.allocations.get(order_id)
    trip, position, stop = _place(state, order_id)
    options = tuple(_options(work, order_id, allocation)) if order.status is OrderStatus.OPEN else ()
    return OrderExplanation(
        order_id=order_id,
        status=order.status.value,
        vehicle_id=state.plan.vehicle_of.get(order_id, ""),
        trip=trip,
        position=position,
        arrive_s=stop.arrive_s if stop is not None else 0,
        start_s=stop.start_s if stop is not None else 0,
        late_s=stop.late_s if stop is not None else 0,
        site_id=allocation.site_id if allocation is not None else "",
        release_s=allocation.release_s if allocation is not None else 0,
        pegs=tuple(_pegs(work, allocation)),
        sentences=tuple(_sentences(work, order_id, allocation, stop, options)),
        vehicles=options,
        overrides=tuple(_overrides(state, order_id)),
        revisions=tuple(_touches(state, order_id))[-REVISIONS_TOLD:],
    )


def _place(state: State, order_id: str) -> tuple[int, int, PlannedStop | None]:
    route = state.plan.routes.get(state.plan.vehicle_of.get(order_id, ""))
    for number, trip in enumerate(route.trips if route is not None else ()):
        for position, stop in enumerate(trip.stops):
            if stop.order_id == order_id:
                return number, position, stop
    return -1, -1, None


def _pegs(work: Working, allocation: Allocation | None) -> Iterator[PegLine]:
    if allocation is None:
        return
    graph = pegging_graph(work, allocation)
    for peg in allocation.pegs:
        if peg.kind is PegKind.STOCK:
            text = f"{peg.quantity} × {peg.item_id} from stock at {allocation.site_id}"
        elif peg.kind is PegKind.NONE:
            text = f"{peg.quantity} × {peg.item_id}: nothing in stock and nothing free on its way"
        else:
            text = f"{peg.quantity} × {peg.item_id} from {supply_chain(work, graph, peg.source_id)}"
        yield PegLine(peg.item_id, peg.quantity, peg.kind.value, peg.source_id, text)


def _options(work: Working, order_id: str, allocation: Allocation | None) -> Iterator[VehicleOption]:
    """Every vehicle of the order's depot, tried on the routes in force without the order."""
    if allocation is None:
        return
    own = work.vehicle_of(order_id)
    if own is not None:
        work.routes[own] = _without(work.route(own), order_id)
    first = [own] if own is not None and work.state.vehicles[own].depot_id == allocation.site_id else []
    tried = 0
    for chunk in (first, *others(work, allocation.site_id, first)):
        if not chunk or tried >= VEHICLES_TRIED:
            continue
        tried += len(chunk)
        yield from _tried(work, order_id, chunk)


def _without(route: VehicleRoute | None, order_id: str) -> VehicleRoute | None:
    if route is None:
        return None
    trips = []
    for trip in route.trips:
        stops = tuple(stop for stop in trip.stops if stop.order_id != order_id)
        if stops or trip.loaded:
            trips.append(trip.model_copy(update={"stops": stops}))
    return route.model_copy(update={"trips": tuple(trips)}) if trips else None


def _tried(work: Working, order_id: str, chunk: list[str]) -> Iterator[VehicleOption]:
    job = build(work, chunk, (order_id,))
    for refusal in why_unplanned(job, order_id).vehicles:
        yield _option(work, order_id, refusal)


def _option(work: Working, order_id: str, refusal: Refusal) -> VehicleOption:
    code = code_of(work, refusal.vehicle_id, refusal.reason)
    ok = refusal.reason is Reason.FITS
    vehicle_id = refusal.vehicle_id
    if ok:
        text = f"would cost {(refusal.extra_cents or 0) / 100:+.2f} €"
    elif vehicle_id in wish_of(work.state, order_id).never:
        text = "a person forbade it"
    elif refusal.reason is Reason.NOT_ALLOWED and (cordon := cordon_of_vehicle(work.state, vehicle_id)) is not None:
        code, text = "CORDONED", cordon.sentence
    else:
        text = SENTENCES.get(code, code)
        if refusal.dimension or refusal.size:
            text += f" ({refusal.dimension} {refusal.size})".replace("( ", "(")
    return VehicleOption(vehicle_id, ok, refusal.extra_cents or 0, "" if ok else code, text)


def _sentences(
    work: Working,
    order_id: str,
    allocation: Allocation | None,
    stop: PlannedStop | None,
    options: tuple[VehicleOption, ...],
) -> Iterator[str]:
    state = work.state
    carried = state.carried.get(order_id)
    if carried is not None:
        yield f"with carrier {carried.carrier} by {carried.negotiation_id}, fetched at {carried.site_id}"
        yield f"the carrier promised to be there at {clock_time(state, carried.promised_s)}"
    if allocation is not None:
        yield f"goods come from {allocation.site_id}, ready at {clock_time(state, allocation.release_s)}"
        yield from late_supplies(work, allocation)
    verdict = state.plan.unplanned.get(order_id)
    if verdict is not None:
        yield f"unplanned, {verdict.code}: {verdict.text}"
    if stop is None:
        return
    own = state.plan.vehicle_of[order_id]
    there, serves = clock_time(state, stop.arrive_s), clock_time(state, stop.start_s)
    yield f"vehicle {own} is there at {there} and serves from {serves}"
    yield from _rests(state, own)
    late = state.plan.late.get(order_id)
    if late is not None:
        yield f"{-(-late.late_s // 60)} min late, {late.code}: {late.text}"
    rest = [option for option in options if option.vehicle_id != own]
    cheaper = min((option for option in rest if option.ok), key=lambda o: o.extra_cost_cents, default=None)
    if cheaper is not None:
        yield f"the next best vehicle is {cheaper.vehicle_id}: it {cheaper.text}"
    elif rest:
        yield f"none of the other {len(rest)} vehicles can take it"


def _rests(state: State, vehicle_id: str) -> Iterator[str]:
    """When its driver rests, and by which rule."""
    vehicle = state.vehicles[vehicle_id]
    rules = [f"rule {vehicle.driving_rule.value}"] if vehicle.driving_rule is not DrivingRule.NONE else []
    if vehicle.break_s:
        day_s = state.day_start_s(0)
        window = (clock_time(state, day_s + at_s) for at_s in (vehicle.break_start_s, vehicle.break_end_s))
        rules.append(f"break of {vehicle.break_s // 60} min between {' and '.join(window)}")
    for rest in state.plan.routes[vehicle_id].rests:
        minutes = (rest.end_s - rest.start_s) // 60
        yield f"its driver rests {minutes} min from {clock_time(state, rest.start_s)} ({', '.join(rules)})"


def _overrides(state: State, order_id: str) -> Iterator[str]:
    for override in active_overrides(state, order_id):
        what = f"{override.kind.value} {override.vehicle_id or override.level or ''}".strip()
        kept = f"not kept: {override.conflict}" if override.conflict else "kept"
        yield f"{override.override_id} ({what}) of {override.owner}, {override.reason}: {kept}"


def _touches(state: State, order_id: str) -> Iterator[RevisionTouch]:
    for record in state.revisions:
        found = [change for change in record.head.changes if change.subject == order_id]
        if found:
            yield _touch(record, found[0].before, found[-1].after)


def _touch(record: RevisionRecord, before: str, after: str) -> RevisionTouch:
    head = record.head
    causes = tuple(cause.text or cause.kind for cause in head.causes)
    return RevisionTouch(head.revision, record.at_s, head.tier.value, causes, before, after)
