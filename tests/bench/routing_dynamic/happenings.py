"""All that may happen in a day, on a small world: every event is answered and judged.

The state machine of the unit tests and the benchmark of 100,000 events call the same methods, with numbers drawn by
hypothesis or by a seed. A number that names a stop or a vehicle is taken modulo how many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from solvers.budget import Budget
from solvers.routing.answers.explain import explain_unplanned
from solvers.routing.freeze import Level, Prices, freeze
from solvers.routing.plan import Route, RoutingPlan, sequences_of
from solvers.routing.problem import RoutingProblem, Stop
from solvers.routing.search import insert_only, search
from solvers.routing.timing import plan_of
from tests.bench.routing_dynamic.judge import Fault, Place, faults, places, reason_faults, relaxation_faults, unharmed
from tests.bench.routing_dynamic.world import Part, World
from tests.unit.solvers.routing.hostile import DAY_S, Feature, hostile_problem

__all__ = ["DAY_S", "Happenings"]

PLAIN = frozenset(
    {
        Feature.SOFT,
        Feature.RELEASES,
        Feature.TRIPS,
        Feature.OPEN_END,
        Feature.MARGIN,
        Feature.RESEQUENCE,
        Feature.SKILLS,
    }
)
"""What a day is made of for the fast kernel."""
RICH = PLAIN | {Feature.CLOSED, Feature.SETUP, Feature.CLASSES, Feature.OVERTIME, Feature.BANDS, Feature.BREAKS}
"""And with rules that only the rich kernel knows."""
MOST_STOPS = 18
STEPS = 25
RELAXED = 10
"""Every so many events the relaxations of one stop that is left out are tried, for they take long."""
FREEZE_S = DAY_S // 12
PRICES = Prices(40, 10, DAY_S // 20)


class Happenings:
    """One day of a small fleet. `faults` must stay empty."""

    def __init__(self, seed: int, features: frozenset[Feature] = PLAIN, vehicles: int = 4) -> None:
        self.seed, self.count, self.features = seed, 0, features
        self.names = vehicles
        self.world = World(_fleet(hostile_problem(seed, 1, vehicles, features)))
        self.world.prices = PRICES if seed % 2 else None
        self.level = tuple(Level)[seed % 3]
        self.locks: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.seen: Counter[str] = Counter()

    def new_orders(self, number: int, seed: int) -> None:
        """Some orders become known, with windows from now on."""
        for k in range(min(number, MOST_STOPS - len(self.world.orders))):
            model = hostile_problem(seed + k, 1, self.names, self.features).stops[0]
            now_s, stop_id = self.world.now_s, f"s{self.seen['order']}"
            self.seen["order"] += 1
            model = replace(model, window_start_s=model.window_start_s + now_s, window_end_s=model.window_end_s + now_s)
            closed = tuple((from_s + now_s, to_s + now_s) for from_s, to_s in model.closed_s)
            model = replace(model, closed_s=closed, latest_s=model.latest_s + now_s, release_s=model.release_s + now_s)
            self.world.reveal((replace(model, stop_id=stop_id, incumbent_after=None),))
        self.answer("new orders")

    def cancel(self, which: int) -> None:
        """An order is not wanted any more, even if it is on board."""
        stop_id = self._order(which)
        if stop_id is not None:
            self.world.cancel(stop_id)
            self.answer("cancelled")

    def breakdown(self, which: int, for_s: int) -> None:
        """A vehicle stands still where its committed work ends."""
        name = self._vehicle(which)
        vehicle = self.world.vehicle(name)
        self._change(name, ready_s=max(vehicle.ready_s, self.world.now_s) + for_s)
        self.answer("breakdown")

    def delay(self, which: int, by_s: int) -> None:
        """A vehicle that is under way will be done with its committed stop later."""
        name = self._vehicle(which)
        if self.world.fleet[name].ready_s > self.world.now_s:
            self._change(name, ready_s=self.world.fleet[name].ready_s + by_s)
            self.answer("delay")

    def back(self, which: int) -> None:
        """A vehicle is ready earlier than thought."""
        name = self._vehicle(which)
        if self.world.fleet[name].ready_s > self.world.now_s:
            self._change(name, ready_s=self.world.now_s)
            self.answer("back")

    def capacity(self, which: int, percent: int) -> None:
        """A vehicle carries less or more than thought."""
        name = self._vehicle(which)
        self._change(name, capacity=tuple(c * percent // 100 for c in self.world.fleet[name].capacity))
        self.answer("capacity")

    def shift(self, which: int, by_s: int) -> None:
        """A shift ends earlier or later."""
        name = self._vehicle(which)
        vehicle = self.world.fleet[name]
        self._change(name, shift_end_s=max(vehicle.shift_start_s, vehicle.shift_end_s + by_s))
        self.answer("shift")

    def longer_service(self, which: int, by_s: int) -> None:
        """A stop will take longer."""
        self._change_order(which, "longer service", lambda s: replace(s, service_s=s.service_s + by_s))

    def window(self, which: int, by_s: int, shorter_s: int) -> None:
        """The customer wants another window."""

        def moved(stop: Stop) -> Stop:
            start_s = max(0, stop.window_start_s + by_s)
            end_s = max(start_s, stop.window_end_s + by_s - shorter_s)
            latest_s = max(end_s, stop.latest_s + by_s)
            return replace(stop, window_start_s=start_s, window_end_s=end_s, latest_s=latest_s, closed_s=())

        self._change_order(which, "window", moved)

    def release(self, which: int, by_s: int) -> None:
        """The goods come later to the depot."""
        self._change_order(which, "release", lambda s: replace(s, release_s=s.release_s + by_s))

    def prize(self, which: int, cents: int) -> None:
        """The order becomes more or less important."""
        self._change_order(which, "prize", lambda s: replace(s, prize_cents=cents))

    def keep_on(self, which: int, vehicle: int) -> None:
        """A person wants the order on that vehicle; a second time: on any."""
        name = self._vehicle(vehicle)
        free = frozenset((name,))
        self._change_order(which, "keep on", lambda s: replace(s, allowed=None if s.allowed == free else free))

    def lock(self, which: int) -> None:
        """A person wants a vehicle's sequence kept up to that stop."""
        stop_id = self._order(which)
        name = self.world.plan().vehicle_of().get(stop_id or "")
        if stop_id is not None and name is not None:
            self.locks[name] = stop_id
            self.answer("lock")

    def unlock(self, which: int) -> None:
        """And now it does not matter any more."""
        if self.locks.pop(self._vehicle(which), None) is not None:
            self.answer("unlock")

    def wait(self, for_s: int) -> None:
        """Time passes."""
        self.world.advance(self.world.now_s + for_s)
        self.answer("time")

    def answer(self, what: str) -> None:
        """Repair, insert, search; judge; publish."""
        self.count += 1
        self.seen[what] += 1
        part = self.world.whole()
        problem, frozen = self._frozen(part)
        repaired = insert_only(problem, part.start).plan
        budget = Budget(seconds=600.0, iterations=STEPS, seed=self.seed + self.count)
        found = search(problem, part.start, budget).plan
        if found.unplanned:
            # The search may end with a stop left out that has a place in the best plan it met.
            found = insert_only(problem, found).plan
        held = plan_of(problem, _known(problem, part.start))
        new = list(faults(problem, held, frozen, repaired, found))
        new += self._reasons(problem, found)
        self.faults += [replace(fault, detail=f"event {self.count} ({what}): {fault.detail}") for fault in new]
        self.seen["frozen"] += len(frozen)
        self.seen["planned"] += len(found.vehicle_of())
        self.world.publish(part, found)

    def _reasons(self, problem: RoutingProblem, found: RoutingPlan) -> Iterator[Fault]:
        if found.unplanned:
            self.seen["unplanned"] += len(found.unplanned)
            for left in explain_unplanned(problem, found).unplanned:
                yield from reason_faults(problem, found, left)
            if self.count % RELAXED == 0:
                self.seen["relaxed"] += 1
                yield from relaxation_faults(problem, found, found.unplanned[0].stop_id)

    def _frozen(self, part: Part) -> tuple[RoutingProblem, dict[str, Place]]:
        """The part with a person's locks and the freeze, as far as the event left them possible; what may not move."""
        until_s = self.world.now_s + FREEZE_S
        problem = self._locked(part)
        kept = tuple(route for route in part.start.routes if unharmed(problem, route, until_s))
        frozen = freeze(problem, RoutingPlan(kept), until_s, Level.ALL)
        return frozen, places(RoutingPlan(kept), until_s)

    def _locked(self, part: Part) -> RoutingProblem:
        """Locks that can be kept; the others are given up, as a person would be told."""
        vehicles = []
        for vehicle in part.problem.vehicles:
            route = part.start.route(vehicle.vehicle_id)
            stop_id = self.locks.get(vehicle.vehicle_id)
            if route is not None and stop_id is not None and stop_id in route.stop_ids:
                locked = _up_to(route, stop_id)
                until_s = next(v.start_s for t in route.trips for v in t.visits if v.stop_id == stop_id) + 1
                if locked and unharmed(part.problem, route, until_s, timed=False):
                    vehicle = replace(vehicle, locked=locked)
                else:
                    del self.locks[vehicle.vehicle_id]
                    self.seen["lock given up"] += 1
            vehicles.append(vehicle)
        return replace(part.problem, vehicles=tuple(vehicles))

    def _order(self, which: int) -> str | None:
        names = list(self.world.orders)
        return names[which % len(names)] if names else None

    def _vehicle(self, which: int) -> str:
        names = list(self.world.fleet)
        return names[which % len(names)]

    def _change(self, name: str, **changes: object) -> None:
        self.world.fleet[name] = replace(self.world.fleet[name], **changes)  # type: ignore[arg-type]

    def _change_order(self, which: int, what: str, change: Callable[[Stop], Stop]) -> None:
        stop_id = self._order(which)
        if stop_id is not None:
            self.world.orders[stop_id] = change(self.world.orders[stop_id])
            self.answer(what)


def _fleet(problem: RoutingProblem) -> RoutingProblem:
    """The same with vehicles that may come back for more and have most of the day: else little is ever planned."""
    longest = 9 * DAY_S // 10
    vehicles = tuple(
        replace(v, max_trips=v.max_trips + 3, shift_end_s=max(v.shift_end_s, longest)) for v in problem.vehicles
    )
    return replace(problem, vehicles=vehicles)


def _known(problem: RoutingProblem, plan: RoutingPlan) -> dict[str, Sequence[Sequence[str]]]:
    return {
        name: [[s for s in trip if s in problem.stop_index] for trip in trips]
        for name, trips in sequences_of(plan).items()
    }


def _up_to(route: Route, stop_id: str) -> tuple[tuple[str, ...], ...]:
    """The trips up to that stop."""
    found: list[tuple[str, ...]] = []
    for trip in route.trips:
        ids = trip.stop_ids
        if stop_id in ids:
            return (*found, ids[: ids.index(stop_id) + 1])
        found.append(ids)
    return ()
