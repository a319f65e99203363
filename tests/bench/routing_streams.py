"""Orders that appear while vehicles drive: how soon there is a checked plan, and what the day costs in the end.

Each stream is driven twice from the same morning. Ours: at every event the quick answer, then EVENT_S of search. The
other: the same, but at SAMPLED events, evenly spread, the search gets LONG_S instead: a long solve at every event would
take ten hours a stream. So the other is no better than a long solve everywhere, and the rows "gap when it happened"
say what is left between: the plan in force at the sampled moments of our own day against LONG_S more of search from it.
Both days differ by luck as well (what has been driven cannot be taken back): more seeds tell more than more seconds.

Reads MUSTER_INSTANCES (default ../shared/instances). MUSTER_STREAM_SEEDS (default 1) and MUSTER_STREAM_LONG_S (60).
"""

from __future__ import annotations

import copy
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from solvers.routing.search import search, warm_up
from tests.bench.routing_dynamic.clock import budget, named
from tests.bench.routing_dynamic.dispatch import improve, publish, react, settle_memory
from tests.bench.routing_dynamic.orders import Stream, file_stream, folder, region, stream
from tests.bench.routing_dynamic.world import World
from tests.bench.row import Row, row

FILES = ("gh200/r1_2_5.txt", "gh200/rc2_2_6.txt", "pyvrp/VRPTW/R1_10_3.vrp", "pyvrp/VRPTW/RC2_10_9.vrp")
EVENT_S = 0.1
MORNING_S = 20.0
LONG_S = float(os.environ.get("MUSTER_STREAM_LONG_S", "60"))
SEEDS = int(os.environ.get("MUSTER_STREAM_SEEDS", "1"))
BENCH_S = 5_400
SAMPLED = 3
P50_MS, P99_MS = 10.0, 50.0
REGION_COPIES = 10
REGION_EVENTS = 1_000
REGION_P99_RATIO = 1.5
COST_RATIO = 1.02

Think = Callable[[World, int, str], None]
"""Improves the plan in force after event number n, which was about this order."""


@dataclass(slots=True)
class Day:
    """How a stream went."""

    events_ms: list[float]
    world: World
    seconds: float

    def percentile(self, percent: int) -> float:
        """Of the time from event to checked plan, in ms."""
        ordered = sorted(self.events_ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

    @property
    def cost(self) -> int:
        """Metres driven."""
        return self.world.done.distance_m


def main() -> list[Row]:
    """All streams."""
    warm_up()
    root = folder()
    if not root.is_dir():
        print(f"no instances in {root}: set MUSTER_INSTANCES; nothing is measured", file=sys.stderr)
        return []
    rows: list[Row] = []
    p99_ms = []
    for name in FILES:
        for seed in range(1, 1 + SEEDS):
            one = file_stream(root / name, seed)
            ours, found = stream_rows(one)
            rows += told(found)
            if len(one.problem.stops) == 1_000:
                p99_ms.append(ours.percentile(99))
    return [*rows, *told(region_rows(root / "pyvrp" / "VRPTW", statistics.median(p99_ms)))]


def told(found: Iterable[Row]) -> list[Row]:
    """The same rows, said at once: a stream takes minutes, all of them the better part of an hour."""
    rows = list(found)
    for one in rows:
        print(f"{one.case}: {one.ours:,.4g} {one.unit} {one.peers or ''}", file=sys.stderr, flush=True)
    return rows


def stream_rows(one: Stream) -> tuple[Day, list[Row]]:
    """Ours, the other, and what is between them."""
    morning = begin(one)
    gaps: list[float] = []
    sampled = sample(len(one.later))
    ours = drive(one, copy.deepcopy(morning), brief)
    other = drive(one, copy.deepcopy(morning), lambda world, n, order: at_length(world, n, order, sampled, gaps))
    shown = {f"{SAMPLED} events with {LONG_S:.0f} s": float(other.cost), "orders lost": len(other.world.done.lost)}
    rows = [
        *latency_rows(one.name, ours),
        row(
            f"{one.name}: metres driven",
            float(ours.cost),
            "m",
            seconds=other.seconds,
            peers=shown,
            at_most=COST_RATIO,
            judged="ratio",
        ),
        row(f"{one.name}: orders lost", float(len(ours.world.done.lost)), "", seconds=0.0),
        row(f"{one.name}: gap when it happened, mean", statistics.mean(gaps), "%", seconds=0.0),
    ]
    return ours, rows


def latency_rows(name: str, day: Day, p99_ms: float = P99_MS) -> Iterator[Row]:
    """From the event to the checked plan: time cut, neighbours, repair, insertion, check, publication."""
    count = len(day.events_ms)
    yield row(f"{name}: {count} events, p50{named()}", day.percentile(50), "ms", seconds=day.seconds, at_most=P50_MS)
    worst = {"worst": max(day.events_ms)}
    yield row(
        f"{name}: {count} events, p99{named()}", day.percentile(99), "ms", seconds=0.0, peers=worst, at_most=p99_ms
    )


def region_rows(files: Path, p99_ms: float) -> Iterator[Row]:
    """Ten files side by side, 10,000 orders; the first events of the day."""
    problem = region(sorted(files.glob("R*1_10_*.vrp")), REGION_COPIES)
    one = stream("10,000 orders", problem, 1)
    day = drive(one, begin(one), brief, REGION_EVENTS)
    yield from latency_rows(one.name, day)
    peers = {"at 1,000": p99_ms}
    case = "10,000 orders: p99 over that at 1,000"
    yield row(case, day.percentile(99), "ms", seconds=0.0, peers=peers, at_most=REGION_P99_RATIO, judged="ratio")


def begin(one: Stream) -> World:
    """The morning: what is known is planned."""
    world = World(one.problem)
    world.reveal(one.known)
    part = world.whole()
    publish(world, part, search(part.problem, None, budget(MORNING_S, 1)).plan)
    return world


def drive(one: Stream, world: World, think: Think, most: int | None = None) -> Day:
    """The whole day (or its first `most` events)."""
    began_s = time.perf_counter()
    settle_memory()
    events_ms = []
    for number, (at_s, stop) in enumerate(one.later[:most]):
        world.reveal((stop,))
        events_ms.append(1000.0 * react(world, at_s, (stop.stop_id,)).seconds)
        think(world, number, stop.stop_id)
    if most is None:
        world.advance(max(v.shift_end_s for v in one.problem.vehicles) + 1)
    return Day(events_ms, world, time.perf_counter() - began_s)


def brief(world: World, number: int, order: str) -> None:
    """What we do after every event."""
    improve(world, EVENT_S, number, (order,))


def at_length(world: World, number: int, order: str, sampled: set[int], gaps: list[float]) -> None:
    """The same, and at sampled events a long solve of the whole; notes what it gained in percent."""
    brief(world, number, order)
    if number in sampled:
        before = world.planned_m()
        improve(world, LONG_S, number, (order,))
        gaps.append(100.0 * (before / max(1, world.planned_m()) - 1.0))


def sample(events: int) -> set[int]:
    """Evenly spread event numbers, the first half way to the second."""
    return {(2 * k + 1) * events // (2 * SAMPLED) for k in range(SAMPLED)}
