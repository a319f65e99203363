"""Travel distance and duration between points: great circle, a circuity factor, a speed, slow areas.

Promises: the scalar and the matrix functions agree to the second and the metre, in whole numbers. Called by planning
and by the twin's nominal travel, so that both speak of the same road.

A road is on average about 1.3 times as long as the straight line in large cities: Boeing (2019), "The morphology and
circuity of walkable and drivable street networks"; Ballou, Rahardja, Sakai (2002), "Selected country circuity factors".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.routing.parts import FULL_SPEED_PCT, Profile, SpeedBand

EARTH_RADIUS_M = 6_371_008.8
CIRCUITY = 1.30
DEFAULT_SPEED_KMH = 36
MAX_SPEED_KMH = 1_000

Coordinates = npt.NDArray[np.int64] | Sequence[int]


@dataclass(frozen=True, slots=True)
class SlowArea:
    """A circle in which travel takes factor_pct / 100 times as long. A leg counts if either end lies inside."""

    lat_e7: int
    lon_e7: int
    radius_m: int
    factor_pct: int

    def __post_init__(self) -> None:
        require(self.radius_m > 0, "slow_area.radius_m", self.radius_m, "must be positive")
        require(100 <= self.factor_pct <= 10_000, "slow_area.factor_pct", self.factor_pct, "in [100, 10000]")

    def covers(self, lat_e7: int, lon_e7: int) -> bool:
        """Whether the point lies in the circle (straight line, no circuity)."""
        return _great_circle_m(self.lat_e7, self.lon_e7, lat_e7, lon_e7) <= self.radius_m


def travel_distance_m(lat_e7_a: int, lon_e7_a: int, lat_e7_b: int, lon_e7_b: int) -> int:
    """Driving distance in metres, rounded to the nearest."""
    return int(_great_circle_m(lat_e7_a, lon_e7_a, lat_e7_b, lon_e7_b) * CIRCUITY + 0.5)


def travel_duration_s(distance_m: int, speed_kmh: int = DEFAULT_SPEED_KMH, factor_pct: int = 100) -> int:
    """Seconds to drive the distance, rounded up; then the slow factor, rounded up."""
    require(0 < speed_kmh <= MAX_SPEED_KMH, "speed_kmh", speed_kmh, f"in (0, {MAX_SPEED_KMH}]")
    nominal_s = -(-distance_m * 36 // (speed_kmh * 10))
    return -(-nominal_s * factor_pct // 100)


def arrival_s(bands: Sequence[SpeedBand], depart_s: int, duration_s: int) -> int:
    """When a leg of `duration_s` at full speed ends; see `Profile.bands`."""
    now_s, work, pct = depart_s, duration_s * FULL_SPEED_PCT, FULL_SPEED_PCT
    for band in bands:
        if band.from_s > now_s:
            if now_s + -(-work // pct) <= band.from_s:
                break
            work -= (band.from_s - now_s) * pct
            now_s = band.from_s
        pct = band.speed_pct
    return now_s + -(-work // pct)


def slow_factor_pct(slow: Sequence[SlowArea], lat_e7_a: int, lon_e7_a: int, lat_e7_b: int, lon_e7_b: int) -> int:
    """Factor of a leg: the worst of all areas that hold one of its ends; 100 where none does."""
    hit = [a.factor_pct for a in slow if a.covers(lat_e7_a, lon_e7_a) or a.covers(lat_e7_b, lon_e7_b)]
    return max(hit, default=100)


def distance_matrix_m(lat_e7: Coordinates, lon_e7: Coordinates, circuity: float = CIRCUITY) -> npt.NDArray[np.int32]:
    """Distances between all pairs of points, int32 [n, n]; the same numbers as `travel_distance_m`."""
    metres = _great_circles_m(_radians(lat_e7), _radians(lon_e7)) * circuity + 0.5
    return metres.astype(np.int32)


def duration_matrix_s(
    distance_m: npt.NDArray[np.int32],
    lat_e7: Coordinates,
    lon_e7: Coordinates,
    speed_kmh: int = DEFAULT_SPEED_KMH,
    slow: Sequence[SlowArea] = (),
) -> npt.NDArray[np.int32]:
    """Durations over `distance_m` between the same points, int32 [n, n]; the same numbers as `travel_duration_s`."""
    require(0 < speed_kmh <= MAX_SPEED_KMH, "speed_kmh", speed_kmh, f"in (0, {MAX_SPEED_KMH}]")
    nominal_s = -(-distance_m.astype(np.int64) * 36 // (speed_kmh * 10))
    if not slow:
        return nominal_s.astype(np.int32)
    point_pct = np.full(len(lat_e7), 100, np.int64)
    for area in slow:
        inside = [area.covers(int(lat), int(lon)) for lat, lon in zip(lat_e7, lon_e7, strict=True)]
        point_pct[inside] = np.maximum(point_pct[inside], area.factor_pct)
    factor_pct = np.maximum(point_pct[:, None], point_pct[None, :])
    slowed: npt.NDArray[np.int32] = (-(-nominal_s * factor_pct // 100)).astype(np.int32)
    return slowed


def travel_matrices(
    lat_e7: Coordinates,
    lon_e7: Coordinates,
    speed_kmh: int = DEFAULT_SPEED_KMH,
    slow: Sequence[SlowArea] = (),
) -> Profile:
    """The travel profile of one kind of vehicle between points given in degrees times 10**7."""
    distance_m = distance_matrix_m(lat_e7, lon_e7)
    return Profile(duration_matrix_s(distance_m, lat_e7, lon_e7, speed_kmh, slow), distance_m)


def _radians(degrees_e7: Coordinates) -> npt.NDArray[np.float64]:
    radians: npt.NDArray[np.float64] = np.radians(np.asarray(degrees_e7, np.float64) * 1e-7)
    return radians


def _great_circle_m(lat_e7_a: int, lon_e7_a: int, lat_e7_b: int, lon_e7_b: int) -> float:
    """Haversine, in the same order of operations as the matrix version, so that rounding agrees."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(v * 1e-7) for v in (lat_e7_a, lon_e7_a, lat_e7_b, lon_e7_b))
    north = math.sin((lat_b - lat_a) * 0.5)
    east = math.sin((lon_b - lon_a) * 0.5)
    chord = north * north + (math.cos(lat_a) * math.cos(lat_b)) * (east * east)
    return 2.0 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def _great_circles_m(lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    north = np.sin((lat[None, :] - lat[:, None]) * 0.5)
    east = np.sin((lon[None, :] - lon[:, None]) * 0.5)
    cosine = np.cos(lat)
    chord = north * north + (cosine[:, None] * cosine[None, :]) * (east * east)
    metres: npt.NDArray[np.float64] = 2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return metres
