"""The roads of the simulated world: nominal distance and duration of a leg, and where one is on the way.

Promises the same nominal numbers as planning for the company's travel model, unless the world has speeds of its own
that nobody was told. Called by drivers and by the auditor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.domain.company import Company, Place, TravelKind, Vehicle
from orchestrator.domain.roads import DAY_S, roads_of, traffic
from orchestrator.twin.hidden_speeds import HiddenSpeeds
from solvers.routing.parts import SpeedBand
from solvers.routing.travel import CIRCUITY, SlowArea, arrival_s, slow_factor_pct, travel_distance_m

MM = 1_000


@dataclass(frozen=True, slots=True)
class Leg:
    """A way between two places."""

    distance_m: int
    duration_s: int


class Roads:
    """Travel between places of one company. hidden: true speeds that the company does not know."""

    def __init__(self, company: Company, hidden: HiddenSpeeds | None = None) -> None:
        self._company = company
        self._hidden = hidden
        self._travel = company.travel
        self._table = roads_of(company)

    def leg(self, a: Place, b: Place, vehicle: Vehicle, depart_s: int, slow: Sequence[SlowArea] = ()) -> Leg:
        """The nominal leg from `a` to `b` in the traffic of its time, longer where an area is slow."""
        points = (a.lat_e7, a.lon_e7), (b.lat_e7, b.lon_e7)
        measured = self._table.look_up(*points, vehicle.kind) if self._table else None
        if measured is not None:
            metres, seconds, speed_m_per_h = *measured, self._travel.road_speed_m_per_h
            nominal_s = -(-seconds * speed_m_per_h // vehicle.speed_m_per_h)
        else:
            metres = self._metres(a, b)
            nominal_s = -(-metres * 3_600 // vehicle.speed_m_per_h)
        factor_pct = slow_factor_pct(slow, *points[0], *points[1]) if slow else 100
        nominal_s = -(-nominal_s * factor_pct // 100)
        usual_s = arrival_s(self._bands(depart_s), depart_s, nominal_s) - depart_s
        return Leg(metres, usual_s if self._hidden is None else self._hidden.duration_s(a, b, depart_s, usual_s))

    def _bands(self, at_s: int) -> tuple[SpeedBand, ...]:
        if not self._travel.bands:
            return ()
        start_s = self._company.day_start_s
        day_start_s = start_s + (at_s - start_s) // DAY_S * DAY_S
        return tuple(SpeedBand(*band) for band in traffic(self._company, day_start_s))

    def _metres(self, a: Place, b: Place) -> int:
        if self._travel.kind is not TravelKind.GREAT_CIRCLE:
            return self._plane_m(a, b)
        metres = travel_distance_m(a.lat_e7, a.lon_e7, b.lat_e7, b.lon_e7)
        return metres * self._travel.circuity_per_mille // round(CIRCUITY * 1000)

    def _plane_m(self, a: Place, b: Place) -> int:
        """Exact integer square root: a float would round some distances up to the next metre."""
        square_mm = (a.lat_e7 - b.lat_e7) ** 2 + (a.lon_e7 - b.lon_e7) ** 2
        down_m = math.isqrt(square_mm // (MM * MM))
        if self._travel.kind is TravelKind.PLANE_DOWN or down_m * down_m * MM * MM == square_mm:
            return down_m
        return down_m + 1


def between(a: Place, b: Place, part: float) -> Place:
    """The place at `part` (0 to 1) of the straight way from `a` to `b`."""
    share = min(1.0, max(0.0, part))
    return Place(
        lat_e7=a.lat_e7 + round((b.lat_e7 - a.lat_e7) * share),
        lon_e7=a.lon_e7 + round((b.lon_e7 - a.lon_e7) * share),
    )
