"""The day book, the indicators and the first page, on a day that is played by hand."""

from typing import Any

import pytest

from orchestrator.core.work import LoggedEvent
from orchestrator.domain import commands as c
from orchestrator.domain.plan import Cause, PlanDelta, PlannedStop, Revision, Tier, Trip, VehicleRoute
from orchestrator.ingest.day_book import DayBook
from orchestrator.ingest.day_report import day_report
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.indicators import indicators
from orchestrator.ingest.overview import overview
from orchestrator.ingest.paging import PageTokens
from orchestrator.ingest.timings import timing_of
from orchestrator.runtime.clock import ManualClock
from protos.muster.operator.v1 import overview_pb2 as pb
from tests.unit.domain.small_company import DAY_START_S, NOW_S, World, draft


class WorldCore:
    """A world as the ingest rooms see a core."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.told = 0
        self.listeners: list[Any] = []

    @property
    def state(self) -> Any:
        return self.world.state

    @property
    def durable_seq(self) -> int:
        return len(self.world.events)

    applied_seq = durable_seq

    def add_listener(self, listener: Any) -> None:
        self.listeners.append(listener)

    def tell(self) -> None:
        for seq in range(self.told + 1, self.durable_seq + 1):
            for listener in self.listeners:
                listener(seq, self.world.now_s, self.world.events[seq - 1])
        self.told = self.durable_seq

    async def read_events(self, after_seq: int, limit: int) -> list[LoggedEvent]:
        events = self.world.events[after_seq : after_seq + limit]
        return [LoggedEvent(after_seq + n, NOW_S, event, "test", "", 0) for n, event in enumerate(events, 1)]


class Held:
    """A clock control that does nothing."""

    simulated, held, speed = True, True, 1.0

    async def start(self, speed: float) -> None:
        raise AssertionError(speed)


@pytest.fixture
def world() -> World:
    made = World.with_company()
    made.submit(draft("1"), draft("2", "C2"), draft("3", "C3"))
    return made


@pytest.fixture
def core(world: World) -> WorldCore:
    return WorldCore(world)


@pytest.fixture
def book(core: WorldCore) -> DayBook:
    return DayBook(core)  # type: ignore[arg-type]


def desk_of(core: WorldCore) -> Desk:
    return Desk(core, ManualClock(NOW_S), Held(), PageTokens(b""), timings=lambda: [1_000, 3_000, 2_000])  # type: ignore[arg-type]


def publish(world: World, *order_ids: str, late_s: int = 0, causes: tuple[Cause, ...] = ()) -> None:
    """One trip of V1 with these orders, half an hour apart."""
    stops = tuple(
        PlannedStop(
            order_id=order_id,
            arrive_s=NOW_S + 3_600 + n * 1_800,
            start_s=NOW_S + 3_600 + n * 1_800,
            depart_s=NOW_S + 3_900 + n * 1_800,
            late_s=late_s,
        )
        for n, order_id in enumerate(order_ids)
    )
    trip = Trip(load_start_s=NOW_S, depart_s=NOW_S + 900, return_s=NOW_S + 9_000, stops=stops)
    parent = world.state.plan.revision
    head = Revision(revision=parent + 1, parent=parent, tier=Tier.REPAIR, causes=causes)
    route = VehicleRoute(vehicle_id="V1", trips=(trip,), distance_m=9_000, cost_cents=900)
    world.do(c.PublishRevision(head=head, delta=PlanDelta(routes={"V1": route})))


def drive(world: World) -> None:
    """V1 delivers both orders of its trip, the second late, and comes home."""
    late_s = NOW_S + 6 * 3_600
    world.do(c.ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1", "acme/2"), at_s=NOW_S + 900))
    world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id="acme/1", at_s=NOW_S + 3_600))
    world.do(c.ReportOrderDelivered(vehicle_id="V1", order_id="acme/1", at_s=NOW_S + 3_900, next_order_id="acme/2"))
    world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id="acme/2", at_s=late_s))
    world.do(c.ReportOrderDelivered(vehicle_id="V1", order_id="acme/2", at_s=late_s + 300))
    world.do(c.ReportVehicleReturned(vehicle_id="V1", at_s=late_s + 3_900))


async def test_a_driven_day_is_counted(world: World, core: WorldCore, book: DayBook) -> None:
    await book.catch_up()
    publish(world, "acme/1", "acme/2")
    drive(world)
    core.tell()
    day = book.day(DAY_START_S)
    assert day.delivered == 2
    assert day.late == {"acme/2": 3_600}
    # 0.02 and 0.04 degrees north and back: 4 times 2.2 km as the crow flies, by road 1.3 times that.
    assert 11_000 < day.distance_m < 12_000
    hours_cents = (6 * 3_600 + 3_900 - 900) * 2_500 // 3_600
    assert day.cost_milli_cents // 1_000 == pytest.approx(day.distance_m * 50 // 1_000 + hours_cents, abs=2)
    report = day_report(desk_of(core), book, NOW_S)
    assert (report.orders.received, report.orders.delivered, report.orders.late, report.orders.open) == (3, 2, 1, 1)
    assert report.event_to_plan.p50_us == 2_000
    shown = indicators(world.state, day, NOW_S)
    assert (shown.on_time.count, shown.on_time.of, shown.drops) == (1, 2, 2)


async def test_the_same_figures_come_out_of_the_log(world: World, core: WorldCore) -> None:
    live = DayBook(core)  # type: ignore[arg-type]
    await live.catch_up()
    core.told = core.durable_seq
    publish(world, "acme/1", "acme/2")
    drive(world)
    core.tell()
    later = DayBook(core)  # type: ignore[arg-type]
    await later.catch_up()
    assert later.day(DAY_START_S) == live.day(DAY_START_S)


async def test_a_disruption_is_answered_by_the_first_revision_that_names_it(
    world: World, core: WorldCore, book: DayBook
) -> None:
    await book.catch_up()
    core.told = core.durable_seq
    cause = Cause(seq=len(world.events) + 1, kind="MachineWentDown")
    world.do(c.ReportMachineDown(machine_id="M1", at_s=NOW_S, until_s=NOW_S + 3_600))
    publish(world, "acme/1", causes=(cause,))
    publish(world, "acme/2", causes=(cause,))
    core.tell()
    report = day_report(desk_of(core), book, NOW_S)
    assert [(d.kind, d.subject, d.event_seq, d.revision) for d in report.disruptions] == [
        ("MachineWentDown", "M1", cause.seq, 1)
    ]
    assert report.revisions_by_cause == {"MachineWentDown": 2}


async def test_the_first_page_shows_stops_as_they_stand(world: World, core: WorldCore, book: DayBook) -> None:
    publish(world, "acme/1", "acme/2", late_s=60)
    page = await overview(desk_of(core), book.day(DAY_START_S), NOW_S, 10, (1, "no solvers"))
    vehicle = page.vehicles[0]
    assert [stop.status for stop in vehicle.stops] == [pb.STOP_STATUS_LATE] * 2
    assert vehicle.stops[0].customer_name == "Customer 1"
    # where it is, its depot, two stops, its depot
    assert len(vehicle.route) == 5
    assert [revision.revision for revision in page.revisions] == [1]
    assert (page.degraded_level, page.clock_held, page.company_name) == (1, True, "Small & Sons")


def test_percentiles_are_of_the_samples() -> None:
    timing = timing_of(range(1, 101))
    assert (timing.n, timing.p50_us, timing.p99_us, timing.max_us) == (100, 50, 99, 100)
    assert timing_of([7]).p99_us == 7
    assert timing_of([]).n == 0
