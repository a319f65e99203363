"""How fast the simulated roads really are, by hour and area, which nobody tells the planner.

Promises: the same seed gives the same table; a leg takes longer by what the table says of the hours in which it is
driven and of its two ends. Called by the twin's roads.
"""

from __future__ import annotations

import math
from random import Random

from orchestrator.domain.company import Company, Place
from orchestrator.domain.roads import DAY_S

HOURS = 24
HOUR_S = 3_600
SIDE = 6
"""Areas are a grid of so many by so many over the region of the customers."""
AREA_SIGMA = 0.20
BASE_SIGMA = 0.10
MIXED_SIGMA = 0.06
"""Spread of the logarithms: of areas, of the whole company, of what an hour does to one area more than to others."""
RUSH = ((6, 10), (14, 18))
RUSH_MIN, RUSH_MAX = 0.20, 0.55


class HiddenSpeeds:
    """True factors on travel times, drawn from a seed."""

    def __init__(self, company: Company, seed: int) -> None:
        rng = Random(f"hidden-speeds|{seed}")
        places = [one.place for one in company.customers] + [one.place for one in company.sites]
        self._south, self._west = min(p.lat_e7 for p in places), min(p.lon_e7 for p in places)
        north, east = max(p.lat_e7 for p in places), max(p.lon_e7 for p in places)
        self._height, self._width = max(1, north - self._south), max(1, east - self._west)
        self._day_start_s = company.day_start_s
        peaks = [(rng.uniform(*span), rng.uniform(RUSH_MIN, RUSH_MAX), rng.uniform(0.7, 1.6)) for span in RUSH]
        hours = [
            sum(high * math.exp(-(((hour + 0.5 - at) / wide) ** 2)) for at, high, wide in peaks) for hour in range(24)
        ]
        base = rng.gauss(0.05, BASE_SIGMA)
        areas = [rng.gauss(0.0, AREA_SIGMA) for _ in range(SIDE * SIDE)]
        self._table = [[math.exp(base + area + hour + rng.gauss(0.0, MIXED_SIGMA)) for area in areas] for hour in hours]

    def duration_s(self, a: Place, b: Place, depart_s: int, usual_s: int) -> int:
        """Seconds that a leg of `usual_s` really takes: hour by hour, half at the speed of each end."""
        ends = self._area(a), self._area(b)
        now_s, left = float(depart_s), float(usual_s)
        while left > 0:
            hour = int(now_s - self._day_start_s) // HOUR_S
            row = self._table[hour % HOURS]
            factor = math.sqrt(row[ends[0]] * row[ends[1]])
            room_s = self._day_start_s + (hour + 1) * HOUR_S - now_s
            if left * factor <= room_s:
                now_s += left * factor
                break
            left -= room_s / factor
            now_s += room_s
            if now_s > depart_s + DAY_S:
                break
        return round(now_s - depart_s)

    def _area(self, place: Place) -> int:
        row = min(SIDE - 1, max(0, (place.lat_e7 - self._south) * SIDE // self._height))
        column = min(SIDE - 1, max(0, (place.lon_e7 - self._west) * SIDE // self._width))
        return row * SIDE + column
