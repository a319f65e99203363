"""Why an order is unplanned or late: a code of the field and a sentence, from trying the insertion.

Promises: an insertion into every vehicle of its depot was tried; the code of an unplanned order is that of the vehicle
around it which comes nearest to taking it, the sentence says how many were tried. Called by `route`, `explain`
and `override`.
"""

from __future__ import annotations

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.measures import clock_time
from orchestrator.domain.plan import LATER_DAY, NOT_YET, PegKind, PlannedStop, Trip, Verdict
from orchestrator.planning.cordons import cordon_of_vehicle, given_up
from orchestrator.planning.memory import place_of
from orchestrator.planning.rest_reasons import because_of_rests
from orchestrator.planning.route_solve import Solved
from orchestrator.planning.routing_problem import RouteJob
from orchestrator.planning.stops import lacks_goods
from orchestrator.planning.vehicle_cut import shift_of
from orchestrator.planning.working import Working
from solvers.routing.answers.explain import WhyNot, why_not
from solvers.routing.plan import Reason
from solvers.routing.problem import TICKS_PER_CENT
from solvers.routing.timing import plan_of

CODES = {
    Reason.NO_VEHICLE: "NO_VEHICLE",
    Reason.NOT_ALLOWED: "FORBIDDEN",
    Reason.ON_BOARD_ELSEWHERE: "FORBIDDEN",
    Reason.CAPACITY_EXCEEDED: "CAPACITY",
    Reason.MAX_TRIPS_EXCEEDED: "SHIFT_END",
    Reason.RELEASE_TOO_LATE: "RELEASE_TOO_LATE",
    Reason.TIME_WINDOW_INFEASIBLE: "TIME_WINDOW",
    Reason.SHIFT_EXCEEDED: "SHIFT_END",
    Reason.LOCKED: "LOCKED",
    Reason.TOO_EXPENSIVE: "TOO_EXPENSIVE",
    Reason.FITS: NOT_YET,
    Reason.UNEXPLAINED: NOT_YET,
    Reason.SKILL_MISSING: "SKILL_MISSING",
    Reason.DISTANCE_EXCEEDED: "MAX_DISTANCE",
    Reason.DURATION_EXCEEDED: "MAX_DURATION",
    Reason.STOPS_EXCEEDED: "MAX_STOPS",
    Reason.DRIVING_EXCEEDED: "DRIVING_TIME",
    Reason.BREAK_MISSED: "BREAK",
    Reason.INCOMPATIBLE_GOODS: "INCOMPATIBLE_GOODS",
    Reason.RELATION_BROKEN: "LOCKED",
    Reason.PARTNER_UNPLANNED: NOT_YET,
    Reason.OTHER_OPTION: NOT_YET,
}
DAY_RULES = frozenset({"MAX_DISTANCE", "MAX_DURATION", "MAX_STOPS", "DRIVING_TIME", "BREAK"})
"""Codes of a driver's rests and of the limits of a vehicle's day."""
SENTENCES = {
    "NO_VEHICLE": "no vehicle can load it",
    "FORBIDDEN": "every vehicle that is left is forbidden for it",
    "CAPACITY": "it is too heavy or too big for what the vehicles have left",
    "RELEASE_TOO_LATE": "its goods are there too late to be delivered in time",
    "TIME_WINDOW": "no vehicle can be there inside its window",
    "SHIFT_END": "every vehicle would be back after the end of its shift",
    "MAX_DISTANCE": "every vehicle would drive further than it may on a day",
    "MAX_DURATION": "every vehicle would be out for longer than it may on a day",
    "MAX_STOPS": "every vehicle has as many deliveries as it may make on a day",
    "DRIVING_TIME": "no driver has the time for it beside the rests that the rules on driving times ask for",
    "BREAK": "no driver has the time for it beside the break",
    "LOCKED": "it would fit only inside a locked sequence",
    "TOO_EXPENSIVE": "every place would cost more than leaving it out",
    NOT_YET: "not looked at yet",
    "SKILL_MISSING": "no vehicle that is left has the skills that its customer needs",
    "INCOMPATIBLE_GOODS": "every trip that could take it carries goods that it may not travel with",
    "VEHICLE_DOWN": "the vehicles that could take it are down",
    "CORDONED": "the vehicles that could take it are cordoned",
}


