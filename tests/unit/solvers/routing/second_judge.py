"""A second, dumb judge of plans: counts seconds, tries all ways, and knows nothing of the checker's shortcuts.

`judge` lists every broken rule as (rule, vehicle, stop, size), sorted, as `findings` does for the checker's verdict;
`price` prices.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise, permutations

from solvers.routing.check import Check, Cost
from solvers.routing.parts import RelationKind, Stop, StopKind, Vehicle
from solvers.routing.plan import Rest, Route, RoutingPlan, Trip
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem
from tests.unit.solvers.routing.driver import speed_pct

Finding = tuple[str, str, str, int]


def findings(verdict: Check) -> list[Finding]:
    """What the checker found, to be compared."""
    return sorted((str(v.rule), v.vehicle_id, v.stop_id, v.size) for v in verdict.violations)


def judge(problem: RoutingProblem, plan: RoutingPlan) -> list[Finding]:
    """Every broken rule of the plan."""
    found = _books(problem, plan)
    known = {s.stop_id for s in problem.stops}
    for vehicle in problem.vehicles:
        routes = [route for route in plan.routes if route.vehicle_id == vehicle.vehicle_id]
        for route in routes:
            found += _RouteJudge(problem, vehicle, route).found
        if not routes:
            found += [("TRIP_KIND", vehicle.vehicle_id, "", 1)] * problem.starts_on_board(vehicle)
            found += [("LOCK_BROKEN", vehicle.vehicle_id, "", 1)] * (sum(map(len, vehicle.locked)) > 0)
    found += _ties(problem, [(r.vehicle_id, t.stop_ids) for r in plan.routes for t in r.trips], known)
    return sorted(found)


def _books(problem: RoutingProblem, plan: RoutingPlan) -> list[Finding]:
    vehicles = [route.vehicle_id for route in plan.routes]
    found: list[Finding] = []
    for number, name in enumerate(vehicles):
        found += [("UNKNOWN_VEHICLE", name, "", 1)] * (name not in {v.vehicle_id for v in problem.vehicles})
        found += [("VEHICLE_TWICE", name, "", 1)] * (name in vehicles[:number])
    named = [(r.vehicle_id, v.stop_id) for r in plan.routes for t in r.trips for v in t.visits]
    named += [("", u.stop_id) for u in plan.unplanned]
    ids = [stop.stop_id for stop in problem.stops]
    for number, (name, stop_id) in enumerate(named):
        if stop_id not in ids:
            found.append(("UNKNOWN_STOP", name, stop_id, 1))
        elif stop_id in [other for _, other in named[:number]]:
            found.append(("STOP_TWICE", name, stop_id, 1))
    found += [("STOP_FORGOTTEN", "", s, 1) for s in ids if s not in [stop_id for _, stop_id in named]]
    return found


def price(problem: RoutingProblem, plan: RoutingPlan) -> Cost:
    """Every part of the cost of a truly stated plan, second by second and stop by stop."""
    parts = dict.fromkeys(("distance", "time", "overtime", "fixed", "lateness", "change", "unplanned"), Fraction(0))
    planned = set()
    for route in plan.routes:
        vehicle = problem.vehicle(route.vehicle_id)
        parts["fixed"] += vehicle.fixed_cents if any(trip.visits for trip in route.trips) else 0
        for trip in route.trips:
            parts["distance"] += Fraction(trip.distance_m * vehicle.cents_per_km, 1_000)
            work = range(trip.load_s, trip.end_s)
            parts["time"] += Fraction(len(work) * vehicle.cents_per_hour, 3_600)
            over_s = len([second for second in work if second >= vehicle.overtime_from_s])
            parts["overtime"] += Fraction(over_s * vehicle.overtime_cents_per_hour, 3_600)
            for before, visit in zip(["", *trip.stop_ids], trip.visits, strict=False):
                stop = problem.stop(visit.stop_id)
                planned.add(stop.stop_id)
                late_s = max(0, visit.start_s - stop.window_end_s)
                parts["lateness"] += Fraction(late_s * stop.late_cents_per_min, 60)
                parts["change"] += stop.change_cents if stop.incumbent not in (None, route.vehicle_id) else 0
                parts["change"] += stop.resequence_cents if stop.incumbent_after not in (None, before) else 0
    for name in {stop.option_of or stop.stop_id for stop in problem.stops}:
        ways = [stop for stop in problem.stops if (stop.option_of or stop.stop_id) == name]
        if not planned & {stop.stop_id for stop in ways}:
            parts["unplanned"] += max(stop.prize_cents for stop in ways)
    return Cost(**{part: int(cents * TICKS_PER_CENT) for part, cents in parts.items()})


class _RouteJudge:
    """One route, trip by trip, second by second."""

    def __init__(self, problem: RoutingProblem, vehicle: Vehicle, route: Route) -> None:
        self.problem, self.vehicle, self.route = problem, vehicle, route
        self.profile = problem.profiles[vehicle.profile]
        self.found: list[Finding] = []
        self.rests = sorted(route.rests)
        self.resting = {s for rest in route.rests for s in range(rest.start_s, rest.end_s)}
        self.driving: set[int] = set()
        self.metres = 0
        self.served: list[Stop] = []
        self._kinds()
        before_s = vehicle.begin_s
        for number, trip in enumerate(route.trips):
            stops = [problem.stop(s) for s in trip.stop_ids if s in problem.stop_index]
            self.served += stops
            self._members(trip, stops)
            self._load(trip, stops)
            self._leave(trip, stops, before_s)
            self._ride(trip, number == len(route.trips) - 1)
            before_s = trip.end_s
        self._limits()
        if vehicle.rests or route.rests:
            self._places()
            self._breaks()
            self._driving_times()

    def _add(self, rule: str, size: int, stop_id: str = "") -> None:
        if size > 0:
            self.found.append((rule, self.vehicle.vehicle_id, stop_id, size))

    def _kinds(self) -> None:
        trips, boards = self.route.trips, self.problem.starts_on_board(self.vehicle)
        wanted = [boards and number == 0 for number in range(len(trips))]
        for trip, on_board in zip(trips, wanted, strict=True):
            self._add("TRIP_KIND", int(trip.on_board != on_board))
            self._add("TRIP_KIND", int(not trip.on_board and not trip.visits))
        self._add("TRIP_KIND", int(boards and not trips))
        self._add("MAX_TRIPS_EXCEEDED", len([t for t in trips if not t.on_board]) - self.vehicle.max_trips)
        locked = self.vehicle.locked
        for number, ids in enumerate(locked):
            real = trips[number].stop_ids if number < len(trips) else ()
            kept = real == ids if number < len(locked) - 1 else real[: len(ids)] == ids
            self._add("LOCK_BROKEN", int(not kept))

    def _members(self, trip: Trip, stops: list[Stop]) -> None:
        name = self.vehicle.vehicle_id
        paired = {s.delivery_id for s in self.problem.shipments}
        for stop in stops:
            if stop.on_board is not None:
                self._add("ON_BOARD_ELSEWHERE", int(not trip.on_board or stop.on_board != name), stop.stop_id)
                continue
            from_depot = stop.kind is StopKind.DELIVERY and stop.stop_id not in paired
            self._add("ON_BOARD_ELSEWHERE", int(trip.on_board and from_depot), stop.stop_id)
            listed = stop.allowed is None or name in stop.allowed
            self._add("NOT_ALLOWED", int(not listed or name in stop.barred), stop.stop_id)
            self._add("SKILL_MISSING", len([s for s in stop.needs if s not in self.vehicle.skills]), stop.stop_id)

    def _load(self, trip: Trip, stops: list[Stop]) -> None:
        """At every moment: what is in the vehicle, goods by goods."""
        problem = self.problem
        paired = {s.delivery_id: s.pickup_id for s in problem.shipments}
        if trip.on_board:
            inside = [s.stop_id for s in problem.stops if s.on_board == self.vehicle.vehicle_id]
        else:
            inside = [s.stop_id for s in stops if s.kind is StopKind.DELIVERY and s.stop_id not in paired]
        moments = [list(inside)]
        for stop in stops:
            goods = paired.get(stop.stop_id, stop.stop_id)
            if stop.kind is StopKind.PICKUP:
                inside.append(goods)
            elif goods in inside:
                inside.remove(goods)
            moments.append(list(inside))
        for number in range(len(problem.dimensions)):
            loads = [sum(problem.stop(goods).demand[number] for goods in moment) for moment in moments]
            limit = self.vehicle.capacity[number]
            self._add("CAPACITY_EXCEEDED", max(loads) - (max(limit, loads[0]) if trip.on_board else limit))
        classes = [stop.goods_class for stop in stops]
        pairs = {frozenset(pair) for pair in problem.incompatible}
        met = {frozenset((a, b)) for a, b in combinations(classes, 2)}
        for _ in pairs & met:
            self._add("INCOMPATIBLE_GOODS", 1)

    def _leave(self, trip: Trip, stops: list[Stop], before_s: int) -> None:
        loading_s = 0 if trip.on_board else self.vehicle.load_s
        self._add("LEAVES_TOO_EARLY", before_s - trip.load_s)
        self._add("TIMES_DISAGREE", abs(trip.depart_s - trip.load_s - loading_s))
        if trip.on_board:
            begin_s = max(self.vehicle.ready_s, self.vehicle.shift_start_s)
            self._add("TIMES_DISAGREE", abs(trip.depart_s - begin_s))
        else:
            for stop in stops:
                self._add("LEAVES_TOO_EARLY", stop.release_s - trip.depart_s, stop.stop_id)

    def _arrival(self, at: int, to: int, now_s: int) -> int:
        work = int(self.profile.duration_s[at, to]) * 100
        while work > 0:
            if now_s not in self.resting:
                self.driving.add(now_s)
                work -= speed_pct(self.profile, now_s)
            now_s += 1
        return now_s

    def _ride(self, trip: Trip, last: bool) -> None:
        vehicle, metres = self.vehicle, 0
        at, now_s = vehicle.start if trip.on_board else vehicle.depot, trip.depart_s
        for visit in trip.visits:
            if visit.stop_id not in self.problem.stop_index:
                continue
            stop = self.problem.stop(visit.stop_id)
            possible = {self._arrival(at, stop.location, now_s)}
            for rest in self.rests:
                possible |= {rest.end_s} if rest.start_s in possible and rest.end_s > rest.start_s else set()
            self._add("TRAVEL_TOO_SHORT", min(abs(visit.arrive_s - p) for p in possible), stop.stop_id)
            off_s = abs(visit.start_s - self._start(stop, visit.arrive_s, visit.start_s))
            off_s += abs(visit.depart_s - visit.start_s - stop.service_s - (at != stop.location) * stop.setup_s)
            off_s += abs(visit.late_s - max(0, visit.start_s - stop.window_end_s))
            self._add("TIMES_DISAGREE", off_s, stop.stop_id)
            self._add("TIME_WINDOW_INFEASIBLE", visit.start_s - stop.latest_s, stop.stop_id)
            metres += int(self.profile.distance_m[at, stop.location])
            at, now_s = stop.location, visit.depart_s
        home = vehicle.depot if not last or vehicle.end is None else vehicle.end
        if not (last and vehicle.open_end):
            now_s = self._arrival(at, home, now_s)
            metres += int(self.profile.distance_m[at, home])
        self._add("TRAVEL_TOO_SHORT", abs(trip.end_s - now_s))
        self._add("DISTANCE_WRONG", abs(trip.distance_m - metres))
        self._add("SHIFT_EXCEEDED", trip.end_s - vehicle.shift_end_s if trip.visits else 0)
        self.metres += metres

    def _start(self, stop: Stop, arrive_s: int, start_s: int) -> int:
        there = [r.end_s for r in self.rests if arrive_s <= r.start_s < r.end_s <= start_s]
        now_s = max([arrive_s, *there])
        while now_s < stop.window_start_s or any(a < now_s < b for a, b in stop.closed_s):
            now_s += 1
        return now_s

    def _limits(self) -> None:
        vehicle, trips = self.vehicle, self.route.trips
        if self.served:
            forever = 10**12
            most = [vehicle.max_distance_m, vehicle.max_duration_s, vehicle.max_stops, vehicle.max_drive_s]
            most = [forever if limit is None else limit for limit in most]
            self._add("DISTANCE_EXCEEDED", self.metres - most[0])
            self._add("DURATION_EXCEEDED", trips[-1].end_s - trips[0].load_s - most[1])
            self._add("STOPS_EXCEEDED", len(self.served) - most[2])
            self._add("DRIVING_EXCEEDED", len(self.driving) - most[3])

    def _places(self) -> None:
        spans = [(t.load_s, t.depart_s) for t in self.route.trips]
        spans += [(v.start_s, v.depart_s) for t in self.route.trips for v in t.visits]
        taken = {second for a, b in spans for second in range(a, b)}
        trips, begin_s = self.route.trips, self.vehicle.begin_s
        end_s = trips[-1].end_s if trips else begin_s
        for rest in self.rests:
            seconds = set(range(rest.start_s, rest.end_s))
            wrong = [s for s in seconds if s in taken or s < begin_s or s >= end_s]
            self._add("REST_MISPLACED", len(wrong) if seconds else 1)
            taken |= seconds

    def _breaks(self) -> None:
        """All ways to give rests to breaks; the one that misses the fewest seconds, then the shortest breaks."""
        trips = self.route.trips
        if not trips:
            return
        begin_s, end_s = trips[0].load_s, trips[-1].end_s
        due = [b for b in self.vehicle.breaks if begin_s <= b.latest_s < end_s]
        rests: list[Rest | None] = [r for r in self.rests if begin_s <= r.start_s < end_s]
        best: tuple[int, list[int]] | None = None
        for way in permutations([*rests, *([None] * len(due))], len(due)):
            missed = sorted(
                b.duration_s
                for b, r in zip(due, way, strict=True)
                if r is None or not b.earliest_s <= r.start_s <= b.latest_s or r.end_s - r.start_s < b.duration_s
            )
            best = min(best, (sum(missed), missed)) if best is not None else (sum(missed), missed)
        for size in best[1] if best is not None else []:
            self._add("BREAK_MISSED", size)

    def _driving_times(self) -> None:
        rule = self.vehicle.driving
        if rule is None or not self.route.trips:
            return
        driven, parts, stopped_s = self.vehicle.driven_s, list[int](), self.vehicle.begin_s
        for second in sorted(self.driving):
            rested = rule.pauses_count and second - stopped_s >= rule.rest_s
            for rest in [] if rested else [r for r in self.rests if stopped_s <= r.start_s < second]:
                length_s = rest.end_s - rest.start_s
                second_part = rule.split_s is not None and length_s >= rule.split_s[1]
                if length_s >= rule.rest_s or (second_part and any(p >= rule.split_s[0] for p in parts)):
                    rested, parts = True, []
                else:
                    parts.append(length_s)
            if rested:
                parts = [] if rule.pauses_count and second - stopped_s >= rule.rest_s else parts
                self._add("DRIVING_EXCEEDED", driven - rule.max_drive_s)
                driven = 0
            driven, stopped_s = driven + 1, second + 1
        self._add("DRIVING_EXCEEDED", driven - rule.max_drive_s)


def _ties(problem: RoutingProblem, trips: list[tuple[str, tuple[str, ...]]], known: set[str]) -> list[Finding]:
    """Shipments, options and relations; everything by the first place of a stop."""
    flat = [(name, number, stop_id) for number, (name, ids) in enumerate(trips) for stop_id in ids]
    order = [stop_id for _, _, stop_id in flat]
    first = {s: order.index(s) for s in order if s in known}
    found: list[Finding] = []
    for shipment in problem.shipments:
        here = [s for s in (shipment.pickup_id, shipment.delivery_id) if s in first]
        whole = len(here) == 2 and flat[first[here[0]]][1] == flat[first[here[1]]][1]
        if here and not (whole and first[here[0]] < first[here[1]]):
            found.append(("SHIPMENT_BROKEN", flat[first[here[-1]]][0], shipment.delivery_id, 1))
    groups = Counter(s.option_of for s in problem.stops if s.option_of and s.stop_id in first)
    for name, count in groups.items():
        if count > 1:
            extra = [s.stop_id for s in problem.stops if s.option_of == name and s.stop_id in first][1]
            found.append(("OPTION_TWICE", flat[first[extra]][0], extra, count - 1))
    for relation in problem.relations:
        here = [s for s in relation.stop_ids if s in first]
        wrong = []
        for before, after in pairwise(here):
            (name, trip, _), (other, other_trip, _) = flat[first[before]], flat[first[after]]
            good = name == other
            if relation.kind is RelationKind.SEQUENCE:
                good = good and first[before] < first[after]
            if relation.kind is RelationKind.STRICT:
                ids = trips[trip][1]
                good = trip == other_trip and ids.index(before) + 1 == ids.index(after)
            wrong += [] if good else [after]
        if wrong:
            found.append(("RELATION_BROKEN", flat[first[wrong[0]]][0], wrong[0], len(wrong)))
    return found
