"""When could a delivery come? Slots on the routes in force, before anything is ordered.

Promises: the order is given the source that planning would give it, every slot is a place that really fits, priced as
the checker would; nothing is changed. A desk is made of a copy of the state for one revision; the first question about
a site prepares it, all others take milliseconds. Called by the planner, in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

from orchestrator.domain.company import Customer, Place
from orchestrator.domain.entities import Order, OrderLine
from orchestrator.domain.errors import not_found
from orchestrator.domain.plan import Verdict
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.allocate import source_of
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.plan_once import begin
from orchestrator.planning.routing_problem import RouteJob, build
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.stops import Points, StopMaker
from orchestrator.planning.verdict import not_now, of_refusals
from orchestrator.planning.working import Working
from solvers.routing.answers.explain import why_not
from solvers.routing.answers.quote import Quoter
from solvers.routing.problem import Stop
from solvers.routing.timing import plan_of

ORDER_ID = "quote/1"
VEHICLES_MAX = 150
"""A larger depot is asked around the customer only."""
PLACES_MAX = 800
EXPLAINED_VEHICLES = 5
DAYS = 2
OLD_S = 120

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What to deliver to whom, and spans to choose from; none: the customer's hours, cut into `slot_s` (0: whole)."""

    customer_id: str
    lines: tuple[OrderLine, ...]
    windows: tuple[Window, ...] = ()
    slot_s: int = 0
    priority: int = 5
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """The best place within a span."""

    window: Window
    vehicle_id: str
    arrive_s: int
    start_s: int
    slack_s: int
    extra_cents: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Slots, the cheapest first; `verdict` says why there is none."""

    revision: int
    slots: tuple[Slot, ...]
    verdict: Verdict | None
    site_id: str = ""
    release_s: int = 0


@dataclass(slots=True)
class _Prepared:
    """A site's routes, ready to be asked."""

    job: RouteJob
    points: Points
    quoter: Quoter


