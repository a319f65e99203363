"""One problem by commiv, in its environment: `python -m tests.bench.peers.commiv_script`.

commiv cools by its count of iterations, which by default is no more than 300,000 and must fit the limit for the best
result. So a short run measures its pace, and a run gets the iterations that ought to fill the limit, and the limit as
well, where it is of the wall clock. A run that ends much too early corrects the pace, and another one follows: of the
runs, none of which counts against another's limit, the best counts. More than one thread ends in an error of the
published wheel: it has one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import commiv
import numpy as np

from tests.bench.peers.routing_talk import answer, clock_of, read

PROBE_S = 0.5
PROBE_ITERATIONS = 5_000
MOST_ITERATIONS = 2_000_000_000
FILL = 1.05
"""How much of the limit its iterations are to fill."""
EARLY = 0.8
RUNS = 3


def main() -> None:
    """Read, measure the pace, solve, tell; again if it ended early."""
    question, _, durations = read()
    solve, number_of = solver(question, durations[question["fleet"][0]["profile"]])
    clock = clock_of(question["clock"], 1)
    wall_ms = int(1000 * question["seconds"]) if question["clock"] == "wall" else 0
    pace = pace_of(solve, clock)
    for _ in range(RUNS):
        iterations = min(MOST_ITERATIONS, max(1, int(pace * question["seconds"] * FILL)))
        began_s = clock()
        found = solve(iters=iterations, wall_ms=wall_ms, seed=question["seed"])
        seconds = clock() - began_s
        answer(seconds, [(0, [[number_of[node] for node in route]]) for route in found.routes if route])
        if seconds > EARLY * question["seconds"]:
            return
        pace = iterations / seconds


def pace_of(solve: Callable[..., Any], clock: Callable[[], float]) -> float:
    """Iterations a second, over a run long enough to tell."""
    iterations = PROBE_ITERATIONS
    while True:
        began_s = clock()
        solve(iters=iterations, wall_ms=0, seed=1)
        seconds = clock() - began_s
        if seconds >= PROBE_S:
            return iterations / seconds
        iterations *= 2


def solver(question: dict[str, Any], duration: Any) -> tuple[Callable[..., Any], list[int]]:
    """commiv's call with the problem in it, and the stop of each of its nodes. Durations are its distances, too."""
    kind, stops = question["fleet"][0], question["stops"]
    pairs = question["shipments"]
    numbers = [number for pair in pairs for number in pair] or list(range(len(stops)))
    order = np.array([kind["depot"], *(stops[number]["location"] for number in numbers)])
    matrix = np.ascontiguousarray(duration[np.ix_(order, order)], np.uint32)
    rows = [stops[number] for number in numbers]
    common = {
        "capacity": kind["capacity"][0],
        "ready": [0, *(max(0, stop["early"]) for stop in rows)],
        "due": [kind["late"], *(stop["late"] for stop in rows)],
        "service": [0, *(stop["service"] for stop in rows)],
        "max_route_duration": kind["max_duration"] or 0,
    }
    number_of = [-1, *numbers]
    if not pairs:
        demand = [0, *(stop["demand"][0] for stop in rows)]
        return lambda **more: commiv.solve_vrptw(matrix, demand, **common, **more), number_of
    ends = {
        "pickups": list(range(1, 2 * len(pairs), 2)),
        "deliveries": list(range(2, 2 * len(pairs) + 1, 2)),
        "demand": [stops[pickup]["demand"][0] for pickup, _ in pairs],
    }
    return lambda **more: commiv.solve_pdptw(matrix, **ends, **common, **more), number_of


if __name__ == "__main__":
    main()
