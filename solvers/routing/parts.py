"""What a routing problem is made of: travel, stops, vehicles, and the rules that tie them together.

Promises: plain, immutable integers that know no solver. Nothing is checked here but the matrices; `validate` checks
the rest when a `RoutingProblem` is made of them. Called by everybody who makes or reads problems.

Money is counted in *ticks*, 18,000 to the cent: the smallest unit in which a metre at n cents per km, a second at
n cents per hour and a second late at n cents per minute are all whole. So costs are exact and never rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from solvers.errors import require

IntMatrix = npt.NDArray[np.int32] | npt.NDArray[np.int64]

TICKS_PER_CENT = 18_000
TICKS_PER_METRE_AND_CENT_PER_KM = TICKS_PER_CENT // 1_000
TICKS_PER_SECOND_AND_CENT_PER_HOUR = TICKS_PER_CENT // 3_600
TICKS_PER_SECOND_AND_CENT_PER_MIN = TICKS_PER_CENT // 60

MAX_TIME_S = 10**11
MAX_MATRIX = 2**31 - 1
MAX_BANDS = 48
FULL_SPEED_PCT = 100

NO_END_S = MAX_TIME_S
"""A window end, latest time or shift end that never bites."""


@dataclass(frozen=True, slots=True)
class SpeedBand:
    """From `from_s` until the next band, travel makes `speed_pct` of the progress that the matrix says."""

    from_s: int
    speed_pct: int


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Travel of one kind of vehicle between all locations.

    duration_s, distance_m: square matrices [from, to] of the same shape, int32 or int64, none negative; kept as int32.
    They need not be symmetric. They are shared, not copied, where they are int32 already: do not change them
    afterwards. Checked once, here, so that many problems can be cut over the same matrices for nothing.
    bands: how fast traffic is by time, ascending; full speed before the first one. Whoever leaves at t arrives at the
    first whole second by which the bands passed add up to the duration (Ichoua, Gendreau, Potvin 2003), so that
    leaving later never means arriving earlier.
    """

    duration_s: IntMatrix
    distance_m: IntMatrix
    bands: tuple[SpeedBand, ...] = ()

    def __post_init__(self) -> None:
        size = len(self.duration_s)
        for name, matrix in (("duration_s", self.duration_s), ("distance_m", self.distance_m)):
            at = f"profile.{name}"
            require(matrix.shape == (size, size), at, matrix.shape, f"must be ({size}, {size})")
            require(matrix.dtype in (np.int32, np.int64), at, matrix.dtype, "must be int32 or int64")
            low, high = (int(matrix.min()), int(matrix.max())) if size else (0, 0)
            require(low >= 0 and high <= MAX_MATRIX, at, (low, high), f"entries in [0, {MAX_MATRIX}]")
            object.__setattr__(self, name, np.ascontiguousarray(matrix, np.int32))
        require(len(self.bands) <= MAX_BANDS, "profile.bands", len(self.bands), f"at most {MAX_BANDS}")
        begins = [band.from_s for band in self.bands]
        require(begins == sorted(set(begins)), "profile.bands", begins, "from_s must ascend")
        for band in self.bands:
            require(0 <= band.from_s <= MAX_TIME_S, "profile.bands.from_s", band.from_s, f"in [0, {MAX_TIME_S}]")
            require(1 <= band.speed_pct <= 1000, "profile.bands.speed_pct", band.speed_pct, "in [1, 1000]")

    @property
    def size(self) -> int:
        """Number of locations."""
        return len(self.duration_s)


