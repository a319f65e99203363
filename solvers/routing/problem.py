"""The routing problem: plain, immutable integers that know no solver.

Promises: a `RoutingProblem` that exists is consistent (every id resolves, every shape fits, every number is within
its limit); anything else was refused by `InvalidProblem`, naming field, value and rule. Called by planning, which
cuts it out of the state, by readers of instance files, and by every search, engine, checker and explanation.

Money is counted in *ticks*, 18,000 to the cent: the smallest unit in which a metre at n cents per km, a second at
n cents per hour and a second late at n cents per minute are all whole. So costs are exact and never rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from solvers.errors import InvalidProblem, require

IntMatrix = npt.NDArray[np.int32] | npt.NDArray[np.int64]

TICKS_PER_CENT = 18_000
TICKS_PER_METRE_AND_CENT_PER_KM = TICKS_PER_CENT // 1_000
TICKS_PER_SECOND_AND_CENT_PER_HOUR = TICKS_PER_CENT // 3_600
TICKS_PER_SECOND_AND_CENT_PER_MIN = TICKS_PER_CENT // 60

MAX_STOPS = 50_000
MAX_VEHICLES = 20_000
MAX_PROFILES = 64
MAX_DIMENSIONS = 8
MAX_TRIPS = 64
MAX_CENTS = 10**9
MAX_PRICE_CENTS = 10**6
"""Of a km, an hour, a minute late."""
MAX_TIME_S = 10**11
MAX_QUANTITY = 10**15
MAX_MATRIX = 2**31 - 1

NO_END_S = MAX_TIME_S
"""A window end, latest time or shift end that never bites."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Travel of one kind of vehicle between all locations.

    duration_s, distance_m: square matrices [from, to] of the same shape, int32 or int64, none negative; kept as int32.
    They need not be symmetric. They are shared, not copied, where they are int32 already: do not change them
    afterwards. Checked once, here, so that many problems can be cut over the same matrices for nothing.
    """

    duration_s: IntMatrix
    distance_m: IntMatrix

    def __post_init__(self) -> None:
        size = len(self.duration_s)
        for name, matrix in (("duration_s", self.duration_s), ("distance_m", self.distance_m)):
            at = f"profile.{name}"
            require(matrix.shape == (size, size), at, matrix.shape, f"must be ({size}, {size})")
            require(matrix.dtype in (np.int32, np.int64), at, matrix.dtype, "must be int32 or int64")
            low, high = (int(matrix.min()), int(matrix.max())) if size else (0, 0)
            require(low >= 0 and high <= MAX_MATRIX, at, (low, high), f"entries in [0, {MAX_MATRIX}]")
            object.__setattr__(self, name, np.ascontiguousarray(matrix, np.int32))

    @property
    def size(self) -> int:
        """Number of locations."""
        return len(self.duration_s)


@dataclass(frozen=True, slots=True)
class Stop:
    """One delivery.

    location: index into the profiles' matrices.
    demand: one quantity per capacity dimension of the problem, e.g. (weight_g, volume_cm3).
    window_start_s, window_end_s: service never starts before the first; arriving after the second is lateness,
        priced `late_cents_per_min`.
    latest_s: hard end: service may not start after it. Equal to window_end_s for a hard window.
    service_s: time spent at the stop.
    release_s: a trip with this stop does not leave the depot before it.
    prize_cents: the cost of leaving the stop unplanned.
    allowed: vehicles that may serve it; None = all.
    on_board: the vehicle that carries the goods already. The stop then belongs to that vehicle's first trip, or
        stays unplanned; release, capacity and `allowed` no longer count.
    incumbent, change_cents: the vehicle that has it in the plan in force, and the price of another one. A stop
        without incumbent never pays. Leaving it unplanned costs the prize alone.
    """

    stop_id: str
    location: int
    demand: tuple[int, ...]
    window_start_s: int
    window_end_s: int
    latest_s: int
    service_s: int = 0
    late_cents_per_min: int = 0
    release_s: int = 0
    prize_cents: int = 0
    allowed: frozenset[str] | None = None
    on_board: str | None = None
    incumbent: str | None = None
    change_cents: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle, from the end of its committed work on.

    start: location it is at, at `ready_s` (anywhere). depot: location where it loads and, unless `open_end`, ends.
    A vehicle whose start is not its depot, or that has goods on board, begins with an *on-board trip*: no loading,
    it leaves at max(ready_s, shift_start_s). All later trips load at the depot.
    shift_start_s, shift_end_s: no work before, every trip with stops ended by. A breakdown is only a later `ready_s`.
    load_s: time at the depot before each loaded trip leaves. max_trips: loaded trips it may still make.
    fixed_cents: paid if it serves any stop. cents_per_km: distance. cents_per_hour: time from start of loading (on
        board: from leaving) to the end of each trip; waiting at the depot between trips is not paid.
    locked: sequences that the route must begin with, by trip, the on-board trip counted if there is one. All but
        the last of these trips are complete as given; the last one may be continued.
    open_end: the last trip ends at its last stop.
    """

    vehicle_id: str
    depot: int
    start: int
    capacity: tuple[int, ...]
    profile: int = 0
    ready_s: int = 0
    shift_start_s: int = 0
    shift_end_s: int = NO_END_S
    load_s: int = 0
    max_trips: int = 1
    fixed_cents: int = 0
    cents_per_km: int = 0
    cents_per_hour: int = 0
    locked: tuple[tuple[str, ...], ...] = ()
    open_end: bool = False

    @property
    def begin_s(self) -> int:
        """First moment it can move or be loaded."""
        return max(self.ready_s, self.shift_start_s)


