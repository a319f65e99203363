"""A day in which anything may happen, in any order: after every event the answer keeps what must be kept.

The same happenings as in the benchmark of 100,000 events, here drawn by hypothesis, which shrinks what goes wrong.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from solvers.routing.check import check
from solvers.routing.plan import sequences_of
from solvers.routing.timing import plan_of
from tests.bench.routing_dynamic.happenings import DAY_S, Happenings
from tests.bench.routing_dynamic.random_day import drive

WHICH = st.integers(0, 99)
SPAN_S = st.integers(0, DAY_S // 10)


class Day(RuleBasedStateMachine):
    """A small fleet, and what happens to it."""

    @initialize(seed=st.integers(0, 999), orders=st.integers(2, 8))
    def begin(self, seed: int, orders: int) -> None:
        self.day = Happenings(seed)
        self.day.new_orders(orders, seed)

    @rule(number=st.integers(1, 3), seed=st.integers(0, 10**6))
    def new_orders(self, number: int, seed: int) -> None:
        self.day.new_orders(number, seed)

    @rule(for_s=SPAN_S)
    def wait(self, for_s: int) -> None:
        self.day.wait(for_s)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        self.day.cancel(which)

    @rule(which=WHICH, for_s=SPAN_S)
    def breakdown(self, which: int, for_s: int) -> None:
        self.day.breakdown(which, for_s)

    @rule(which=WHICH)
    def back(self, which: int) -> None:
        self.day.back(which)

    @rule(which=WHICH, by_s=SPAN_S)
    def delay(self, which: int, by_s: int) -> None:
        self.day.delay(which, by_s)

    @rule(which=WHICH, percent=st.integers(30, 200))
    def capacity(self, which: int, percent: int) -> None:
        self.day.capacity(which, percent)

    @rule(which=WHICH, by_s=st.integers(-DAY_S // 10, DAY_S // 10))
    def shift(self, which: int, by_s: int) -> None:
        self.day.shift(which, by_s)

    @rule(which=WHICH, by_s=SPAN_S)
    def longer_service(self, which: int, by_s: int) -> None:
        self.day.longer_service(which, by_s)

    @rule(which=WHICH, by_s=st.integers(-DAY_S // 10, DAY_S // 10), shorter_s=SPAN_S)
    def window(self, which: int, by_s: int, shorter_s: int) -> None:
        self.day.window(which, by_s, shorter_s)

    @rule(which=WHICH, by_s=SPAN_S)
    def release(self, which: int, by_s: int) -> None:
        self.day.release(which, by_s)

    @rule(which=WHICH, cents=st.integers(0, 100_000))
    def prize(self, which: int, cents: int) -> None:
        self.day.prize(which, cents)

    @rule(which=WHICH, vehicle=WHICH)
    def keep_on(self, which: int, vehicle: int) -> None:
        self.day.keep_on(which, vehicle)

    @rule(which=WHICH)
    def lock(self, which: int) -> None:
        self.day.lock(which)

    @rule(which=WHICH)
    def unlock(self, which: int) -> None:
        self.day.unlock(which)

    @invariant()
    def nothing_is_wrong(self) -> None:
        day = getattr(self, "day", None)
        assert day is None or not day.faults, day.faults


TestDay = Day.TestCase
TestDay.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_drawn_day_sees_what_it_is_about() -> None:
    """The invariants are not kept for want of cases: stops are planned, frozen and left out, vehicles drive."""
    day = drive(3, 120)
    assert not day.faults
    assert min(day.seen[what] for what in ("planned", "frozen", "unplanned", "breakdown", "lock")) > 0
    assert len(day.world.done.served) >= 5


@given(st.integers(0, 300), st.lists(st.integers(1, DAY_S // 8), min_size=3, max_size=12))
def test_a_plan_that_nothing_happens_to_is_driven_as_it_is(seed: int, steps_s: list[int]) -> None:
    """Wherever the state is cut, what is left of the plan has the same times and keeps every rule, and in the end all
    of it has been driven."""
    day = Happenings(seed)
    day.new_orders(10, seed)
    world = day.world
    planned_m, planned = world.planned_m(), set(world.plan().vehicle_of())
    for step_s in steps_s:
        world.advance(world.now_s + step_s)
        part = world.whole()
        again = plan_of(part.problem, sequences_of(part.start))
        assert check(part.problem, again).ok
        times = {visit for route in part.start.routes for trip in route.trips for visit in trip.visits}
        assert times == {visit for route in again.routes for trip in route.trips for visit in trip.visits}
        assert world.done.distance_m + world.planned_m() == planned_m
    world.advance(3 * DAY_S)
    assert set(world.done.served) == planned
    assert world.done.distance_m == planned_m
