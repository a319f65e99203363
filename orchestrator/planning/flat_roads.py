"""Roads without hours, for a quick answer: every leg takes what it takes at the hours at which it may be driven.

A few milliseconds are not enough to search on roads whose speed changes by the hour: getting ready takes them all. So
the quick answer is searched for on roads that are as slow towards each place as its window's hours are on the average,
which the fast kernel knows, and is then timed and checked on the real ones. What the hours would still change is left
to the improvement in quiet moments.

Promises: only travel times change, and only where nothing else keeps a problem from the fast kernel. Pure. Called by
`route_solve`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.routing.parts import FULL_SPEED_PCT, MAX_MATRIX, Profile
from solvers.routing.problem import RoutingProblem

SAMPLES = 3
"""Moments of a window that are looked at: its begin, its middle and its end."""
Floats = npt.NDArray[np.float64]


def without_hours(problem: RoutingProblem) -> RoutingProblem | None:
    """The problem on roads without hours; None where there are none, or where more than hours is special."""
    if not problem.vehicles or not any(profile.bands for profile in problem.profiles):
        return None
    moments = _moments(problem)
    flat = replace(problem, profiles=tuple(_flat(profile, moments) for profile in problem.profiles))
    return flat if flat.plain else None


def _moments(problem: RoutingProblem) -> Floats:
    """When somebody may arrive at each location: [locations, SAMPLES], in seconds; at depots at any time of work."""
    first_s = min(vehicle.begin_s for vehicle in problem.vehicles)
    last_s = max(first_s, max(vehicle.shift_end_s for vehicle in problem.vehicles))
    begins = np.full(problem.profiles[0].size, first_s, np.float64)
    ends = np.full(problem.profiles[0].size, last_s, np.float64)
    for stop in problem.stops:
        begins[stop.location] = min(max(first_s, stop.window_start_s), last_s)
        ends[stop.location] = max(begins[stop.location], min(last_s, stop.window_end_s))
    moments: Floats = np.linspace(begins, ends, SAMPLES, axis=1)
    return moments


def _flat(profile: Profile, moments: Floats) -> Profile:
    """Legs as long as at the mean pace of the moments at which they may end."""
    if not profile.bands:
        return profile
    from_s = np.array([band.from_s for band in profile.bands], np.float64)
    speeds_pct = np.array([FULL_SPEED_PCT, *(band.speed_pct for band in profile.bands)], np.float64)
    paces = FULL_SPEED_PCT / speeds_pct[np.searchsorted(from_s, moments, side="right")]
    duration_s = np.ceil(profile.duration_s * paces.mean(axis=1)[None, :])
    return Profile(np.minimum(duration_s, MAX_MATRIX).astype(np.int32), profile.distance_m)
