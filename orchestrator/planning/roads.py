"""Distances and durations as the company measures them, with the slow areas of the moment.

Promises: whole metres and seconds; the scalar and the matrix form agree. One `Roads` stands for one moment: it is
made for a planning pass from the state and thrown away. Called by `vehicle_cut`, `routing_problem`, verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from orchestrator.domain.company import Place, Travel, TravelKind
from orchestrator.domain.state import State
from solvers.routing.problem import Profile
from solvers.routing.travel import SlowArea, distance_matrix_m, slow_factor_pct, travel_distance_m

Matrix = npt.NDArray[np.int32]
DEFAULT_CIRCUITY = 1300


class Roads:
    """Travel between places. `slow`: areas that are slow now; a leg with an end inside takes its factor longer."""

    def __init__(self, travel: Travel, slow: Sequence[SlowArea] = ()) -> None:
        self._travel = travel
        self._slow = tuple(slow)
        self._sphere = travel.kind is TravelKind.GREAT_CIRCLE

    @classmethod
    def of(cls, state: State, now_s: int) -> Roads:
        """The roads as `state` knows them at `now_s`."""
        travel = state.company.travel if state.company is not None else Travel()
        areas = [
            SlowArea(area.lat_e7, area.lon_e7, max(1, area.radius_m), area.factor_pct)
            for area in state.slow_areas.values()
            if area.until_s > now_s and area.factor_pct > 100
        ]
        return cls(travel, areas)

    def distance_m(self, start: Place, end: Place) -> int:
        """Driving distance."""
        if self._sphere:
            metres = travel_distance_m(start.lat_e7, start.lon_e7, end.lat_e7, end.lon_e7)
            return metres * self._travel.circuity_per_mille // DEFAULT_CIRCUITY
        return int(self._plane(math.hypot(start.lat_e7 - end.lat_e7, start.lon_e7 - end.lon_e7)))

    def duration_s(self, start: Place, end: Place, speed_m_per_h: int) -> int:
        """Driving time at a speed, slow areas included; rounded up."""
        nominal_s = -(-self.distance_m(start, end) * 3600 // speed_m_per_h)
        factor_pct = slow_factor_pct(self._slow, start.lat_e7, start.lon_e7, end.lat_e7, end.lon_e7)
        return -(-nominal_s * factor_pct // 100)

    def distances(self, lat_e7: Sequence[int], lon_e7: Sequence[int]) -> Matrix:
        """Metres between all pairs of points, int32 [n, n]."""
        if self._sphere:
            metres = distance_matrix_m(lat_e7, lon_e7)
            if self._travel.circuity_per_mille == DEFAULT_CIRCUITY:
                return metres
            scaled = metres.astype(np.int64) * self._travel.circuity_per_mille // DEFAULT_CIRCUITY
            return scaled.astype(np.int32)
        lat, lon = np.asarray(lat_e7, np.float64), np.asarray(lon_e7, np.float64)
        rounded = self._plane(np.hypot(lat[:, None] - lat[None, :], lon[:, None] - lon[None, :]))
        return np.asarray(rounded, np.int32)

    def profile(self, distance_m: Matrix, lat_e7: Sequence[int], lon_e7: Sequence[int], speed_m_per_h: int) -> Profile:
        """Durations over `distance_m` at a speed, slow areas included."""
        nominal_s = -(-distance_m.astype(np.int64) * 3600 // speed_m_per_h)
        if self._slow:
            nominal_s = -(-nominal_s * self._factors(lat_e7, lon_e7) // 100)
        return Profile(nominal_s.astype(np.int32), distance_m)

    def inside(self, place: Place) -> bool:
        """Whether a place lies in an area that is slow now."""
        return any(area.covers(place.lat_e7, place.lon_e7) for area in self._slow)

    def _factors(self, lat_e7: Sequence[int], lon_e7: Sequence[int]) -> npt.NDArray[np.int64]:
        point_pct = np.array([slow_factor_pct(self._slow, a, b, a, b) for a, b in zip(lat_e7, lon_e7, strict=True)])
        factors: npt.NDArray[np.int64] = np.maximum(point_pct[:, None], point_pct[None, :])
        return factors

    def _plane(self, millimetres: float | npt.NDArray[np.float64]) -> float | npt.NDArray[np.float64]:
        """Whole metres; a hair is added or taken so that exact distances do not fall to the wrong side."""
        if self._travel.kind is TravelKind.PLANE_DOWN:
            return np.floor(millimetres / 1000.0 + 1e-9)
        return np.ceil(millimetres / 1000.0 - 1e-9)
