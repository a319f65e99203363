"""The figures of each service day that only the sequence of events knows: kilometres, cost, lateness, disruptions.

Promises that the figures are the same after a restart, because they are folded from the log alone, and that only the
last days are kept. Hears durable events as a listener of the core; `catch_up` reads what was before. May not be asked
for decisions: planning has its own figures.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.company import Place, Travel
from orchestrator.domain.roads import roads_of
from orchestrator.domain.state import State
from orchestrator.ingest.convert_event import subject_of
from orchestrator.ingest.desk import CorePort
from orchestrator.planning.roads import Roads

DAYS_KEPT = 7
DISRUPTIONS_KEPT = 1_000
PAGE = 200
RUSH_PRIORITY = 8
DISRUPTING = (
    e.VehicleWentDown,
    e.AreaSlowed,
    e.MachineWentDown,
    e.PurchaseDelayed,
    e.StockCounted,
    e.InstructionRefused,
)


@dataclass(slots=True)
class Disrupted:
    """A disruption, and the first revision that names it (0: none yet)."""

    kind: str
    at_s: int
    seq: int
    subject: str
    revision: int = 0


@dataclass(slots=True)
class Day:
    """What happened on one service day. `late`: orders handed over after their window."""

    revisions: int = 0
    by_cause: Counter[str] = field(default_factory=Counter)
    disruptions: dict[int, Disrupted] = field(default_factory=dict)
    distance_m: int = 0
    cost_milli_cents: int = 0
    delivered: int = 0
    late: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    done: dict[str, list[tuple[str, int, int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Tour:
    """A vehicle under way: where it last was, and when it left the depot."""

    place: Place
    left_s: int


class DayBook:
    """One `Day` for each of the last service days."""

    def __init__(self, core: CorePort) -> None:
        self._core = core
        self._days: dict[int, Day] = {}
        self._tours: dict[str, _Tour] = {}
        self._arrivals: dict[str, int] = {}
        self._early: list[tuple[int, int, Any]] | None = []
        core.add_listener(self._hear)

    def day(self, day_start_s: int) -> Day:
        """The figures of the day that began then; empty figures for one that nothing is known of."""
        return self._days.get(day_start_s, Day())

    async def catch_up(self) -> None:
        """Fold what was in the log before; events that come meanwhile wait."""
        cursor, end = 0, self._core.durable_seq
        while cursor < end:
            batch = await self._core.read_events(cursor, PAGE)
            if not batch:
                break
            for logged in batch:
                if logged.seq <= end:
                    self._fold(logged.seq, logged.at_s, logged.event)
            cursor = batch[-1].seq
            await asyncio.sleep(0)
        early, self._early = self._early or [], None
        for seq, at_s, event in early:
            if seq > end:
                self._fold(seq, at_s, event)

    def _hear(self, seq: int, at_s: int, event: Any) -> None:
        if self._early is not None:
            self._early.append((seq, at_s, event))
        else:
            self._fold(seq, at_s, event)

    def _fold(self, seq: int, at_s: int, event: Any) -> None:
        state = self._core.state
        day = self._day_of(state, at_s)
        if isinstance(event, DISRUPTING) or _is_rush(event):
            _note_disruption(day, seq, at_s, event)
        fold = FOLDS.get(type(event))
        if fold is not None:
            fold(self, state, day, event)

    def _day_of(self, state: State, at_s: int) -> Day:
        start_s = state.day_start_s(at_s)
        if start_s not in self._days:
            self._days[start_s] = Day()
            for old in sorted(self._days)[:-DAYS_KEPT]:
                del self._days[old]
        return self._days[start_s]

    def _revised(self, state: State, day: Day, event: e.PlanRevised) -> None:
        day.revisions += 1
        causes = event.head.causes
        day.by_cause[causes[0].kind if causes else str(event.head.tier.value)] += 1
        for cause in causes:
            named = day.disruptions.get(cause.seq)
            if named is not None and named.revision == 0:
                named.revision = event.head.revision

    def _loaded(self, state: State, day: Day, event: e.VehicleLoaded) -> None:
        site = state.sites.get(event.site_id)
        vehicle = state.vehicles.get(event.vehicle_id)
        if site is None or vehicle is None:
            return
        self._tours[event.vehicle_id] = _Tour(site.place, event.at_s)
        if event.vehicle_id not in day.used:
            day.used.add(event.vehicle_id)
            day.cost_milli_cents += vehicle.fixed_cents * 1_000

    def _arrived(self, state: State, day: Day, event: e.VehicleArrived) -> None:
        self._arrivals[event.order_id] = event.at_s
        order = state.orders.get(event.order_id)
        customer = state.customers.get(order.customer_id) if order else None
        if customer is not None:
            self._drive(state, day, event.vehicle_id, customer.place)

    def _delivered(self, state: State, day: Day, event: e.OrderDelivered) -> None:
        day.delivered += 1
        arrived_s = self._arrivals.pop(event.order_id, event.at_s)
        day.done.setdefault(event.vehicle_id, []).append((event.order_id, arrived_s, event.at_s, event.late_s))
        if event.late_s:
            day.late[event.order_id] = event.late_s

    def _failed(self, state: State, day: Day, event: e.DeliveryFailed) -> None:
        self._arrivals.pop(event.order_id, None)

    def _returned(self, state: State, day: Day, event: e.VehicleReturned) -> None:
        site = state.sites.get(event.site_id)
        vehicle = state.vehicles.get(event.vehicle_id)
        tour = self._tours.get(event.vehicle_id)
        if site is None or vehicle is None or tour is None:
            return
        self._drive(state, day, event.vehicle_id, site.place)
        del self._tours[event.vehicle_id]
        day.cost_milli_cents += max(0, event.at_s - tour.left_s) * vehicle.hour_cents * 1_000 // 3_600
        shift_end_s = state.day_start_s(tour.left_s) + vehicle.shift_end_s
        overtime_s = max(0, event.at_s - max(tour.left_s, shift_end_s))
        day.cost_milli_cents += overtime_s * vehicle.overtime_hour_cents * 1_000 // 3_600

    def _drive(self, state: State, day: Day, vehicle_id: str, place: Place) -> None:
        tour = self._tours.get(vehicle_id)
        vehicle = state.vehicles.get(vehicle_id)
        if tour is None or vehicle is None:
            return
        travel = state.company.travel if state.company else Travel()
        distance_m = Roads(travel, table=roads_of(state.company)).distance_m(tour.place, place, vehicle.kind)
        tour.place = place
        day.distance_m += distance_m
        day.cost_milli_cents += distance_m * vehicle.km_cents


Fold = Callable[[DayBook, State, Day, Any], None]
FOLDS: Mapping[type[e.Event], Fold] = {
    e.PlanRevised: DayBook._revised,
    e.VehicleLoaded: DayBook._loaded,
    e.VehicleArrived: DayBook._arrived,
    e.OrderDelivered: DayBook._delivered,
    e.DeliveryFailed: DayBook._failed,
    e.VehicleReturned: DayBook._returned,
}


def _is_rush(event: Any) -> bool:
    return isinstance(event, e.OrderReceived) and event.order.priority >= RUSH_PRIORITY


def _note_disruption(day: Day, seq: int, at_s: int, event: Any) -> None:
    if len(day.disruptions) < DISRUPTIONS_KEPT:
        day.disruptions[seq] = Disrupted(type(event).__name__, at_s, seq, subject_of(event))
