"""Orders as stops of a routing problem.

Promises: a stop says everything that routing must know of an order: place, window, release, prices, and what people and
facts allow. Made for one problem, where it saves what is the same for all stops. Called by `routing_problem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orchestrator.domain.company import Place
from orchestrator.domain.entities import Order, OrderStatus
from orchestrator.domain.measures import goods_class, pauses
from orchestrator.domain.plan import Allocation, PegKind
from orchestrator.planning.cordons import cordon_of_vehicle, given_up, may_have, must_stay
from orchestrator.planning.vehicle_cut import Cut
from orchestrator.planning.wishes import HOLD_S, NO_WISH, Wish, wish_of
from orchestrator.planning.working import Working
from solvers.routing.freeze import change_cents
from solvers.routing.problem import MAX_PRICE_CENTS, NO_END_S, Stop

ON_BOARD_PRIZE = 10
PRIORITIES = 10


@dataclass(slots=True)
class Points:
    """Points of a problem. A vehicle on the road gets a point of its own even at a known place."""

    lat_e7: list[int] = field(default_factory=list)
    lon_e7: list[int] = field(default_factory=list)
    index: dict[tuple[int, int], int] = field(default_factory=dict)

    def at(self, place: Place) -> int:
        """The point of a place."""
        key = (place.lat_e7, place.lon_e7)
        point = self.index.get(key)
        if point is None:
            point = self.index[key] = self.fresh(place)
        return point

    def fresh(self, place: Place) -> int:
        """A new point."""
        self.lat_e7.append(place.lat_e7)
        self.lon_e7.append(place.lon_e7)
        return len(self.lat_e7) - 1


class StopMaker:
    """Makes the stops of one problem. `frozen`: orders in trips that do not change any more; wishes come too late."""

    def __init__(self, work: Working, cuts: Mapping[str, Cut], frozen: frozenset[str]) -> None:
        company, settings = work.state.company, work.settings
        self._work, self._cuts, self._frozen = work, cuts, frozen
        self._places = _places(cuts)
        cordons = {key: cordon_of_vehicle(work.state, key) for key in (cuts if work.state.cordoned else ())}
        self._cordons = {key: cordon for key, cordon in cordons.items() if cordon is not None}
        self._hard = company is not None and company.hard_windows
        depots = {cut.vehicle.depot_id for cut in cuts.values()}
        self._depot_id = next(iter(depots)) if len(depots) == 1 else ""
        # Where windows are hard, goods on board may come late only if nothing else is possible.
        self._late = [MAX_PRICE_CENTS if self._hard else settings.late_price(p) for p in range(PRIORITIES)]
        self._prize = [settings.prize(priority) for priority in range(PRIORITIES)]
        rules = company.goods_rules if company is not None else ()
        self._rules = {pair for one in rules for pair in ((one.class_a, one.class_b), (one.class_b, one.class_a))}

    def make(self, order_id: str, points: Points) -> Stop:
        """The stop of an order; its place is added to `points`."""
        work, settings = self._work, self._work.settings
        order = work.state.orders[order_id]
        work.look_at_order(order_id)
        customer = work.state.customers[order.customer_id]
        if order.status is not OrderStatus.OPEN:
            return self._on_board(order, points.at(customer.place))
        allocation = work.allocation(order_id)
        wish = NO_WISH if order_id in self._frozen else wish_of(work.state, order_id, work.relaxed)
        start_s, end_s, latest_s = self._window(order, wish)
        incumbent, (due_s, before) = work.vehicle_of(order_id), self._places.get(order_id, NOWHERE)
        return Stop(
            stop_id=order_id,
            location=points.at(customer.place),
            demand=work.memory.size_of(work.state, order_id),
            window_start_s=start_s,
            window_end_s=end_s,
            latest_s=latest_s,
            service_s=customer.service_s,
            setup_s=customer.setup_s,
            closed_s=pauses_in(pauses(work.state, order), start_s, end_s),
            needs=frozenset(customer.needs),
            goods_class=goods_class(work.state, order) if self._rules else "",
            late_cents_per_min=self._late[order.priority],
            release_s=allocation.release_s if allocation is not None else 0,
            prize_cents=self._prize[order.priority],
            allowed=self._allowed(allocation, wish, incumbent),
            barred=self._barred(order_id, incumbent),
            incumbent=incumbent,
            change_cents=self._price(settings.change_cents, due_s) if incumbent is not None else 0,
            incumbent_after=before,
            resequence_cents=self._price(settings.resequence_cents, due_s) if before is not None else 0,
        )

    def _price(self, most_cents: int, due_s: int) -> int:
        """A decision is the dearer to change the sooner its trip loads."""
        return change_cents(most_cents, due_s, self._work.now_s, self._work.settings.change_half_s)

    def incompatible(self, stops: Iterable[Stop]) -> frozenset[tuple[str, str]]:
        """Pairs of the stops' classes of which some part may not travel with some part of the other."""
        if not self._rules:
            return frozenset()
        found = sorted({stop.goods_class for stop in stops} - {""})
        return frozenset(
            (one, other)
            for one in found
            for other in found
            if one < other and any((a, b) in self._rules for a in one.split("+") for b in other.split("+"))
        )

    def _on_board(self, order: Order, location: int) -> Stop:
        """Goods on a vehicle: they belong to it, and have no latest time."""
        customer = self._work.state.customers[order.customer_id]
        return Stop(
            stop_id=order.order_id,
            location=location,
            demand=self._work.memory.size_of(self._work.state, order.order_id),
            window_start_s=order.window_start_s,
            window_end_s=order.window_end_s,
            latest_s=NO_END_S,
            service_s=customer.service_s,
            setup_s=customer.setup_s,
            closed_s=pauses(self._work.state, order),
            late_cents_per_min=self._late[order.priority],
            prize_cents=self._prize[order.priority] * ON_BOARD_PRIZE,
            on_board=order.vehicle_id,
        )

    def _window(self, order: Order, wish: Wish) -> tuple[int, int, int]:
        """(window start, window end, latest). A soft window has no latest."""
        start_s, end_s = order.window_start_s, order.window_end_s
        latest_s = end_s if self._hard else NO_END_S
        if wish.start_s is not None:
            start_s = max(start_s, wish.start_s - HOLD_S)
            latest_s = min(latest_s, wish.start_s + HOLD_S)
            end_s = max(start_s, min(end_s, latest_s))
        return start_s, end_s, max(latest_s, end_s)

    def _barred(self, order_id: str, incumbent: str | None) -> frozenset[str]:
        """Cordoned vehicles that may not have it."""
        if not self._cordons or order_id in self._frozen:
            return frozenset()
        return frozenset(key for key, cordon in self._cordons.items() if not may_have(cordon, key, incumbent))

    def _allowed(self, allocation: Allocation | None, wish: Wish, incumbent: str | None) -> frozenset[str] | None:
        if incumbent in self._cordons and must_stay(self._work.state, self._cordons[incumbent]):
            return frozenset({incumbent})
        site_id = allocation.site_id if allocation is not None else ""
        if wish is NO_WISH and site_id == self._depot_id:
            return None
        able = {k for k, cut in self._cuts.items() if cut.vehicle.depot_id == site_id and k not in wish.never}
        return frozenset(able if wish.only is None else able & wish.only)


