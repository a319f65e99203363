"""Distances and durations as the company measures them, with what was learned and the slow areas of the moment.

Promises: whole metres and seconds; the scalar and the matrix form agree. Measured roads go before the travel model. One
`Roads` stands for one moment: it is made for a planning pass from the state and thrown away. Called by `vehicle_cut`,
`routing_problem`, verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from orchestrator.domain.company import Company, Place, Travel, TravelKind, Vehicle
from orchestrator.domain.roads import RoadTable, roads_of, traffic
from orchestrator.domain.speeds import SpeedsRecord
from orchestrator.domain.state import State
from orchestrator.planning.speeds import NO_SPEEDS, LearnedSpeeds, speeds_of
from solvers.routing.parts import Profile, SpeedBand
from solvers.routing.travel import SlowArea, arrival_s, distance_matrix_m, slow_factor_pct, travel_distance_m

Matrix = npt.NDArray[np.int32]
DEFAULT_CIRCUITY = 1300
NO_TABLE = RoadTable(None)


class Roads:
    """Travel between places. `slow`: areas that are slow now; a leg with an end inside takes its factor longer.

    bands: how fast traffic is, by time. table: measured roads; their seconds scale with a vehicle's speed. learned:
    factors by area, already in `bands` by hour.
    """

    def __init__(
        self,
        travel: Travel,
        slow: Sequence[SlowArea] = (),
        table: RoadTable = NO_TABLE,
        bands: tuple[SpeedBand, ...] = (),
        learned: LearnedSpeeds = NO_SPEEDS,
    ) -> None:
        self._travel = travel
        self._slow = tuple(slow)
        self._table = table
        self.bands = bands
        self._learned = learned
        self._sphere = travel.kind is TravelKind.GREAT_CIRCLE

    @classmethod
    def of(cls, state: State, now_s: int) -> Roads:
        """The roads as `state` knows them at `now_s`."""
        areas = [
            SlowArea(area.lat_e7, area.lon_e7, max(1, area.radius_m), area.factor_pct)
            for area in state.slow_areas.values()
            if area.until_s > now_s and area.factor_pct > 100
        ]
        return cls.usual(state.company, state.speeds, state.day_start_s(now_s), areas)

    @classmethod
    def usual(
        cls,
        company: Company | None,
        speeds: SpeedsRecord | None,
        day_start_s: int,
        areas: Sequence[SlowArea] = (),
    ) -> Roads:
        """The roads of a company on the day that begins at `day_start_s` and the next, as `speeds` has them."""
        travel = company.travel if company is not None else Travel()
        bands = tuple(SpeedBand(*band) for band in traffic(company, day_start_s))
        learned = speeds_of(speeds)
        return cls(travel, areas, roads_of(company), learned.bands(bands, day_start_s), learned)

    def distance_m(self, start: Place, end: Place, vehicle_kind: str = "") -> int:
        """Driving distance."""
        measured = self._measured(start, end, vehicle_kind)
        return measured[0] if measured is not None else self._model_m(start, end)

    def duration_s(self, start: Place, end: Place, vehicle: Vehicle) -> int:
        """Driving time of a vehicle in usual traffic, slow areas included; rounded up."""
        speed_m_per_h = vehicle.speed_m_per_h
        measured = self._measured(start, end, vehicle.kind)
        if measured is not None:
            nominal_s = -(-measured[1] * self._travel.road_speed_m_per_h // speed_m_per_h)
        else:
            nominal_s = -(-self._model_m(start, end) * 3600 // speed_m_per_h)
        factor_pct = slow_factor_pct(self._slow, start.lat_e7, start.lon_e7, end.lat_e7, end.lon_e7)
        usual_s = -(-nominal_s * factor_pct // 100)
        if not self._learned:
            return usual_s
        ends = self._learned.end_permille(start.lat_e7, start.lon_e7) * self._learned.end_permille(
            end.lat_e7, end.lon_e7
        )
        return -(-usual_s * ends // 1_000_000)

    def arrival_s(self, start: Place, end: Place, vehicle: Vehicle, depart_s: int) -> int:
        """When a vehicle that leaves at `depart_s` arrives, in the traffic of the day."""
        return arrival_s(self.bands, depart_s, self.duration_s(start, end, vehicle))

    def distances(self, lat_e7: Sequence[int], lon_e7: Sequence[int]) -> Matrix:
        """Metres between all pairs of points by the travel model, int32 [n, n]."""
        if self._sphere:
            metres = distance_matrix_m(lat_e7, lon_e7)
            if self._travel.circuity_per_mille == DEFAULT_CIRCUITY:
                return metres
            scaled = metres.astype(np.int64) * self._travel.circuity_per_mille // DEFAULT_CIRCUITY
            return scaled.astype(np.int32)
        lat, lon = np.asarray(lat_e7, np.float64), np.asarray(lon_e7, np.float64)
        rounded = self._plane(np.hypot(lat[:, None] - lat[None, :], lon[:, None] - lon[None, :]))
        return np.asarray(rounded, np.int32)

    def profile(
        self, distance_m: Matrix, lat_e7: Sequence[int], lon_e7: Sequence[int], speed_m_per_h: int, vehicle_kind: str
    ) -> Profile:
        """Travel of a kind of vehicles over `distance_m` (see `distances`), slow areas and measured roads included."""
        nominal_s = -(-distance_m.astype(np.int64) * 3600 // speed_m_per_h)
        if self._table:
            distance_m, nominal_s = self._with_table(
                distance_m, nominal_s, (lat_e7, lon_e7), speed_m_per_h, vehicle_kind
            )
        if self._slow:
            nominal_s = -(-nominal_s * self._factors(lat_e7, lon_e7) // 100)
        if self._learned:
            ends = np.array([self._learned.end_permille(*point) for point in zip(lat_e7, lon_e7, strict=True)])
            nominal_s = -(-nominal_s * (ends[:, None] * ends[None, :]) // 1_000_000)
        return Profile(nominal_s.astype(np.int32), distance_m, self.bands)

    def kind_of(self, vehicle: Vehicle) -> tuple[int, str]:
        """What vehicles that travel alike have in common: speed, and kind where roads are measured by kind."""
        return max(1, vehicle.speed_m_per_h), vehicle.kind if self._table and vehicle.kind in self._table.kinds else ""

    def inside(self, place: Place) -> bool:
        """Whether a place lies in an area that is slow now."""
        return any(area.covers(place.lat_e7, place.lon_e7) for area in self._slow)

    def _measured(self, start: Place, end: Place, vehicle_kind: str) -> tuple[int, int] | None:
        if not self._table:
            return None
        return self._table.look_up((start.lat_e7, start.lon_e7), (end.lat_e7, end.lon_e7), vehicle_kind)

    def _model_m(self, start: Place, end: Place) -> int:
        if self._sphere:
            metres = travel_distance_m(start.lat_e7, start.lon_e7, end.lat_e7, end.lon_e7)
            return metres * self._travel.circuity_per_mille // DEFAULT_CIRCUITY
        return int(self._plane(math.hypot(start.lat_e7 - end.lat_e7, start.lon_e7 - end.lon_e7)))

    def _with_table(
        self,
        distance_m: Matrix,
        nominal_s: npt.NDArray[np.int64],
        points: tuple[Sequence[int], Sequence[int]],
        speed_m_per_h: int,
        vehicle_kind: str,
    ) -> tuple[Matrix, npt.NDArray[np.int64]]:
        """The matrices with what was measured put in."""
        metres, seconds = distance_m.copy(), nominal_s.copy()
        places = list(zip(*points, strict=True))
        for row, start in enumerate(places):
            for column, end in enumerate(places):
                measured = self._table.look_up(start, end, vehicle_kind)
                if measured is not None:
                    metres[row, column] = measured[0]
                    seconds[row, column] = -(-measured[1] * self._travel.road_speed_m_per_h // speed_m_per_h)
        return metres, seconds

    def _factors(self, lat_e7: Sequence[int], lon_e7: Sequence[int]) -> npt.NDArray[np.int64]:
        point_pct = np.array([slow_factor_pct(self._slow, a, b, a, b) for a, b in zip(lat_e7, lon_e7, strict=True)])
        factors: npt.NDArray[np.int64] = np.maximum(point_pct[:, None], point_pct[None, :])
        return factors

    def _plane(self, millimetres: float | npt.NDArray[np.float64]) -> float | npt.NDArray[np.float64]:
        """Whole metres; a hair is added or taken so that exact distances do not fall to the wrong side."""
        if self._travel.kind is TravelKind.PLANE_DOWN:
            return np.floor(millimetres / 1000.0 + 1e-9)
        return np.ceil(millimetres / 1000.0 - 1e-9)
