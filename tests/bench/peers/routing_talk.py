"""How a routing peer is asked, and how it answers: JSON on stdin with the matrices in a file beside, JSON lines out.

A question, all in whole numbers:
  seconds, seed, threads, clock: see `clock_of`; matrices: an .npz file with distance_0, duration_0, distance_1, ...
  stops: by number, {location, pickup (bool), demand, early, late, service, release, prize (None: must be served)}
  shipments: pairs of stop numbers, pickup and delivery
  fleet: kinds of vehicles, {count, depot, capacity, profile, early, late, trips, fixed, per_distance, max_duration,
  max_distance (None: no limit)}
  start: routes to begin with, as in an answer; may be none
An answer: {seconds, routes: [[kind, [[stop numbers of a trip], ...]], ...], told}. There may be several, a line
each: the best counts. So a peer without a time limit answers again and again until it is killed.

Needs only NumPy and the standard library, so that peers' environments can import it. Called by: the peers' scripts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Routes = list[tuple[int, list[list[int]]]]
"""Kind of vehicle, and the stops of each trip."""


def read() -> tuple[dict[str, Any], list[Any], list[Any]]:
    """The question, and the distances and durations of each profile."""
    question = json.load(sys.stdin)
    with np.load(question["matrices"]) as file:
        profiles = range(len(file.files) // 2)
        return question, [file[f"distance_{p}"] for p in profiles], [file[f"duration_{p}"] for p in profiles]


def answer(seconds: float, routes: Routes, told: str = "") -> None:
    """Say what was found, after how long, and in `told` what should be known about it."""
    print(json.dumps({"seconds": seconds, "routes": routes, "told": told}), flush=True)


def clock_of(name: str, threads: int) -> Callable[[], float]:
    """Seconds as limits count them: "wall", or "cpu", where other work on the machine does not count.

    By "cpu" a second has passed when the process has had `threads` seconds of processors.
    """
    return {"wall": time.perf_counter, "cpu": lambda: time.process_time() / threads}[name]


def loads(question: dict[str, Any], dimension: int) -> list[int]:
    """What each stop adds to the load on its vehicle: deliveries of shipments unload, all else counts as it is."""
    unloads = {delivery for _, delivery in question["shipments"]}
    return [
        -stop["demand"][dimension] if number in unloads else stop["demand"][dimension]
        for number, stop in enumerate(question["stops"])
    ]


def vehicles(question: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """Every vehicle with the number of its kind."""
    return [(number, kind) for number, kind in enumerate(question["fleet"]) for _ in range(kind["count"])]
