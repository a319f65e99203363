"""A running planner learns travel times at the end of a day, plans and promises by them, and keeps them."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import DayClosed, Event
from orchestrator.domain.plan import Trip
from orchestrator.domain.speeds_events import SpeedsLearned
from orchestrator.log.memory_store import MemoryDisk
from orchestrator.planning.arrivals import arrivals
from orchestrator.planning.roads import Roads
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.speed_learner import pending
from tests.unit.planning.test_planner import Live, running
from tests.unit.planning.world import DAY_S, HOUR_S, small_company

A_DAY = 86_400
SETTINGS = PlanningSettings(improve_budget_ms=0, background_every_s=3_600)
COMPANY = small_company(vehicles=1, customers=24, weight_g=26_000)
SLOW_PCT = 160
"""So much of what the company says is what a leg really takes."""


async def order_all(live: Live, day: int) -> None:
    """Every customer orders for the day, at any time."""
    begin_s = DAY_S + day * A_DAY
    drafts = tuple(
        c.OrderDraft(
            number=f"D{day}-{number}",
            customer_id=customer.customer_id,
            lines=(OrderLine(item_id="A", quantity=2),),
            window_start_s=begin_s + 6 * HOUR_S,
            window_end_s=begin_s + 18 * HOUR_S,
        )
        for number, customer in enumerate(COMPANY.customers)
    )
    await live.do(c.SubmitOrders(partner_id="acme", orders=drafts))


def trip_of(live: Live) -> Trip:
    """The first trip of the van."""
    return live.state.plan.routes["V1"].trips[0]


async def at(live: Live, moment_s: int) -> None:
    """Company time goes on to a moment; everything that it brings is planned and learned."""
    live.clock.advance(max(0, moment_s - live.clock.now_s()))
    live.planner.clock_moved()
    await live.planner.quiet(30)


async def drive(live: Live) -> None:
    """The van delivers its first trip and comes home; every leg takes longer than the company says."""
    company_says = Roads.usual(live.state.company, None, live.state.day_start_s(live.clock.now_s()))
    await load(live)
    while (order_id := live.state.fleet["V1"].current_order_id) is not None:
        van = live.state.fleet["V1"]
        there = live.state.customers[live.state.orders[order_id].customer_id].place
        usual_s = company_says.duration_s(van.place, there, live.state.vehicles["V1"])
        await at(live, van.since_s + usual_s * SLOW_PCT // 100)
        await live.do(c.ReportVehicleArrived(vehicle_id="V1", order_id=order_id, at_s=live.clock.now_s()))
        await at(live, live.clock.now_s() + 300)
        rest = [stop.order_id for stop in trip_of(live).stops if stop.order_id != order_id]
        done_s = live.clock.now_s()
        following = rest[0] if rest else None
        await live.do(c.ReportOrderDelivered(vehicle_id="V1", order_id=order_id, at_s=done_s, next_order_id=following))
    await at(live, live.clock.now_s() + HOUR_S)
    await live.do(c.ReportVehicleReturned(vehicle_id="V1", at_s=live.clock.now_s()))


async def load(live: Live) -> None:
    """The van sets out with its first trip when the plan says."""
    await at(live, trip_of(live).depart_s)
    orders = tuple(stop.order_id for stop in trip_of(live).stops)
    await live.do(c.ReportVehicleLoaded(vehicle_id="V1", order_ids=orders, at_s=live.clock.now_s()))


def first_leg_s(live: Live) -> tuple[int, int]:
    """How long the first leg of the plan takes, and what the company itself says of it."""
    trip = trip_of(live)
    first = trip.stops[0]
    home = live.state.sites["W1"].place
    there = live.state.customers[live.state.orders[first.order_id].customer_id].place
    usual_s = Roads.usual(live.state.company, None, DAY_S).duration_s(home, there, live.state.vehicles["V1"])
    return first.arrive_s - trip.depart_s, usual_s


def width_permille(live: Live) -> int:
    """How wide the interval of the last stop of the trip is, of the time until then."""
    now_s = live.clock.now_s()
    last = arrivals(live.state, "V1", now_s)[-1]
    return (last.predicted.p90_s - last.predicted.p10_s) * 1_000 // (last.planned_s - now_s)


async def test_what_a_day_taught_is_in_the_log_the_next_plan_and_the_arrivals_and_stays_after_a_restart() -> None:
    disk = MemoryDisk()
    told: list[Event] = []
    async with running(disk, settings=SETTINGS, company=COMPANY) as live:
        live.core.add_listener(lambda seq, at_s, event: told.append(event))
        await order_all(live, 0)
        planned_s, usual_s = first_leg_s(live)
        assert abs(planned_s - usual_s) <= 1
        wide = width_permille(live)
        await drive(live)
        await drive(live)
        assert live.state.speeds is None
        assert pending(live.state) == len(COMPANY.customers)
        await at(live, DAY_S + A_DAY + 5 * HOUR_S)
        assert [type(event) for event in told if isinstance(event, (DayClosed, SpeedsLearned))] == [
            DayClosed,
            SpeedsLearned,
        ]
        learned = live.state.speeds
        assert learned is not None
        assert (learned.version, learned.through) == (1, len(COMPANY.customers))
        await order_all(live, 1)
        planned_s, usual_s = first_leg_s(live)
        assert 1.3 * usual_s < planned_s < 1.7 * usual_s
        assert width_permille(live) < wide / 2
        before = arrivals(live.state, "V1", live.clock.now_s())
        now_s = live.clock.now_s()
    async with running(disk, settings=SETTINGS, now_s=now_s) as again:
        await again.planner.quiet(30)
        assert again.state.speeds == learned
        assert arrivals(again.state, "V1", now_s) == before
        await drive(again)
        await drive(again)
        await at(again, DAY_S + 2 * A_DAY + 5 * HOUR_S)
        assert again.state.speeds is not None
        assert (again.state.speeds.version, again.state.speeds.through) == (2, 2 * len(COMPANY.customers))
