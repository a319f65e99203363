"""Random small problems with every feature, for the invariants."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle

PLACES = 12
DAY_S = 20_000


def grid_profile(rng: random.Random, places: int, speed: int) -> Profile:
    """Points in a square, metres by Manhattan distance, seconds at `speed` metres a second."""
    points = [(rng.randrange(0, 3000), rng.randrange(0, 3000)) for _ in range(places)]
    metres = np.array([[abs(a - c) + abs(b - d) for c, d in points] for a, b in points], np.int64)
    return Profile(-(-metres // speed), metres)


def random_problem(seed: int, stops: int, vehicles: int) -> RoutingProblem:
    """A problem with soft and hard windows, releases, several trips, goods on board, locks, changes and prizes."""
    rng = random.Random(seed)
    base = grid_profile(rng, PLACES, 5)
    faster = Profile(-(-base.distance_m // 8), base.distance_m)
    names = [f"v{k}" for k in range(vehicles)]
    made = tuple(_stop(rng, number, names) for number in range(stops))
    boarded = {s.on_board for s in made if s.on_board}
    fleet = tuple(_vehicle(rng, name, name in boarded, made) for name in names)
    margin_s = rng.choice([None, None, 0, 300])
    return RoutingProblem((base, faster), made, _unique_locks(fleet), depart_margin_s=margin_s)


def plain_problem(seed: int, stops: int, vehicles: int) -> RoutingProblem:
    """Hard windows, single trips, time without a price: the search's short ways are for these."""
    problem = random_problem(seed, stops, vehicles)
    return replace(
        problem,
        stops=tuple(
            replace(s, latest_s=s.window_end_s, late_cents_per_min=0, on_board=None, incumbent=None)
            for s in problem.stops
        ),
        vehicles=tuple(
            replace(
                v,
                start=0,
                load_s=0,
                max_trips=1,
                locked=() if problem.starts_on_board(v) else v.locked,
                cents_per_hour=0,
            )
            for v in problem.vehicles
        ),
    )


def _stop(rng: random.Random, number: int, names: list[str]) -> Stop:
    start_s = rng.randrange(0, DAY_S // 2)
    end_s = start_s + rng.randrange(0, DAY_S // 3)
    soft = rng.random() < 0.5
    return Stop(
        f"s{number}",
        rng.randrange(PLACES),
        (rng.randrange(1, 40), rng.randrange(0, 20)),
        start_s,
        end_s,
        end_s + rng.randrange(1, DAY_S // 2) if soft else end_s,
        service_s=rng.randrange(0, 400),
        late_cents_per_min=rng.choice([0, 5, 40]) if soft else 0,
        release_s=rng.choice([0, 0, rng.randrange(0, DAY_S // 3)]),
        prize_cents=rng.choice([50, 1_000, 1_000_000]),
        allowed=frozenset(rng.sample(names, max(1, len(names) - 1))) if rng.random() < 0.2 else None,
        on_board=rng.choice(names) if rng.random() < 0.2 else None,
        incumbent=rng.choice([*names, "gone"]) if rng.random() < 0.4 else None,
        change_cents=rng.choice([0, 30]),
    )


def _vehicle(rng: random.Random, name: str, boarded: bool, stops: tuple[Stop, ...]) -> Vehicle:
    away = boarded or rng.random() < 0.2
    own = [s.stop_id for s in stops if s.on_board == name]
    free = [s.stop_id for s in stops if s.on_board is None and (s.allowed is None or name in s.allowed)]
    begin_s = rng.randrange(0, 3000)
    locked: list[tuple[str, ...]] = []
    start = rng.randrange(1, PLACES) if away and rng.random() < 0.8 else 0
    starts_on_board = boarded or start != 0
    if rng.random() < 0.3:
        if starts_on_board:
            locked.append(tuple(own[: rng.randrange(0, 2)]))
        if free and rng.random() < 0.7:
            locked.append((rng.choice(free),))
    return Vehicle(
        name,
        0,
        start,
        (rng.randrange(40, 120), rng.randrange(20, 80)),
        profile=rng.randrange(2),
        ready_s=begin_s,
        shift_start_s=rng.randrange(0, 2000),
        shift_end_s=rng.randrange(DAY_S // 2, DAY_S),
        load_s=rng.choice([0, 300]),
        max_trips=rng.randrange(1, 4),
        fixed_cents=rng.choice([0, 500]),
        cents_per_km=rng.choice([50, 120]),
        cents_per_hour=rng.choice([0, 3000]),
        locked=tuple(locked),
        open_end=rng.random() < 0.15,
    )


def _unique_locks(fleet: tuple[Vehicle, ...]) -> tuple[Vehicle, ...]:
    seen: set[str] = set()
    kept = []
    for vehicle in fleet:
        ids = [stop_id for trip in vehicle.locked for stop_id in trip]
        if seen & set(ids) or len(set(ids)) != len(ids):
            vehicle = replace(vehicle, locked=())
        else:
            seen |= set(ids)
        kept.append(vehicle)
    return tuple(kept)
