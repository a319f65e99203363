"""Arrivals with learned speeds: in the twin the roads have speeds by hour and area that nobody told the planner.

Ten vans, eighty orders a day with windows of two hours, real planning and real agents in one process. After three
days the central intervals P10 to P90 (two-sided, 80 %) of all arrivals predicted whenever a vehicle set out must have
covered 77 to 83 %; and more orders must be on time than with the company's own fixed speeds, on the same seeds. Nine
days are looked at: a day has eight trips, whose predictions miss together, so that a seed's share over three days is
four points off by chance alone.
"""

from __future__ import annotations

import sys
import time

from solvers.routing.search import warm_up
from solvers.speeds.intervals import HORIZONS_S, horizon_of
from tests.bench.arrivals.days import Days, Said
from tests.bench.row import Row, row

SEEDS = (31, 32, 33, 34, 35)
LEARNING_DAYS, DAYS = 3, 12
BENCH_S = 3_600
NAMES = ("to 15 min", "to 30 min", "to 1 h", "to 2 h", "to 4 h", "further")


def main(seeds: tuple[int, ...] = SEEDS, days: int = DAYS) -> list[Row]:
    """Rows by seed, then over all of them."""
    warm_up()
    rows: list[Row] = []
    inside: list[tuple[Said, int]] = []
    shares: list[tuple[float, float]] = []
    for seed in seeds:
        began_s = time.perf_counter()
        learned, fixed = Days(seed, learns=True), Days(seed, learns=False)
        learned.play(days)
        fixed.play(days)
        took_s = time.perf_counter() - began_s
        told = settled(learned)
        inside += told
        shares.append((learned.on_time(LEARNING_DAYS, days), fixed.on_time(LEARNING_DAYS, days)))
        rows += of_seed(seed, told, shares[-1], took_s)
        print(seed, round(covered(told), 3), shares[-1], learned.reports, fixed.reports, round(took_s), file=sys.stderr)
    return rows + over_all(inside, shares)


def settled(days: Days) -> list[tuple[Said, int]]:
    """Predictions of the days after the first three, each with when the vehicle was really there."""
    arrived = days.twin.world.journal.arrived_s
    return [(one, arrived[one.order_id]) for one in days.said if one.day >= LEARNING_DAYS and one.order_id in arrived]


def covered(told: list[tuple[Said, int]]) -> float:
    """Share inside P10 to P90."""
    return sum(one.arrival.p10_s <= at_s <= one.arrival.p90_s for one, at_s in told) / max(1, len(told))


def width_min(told: list[tuple[Said, int]]) -> float:
    """Mean width of the intervals, in minutes."""
    return sum(one.arrival.p90_s - one.arrival.p10_s for one, _ in told) / 60 / max(1, len(told))


def of_seed(seed: int, told: list[tuple[Said, int]], shares: tuple[float, float], took_s: float) -> list[Row]:
    """Coverage and shares on time of one seed."""
    case = f"seed {seed}"
    peers = {"width, min": width_min(told), "predictions": float(len(told))}
    return [
        row(f"{case}: P10-P90 covers", 100 * covered(told), "%", seconds=took_s, peers=peers),
        row(f"{case}: on time", 100 * shares[0], "%", seconds=took_s, peers={"fixed speeds": 100 * shares[1]}),
    ]


def over_all(told: list[tuple[Said, int]], shares: list[tuple[float, float]]) -> list[Row]:
    """The same over all seeds, and by horizon."""
    rows = []
    for number, name in enumerate(NAMES[: len(HORIZONS_S)]):
        part = [(one, at_s) for one, at_s in told if horizon_of(max(0, one.planned_s - one.asked_s)) == number]
        if part:
            peers = {"width, min": width_min(part), "predictions": float(len(part))}
            rows.append(row(f"{name}: P10-P90 covers", 100 * covered(part), "%", seconds=0.0, peers=peers))
    before = sum(at_s <= one.arrival.p80_s for one, at_s in told) / max(1, len(told))
    rows.append(row("there by P80", 100 * before, "%", seconds=0.0))
    whole, peers = 100 * covered(told), {"width, min": width_min(told)}
    rows.append(row("all seeds: P10-P90 covers, at least", whole, "%", seconds=0.0, peers=peers, at_least=77.0))
    rows.append(row("all seeds: P10-P90 covers, at most", whole, "%", seconds=0.0, peers=peers, at_most=83.0))
    learned, fixed = (100 * sum(one[side] for one in shares) / len(shares) for side in (0, 1))
    better = row(
        "all seeds: on time", learned, "%", seconds=0.0, peers={"fixed speeds": fixed}, at_least=1.0001, judged="ratio"
    )
    return [*rows, better]
