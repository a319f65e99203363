"""Solomon's format (VRPTW, .txt), also that of Gehring and Homberger.

Promises: real distances, kept x 10,000, times rounded up, so that what is possible here is possible in real numbers;
cost real, 2 decimals; ids as in the file. Called by `io`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from solvers.errors import require
from solvers.routing.io_instance import MUST_SERVE_CENTS, ONE_CENT_A_UNIT, SOLOMON, Instance, plane, profile_of
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.validate import MAX_VEHICLES

COLUMNS = 7
"""Number, x, y, demand, ready time, due date, service time."""


def is_solomon(lines: Sequence[str]) -> bool:
    """Whether the text looks like one; lines: stripped, none empty."""
    return "VEHICLE" in lines[:4]


def read_solomon(path: Path, lines: Sequence[str]) -> Instance:
    """Read it. Raises InvalidProblem naming the line."""
    fleet = lines.index("VEHICLE") + 2
    require(len(lines) > fleet + 3, f"{path}", len(lines), "not a Solomon file: it ends too early")
    number, capacity = numbers(path, lines[fleet], 2)
    rows = [numbers(path, line, COLUMNS) for line in lines[fleet + 1 :] if line[0].isdigit()]
    require([row[0] for row in rows] == list(range(len(rows))), f"{path}", "CUST NO.", "must count from 0")
    distance = plane(np.array([row[1:3] for row in rows], np.float64))
    stops = tuple(solomon_stop(str(int(row[0])), row[3:]) for row in rows[1:])
    fleet_of = solomon_fleet(path, number, capacity, rows[0][4], rows[0][5])
    problem = RoutingProblem((profile_of(distance, SOLOMON),), stops, fleet_of, dimensions=("demand",))
    return Instance(lines[0], problem, SOLOMON, False, distance)


def numbers(path: Path, line: str, columns: int) -> list[float]:
    """The numbers of one line, none more and none less."""
    words = line.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    require(len(values) == columns and all(map(math.isfinite, values)), f"{path}", line, f"must be {columns} numbers")
    return values


def solomon_stop(stop_id: str, row: Sequence[float]) -> Stop:
    """row: demand, ready time, due date, service time. Its number is its location."""
    scale = SOLOMON.scale
    demand, early, late, service = row
    end_s = round(late * scale)
    return Stop(
        stop_id,
        int(stop_id),
        (int(demand),),
        round(early * scale),
        end_s,
        end_s,
        service_s=round(service * scale),
        prize_cents=MUST_SERVE_CENTS,
    )


def solomon_fleet(path: Path, number: float, capacity: float, early: float, late: float) -> tuple[Vehicle, ...]:
    """Equal vehicles at location 0, one trip each, in the depot's window."""
    require(0 < number <= MAX_VEHICLES, f"{path}: vehicles", number, f"from 1 to {MAX_VEHICLES}")
    begin_s, end_s = round(early * SOLOMON.scale), round(late * SOLOMON.scale)
    return tuple(
        Vehicle(
            f"v{each + 1}",
            0,
            0,
            (int(capacity),),
            shift_start_s=begin_s,
            shift_end_s=end_s,
            cents_per_km=ONE_CENT_A_UNIT,
        )
        for each in range(int(number))
    )