class StopKind(StrEnum):
    """Where the goods of a stop come from or go to.

    DELIVERY: unloaded here. Loaded at the depot, or, as part of a `Shipment`, at its pickup.
    PICKUP: loaded here. Unloaded at the end of the trip, or, as part of a `Shipment`, at its delivery.
    """

    DELIVERY = "DELIVERY"
    PICKUP = "PICKUP"


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit: goods are delivered or picked up.

    location: index into the profiles' matrices.
    demand: one quantity per capacity dimension of the problem, e.g. (weight_g, volume_cm3).
    window_start_s, window_end_s: service never starts before the first; starting after the second is lateness,
        priced `late_cents_per_min`.
    closed_s: ascending spans inside the window in which service may not start (their ends may): several windows are
        one window with closed spans. Who arrives in one waits for its end.
    latest_s: hard end: service may not start after it. Equal to window_end_s for a hard window.
    service_s: time spent at the stop. setup_s: more time before it, unless the vehicle comes from the same location.
        What the window is about is the start of both.
    release_s: a trip with this stop does not leave the depot before it.
    prize_cents: the cost of leaving the stop unplanned.
    allowed: vehicles that may serve it; None = all. barred: vehicles that may not. needs: skills it asks for.
    on_board: the vehicle that carries the goods already. The stop then belongs to that vehicle's first trip, or
        stays unplanned; release, capacity, `allowed`, `barred` and `needs` no longer count.
    incumbent, change_cents: the vehicle that has it in the plan in force, and the price of another one. A stop
        without incumbent never pays. Leaving it unplanned costs the prize alone.
    incumbent_after, resequence_cents: the stop before it in the same trip in the plan in force ("": it comes first;
        None: unknown, never pays), and the price of coming after another one.
    goods_class: see `RoutingProblem.incompatible`. option_of: see `RoutingProblem.options`; "": none.
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
    kind: StopKind = StopKind.DELIVERY
    closed_s: tuple[tuple[int, int], ...] = ()
    setup_s: int = 0
    barred: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    incumbent_after: str | None = None
    resequence_cents: int = 0
    goods_class: str = ""
    option_of: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of `duration_s` that starts in [earliest_s, latest_s].

    It is due if the route has begun by `latest_s` (start of loading, or leaving on board) and ends after it. It may be
    taken anywhere but while loading or serving: before leaving a place, on the road, while waiting, between trips.
    """

    earliest_s: int
    latest_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class DrivingRule:
    """At most `max_drive_s` of driving between two rests of `rest_s`.

    split_s: a rest of at least the first, later one of at least the second, count as a rest when the second ends.
    pauses_count: any time in one piece without driving (service, waiting, loading, rest) of `rest_s` is a rest, too.
    """

    max_drive_s: int
    rest_s: int
    split_s: tuple[int, int] | None = None
    pauses_count: bool = False


EU_DRIVING = DrivingRule(16_200, 2_700, split_s=(900, 1_800))
"""Regulation (EC) 561/2006, article 7: 45 minutes after 4 h 30, or 15 and then 30."""
US_DRIVING = DrivingRule(28_800, 1_800, pauses_count=True)
"""49 CFR 395.3(a)(3)(ii): 30 minutes without driving after 8 hours of it."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle, from the end of its committed work on.

    start: location it is at, at `ready_s` (anywhere). depot: location where it loads and, unless `end` or `open_end`
        says otherwise, ends. end: where the last trip ends instead. open_end: the last trip ends at its last stop.
    A vehicle whose start is not its depot, or that has goods on board, begins with an *on-board trip*: no loading,
    it leaves at max(ready_s, shift_start_s). All later trips load at the depot.
    shift_start_s, shift_end_s: no work before, every trip with stops ended by. A breakdown is only a later `ready_s`.
    overtime_from_s, overtime_cents_per_hour: work after it, up to the shift's end, costs so much more.
    load_s: time at the depot before each loaded trip leaves. max_trips: loaded trips it may still make.
    fixed_cents: paid if it serves any stop. cents_per_km: distance. cents_per_hour: time from start of loading (on
        board: from leaving) to the end of each trip; waiting at the depot between trips is not paid.
    locked: sequences that the route must begin with, by trip, the on-board trip counted if there is one. All but
        the last of these trips are complete as given; the last one may be continued.
    skills: what its driver and equipment can do (`Stop.needs`).
    max_distance_m, max_duration_s, max_stops, max_drive_s: of the whole route, None = no limit. The duration is from
        the start of loading (on board: leaving) to the end of the last trip; driving is without rests.
    breaks: in order of time. driving: the rule on driving times; driven_s: driven since the last rest, at `ready_s`.
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
    end: int | None = None
    overtime_from_s: int = NO_END_S
    overtime_cents_per_hour: int = 0
    skills: frozenset[str] = frozenset()
    max_distance_m: int | None = None
    max_duration_s: int | None = None
    max_stops: int | None = None
    max_drive_s: int | None = None
    breaks: tuple[Break, ...] = ()
    driving: DrivingRule | None = None
    driven_s: int = 0

    @property
    def begin_s(self) -> int:
        """First moment it can move or be loaded."""
        return max(self.ready_s, self.shift_start_s)

    @property
    def last_location(self) -> int | None:
        """Where its last trip ends; None: at the last stop."""
        if self.open_end:
            return None
        return self.depot if self.end is None else self.end

    @property
    def rests(self) -> bool:
        """Whether breaks or driving times have rules."""
        return bool(self.breaks) or self.driving is not None


@dataclass(frozen=True, slots=True)
class Shipment:
    """Goods picked up at one stop and delivered at another, later in the same trip; both are planned, or neither."""

    pickup_id: str
    delivery_id: str


class RelationKind(StrEnum):
    """What binds the planned stops of a relation; those that are unplanned do not count.

    SAME_VEHICLE: one vehicle has them all. SEQUENCE: and in this order, in one trip or several.
    STRICT: in one trip, each directly after the one before.
    """

    SAME_VEHICLE = "SAME_VEHICLE"
    SEQUENCE = "SEQUENCE"
    STRICT = "STRICT"


@dataclass(frozen=True, slots=True)
class Relation:
    """Stops that belong together, in order."""

    kind: RelationKind
    stop_ids: tuple[str, ...]