def cents(ticks: int) -> int:
    """Ticks as whole cents, for people."""
    return (ticks + TICKS_PER_CENT // 2) // TICKS_PER_CENT


def not_yet(order_id: str) -> Verdict:
    """The order waits for its turn."""
    return Verdict(order_id=order_id, code=NOT_YET, text="waits for the planner's next look")


def not_now(work: Working, order_id: str) -> Verdict | None:
    """Why no route can have the order, whatever the routes are; None if routing may try."""
    drain = given_up(work.state, order_id) if work.state.cordoned else None
    if drain is not None:
        return Verdict(order_id=order_id, code="GIVEN_UP", text=drain.sentence[:1000])
    allocation = work.allocation(order_id)
    if allocation is None:
        return Verdict(order_id=order_id, code="NO_STOCK", text="no site can deliver it")
    if lacks_goods(allocation):
        missing = [f"{p.quantity} × {p.item_id}" for p in allocation.pegs if p.kind is PegKind.NONE]
        text = f"missing at {allocation.site_id}, and nothing free is on its way: {', '.join(missing)}"
        return Verdict(order_id=order_id, code="NO_STOCK", text=text[:1000])
    vehicles = work.memory.vehicles_of.get(allocation.site_id, ())
    if not vehicles:
        return Verdict(order_id=order_id, code="NO_VEHICLE", text=f"{allocation.site_id} has no vehicle")
    return _later_day(work, order_id, vehicles)


def _later_day(work: Working, order_id: str, vehicles: tuple[str, ...]) -> Verdict | None:
    order = work.state.orders[order_id]
    day_s = work.state.day_start_s(work.now_s)
    if order.window_start_s < day_s + max(work.state.vehicles[v].shift_end_s for v in vehicles[:100]):
        return None
    text = "its window opens after the shifts of this day; it is planned when its own day begins"
    return Verdict(order_id=order_id, code=LATER_DAY, text=text)


def why_unplanned(job: RouteJob, order_id: str) -> WhyNot:
    """The vehicles' refusals on the routes as they are, every place tried. Pure; may run in a thread."""
    plan = plan_of(job.search, job.search_start)
    return because_of_rests(job.search, plan, why_not(job.search, plan, order_id))


def code_of(work: Working, vehicle_id: str, reason: Reason) -> str:
    """The code of a vehicle's refusal; where the length of its day ends it before its shift does, that is the rule."""
    vehicle, live = work.state.vehicles[vehicle_id], work.state.fleet[vehicle_id]
    if reason is Reason.SHIFT_EXCEEDED and vehicle.max_duration_s and live.duty is not None:
        ends_s = live.duty.begun_s + vehicle.max_duration_s
        day_s = work.state.day_start_s(work.now_s)
        if day_s <= live.duty.begun_s and ends_s < day_s + vehicle.shift_end_s:
            return CODES[Reason.DURATION_EXCEEDED]
    return CODES[reason]


def of_refusals(work: Working, order_id: str, found: WhyNot) -> Verdict:
    """The refusals in words."""
    code = CODES[found.reason]
    nearest = (one for one in found.vehicles if (one.reason, one.detail) == (found.reason, found.detail))
    if (near := next(nearest, None)) is not None:
        code = code_of(work, near.vehicle_id, near.reason)
    vehicles = [refusal.vehicle_id for refusal in found.vehicles]
    down = [v for v in vehicles if work.state.fleet[v].down_until_s is not None]
    if down and len(down) == len(vehicles):
        code = "VEHICLE_DOWN"
    cordoned = [v for v in vehicles if cordon_of_vehicle(work.state, v) is not None]
    if cordoned and len(cordoned) == len(vehicles):
        code = "CORDONED"
    text = SENTENCES[code]
    if found.detail:
        text += f"; nearest: {found.detail}"
    return Verdict(order_id=order_id, code=code, text=text[:1000])


def tried(found: Verdict, vehicles: int) -> Verdict:
    """The verdict with the number of vehicles that an insertion was tried into."""
    return found.model_copy(update={"text": f"{found.text}; tried {vehicles} vehicles"[:1000]})


def late(work: Working, solved: Solved) -> None:
    """Give every late order of the solved routes its reason, take back those of orders that are in time now."""
    for vehicle_id, cut in solved.job.cuts.items():
        route = work.route(vehicle_id)
        for trip in route.trips if route is not None else ():
            for stop in trip.stops:
                _late_stop(work, solved, vehicle_id, trip, stop)
        if cut.stranded:
            _strand(work, vehicle_id)
    for entry in solved.plan.unplanned:
        if entry.stop_id in work.state.plan.late:
            work.late[entry.stop_id] = None


def _late_stop(work: Working, solved: Solved, vehicle_id: str, trip: Trip, stop: PlannedStop) -> None:
    held = work.state.plan.late.get(stop.order_id)
    if stop.late_s == 0:
        if held is not None:
            work.late[stop.order_id] = None
        return
    code, text = _late_reason(work, vehicle_id, trip, stop)
    if not trip.loaded:
        tried = len(work.memory.vehicles_of.get(work.state.vehicles[vehicle_id].depot_id, ()))
        text += f"; tried beside {min(tried, len(solved.job.cuts))} vehicles"
    work.late[stop.order_id] = Verdict(order_id=stop.order_id, code=code, text=text[:1000], late_s=stop.late_s)


def _late_reason(work: Working, vehicle_id: str, trip: Trip, stop: PlannedStop) -> tuple[str, str]:
    state = work.state
    vehicle, live = state.vehicles[vehicle_id], state.fleet[vehicle_id]
    if live.down_until_s is not None:
        return "LATE_VEHICLE", f"vehicle {vehicle_id} is down until {clock_time(state, live.down_until_s)}"
    if trip.loaded:
        return "LATE_TRAVEL", f"vehicle {vehicle_id} is under way and behind its times"
    for other in trip.stops:
        allocation = work.allocation(other.order_id)
        if allocation is not None and allocation.release_s >= trip.depart_s > work.now_s:
            what = "its goods are" if other.order_id == stop.order_id else f"the goods of {other.order_id} are"
            return "LATE_RELEASE", f"{what} ready at {clock_time(state, allocation.release_s)} only"
    depot = state.sites[vehicle.depot_id]
    direct_s = work.roads.duration_s(depot.place, place_of(state, stop.order_id), vehicle)
    begin_s = max(work.now_s, shift_of(state, vehicle, work.now_s)[0])
    if begin_s + depot.loading_s + direct_s > state.orders[stop.order_id].window_end_s:
        return "LATE_TRAVEL", "even a vehicle that loads at once and drives straight there would be late"
    return "LATE_CAPACITY", "the vehicles that could be there in time have other work"


def _strand(work: Working, vehicle_id: str) -> None:
    live = work.state.fleet[vehicle_id]
    until = clock_time(work.state, live.down_until_s or work.now_s)
    for order_id in live.on_board:
        if work.state.orders[order_id].status is OrderStatus.LOADED:
            text = f"on board of {vehicle_id}, which is down until {until}, after the end of its shift"
            work.unplanned[order_id] = Verdict(order_id=order_id, code="STRANDED", text=text)
