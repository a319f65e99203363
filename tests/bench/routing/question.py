"""A routing problem as the question that peers are asked (`tests.bench.peers.routing_talk`), and their answers back.

Called by: `engines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from solvers.routing.parts import StopKind, Vehicle
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import MAX_CENTS, RoutingProblem

NEVER = 10**9
"""Peers count time in 32 bits: a window that never ends ends here."""
ANY = ""


def unasked(problem: RoutingProblem) -> str:
    """What the problem has that the question has no word for; "" where it can be asked."""
    stops, vehicles = problem.stops, problem.vehicles
    rules = {
        "relations": bool(problem.relations or problem.incompatible or problem.options),
        "closed spans, setup": any(stop.closed_s or stop.setup_s for stop in stops),
        "soft windows": any(stop.latest_s != stop.window_end_s for stop in stops),
        "choice of vehicles": any(stop.allowed is not None or stop.barred or stop.needs for stop in stops),
        "a plan in force": any(stop.on_board or stop.incumbent for stop in stops),
        "paid hours": any(vehicle.cents_per_hour or vehicle.overtime_cents_per_hour for vehicle in vehicles),
        "open ends": any(vehicle.open_end or vehicle.end not in (None, vehicle.depot) for vehicle in vehicles),
        "starts elsewhere": any(vehicle.start != vehicle.depot or vehicle.locked for vehicle in vehicles),
        "loading, rests": any(vehicle.load_s or vehicle.rests for vehicle in vehicles),
        "other limits": any(vehicle.max_stops or vehicle.max_drive_s for vehicle in vehicles),
    }
    return ", ".join(rule for rule, there in rules.items() if there)


def kinds(problem: RoutingProblem) -> list[list[Vehicle]]:
    """Vehicles that differ in nothing but their name, together."""
    same: dict[Vehicle, list[Vehicle]] = {}
    for vehicle in problem.vehicles:
        same.setdefault(replace(vehicle, vehicle_id=ANY), []).append(vehicle)
    return list(same.values())


def question(problem: RoutingProblem) -> dict[str, Any]:
    """The question without limits and matrices. Money in the greatest unit that keeps every price whole."""
    prizes = [stop.prize_cents for stop in problem.stops if stop.prize_cents < MAX_CENTS]
    fleet = kinds(problem)
    prices = [kind[0].cents_per_km for kind in fleet]
    unit = gcd(*prices, *(1000 * cents for cents in prizes), *(1000 * kind[0].fixed_cents for kind in fleet)) or 1
    number = problem.stop_index
    return {
        "stops": [
            {
                "location": stop.location,
                "pickup": stop.kind is StopKind.PICKUP,
                "demand": list(stop.demand),
                "early": stop.window_start_s,
                "late": min(stop.latest_s, NEVER),
                "service": stop.service_s,
                "release": stop.release_s,
                "prize": None if stop.prize_cents >= MAX_CENTS else 1000 * stop.prize_cents // unit,
            }
            for stop in problem.stops
        ],
        "shipments": [[number[pair.pickup_id], number[pair.delivery_id]] for pair in problem.shipments],
        "fleet": [_kind(kind, unit) for kind in fleet],
    }


def _kind(kind: list[Vehicle], unit: int) -> dict[str, Any]:
    one = kind[0]
    return {
        "count": len(kind),
        "depot": one.depot,
        "capacity": list(one.capacity),
        "profile": one.profile,
        "early": one.begin_s,
        "late": min(one.shift_end_s, NEVER),
        "trips": one.max_trips,
        "fixed": 1000 * one.fixed_cents // unit,
        "per_distance": one.cents_per_km // unit,
        "max_duration": one.max_duration_s,
        "max_distance": one.max_distance_m,
    }


def save_matrices(problem: RoutingProblem, file: Path) -> None:
    """Distances and durations of every profile."""
    matrices = {}
    for number, profile in enumerate(problem.profiles):
        matrices[f"distance_{number}"] = np.asarray(profile.distance_m, np.int64)
        matrices[f"duration_{number}"] = np.asarray(profile.duration_s, np.int64)
    np.savez(file, **matrices)  # type: ignore[arg-type]


def sequences(problem: RoutingProblem, routes: Sequence[Any]) -> dict[str, list[list[str]]]:
    """An answer's routes with our names. Raises ValueError where it has more routes of a kind than vehicles."""
    free = [[vehicle.vehicle_id for vehicle in reversed(kind)] for kind in kinds(problem)]
    named = {}
    for kind, trips in routes:
        if not free[kind]:
            raise ValueError(f"more routes than vehicles of kind {kind}")
        named[free[kind].pop()] = [[problem.stops[number].stop_id for number in trip] for trip in trips]
    return named


def routes_of(problem: RoutingProblem, plan: RoutingPlan) -> list[Any]:
    """A plan of ours as an answer has it."""
    kind_of = {vehicle.vehicle_id: number for number, kind in enumerate(kinds(problem)) for vehicle in kind}
    index = problem.stop_index
    return [
        [kind_of[route.vehicle_id], [[index[stop_id] for stop_id in trip.stop_ids] for trip in route.trips]]
        for route in plan.routes
    ]
