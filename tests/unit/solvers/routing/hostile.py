"""Random small routing problems with every feature of the model, each behind a switch; and random sequences for them.

`hostile_problem(seed, stops, vehicles, features)` is the same for the same arguments. All times hang on `day_s`, so
that a judge who counts seconds can ask for a short day. Numbers are tight on purpose: about half of what one would
like to plan does not fit.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum

import numpy as np

from solvers.routing.parts import (
    Break,
    DrivingRule,
    Profile,
    Relation,
    RelationKind,
    Shipment,
    SpeedBand,
    Stop,
    StopKind,
    Vehicle,
)
from solvers.routing.problem import RoutingProblem

PLACES = 10
DAY_S = 20_000


class Feature(StrEnum):
    """What can be switched on. Without any: hard windows, one trip a vehicle, two dimensions, two profiles."""

    SOFT = "SOFT"
    RELEASES = "RELEASES"
    CHANGES = "CHANGES"
    RESEQUENCE = "RESEQUENCE"
    TRIPS = "TRIPS"
    ON_BOARD = "ON_BOARD"
    LOCKS = "LOCKS"
    OPEN_END = "OPEN_END"
    MARGIN = "MARGIN"
    SHIPMENTS = "SHIPMENTS"
    PICKUPS = "PICKUPS"
    CLOSED = "CLOSED"
    SETUP = "SETUP"
    OPTIONS = "OPTIONS"
    RELATIONS = "RELATIONS"
    CLASSES = "CLASSES"
    SKILLS = "SKILLS"
    OWN_END = "OWN_END"
    LIMITS = "LIMITS"
    OVERTIME = "OVERTIME"
    BREAKS = "BREAKS"
    EU = "EU"
    US = "US"
    BANDS = "BANDS"


ALL = frozenset(Feature)
PLAIN = frozenset(
    {Feature.SOFT, Feature.RELEASES, Feature.CHANGES, Feature.RESEQUENCE, Feature.TRIPS, Feature.ON_BOARD}
    | {Feature.LOCKS, Feature.OPEN_END, Feature.MARGIN}
)
"""What the fast kernel knows (`RoutingProblem.plain`)."""
WITHOUT_RESTS = ALL - {Feature.BREAKS, Feature.EU, Feature.US}


def hostile_problem(
    seed: int, stops: int = 8, vehicles: int = 3, features: Collection[Feature] = ALL, day_s: int = DAY_S
) -> RoutingProblem:
    """A problem of that size with these features; at least one vehicle."""
    return _Maker(seed, features, day_s).problem(stops, vehicles)


def mixed_problem(seed: int, stops: int = 8, vehicles: int = 3, day_s: int = DAY_S) -> RoutingProblem:
    """Each feature is on in a third of the problems, so that few of them meet."""
    rng = random.Random(seed)
    return hostile_problem(seed, stops, vehicles, {f for f in Feature if rng.random() < 1 / 3}, day_s)


class _Maker:
    """One problem in the making."""

    def __init__(self, seed: int, features: Collection[Feature], day_s: int) -> None:
        self.rng = random.Random(seed)
        self.features = frozenset(features)
        self.day_s = day_s

    def on(self, feature: Feature, chance: float = 1.0) -> bool:
        """Whether the feature is on, and the die falls for it here."""
        return feature in self.features and self.rng.random() < chance

    def time(self, low: float, high: float) -> int:
        """A moment or span between two parts of the day."""
        return self.rng.randint(int(low * self.day_s), int(high * self.day_s))

    def problem(self, stops: int, vehicles: int) -> RoutingProblem:
        names = [f"v{number}" for number in range(vehicles)]
        made = [self._stop(number, names) for number in range(stops)]
        shipments = self._shipments(made)
        paired = {stop_id for s in shipments for stop_id in (s.pickup_id, s.delivery_id)}
        self._options(made, paired)
        boarded = {stop.on_board for stop in made if stop.on_board is not None}
        fleet = [self._vehicle(name, name in boarded) for name in names]
        problem = RoutingProblem(
            self._profiles(),
            tuple(made),
            tuple(fleet),
            depart_margin_s=self.rng.choice([0, self.day_s // 60]) if self.on(Feature.MARGIN, 0.5) else None,
            shipments=tuple(shipments),
            relations=tuple(self._relations([stop.stop_id for stop in made])),
            incompatible=self._incompatible(),
        )
        return replace(problem, vehicles=self._locked(problem, paired)) if Feature.LOCKS in self.features else problem

    def _profiles(self) -> tuple[Profile, ...]:
        """Metres in a square by Manhattan distance, one way a little longer; a fast and a slow kind of vehicle."""
        rng = self.rng
        points = [(rng.randrange(3000), rng.randrange(3000)) for _ in range(PLACES)]
        metres = np.array([[abs(a - c) + abs(b - d) for c, d in points] for a, b in points], np.int64)
        metres += np.triu(metres // 16)
        seconds = [-(-metres * self.day_s // (20_000 * speed)) for speed in (5, 8)]
        return tuple(Profile(each, metres, self._bands()) for each in seconds)

    def _bands(self) -> tuple[SpeedBand, ...]:
        if not self.on(Feature.BANDS, 0.8):
            return ()
        begins = sorted({self.time(0, 0.9) for _ in range(self.rng.randint(1, 6))})
        return tuple(SpeedBand(begin_s, self.rng.choice([30, 50, 75, 100, 130])) for begin_s in begins)

    def _stop(self, number: int, names: list[str]) -> Stop:
        rng = self.rng
        start_s = self.time(0, 0.4)
        end_s = start_s + self.time(0.02, 0.4)
        soft = self.on(Feature.SOFT, 0.5)
        changed = self.on(Feature.CHANGES, 0.5)
        again = self.on(Feature.RESEQUENCE, 0.5)
        on_board = rng.choice(names) if self.on(Feature.ON_BOARD, 0.2) else None
        pickup = on_board is None and self.on(Feature.PICKUPS, 0.25)
        stop = Stop(
            f"s{number}",
            rng.randrange(PLACES),
            (rng.randrange(1, 40), rng.randrange(20)),
            start_s,
            end_s,
            end_s + self.time(0.01, 0.3) if soft else end_s,
            service_s=self.time(0, 0.02),
            late_cents_per_min=rng.choice([0, 5, 40]) if soft else 0,
            release_s=self.time(0, 0.25) if self.on(Feature.RELEASES, 0.4) else 0,
            prize_cents=rng.choice([50, 1_000, 100_000]),
            on_board=on_board,
            incumbent=rng.choice([*names, "gone"]) if changed else None,
            change_cents=rng.choice([0, 30, 300]) if changed else 0,
            incumbent_after=rng.choice(["", *(f"s{other}" for other in range(number + 3))]) if again else None,
            resequence_cents=rng.choice([0, 20, 200]) if again else 0,
            kind=StopKind.PICKUP if pickup else StopKind.DELIVERY,
            closed_s=self._closed(start_s, end_s),
            setup_s=self.time(0, 0.02) if self.on(Feature.SETUP, 0.5) else 0,
            goods_class=rng.choice(["food", "fuel", "paint"]) if self.on(Feature.CLASSES, 0.6) else "",
        )
        return self._who_may(stop, names)

    def _who_may(self, stop: Stop, names: list[str]) -> Stop:
        if not self.on(Feature.SKILLS, 0.5):
            return stop
        rng = self.rng
        some = frozenset(rng.sample(names, rng.randint(1, len(names))))
        return replace(
            stop,
            allowed=rng.choice([None, some]),
            barred=rng.choice([frozenset(), frozenset({rng.choice([*names, "gone"])})]),
            needs=frozenset(rng.sample(["cold", "lift"], rng.choice([0, 0, 1, 2]))),
        )

    def _closed(self, start_s: int, end_s: int) -> tuple[tuple[int, int], ...]:
        if not self.on(Feature.CLOSED, 0.5):
            return ()
        wanted = 2 * self.rng.randint(1, 3)
        if end_s - start_s + 1 < wanted:
            return ()
        moments = sorted(self.rng.sample(range(start_s, end_s + 1), wanted))
        return tuple(zip(moments[::2], moments[1::2], strict=True))

    def _shipments(self, made: list[Stop]) -> list[Shipment]:
        """Pairs of stops become pickup and delivery of the same goods."""
        if Feature.SHIPMENTS not in self.features:
            return []
        free = [number for number, stop in enumerate(made) if stop.on_board is None]
        self.rng.shuffle(free)
        shipments = []
        for first, second in list(zip(free[::2], free[1::2], strict=False))[: max(1, len(free) // 4)]:
            made[first] = replace(made[first], kind=StopKind.PICKUP)
            made[second] = replace(made[second], kind=StopKind.DELIVERY, demand=made[first].demand)
            shipments.append(Shipment(made[first].stop_id, made[second].stop_id))
        return shipments

    def _options(self, made: list[Stop], paired: set[str]) -> None:
        if Feature.OPTIONS not in self.features:
            return
        free = [n for n, stop in enumerate(made) if stop.on_board is None and stop.stop_id not in paired]
        self.rng.shuffle(free)
        for group in range(self.rng.randint(1, 2)):
            for number in free[group * 3 : group * 3 + self.rng.randint(1, 3)]:
                made[number] = replace(made[number], option_of=f"group {group}")

    def _relations(self, stop_ids: list[str]) -> list[Relation]:
        if Feature.RELATIONS not in self.features or len(stop_ids) < 2:
            return []
        return [
            Relation(self.rng.choice(list(RelationKind)), tuple(self.rng.sample(stop_ids, size)))
            for size in self.rng.choices([2, min(3, len(stop_ids))], k=self.rng.randint(1, 2))
        ]

    def _incompatible(self) -> frozenset[tuple[str, str]]:
        if Feature.CLASSES not in self.features:
            return frozenset()
        return frozenset({("food", "fuel"), self.rng.choice([("food", "paint"), ("paint", "fuel"), ("fuel", "tar")])})

    def _vehicle(self, name: str, boarded: bool) -> Vehicle:
        rng = self.rng
        away = self.on(Feature.ON_BOARD, 0.9 if boarded else 0.15)
        limited = {
            "max_distance_m": rng.randint(4_000, 20_000),
            "max_duration_s": self.time(0.15, 0.7),
            "max_stops": rng.randint(1, 5),
            "max_drive_s": self.time(0.06, 0.4),
        }
        limits = {key: value for key, value in limited.items() if self.on(Feature.LIMITS, 0.4)}
        driving = self._driving()
        vehicle = Vehicle(
            name,
            0,
            rng.randrange(1, PLACES) if away else 0,
            (rng.randrange(40, 120), rng.randrange(20, 80)),
            profile=rng.randrange(2),
            ready_s=self.time(0, 0.15),
            shift_start_s=self.time(0, 0.1),
            shift_end_s=self.time(0.5, 1.0),
            load_s=rng.choice([0, self.day_s // 60]),
            max_trips=rng.randint(0, 3) if self.on(Feature.TRIPS) else 1,
            fixed_cents=rng.choice([0, 500]),
            cents_per_km=rng.choice([50, 120]),
            cents_per_hour=rng.choice([0, 3_000]),
            open_end=self.on(Feature.OPEN_END, 0.3),
            end=rng.randrange(PLACES) if self.on(Feature.OWN_END, 0.5) else None,
            breaks=self._breaks(),
            driving=driving,
            driven_s=rng.randint(0, driving.max_drive_s) if driving is not None and rng.random() < 0.5 else 0,
            skills=frozenset(rng.sample(["cold", "lift"], rng.randint(0, 2)))
            if self.on(Feature.SKILLS)
            else frozenset(),
            **limits,
        )
        if not self.on(Feature.OVERTIME, 0.7):
            return vehicle
        over_s = self.time(0.2, 0.6)
        return replace(vehicle, overtime_from_s=over_s, overtime_cents_per_hour=rng.choice([1_000, 6_000]))

    def _breaks(self) -> tuple[Break, ...]:
        if not self.on(Feature.BREAKS, 0.7):
            return ()
        count = self.rng.choice([1, 1, 2, 3])
        earliest = sorted(self.time(0.05, 0.6) for _ in range(count))
        latest = sorted(begin_s + self.time(0, 0.12) for begin_s in earliest)
        return tuple(
            Break(begin_s, max(begin_s, end_s), max(1, self.time(0.01, 0.05)))
            for begin_s, end_s in zip(earliest, latest, strict=True)
        )

    def _driving(self) -> DrivingRule | None:
        """Rules of the kinds of Europe and America, scaled to the day."""
        kinds = [feature for feature in (Feature.EU, Feature.US) if self.on(feature, 0.6)]
        if not kinds:
            return None
        drive_s = max(1, self.time(0.05, 0.2))
        rest_s = max(3, self.time(0.02, 0.04))
        if self.rng.choice(kinds) is Feature.US:
            return DrivingRule(drive_s, rest_s, pauses_count=True)
        first_s = max(1, rest_s // 3)
        return DrivingRule(drive_s, rest_s, split_s=self.rng.choice([None, (first_s, rest_s - first_s)]))

    def _locked(self, problem: RoutingProblem, paired: set[str]) -> tuple[Vehicle, ...]:
        """Short sequences that the route must begin with; each can be kept as far as membership goes."""
        free = [s for s in problem.stops if s.stop_id not in paired and not s.option_of]
        self.rng.shuffle(free)
        fleet = []
        for vehicle in problem.vehicles:
            locked: list[tuple[str, ...]] = []
            if problem.starts_on_board(vehicle):
                own = [s for s in free if s.on_board == vehicle.vehicle_id or _may_join(problem, vehicle, s)]
                locked.append(self._take(free, own, 0))
            loaded = [s for s in free if s.on_board is None and problem.may_serve(vehicle, s)]
            if loaded and vehicle.max_trips and self.rng.random() < 0.5:
                locked.append(self._take(free, loaded, 1))
            fleet.append(replace(vehicle, locked=tuple(locked)) if self.rng.random() < 0.5 else vehicle)
        return tuple(fleet)

    def _take(self, free: list[Stop], wanted: list[Stop], least: int) -> tuple[str, ...]:
        taken = wanted[: self.rng.randint(least, 2)]
        for stop in taken:
            free.remove(stop)
        return tuple(stop.stop_id for stop in taken)


def _may_join(problem: RoutingProblem, vehicle: Vehicle, stop: Stop) -> bool:
    """Whether a stop that is not on board may join the vehicle's on-board trip."""
    picked_up = stop.kind is StopKind.PICKUP or stop.stop_id in problem.pickup_of
    return stop.on_board is None and picked_up and problem.may_serve(vehicle, stop)


