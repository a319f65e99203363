"""Measured travel between a company's places, as a table to look up, and its traffic by time.

Promises: pure look-ups by coordinates, the most special kind of vehicle first; a pair that nobody measured is None.
Made once for a company; called by planning's roads and by the twin's, so that both speak of the same road.
"""

from __future__ import annotations

from functools import lru_cache

from orchestrator.domain.company import Company, Place

DAY_S = 86_400
TRAFFIC_DAYS = 2
"""No route is longer."""

Point = tuple[int, int]
"""(lat_e7, lon_e7)."""
Measured = tuple[int, int]
"""(distance_m, duration_s)."""


class RoadTable:
    """The company's measured roads. Falsy where there are none. kinds: of vehicles, that have roads of their own."""

    def __init__(self, company: Company | None) -> None:
        self._roads: dict[tuple[Point, Point], dict[str, Measured]] = {}
        self.kinds: frozenset[str] = frozenset()
        if company is None or not company.roads:
            return
        places: dict[str, Point] = {one.site_id: _point(one.place) for one in company.sites}
        places.update({one.customer_id: _point(one.place) for one in company.customers})
        for road in company.roads:
            kinds = self._roads.setdefault((places[road.from_id], places[road.to_id]), {})
            kinds[road.vehicle_kind] = (road.distance_m, road.duration_s)
        self.kinds = frozenset(road.vehicle_kind for road in company.roads if road.vehicle_kind)

    def __bool__(self) -> bool:
        return bool(self._roads)

    def look_up(self, start: Point, end: Point, vehicle_kind: str) -> Measured | None:
        """(distance_m, duration_s) of the road for this kind of vehicle, else for all kinds, else None."""
        if start == end:
            return 0, 0
        kinds = self._roads.get((start, end))
        if kinds is None:
            return None
        return kinds.get(vehicle_kind) or kinds.get("")


class _Holder:
    """A company as a cache key: by identity, for hashing its content would cost more than the table."""

    def __init__(self, company: Company | None) -> None:
        self.company = company

    def __hash__(self) -> int:
        return id(self.company)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.company is self.company


@lru_cache(maxsize=4)
def _table(holder: _Holder) -> RoadTable:
    return RoadTable(holder.company)


def roads_of(company: Company | None) -> RoadTable:
    """The table of a company, made once as long as the company is the same object."""
    return _table(_Holder(company))


def traffic(company: Company | None, day_start_s: int) -> tuple[tuple[int, int], ...]:
    """(from_s, speed_pct) of the traffic bands of the day and the next, as epoch seconds, in order of time."""
    bands = company.travel.bands if company is not None else ()
    days = range(day_start_s, day_start_s + TRAFFIC_DAYS * DAY_S, DAY_S)
    return tuple((max(0, day_s + band.from_s), band.speed_pct) for day_s in days for band in bands)


def _point(place: Place) -> Point:
    return place.lat_e7, place.lon_e7
