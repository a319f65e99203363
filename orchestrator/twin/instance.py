"""A published vehicle routing problem as a day: one depot, its vehicles, customers that become known as time goes by.

Promises: travel times are the file's own, rounded as `travel` of the company says, never shorter than they may be; 60 %
of the customers are known at the start, each other one is revealed by seed while an idle vehicle at the depot could
still reach it in time, and sooner when hardly a vehicle is idle any more; vehicles drive the plan exactly; windows are
hard. What was driven is priced in the file's numbers. One unit of the file is `UNITS` seconds and metres. Called by
`demo`.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import vrplib

from orchestrator.company.reader import read_company
from orchestrator.domain.company import TravelKind
from orchestrator.twin.chance import Chance
from orchestrator.twin.day import Day, demo_token
from orchestrator.twin.simulation import Cast
from solvers.errors import InvalidProblem, require
from solvers.routing.io import DIMACS, SOLOMON, Instance, read_instance

UNITS = 10
MM = 1_000
DAY_S = 86_400
KNOWN_SHARE = 0.6
PARTNER, DEPOT, ITEM, WEIGHTLESS = "instance", "DEPOT", "LOAD", "NOTE"
KM_CENTS = 10_000
NOTICE_SHARE = 0.1
REACTION_REAL_S = 0.5
NEWS_REAL_S = 1.0  # vehicles drive the plan exactly, however busy the machine is that makes it
REACTION_S = 10
STEP_S = 20
RESERVE = 3
SOLVE_GRACE_S = 90.0
ORIGIN_S = 3_600  # the file's time 0 is 01:00, so that the clock can start before the first vehicle must leave
LEAD_IN_REAL_S, FREEZE_REAL_S = 3.0, 1.0

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Played:
    """A published problem and the day that it was made into."""

    path: Path
    instance: Instance
    day: Day

    def executed(self, routes: Sequence[tuple[str, tuple[str, ...], int]]) -> dict[str, Any]:
        """What was driven: routes as the file's customer numbers, cost in the file's numbers.

        routes: (vehicle, order ids in driving order, metres).
        """
        numbers = [[int(order_id.rpartition("/")[2]) for order_id in served] for _, served, _ in routes if served]
        cost = sum(self._length(route) for route in numbers)
        return {"cost": round(cost, self.instance.rounding.decimals), "routes": numbers}

    def _length(self, route: Sequence[int]) -> float:
        """Length of a route in the file's numbers: real for Solomon's format, else rounded leg by leg."""
        problem, rounding = self.instance.problem, self.instance.rounding
        depot = problem.vehicles[0].depot
        path = [depot, *(problem.stop(str(number)).location for number in route), depot]
        if rounding is SOLOMON:
            return sum(float(self.instance.distance[a, b]) for a, b in pairwise(path))
        return sum(int(problem.profiles[0].distance_m[a, b]) for a, b in pairwise(path)) / rounding.scale

    async def hindsight(self, budget_s: float, seed: int) -> dict[str, Any]:
        """The cost with everything known from the start, by the solver in a process of its own."""
        arguments = ["-m", "solvers.solve_file", "routing", str(self.path), f"{budget_s}", f"{seed}"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            output, errors = await asyncio.wait_for(process.communicate(), budget_s * 2 + SOLVE_GRACE_S)
        except TimeoutError:
            return {"cost": None, "problem": "the solver did not end"}
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode != 0:
            return {"cost": None, "problem": errors.decode(errors="replace")[-300:]}
        return {"cost": json.loads(output)["cost"]}


def instance_day(path: Path, seed: int, speed: float, wall_s: int) -> Played:
    """The day of a VRPTW file. Raises `InvalidProblem` for a file that cannot be played."""
    instance = read_instance(path)
    problem = instance.problem
    require(instance.rounding in (SOLOMON, DIMACS), str(path), instance.rounding, "must be a VRPTW")
    require(not instance.prizes, str(path), "prizes", "all customers must be served")
    require(len({vehicle.depot for vehicle in problem.vehicles}) == 1, str(path), "depots", "must be one")
    units = UNITS / instance.rounding.scale
    horizon_s = round(problem.vehicles[0].shift_end_s * units)
    longest_s = DAY_S - ORIGIN_S
    require(0 < horizon_s <= longest_s, str(path), horizon_s, f"horizon at most {longest_s // UNITS} units of the file")
    midnight_s = wall_s - wall_s % DAY_S
    files = company_files(instance, _coordinates(path), _reveal_at(instance, seed, speed))
    known = read_company(files, midnight_s)
    day = Day(
        title=instance.name,
        files=files,
        company=known.company,
        morning=known.morning_orders,
        late=known.late_orders,
        begin_s=midnight_s + ORIGIN_S - min(ORIGIN_S, math.ceil(LEAD_IN_REAL_S * speed)),
        end_s=midnight_s + ORIGIN_S + horizon_s + STEP_S,
        cast=Cast(
            Chance.none(seed), script=(), cancellations=0, reserve=RESERVE, step_s=STEP_S, grace_s=NEWS_REAL_S * speed
        ),
        settings={"MUSTER_FREEZE_S": str(math.ceil(FREEZE_REAL_S * speed))},
    )
    return Played(path, instance, day)


def _coordinates(path: Path) -> list[tuple[float, float]]:
    """The file's coordinates by node."""
    solomon = any(line.strip() == "VEHICLE" for line in path.read_text(errors="replace").splitlines()[:12])
    kind = "solomon" if solomon else "vrplib"
    raw = vrplib.read_instance(path, instance_format=kind, compute_edge_weights=False)
    if "node_coord" not in raw:
        raise InvalidProblem(str(path), "no coordinates", "an explicit matrix cannot be driven on a plane")
    return [(float(x), float(y)) for x, y in raw["node_coord"]]


