"""One problem by VROOM, in its environment: `python -m tests.bench.peers.vroom_script`.

VROOM has levels of exploration; what it has of a time limit is looked at too seldom to be kept (a level that wants 9 s
takes 9 s of 1). So each level is run on its own, from the lowest, with a clock that ends the process: of the levels
that ended in time the best counts, which is nearly always the deepest. Costs are the distances, by a matrix for each
kind of vehicle.
"""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import vroom

from tests.bench.peers.routing_talk import Routes, answer, clock_of, read, vehicles

LEVELS = 6
HIGHEST_COST = 1_000_000
GRACE = 1.05
"""What a level may take of the limit."""


def main() -> None:
    """Read, build, solve at each level, tell each."""
    question, distances, durations = read()
    threads = question["threads"]
    clock = clock_of(question["clock"], threads)
    timer, factor = (signal.ITIMER_PROF, threads) if question["clock"] == "cpu" else (signal.ITIMER_REAL, 1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for level in range(LEVELS):
        asked = input_of(question, distances, durations)
        # The solve holds the interpreter's lock: only the system can end it.
        signal.setitimer(timer, factor * question["seconds"] * GRACE)
        began_s = clock()
        found = asked.solve(exploration_level=level, nb_threads=threads)
        seconds = clock() - began_s
        signal.setitimer(timer, 0)
        answer(seconds, routes_of(question, found), f"level {level}")


def input_of(question: dict[str, Any], distances: list[Any], durations: list[Any]) -> Any:
    """The problem in VROOM's terms; a vehicle's id is its number, a stop's id too."""
    asked, unit = vroom.Input(), unit_of(question, distances)
    for number, kind in enumerate(question["fleet"]):
        asked.set_durations_matrix(str(number), durations[kind["profile"]])
        asked.set_distances_matrix(str(number), distances[kind["profile"]])
        asked.set_costs_matrix(str(number), distances[kind["profile"]] * kind["per_distance"] // unit)
    for number, (kind_number, kind) in enumerate(vehicles(question)):
        asked.add_vehicle(
            vroom.Vehicle(
                number,
                start=kind["depot"],
                end=kind["depot"],
                profile=str(kind_number),
                capacity=kind["capacity"],
                time_window=(kind["early"], kind["late"]),
                costs=vroom.VehicleCosts(fixed=kind["fixed"] // unit),
            )
        )
    _add_stops(asked, question)
    return asked


def unit_of(question: dict[str, Any], distances: list[Any]) -> int:
    """What costs are divided by: VROOM refuses high ones."""
    legs = (int(distances[kind["profile"]].max()) * kind["per_distance"] for kind in question["fleet"])
    return max(1, max(max(legs), *(kind["fixed"] for kind in question["fleet"])) // HIGHEST_COST)


def _add_stops(asked: Any, question: dict[str, Any]) -> None:
    stops = question["stops"]
    paired = set()
    for pair in question["shipments"]:
        ends = [
            vroom.ShipmentStep(
                number,
                location=stops[number]["location"],
                default_service=stops[number]["service"],
                time_windows=[(stops[number]["early"], stops[number]["late"])],
            )
            for number in pair
        ]
        asked.add_job(vroom.Shipment(*ends, amount=stops[pair[0]]["demand"]))
        paired.update(pair)
    for number, stop in enumerate(stops):
        if number not in paired:
            job = vroom.Job(
                number,
                location=stop["location"],
                default_service=stop["service"],
                time_windows=[(stop["early"], stop["late"])],
                **{"pickup" if stop["pickup"] else "delivery": stop["demand"]},
            )
            asked.add_job(job)


def routes_of(question: dict[str, Any], found: Any) -> Routes:
    """Its solution."""
    kinds = [number for number, _ in vehicles(question)]
    stops_of: dict[int, list[int]] = {}
    for step in np.asarray(found._routes_numpy()):
        if step["type"] not in (b"start", b"end", "start", "end"):
            stops_of.setdefault(int(step["vehicle_id"]), []).append(int(step["id"]))
    return [(kinds[vehicle], [trip]) for vehicle, trip in stops_of.items()]


if __name__ == "__main__":
    main()