Decided = tuple[int, str | None]
"""When an order's trip loads, and the order before it in its trip ("": it comes first, None: not known)."""
NOWHERE: Decided = (0, None)


def _places(cuts: Mapping[str, Cut]) -> dict[str, Decided]:
    """What the routes in force say about the orders that can still change."""
    found: dict[str, Decided] = {}
    for cut in cuts.values():
        for trip in cut.route.trips if cut.route is not None else ():
            before: str | None = None if trip.loaded else ""
            for stop in trip.stops:
                found[stop.order_id] = (trip.load_start_s, before)
                before = stop.order_id
    return found


def pauses_in(spans: tuple[tuple[int, int], ...], start_s: int, end_s: int) -> tuple[tuple[int, int], ...]:
    """The parts of the spans inside a window."""
    if not spans:  # most have none, and every stop of every problem asks
        return ()
    cut = ((max(start_s, from_s), min(end_s, to_s)) for from_s, to_s in spans)
    return tuple((from_s, to_s) for from_s, to_s in cut if from_s < to_s)


def can_be_served(work: Working, order_id: str, depot_id: str) -> bool:
    """Whether the order waits, and its goods are, or will be, at this depot."""
    if work.state.orders[order_id].status is not OrderStatus.OPEN:
        return False
    if work.state.cordoned and given_up(work.state, order_id) is not None:
        return False
    allocation = work.allocation(order_id)
    return allocation is not None and allocation.site_id == depot_id and not lacks_goods(allocation)


def lacks_goods(allocation: Allocation) -> bool:
    """Whether some line has no source at all."""
    return any(peg.kind is PegKind.NONE for peg in allocation.pegs)