Trips = dict[str, list[list[str]]]


def random_sequences(problem: RoutingProblem, seed: int, wild: bool = False) -> Trips:
    """Sequences of most stops, in random order and trips.

    Sound as far as membership goes: kinds of trips, number of trips, locks, `may_serve`, shipments whole and in order,
    one stop of an option group. Loads, times, limits, relations and classes fall as they may. wild: nothing is sound
    but the number of trips; stops may even come twice.
    """
    rng = random.Random(seed)
    trips = {v.vehicle_id: [list(trip) for trip in v.locked] for v in problem.vehicles}
    for vehicle in problem.vehicles:
        most = vehicle.max_trips + problem.starts_on_board(vehicle)
        own = trips[vehicle.vehicle_id]
        own.extend([] for _ in range(rng.randint(min(1, most), most) - len(own)))
    units = [[s.stop_id] for s in problem.stops if s.stop_id not in problem.delivery_of | problem.pickup_of]
    units += [[shipment.pickup_id, shipment.delivery_id] for shipment in problem.shipments]
    rng.shuffle(units)
    if wild:
        return _thrown(rng, trips, [stop_id for unit in units for stop_id in unit])
    taken = {stop_id for own in trips.values() for trip in own for stop_id in trip}
    groups: set[str] = set()
    for unit in units:
        group = problem.stop(unit[0]).option_of
        rooms = [] if taken & set(unit) or group in groups else _rooms(problem, trips, unit)
        if rooms and rng.random() < 0.9:
            trip, first = rng.choice(rooms)
            for stop_id in unit:
                first = rng.randint(first, len(trip))
                trip.insert(first, stop_id)
                first += 1
            groups |= {group} - {""}
    return trips


def _rooms(problem: RoutingProblem, trips: Trips, unit: list[str]) -> list[tuple[list[str], int]]:
    """Trips that may have the stops, each with the first free position after its lock."""
    rooms = []
    stops = [problem.stop(stop_id) for stop_id in unit]
    for vehicle in problem.vehicles:
        boards = problem.starts_on_board(vehicle)
        for number, trip in enumerate(trips[vehicle.vehicle_id]):
            on_board = boards and number == 0
            if number < len(vehicle.locked) - 1 or not all(problem.may_serve(vehicle, stop) for stop in stops):
                continue
            mine = [(s.on_board == vehicle.vehicle_id) or _may_join(problem, vehicle, s) for s in stops]
            if all(mine) if on_board else all(s.on_board is None for s in stops):
                rooms.append((trip, len(vehicle.locked[number]) if number < len(vehicle.locked) else 0))
    return rooms


def _thrown(rng: random.Random, trips: Trips, stop_ids: list[str]) -> Trips:
    places = [trip for own in trips.values() for trip in own]
    for stop_id in stop_ids:
        for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 2])):
            if places:
                trip = rng.choice(places)
                trip.insert(rng.randint(0, len(trip)), stop_id)
    return trips