def _reveal_at(instance: Instance, seed: int, speed: float) -> dict[str, int]:
    """When each customer becomes known, in seconds of the day; 0 = from the start.

    The last moment is `NOTICE_SHARE` of the horizon before an idle vehicle would have to leave for it, plus the moment
    that a plan takes to be made and heard, which is the longer the faster the clock runs. Whoever cannot wait so long
    is known from the start.
    """
    draws = Random(f"{seed}|reveal")
    problem = instance.problem
    units = UNITS / instance.rounding.scale
    duration_s = problem.profiles[0].duration_s
    depot = problem.vehicles[0].depot
    horizon_s = problem.vehicles[0].shift_end_s * units
    notice_s = REACTION_S + math.ceil(REACTION_REAL_S * speed + NOTICE_SHARE * horizon_s)
    last_s = {
        stop.stop_id: (stop.latest_s - int(duration_s[depot, stop.location])) * units - notice_s
        for stop in sorted(problem.stops, key=lambda stop: int(stop.stop_id))
    }
    share = round((1 - KNOWN_SHARE) * len(last_s))
    can_wait = [one for one, at_s in last_s.items() if at_s > 0]
    revealed = set(draws.sample(can_wait, min(share, len(can_wait))))
    return {one: 1 + int(draws.random() * at_s) if one in revealed else 0 for one, at_s in last_s.items()}


def company_files(
    instance: Instance, coordinates: Sequence[tuple[float, float]], reveal_at: Mapping[str, int]
) -> dict[str, bytes]:
    """The instance as a company's files."""
    problem = instance.problem
    units = UNITS / instance.rounding.scale
    travel = TravelKind.PLANE_UP if instance.rounding is SOLOMON else TravelKind.PLANE_DOWN
    depot = problem.vehicles[0].depot
    load = sum(stop.demand[0] for stop in problem.stops)
    tables: dict[str, Rows] = {
        "company.csv": [{"name": instance.name, "time_zone": "UTC", "travel": travel.value,
                         "circuity_per_mille": 1_000, "hard_windows": "yes"}],
        "sites.csv": [{"site_id": DEPOT, "name": "Depot", "kind": "WAREHOUSE", **_place(coordinates[depot]),
                       "loading_min": 0, "handling_min": 0, "docks": len(problem.vehicles)}],
        "suppliers.csv": [{"supplier_id": "NOBODY", "name": "Nobody", "lead_time_h": 24}],
        "items.csv": [
            {"item_id": item, "name": item, "kind": "BOUGHT", "family": item, "weight_g": weight, "volume_cm3": 0,
             "unit_cost_cents": 0, "supplier_id": "NOBODY"} for item, weight in ((ITEM, 1), (WEIGHTLESS, 0))
        ],
        "stock.csv": [{"site_id": DEPOT, "item_id": item, "on_hand": 10 * load + 1_000, "service_per_mille": 500}
                      for item in (ITEM, WEIGHTLESS)],
        "vehicles.csv": [
            {"vehicle_id": vehicle.vehicle_id, "name": vehicle.vehicle_id, "kind": "VEHICLE", "depot_id": DEPOT,
             "weight_g": vehicle.capacity[0], "volume_cm3": 0, "shift_start": _time(vehicle.shift_start_s * units),
             "shift_end": _time(vehicle.shift_end_s * units), "speed_m_per_h": 3_600, "km_cents": KM_CENTS}
            for vehicle in problem.vehicles
        ],
        "customers.csv": [
            {"customer_id": f"C{stop.stop_id}", "name": f"Customer {stop.stop_id}",
             **_place(coordinates[stop.location]), "service_s": round(stop.service_s * units)}
            for stop in problem.stops
        ],
        "partners.csv": [{"partner_id": PARTNER, "name": "The instance",
                          "token_sha256": hashlib.sha256(demo_token(PARTNER).encode()).hexdigest()}],
        "orders.csv": [_order(stop.stop_id, stop.demand[0], stop.window_start_s * units, stop.window_end_s * units,
                              reveal_at[stop.stop_id]) for stop in problem.stops],
    }  # fmt: skip
    return {name: _csv(rows) for name, rows in tables.items()}


def _order(number: str, demand: int, start_s: float, end_s: float, known_s: int) -> dict[str, object]:
    """A row of orders.csv; a window is a second long at least."""
    return {
        "partner_id": PARTNER, "number": number, "customer_id": f"C{number}", "item_id": ITEM if demand else WEIGHTLESS,
        "quantity": demand or 1, "window_start": _time(start_s), "window_end": _time(max(end_s, start_s + 1)),
        "known_at": _time(known_s) if known_s else "",
    }  # fmt: skip


def _place(point: tuple[float, float]) -> dict[str, object]:
    """Millimetres, written as degrees x 1e-7."""
    x_mm, y_mm = (round(value * UNITS * MM) for value in point)
    return {"lat_deg": f"{y_mm / 1e7:.7f}", "lon_deg": f"{x_mm / 1e7:.7f}"}


def _time(file_s: float) -> str:
    """A time of day: `file_s` seconds after the file's time 0."""
    whole_s = ORIGIN_S + round(file_s)
    return f"{whole_s // 3_600:02d}:{whole_s // 60 % 60:02d}:{whole_s % 60:02d}"


def _csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