class QuoteDesk:
    """Quotes on one revision. `state` is a copy: the desk puts the asked order into it and takes it out again."""

    def __init__(self, state: State, now_s: int, settings: PlanningSettings) -> None:
        self.revision = state.plan.revision
        self._now_s = now_s
        self._work = begin(state, Dirty(), now_s, settings)
        self._sites: dict[str, _Prepared] = {}
        self._one_at_a_time = Lock()

    def old(self, now_s: int) -> bool:
        """Whether so much time has passed that its routes begin too early."""
        return not 0 <= now_s - self._now_s <= OLD_S

    def quote(self, asked: Question) -> Quote:
        """The best slots. Raises NOT_FOUND for a customer or an item that is not there."""
        state = self._work.state
        customer = state.customers.get(asked.customer_id)
        if customer is None:
            raise not_found("customer", asked.customer_id, field="question.customer_id")
        for number, line in enumerate(asked.lines):
            if line.item_id not in state.items:
                raise not_found("item", line.item_id, field=f"question.lines[{number}].item_id")
        windows = asked.windows or tuple(self._hours(customer, asked.slot_s))
        return self._answer(asked, customer, windows)

    def _hours(self, customer: Customer, slot_s: int) -> list[Window]:
        """The customer's opening hours from now on, cut into spans."""
        spans: list[Window] = []
        day_s = self._work.state.day_start_s(self._now_s)
        for start_s in range(day_s, day_s + DAYS * DAY_S, DAY_S):
            open_s, close_s = start_s + customer.open_s, start_s + customer.close_s
            step_s = slot_s or close_s - open_s
            for from_s in range(open_s, close_s, max(1, step_s)):
                span = (max(from_s, self._now_s), min(from_s + step_s, close_s))
                if span[0] < span[1]:
                    spans.append(span)
        return spans

    def _order(self, asked: Question, windows: Sequence[Window]) -> Order:
        return Order(
            order_id=ORDER_ID,
            partner_id="quote",
            number="1",
            customer_id=asked.customer_id,
            lines=asked.lines,
            window_start_s=min((start_s for start_s, _ in windows), default=self._now_s),
            window_end_s=max((end_s for _, end_s in windows), default=self._now_s + 1),
            priority=asked.priority,
            received_s=self._now_s,
        )

    def _answer(self, asked: Question, customer: Customer, windows: tuple[Window, ...]) -> Quote:
        """Put the order into the state, ask, and take it out again."""
        state = self._work.state
        with self._one_at_a_time:
            state.orders[ORDER_ID] = self._order(asked, windows)
            state.open_orders[ORDER_ID] = None
            try:
                return self._slots(asked, customer, windows)
            finally:
                del state.orders[ORDER_ID], state.open_orders[ORDER_ID]
                self._work.allocations.pop(ORDER_ID, None)

    def _slots(self, asked: Question, customer: Customer, windows: tuple[Window, ...]) -> Quote:
        work = self._work
        allocation = source_of(work, ORDER_ID)
        work.allocations[ORDER_ID] = allocation
        verdict = not_now(work, ORDER_ID)
        if allocation is None or verdict is not None or not windows:
            none = Verdict(order_id=ORDER_ID, code="TIME_WINDOW", text="the customer is closed from now on")
            return Quote(self.revision, (), verdict or none)
        prepared = self._prepared(allocation.site_id, customer.place)
        stop = StopMaker(work, prepared.job.cuts, frozenset()).make(ORDER_ID, prepared.points)
        found = prepared.quoter.quote(stop, windows=windows, limit=1)
        slots = [
            Slot(
                window=(one.start_s, one.end_s),
                vehicle_id=one.slot.vehicle_id,
                arrive_s=one.slot.arrive_s,
                start_s=one.slot.start_s,
                slack_s=one.slot.slack_s,
                extra_cents=one.slot.extra_cents,
            )
            for one in found.windows
            if one.slot is not None
        ]
        slots.sort(key=lambda slot: (slot.extra_cents, slot.start_s))
        why = None if slots else self._why_not(prepared, stop)
        return Quote(self.revision, tuple(slots[: asked.limit]), why, allocation.site_id, allocation.release_s)

    def _prepared(self, site_id: str, place: Place) -> _Prepared:
        """The site's routes; made once, and anew for a place that its matrices do not know."""
        held = self._sites.get(site_id)
        if held is not None and (place.lat_e7, place.lon_e7) in held.points.index:
            return held
        work = self._work
        vehicle_ids = work.memory.vehicles_of.get(site_id, ())
        small = len(vehicle_ids) <= VEHICLES_MAX
        points = Points()
        points.at(place)
        for customer in list(work.state.customers.values())[: PLACES_MAX if small else 0]:
            points.at(customer.place)
        job = build(work, vehicle_ids if small else around(work, site_id, place), (), points=points)
        fresh = _Prepared(job, points, Quoter(job.search, job.search_start))
        if small:
            self._sites[site_id] = fresh
        return fresh

    def _why_not(self, prepared: _Prepared, stop: Stop) -> Verdict:
        job = prepared.job
        problem = replace(job.search, stops=(*job.search.stops, stop))
        names = list(job.cuts)[:EXPLAINED_VEHICLES]
        found = why_not(problem, plan_of(problem, job.search_start), stop.stop_id, names)
        return of_refusals(self._work, ORDER_ID, found)


def around(work: Working, site_id: str, place: Place) -> list[str]:
    """Vehicles of a large depot that are worth asking: those with stops near the place, and some without a route."""
    grid = work.memory.stops.get(site_id)
    near = grid.nearest(place, 4 * VEHICLES_MAX) if grid is not None else []
    found = dict.fromkeys(work.memory.planned_on[order_id] for order_id in near if order_id in work.memory.planned_on)
    idle = list(work.memory.idle_of.get(site_id, {}))[: VEHICLES_MAX // 3]
    return [*list(found)[: VEHICLES_MAX - len(idle)], *idle]
