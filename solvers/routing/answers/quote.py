"""Where would this stop fit, when, and at what extra cost: in milliseconds, on the plan as it is.

Promises: a quoted place, when the stop is really put there, times (`timing.plan_of`) and checks (`check`) to exactly
the extra cost quoted. In plain problems every place is priced, so none is cheaper than the first one. In others places
are passed over by a lower bound of their cost (`rich_kernel`) that is reasoned and tried, not proved: with breaks,
driving rules or speed bands a cheaper place may be missed, which one in some twenty hostile problems has shown.
Nothing is changed or reserved: a
reservation is a stop planned like any other. A `Quoter` belongs to one revision of a plan. Called by planning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solvers.errors import require
from solvers.routing.answers.part import Order, Stops, Whole, bare, within
from solvers.routing.answers.places import Trips
from solvers.routing.answers.prices import Priced, PricedPlaces, Prices
from solvers.routing.answers.prices_plain import PlainPrices
from solvers.routing.answers.prices_rich import RichPrices
from solvers.routing.parts import TICKS_PER_CENT, Profile, Vehicle
from solvers.routing.plan import RoutingPlan, Sequences
from solvers.routing.problem import RoutingProblem, Stop
from solvers.routing.timing import time_route

MAX_WINDOWS = 100
MAX_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class SlotVisit:
    """When a stop would be served. after: the stop before it in the trip, "" if it comes first.

    slack_s: seconds that its service could start later with the sequence as it is: no hard rule breaks, and nothing
    gets later than its window allows or, where it is late anyhow, than it is.
    """

    stop_id: str
    after: str
    arrive_s: int
    start_s: int
    late_s: int
    slack_s: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that fits. trip: number of the trip; opens_trip: it is a new one. trips: the vehicle's sequences with it.

    extra_ticks: cost of the route with it less that without it; the prize of the stop is not set against it.
    """

    vehicle_id: str
    trip: int
    opens_trip: bool
    visits: tuple[SlotVisit, ...]
    extra_ticks: int
    trips: Trips

    @property
    def extra_cents(self) -> int:
        """Extra cost, rounded up."""
        return -(-self.extra_ticks // TICKS_PER_CENT)

    @property
    def after(self) -> str:
        """Of the last visit."""
        return self.visits[-1].after

    @property
    def arrive_s(self) -> int:
        """Of the last visit."""
        return self.visits[-1].arrive_s

    @property
    def start_s(self) -> int:
        """Of the last visit."""
        return self.visits[-1].start_s

    @property
    def late_s(self) -> int:
        """Of the last visit."""
        return self.visits[-1].late_s

    @property
    def slack_s(self) -> int:
        """Of the last visit."""
        return self.visits[-1].slack_s


@dataclass(frozen=True, slots=True)
class WindowQuote:
    """The cheapest slot whose service starts within the window; None: there is none."""

    start_s: int
    end_s: int
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class Quote:
    """Answer to one question. slots: cheapest first. tried: places that were driven."""

    stop_ids: tuple[str, ...]
    slots: tuple[Slot, ...]
    windows: tuple[WindowQuote, ...]
    tried: int


class Quoter:
    """Answers about one plan. Vehicles whose routes break a hard rule already are not offered."""

    def __init__(self, problem: RoutingProblem, plan: RoutingPlan | Sequences) -> None:
        self._whole = Whole(problem, bare(plan))
        self._prices: Prices = PlainPrices(self._whole) if problem.plain else RichPrices(self._whole)

    @property
    def where(self) -> Mapping[str, str]:
        """stop_id -> vehicle_id of what is planned."""
        return self._whole.where

    def quote(
        self,
        order: Order,
        *,
        limit: int = 5,
        per_vehicle: int = 1,
        windows: Sequence[tuple[int, int]] = (),
        until_s: int | None = None,
        vehicle_ids: Collection[str] | None = None,
    ) -> Quote:
        """Best `limit` slots, and the best one for each of `windows` (they replace the last stop's window; hard).

        per_vehicle: slots told of one vehicle; empty vehicles that are alike count as one. until_s: service of the last
        stop starts by then. vehicle_ids: only these. Raises InvalidProblem for a stop that is planned already or does
        not fit the problem, KeyError for an id that it does not know.
        """
        require(0 <= limit <= MAX_LIMIT, "limit", limit, f"in [0, {MAX_LIMIT}]")
        require(1 <= per_vehicle <= MAX_LIMIT, "per_vehicle", per_vehicle, f"in [1, {MAX_LIMIT}]")
        require(len(windows) <= MAX_WINDOWS, "windows", len(windows), f"at most {MAX_WINDOWS}")
        stops = self._whole.asked(order)
        last = stops[-1] if until_s is None else within(stops[-1], stops[-1].window_start_s, until_s, stops[-1])
        slots, tried = self._best(stops, last, limit, per_vehicle, vehicle_ids)
        answers = []
        for start_s, end_s in windows:
            best, more = self._best(stops, within(stops[-1], start_s, end_s), 1, 1, vehicle_ids)
            answers.append(WindowQuote(start_s, end_s, best[0] if best else None))
            tried += more
        return Quote(tuple(stop.stop_id for stop in stops), slots, tuple(answers), tried)

    def elsewhere(self, stop_id: str) -> Slot | None:
        """Cheapest slot of a planned stop in another vehicle, its own route left as it is. KeyError: not planned."""
        own, stops = self._whole.where[stop_id], (self._whole.problem.stop(stop_id),)
        others = {v.vehicle_id for v in self._whole.problem.vehicles} - {own}
        return next(iter(self._best(stops, stops[0], 1, 1, others)[0]), None)

    def _best(
        self, stops: Stops, last: Stop | None, limit: int, per_vehicle: int, vehicle_ids: Collection[str] | None
    ) -> tuple[tuple[Slot, ...], int]:
        """The best slots when the last stop is as given (None: its window is empty), and how many were tried."""
        if last is None or limit == 0:
            return (), 0
        asked = (*stops[:-1], last)
        priced = self._prices.of(asked, vehicle_ids, limit if per_vehicle == 1 else 0)
        chosen: list[Priced] = []
        told: Counter[str] = Counter()
        for one in priced.cheapest_first():
            told[one.vehicle.vehicle_id] += 1
            if told[one.vehicle.vehicle_id] <= per_vehicle:
                chosen.append(one)
            if len(chosen) == limit:
                break
        return tuple(self._slot(asked, one, priced) for one in chosen), priced.tried

    def _slot(self, stops: Stops, one: Priced, priced: PricedPlaces) -> Slot:
        """The place in full: its times are those of `timing`."""
        part, place = self._whole.part(one.vehicle, stops), one.place
        route = time_route(part.problem, one.vehicle.vehicle_id, place.trips)
        visits = {visit.stop_id: visit for visit in route.trips[place.trip].visits}
        order = route.trips[place.trip].stop_ids
        told = []
        for stop in stops:
            visit, at = visits[stop.stop_id], order.index(stop.stop_id)
            slack_s = priced.latest_start_s(one, part, stop) - visit.start_s
            after = order[at - 1] if at > 0 else ""
            told.append(SlotVisit(stop.stop_id, after, visit.arrive_s, visit.start_s, visit.late_s, max(0, slack_s)))
        return Slot(one.vehicle.vehicle_id, place.trip, place.opens, tuple(told), one.ticks, place.trips)


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile or load the kernels of quotes. Call at process start."""
    say = progress or (lambda _: None)
    say("routing quotes: loading")
    leg = np.ones((3, 3), np.int32) - np.eye(3, dtype=np.int32)
    stops = tuple(Stop(f"s{k}", k, (1,), 0, 100, 100) for k in (1, 2))
    plain = RoutingProblem((Profile(leg, leg),), stops, (Vehicle("v", 0, 0, (9,), cents_per_km=1000),), ("kg",))
    ruled = replace(plain, vehicles=(replace(plain.vehicles[0], max_stops=5),))
    for problem in (plain, ruled):
        Quoter(problem, {"v": (("s1",),)}).quote("s2", limit=1)
    say("routing quotes: ready")
