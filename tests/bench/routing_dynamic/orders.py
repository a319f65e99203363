"""Streams made of published files: which orders are known at first, and when the others appear."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from solvers.routing.io import read_instance
from solvers.routing.problem import Profile, RoutingProblem, Stop

KNOWN_SHARE = 0.4
RELOADS = 8
"""Trips a vehicle may make: the files know one, but a day that is not known in the morning needs vehicles again."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A day: what is known in the morning, and (moment, order) of the rest in order of time."""

    name: str
    problem: RoutingProblem
    known: tuple[Stop, ...]
    later: tuple[tuple[int, Stop], ...]


def folder() -> Path:
    """Where the published files are."""
    return Path(os.environ.get("MUSTER_INSTANCES", "../shared/instances")) / "routing"


def stream(name: str, problem: RoutingProblem, seed: int) -> Stream:
    """40 % of the orders, drawn by seed, are known. Each other one appears at a moment drawn evenly between the
    morning and the last at which a vehicle at the depot can still bring it.

    Vehicles stay at the depot for as long as no order is made late by it, and may come back for more.
    """
    rng = random.Random(seed)
    order = rng.sample(range(len(problem.stops)), len(problem.stops))
    first = int(KNOWN_SHARE * len(order))
    known = tuple(problem.stops[k] for k in sorted(order[:first]))
    later = sorted((rng.randint(0, _last_s(problem, problem.stops[k])), k) for k in order[first:])
    vehicles = tuple(replace(v, max_trips=RELOADS) for v in problem.vehicles)
    day = replace(problem, vehicles=vehicles, depart_margin_s=0)
    return Stream(f"{name} seed {seed}", day, known, tuple((at_s, problem.stops[k]) for at_s, k in later))


def _last_s(problem: RoutingProblem, stop: Stop) -> int:
    duration_s = problem.profiles[0].duration_s
    nearest_s = min(int(duration_s[depot, stop.location]) for depot in {v.depot for v in problem.vehicles})
    return max(0, stop.latest_s - nearest_s)


def file_stream(path: Path, seed: int) -> Stream:
    """The stream of one file."""
    return stream(path.stem, read_instance(path).problem, seed)


def region(paths: Sequence[Path], copies: int) -> RoutingProblem:
    """A problem of `copies` files of one size side by side, overlapping by half, each with its depot and its fleet.

    The files' own distances are kept within a copy; between copies they are those of their coordinates.
    """
    instances = [read_instance(paths[k % len(paths)]) for k in range(copies)]
    points = np.concatenate([_places(paths[k % len(paths)]) + _shift(k) for k in range(copies)])
    size = len(points)
    legs = np.empty((size, size), np.int32)
    for k in range(size):
        legs[k] = np.minimum(10.0 * np.hypot(*(points - points[k]).T), 2**30).astype(np.int32)
    stops, vehicles, first = [], [], 0
    for k, instance in enumerate(instances):
        problem = instance.problem
        stops += [replace(s, stop_id=f"{k}/{s.stop_id}", location=s.location + first) for s in problem.stops]
        vehicles += [
            replace(v, vehicle_id=f"{k}/{v.vehicle_id}", depot=v.depot + first, start=v.start + first)
            for v in problem.vehicles
        ]
        first += problem.profiles[0].size
    return RoutingProblem((Profile(legs, legs),), tuple(stops), tuple(vehicles), instances[0].problem.dimensions)


def _shift(k: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([250.0 * (k % 4), 250.0 * (k // 4)])


def _places(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Coordinates of a VRPLIB file, depot first."""
    text = path.read_text(encoding="utf-8").split("NODE_COORD_SECTION", 1)[1]
    rows = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) != 3:
            break
        rows.append((float(words[1]), float(words[2])))
    return np.array(rows)