@dataclass(frozen=True, slots=True, eq=False)
class RoutingProblem:
    """Deliver `stops` with `vehicles` at the least cost.

    dimensions: names of the capacity dimensions, in the order of `Stop.demand` and `Vehicle.capacity`.
    depart_margin_s: how long a trip may stay at the depot. None: it leaves as late as it can without ending later
        or making a stop late. A number: the end may move too, as long as each stop is reached this long before its
        window's end. It changes the stated times, never the cost or what fits.
    """

    profiles: tuple[Profile, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    dimensions: tuple[str, ...] = ("weight_g", "volume_cm3")
    depart_margin_s: int | None = None
    stop_index: dict[str, int] = field(init=False, repr=False)
    vehicle_index: dict[str, int] = field(init=False, repr=False)
    boarded: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop_index", {s.stop_id: i for i, s in enumerate(self.stops)})
        object.__setattr__(self, "vehicle_index", {v.vehicle_id: i for i, v in enumerate(self.vehicles)})
        object.__setattr__(self, "boarded", frozenset(s.on_board for s in self.stops if s.on_board is not None))
        _validate(self)

    def stop(self, stop_id: str) -> Stop:
        """The stop of that id; KeyError if there is none."""
        return self.stops[self.stop_index[stop_id]]

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """The vehicle of that id; KeyError if there is none."""
        return self.vehicles[self.vehicle_index[vehicle_id]]

    def starts_on_board(self, vehicle: Vehicle) -> bool:
        """Whether the vehicle's route begins with an on-board trip (which may be without stops)."""
        return vehicle.start != vehicle.depot or vehicle.vehicle_id in self.boarded


def _validate(problem: RoutingProblem) -> None:
    require(len(problem.stops) <= MAX_STOPS, "stops", len(problem.stops), f"at most {MAX_STOPS}")
    require(len(problem.vehicles) <= MAX_VEHICLES, "vehicles", len(problem.vehicles), f"at most {MAX_VEHICLES}")
    require(len(problem.stop_index) == len(problem.stops), "stops", "stop_id", "ids must be unique")
    require(len(problem.vehicle_index) == len(problem.vehicles), "vehicles", "vehicle_id", "ids must be unique")
    require(len(problem.dimensions) <= MAX_DIMENSIONS, "dimensions", problem.dimensions, f"at most {MAX_DIMENSIONS}")
    locations = _validate_profiles(problem.profiles)
    for stop in problem.stops:
        _validate_stop(stop, problem, locations)
    for vehicle in problem.vehicles:
        _validate_vehicle(vehicle, problem, locations)
    _validate_locks(problem)


def _validate_profiles(profiles: tuple[Profile, ...]) -> int:
    """Check that all are over the same locations, and return their number."""
    require(1 <= len(profiles) <= MAX_PROFILES, "profiles", len(profiles), f"from 1 to {MAX_PROFILES}")
    sizes = [profile.size for profile in profiles]
    require(len(set(sizes)) == 1, "profiles", sizes, "must be over the same locations")
    return sizes[0]


def _validate_stop(stop: Stop, problem: RoutingProblem, locations: int) -> None:
    """One cheap test first: a problem has thousands of stops and nearly all are good."""
    good = (
        0 <= stop.location < locations
        and 0 <= stop.window_start_s <= stop.window_end_s <= stop.latest_s <= MAX_TIME_S
        and 0 <= stop.service_s <= MAX_TIME_S
        and 0 <= stop.release_s <= MAX_TIME_S
        and 0 <= stop.late_cents_per_min <= MAX_PRICE_CENTS
        and 0 <= stop.prize_cents <= MAX_CENTS
        and 0 <= stop.change_cents <= MAX_CENTS
        and len(stop.demand) == len(problem.dimensions)
        and (stop.on_board is None or stop.on_board in problem.vehicle_index)
        and all(0 <= quantity <= MAX_QUANTITY for quantity in stop.demand)
    )
    if not good:
        _refuse_stop(stop, problem, locations)


def _refuse_stop(stop: Stop, problem: RoutingProblem, locations: int) -> None:
    at = f"stops[{stop.stop_id}]"
    require(0 <= stop.location < locations, f"{at}.location", stop.location, f"in [0, {locations})")
    times = (stop.window_start_s, stop.window_end_s, stop.latest_s)
    rule = f"0 <= window_start_s <= window_end_s <= latest_s <= {MAX_TIME_S}"
    require(0 <= times[0] <= times[1] <= times[2] <= MAX_TIME_S, f"{at}.window", times, rule)
    for name in ("service_s", "release_s"):
        value = getattr(stop, name)
        require(0 <= value <= MAX_TIME_S, f"{at}.{name}", value, f"in [0, {MAX_TIME_S}]")
    for name, most in (
        ("late_cents_per_min", MAX_PRICE_CENTS),
        ("prize_cents", MAX_CENTS),
        ("change_cents", MAX_CENTS),
    ):
        value = getattr(stop, name)
        require(0 <= value <= most, f"{at}.{name}", value, f"in [0, {most}]")
    rule = f"one quantity in [0, {MAX_QUANTITY}] for each of {problem.dimensions}"
    fits = len(stop.demand) == len(problem.dimensions) and all(0 <= q <= MAX_QUANTITY for q in stop.demand)
    require(fits, f"{at}.demand", stop.demand, rule)
    raise InvalidProblem(f"{at}.on_board", stop.on_board, "no such vehicle")


def _validate_vehicle(vehicle: Vehicle, problem: RoutingProblem, locations: int) -> None:
    at = f"vehicles[{vehicle.vehicle_id}]"
    for name in ("depot", "start"):
        value = getattr(vehicle, name)
        require(0 <= value < locations, f"{at}.{name}", value, f"in [0, {locations})")
    require(0 <= vehicle.profile < len(problem.profiles), f"{at}.profile", vehicle.profile, "no such profile")
    rule = f"one quantity in [0, {MAX_QUANTITY}] for each of {problem.dimensions}"
    fits = len(vehicle.capacity) == len(problem.dimensions) and all(0 <= q <= MAX_QUANTITY for q in vehicle.capacity)
    require(fits, f"{at}.capacity", vehicle.capacity, rule)
    for name in ("ready_s", "shift_start_s", "shift_end_s", "load_s"):
        value = getattr(vehicle, name)
        require(0 <= value <= MAX_TIME_S, f"{at}.{name}", value, f"in [0, {MAX_TIME_S}]")
    for name, most in (
        ("fixed_cents", MAX_CENTS),
        ("cents_per_km", MAX_PRICE_CENTS),
        ("cents_per_hour", MAX_PRICE_CENTS),
    ):
        value = getattr(vehicle, name)
        require(0 <= value <= most, f"{at}.{name}", value, f"in [0, {most}]")
    require(0 <= vehicle.max_trips <= MAX_TRIPS, f"{at}.max_trips", vehicle.max_trips, f"in [0, {MAX_TRIPS}]")


def _validate_locks(problem: RoutingProblem) -> None:
    seen: set[str] = set()
    for vehicle in problem.vehicles:
        at = f"vehicles[{vehicle.vehicle_id}].locked"
        for number, trip in enumerate(vehicle.locked):
            loads = number > 0 or not problem.starts_on_board(vehicle)
            require(bool(trip) or not loads, at, vehicle.locked, "a locked loaded trip needs stops")
            for stop_id in trip:
                require(stop_id in problem.stop_index, at, stop_id, "no such stop")
                require(stop_id not in seen, at, stop_id, "a stop may be locked once")
                seen.add(stop_id)
                on_board = problem.stop(stop_id).on_board
                rule = "goods on board belong to their vehicle's on-board trip, all others to a loaded trip"
                require(on_board == (None if loads else vehicle.vehicle_id), at, stop_id, rule)
