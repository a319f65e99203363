"""Li and Lim's format (PDPTW, .txt): pickups and deliveries with time windows.

First line: vehicles, capacity, speed (always 1). Then one line a place, the depot first: number, x, y, demand, ready
time, due date, service time, number of its pickup (0 at a pickup), number of its delivery (0 at a delivery).

Promises: as for Solomon's format: real distances, kept x 10,000, times rounded up; cost real, 2 decimals; ids as in
the file. A delivery's demand is its pickup's; pairs that do not fit are refused. Called by `io`.
Source: Li, Lim (2001), "A metaheuristic for the pickup and delivery problem with time windows".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from solvers.errors import require
from solvers.routing.io_instance import SOLOMON, Instance, plane, profile_of
from solvers.routing.io_solomon import numbers, solomon_fleet, solomon_stop
from solvers.routing.parts import Shipment, StopKind
from solvers.routing.problem import RoutingProblem

COLUMNS = 9
PICKUP, DELIVERY = 7, 8


def is_lilim(lines: Sequence[str]) -> bool:
    """Whether the text looks like one; lines: stripped, none empty."""
    return len(lines) > 1 and len(lines[0].split()) == 3 and len(lines[1].split()) == COLUMNS


def read_lilim(path: Path, lines: Sequence[str]) -> Instance:
    """Read it. Raises InvalidProblem naming the line."""
    number, capacity, speed = numbers(path, lines[0], 3)
    require(speed in (0, 1), f"{path}: speed", speed, "1, or 0 for nothing said")
    rows = [numbers(path, line, COLUMNS) for line in lines[1:]]
    require([row[0] for row in rows] == list(range(len(rows))), f"{path}", "number", "must count from 0")
    shipments = tuple(_shipment(path, rows, row) for row in rows[1:] if row[3] >= 0)
    require(2 * len(shipments) == len(rows) - 1, f"{path}", "pairs", "every stop belongs to one pickup and delivery")
    stops = tuple(
        replace(
            solomon_stop(str(int(row[0])), (abs(row[3]), *row[4:7])),
            kind=StopKind.PICKUP if row[3] >= 0 else StopKind.DELIVERY,
        )
        for row in rows[1:]
    )
    distance = plane(np.array([row[1:3] for row in rows], np.float64))
    problem = RoutingProblem(
        (profile_of(distance, SOLOMON),),
        stops,
        solomon_fleet(path, number, capacity, rows[0][4], rows[0][5]),
        dimensions=("demand",),
        shipments=shipments,
    )
    return Instance(path.stem, problem, SOLOMON, False, distance)


def _shipment(path: Path, rows: Sequence[Sequence[float]], pickup: Sequence[float]) -> Shipment:
    number, other = int(pickup[0]), int(pickup[DELIVERY])
    named = pickup[PICKUP] == 0 and 0 < other < len(rows)
    require(named, f"{path}: {number}", tuple(pickup[PICKUP:]), "a pickup names its delivery")
    delivery = rows[other]
    back = delivery[PICKUP] == number and delivery[DELIVERY] == 0
    require(back, f"{path}: {other}", tuple(delivery[PICKUP:]), f"must name its pickup {number}")
    require(delivery[3] == -pickup[3], f"{path}: {other}: demand", delivery[3], f"must be {-pickup[3]}")
    return Shipment(str(number), str(other))
