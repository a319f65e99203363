"""Measures our own answers to the set: repair, improvement, and beside them right shift and a long solve.

What is told of stability is counted on the improved schedule, over the unaffected tasks as `score` defines them.
MUSTER_BENCH_CLOCK=cpu counts the seconds of the event and of every solve in processor time, half for two workers, for a
machine that has other things to do; the rows say so.
Called by: `scheduling_events_200`, `scheduling_events_1000`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any

from solvers.budget import Budget
from solvers.errors import require
from solvers.scheduling.check import check
from solvers.scheduling.kernel.search import warm_up
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.solve import solve
from tests.bench.row import Row, row
from tests.bench.runner import BUILD
from tests.bench.scheduling import pack
from tests.bench.scheduling_events_set.events import KINDS, Case, case
from tests.bench.scheduling_events_set.live import live
from tests.bench.scheduling_events_set.score import Score, score
from tests.bench.scheduling_events_set.source import drawn

LONG_S = 60.0
WORKERS = 2
WITHIN_S = 1_650.0
MARGIN_S = 0.1
"""Of the time to improve, what is left for the judging of the last schedule."""
MOVED_SHARE, REASSIGNED_SHARE, OVER_LONG, BEATEN_SHARE = 0.25, 0.05, 1.05, 0.90


@dataclass(frozen=True)
class Size:
    """What is measured at a size, and what is promised."""

    tasks: int
    seeds: int
    event_ms: float
    improved_s: float


@dataclass
class Run:
    """One event answered: times from the event on, and what the schedules are worth. `long`: after a long solve."""

    kind: str
    seed: int
    event_ms: float
    event_cpu_ms: float
    improved_s: float
    repaired: Score
    improved: Score
    rounds: int
    long: Score | None = None

    def line(self) -> str:
        """What a person sees go by."""
        done = "" if self.long is None else f", long {self.long.figures.objective:,}"
        worth = f"right shift {self.improved.right_shift:,}, repaired {self.repaired.figures.objective:,}"
        moved = f"moved {self.improved.moved}/{self.improved.unaffected}"
        bad = "" if self.repaired.valid else f" INVALID {self.repaired.violations[:2]}"
        return (
            f"{self.seed} {self.kind}: {self.event_ms:.0f} ms, {self.improved_s:.2f} s; {worth},"
            f" improved {self.improved.figures.objective:,}{done}; {moved}{bad}"
        )


@dataclass(frozen=True)
class Clock:
    """What a second is: of the wall, or of the processors that work for us."""

    name: str
    alone: Callable[[], float]
    together: Callable[[], float]


def clock() -> Clock:
    """As MUSTER_BENCH_CLOCK says: wall (default) or cpu."""
    asked = os.environ.get("MUSTER_BENCH_CLOCK", "wall")
    clocks = {
        "wall": Clock("", time.perf_counter, time.perf_counter),
        "cpu": Clock(" (processor time)", time.process_time, lambda: time.process_time() / WORKERS),
    }
    require(asked in clocks, "MUSTER_BENCH_CLOCK", asked, "wall or cpu")
    return clocks[asked]


def answer(made: Case, size: Size) -> Run:
    """Our answer to one event, as the product gives it: repaired at once, then improved from there."""
    seconds = clock()
    began_s, began_cpu_s = seconds.alone(), time.process_time()
    # Made again, because reading what is new and judging the problem is a part of answering.
    problem = replace(made.problem)
    repaired = repair(problem)
    report = check(problem, repaired)
    event_s, event_cpu_s = seconds.alone() - began_s, time.process_time() - began_cpu_s
    improved, rounds, began_s = repaired, 0, seconds.together()
    if report.ok:
        left_s = max(MARGIN_S, size.improved_s - event_s - MARGIN_S)
        budget = Budget(seconds=left_s, workers=WORKERS, seed=made_seed(made), stopwatch=seconds.together)
        result = solve(problem, repaired, budget)
        assert result.plan is not None
        improved, rounds = result.plan, result.iterations
    improved_s = event_s + seconds.together() - began_s
    before, seed = (score(made, repaired), score(made, improved)), made_seed(made)
    return Run(made.event.kind, seed, event_s * 1e3, event_cpu_s * 1e3, improved_s, *before, rounds)


def made_seed(made: Case) -> int:
    """The seed of our search for this case."""
    return int(made.live.name.split("-")[1])


def long_solve(made: Case) -> Score:
    """The same problem, with the same prices of change, and all the time."""
    problem: SchedulingProblem = replace(made.problem)
    result = solve(
        problem, None, Budget(seconds=LONG_S, workers=WORKERS, seed=made_seed(made), stopwatch=clock().together)
    )
    assert result.plan is not None
    return score(made, result.plan)


@dataclass
class Bench:
    """All runs of a size."""

    size: Size
    runs: list[Run] = field(default_factory=list)
    began_s: float = field(default_factory=time.perf_counter)

    def measure(self) -> None:
        """Every kind on every seed; then the long solves, one for each seed, kinds in turn, as far as there is time."""
        cases: dict[tuple[int, str], Case] = {}
        for seed in map(int, pack.share([str(seed) for seed in range(1, self.size.seeds + 1)])):
            plant = live(seed, self.size.tasks, drawn)
            for kind in KINDS:
                made = case(plant, kind)
                if made is not None:
                    cases[seed, kind] = made
                    self.runs.append(answer(made, self.size))
                    print(f"{self.size.tasks} {self.runs[-1].line()}", file=sys.stderr)
        for run in in_turn(self.runs):
            if time.perf_counter() - self.began_s > WITHIN_S - LONG_S:
                print("time is up, the other long solves are not run", file=sys.stderr)
                break
            run.long = long_solve(cases[run.seed, run.kind])
            print(f"{self.size.tasks} {run.line()}", file=sys.stderr)

    def keep(self) -> None:
        """Everything measured, for who looks closer."""
        BUILD.mkdir(parents=True, exist_ok=True)
        told: list[dict[str, Any]] = [asdict(run) for run in self.runs]
        (BUILD / f"scheduling_events_{self.size.tasks}_runs.json").write_text(
            json.dumps(told, indent=1) + "\n", "utf-8"
        )


def in_turn(runs: Sequence[Run]) -> list[Run]:
    """One run of each seed, so that kinds come about equally often; nothing-events have nothing to gain."""
    chosen = []
    for seed in sorted({run.seed for run in runs}):
        there = [run for run in runs if run.seed == seed and run.kind != "nothing"]
        chosen.append(there[seed // 2 % len(there)])
    return chosen


def measured(size: Size) -> list[Row]:
    """The rows of a size; none where the instances are missing."""
    if pack.folder() is None:
        return []
    warm_up()
    # As the core does once it is up: what was loaded so far is not looked through again in the middle of an answer.
    gc.freeze()
    bench = Bench(size)
    bench.measure()
    bench.keep()
    return list(rows(bench.runs, size, time.perf_counter() - bench.began_s))


def rows(runs: Sequence[Run], size: Size, seconds: float) -> Iterator[Row]:
    """What is promised, then the parts by kind."""
    tasks = f"{size.tasks} tasks{clock().name}"
    changing = [run for run in runs if run.kind != "nothing"]
    idle = [run for run in runs if run.kind == "nothing"]
    invalid = float(sum(not run.repaired.valid or not run.improved.valid for run in runs))
    yield row(f"broken rules, {tasks}", invalid, f"of {len(runs)}", seconds=seconds, at_most=0)
    event_ms = p95([run.event_ms for run in runs])
    yield row(f"event to valid schedule p95, {tasks}", event_ms, "ms", seconds=seconds, at_most=size.event_ms)
    cpu_ms = p95([run.event_cpu_ms for run in runs])
    yield row(f"of which on a processor p95, {tasks}", cpu_ms, "ms", seconds=0.0)
    improved_s = p95([run.improved_s for run in runs])
    yield row(f"event to improved schedule p95, {tasks}", improved_s, "s", seconds=seconds, at_most=size.improved_s)
    yield from _worth(changing, tasks)
    yield from _stability(changing, tasks)
    fenced = float(sum(run.repaired.fence_broken + run.improved.fence_broken for run in runs))
    yield row(f"moved inside the fence, {tasks}", fenced, "tasks", seconds=0.0, at_most=0)
    for_nothing = float(sum(run.repaired.moved for run in idle))
    yield row(f"moved by an event that changes nothing, {tasks}", for_nothing, "tasks", seconds=0.0, at_most=0)
    for kind in KINDS:
        yield from _by_kind([run for run in runs if run.kind == kind], f"{kind}, {tasks}")


def _worth(runs: Sequence[Run], tasks: str) -> Iterator[Row]:
    """Beside the long solve and beside right shift."""
    both = [(run.improved, run.long) for run in runs if run.long is not None]
    if both:
        over = fmean(ours.figures.objective / max(1, other.figures.objective) for ours, other in both)
        worst = max(ours.figures.objective / max(1, other.figures.objective) for ours, other in both)
        named = f"{LONG_S:.0f} s solve, {len(both)} cases, {tasks}"
        yield row(f"objective over that of a {named}", over, "mean", seconds=LONG_S, at_most=OVER_LONG)
        yield row("the worst of them", worst, "ratio", seconds=0.0)
        moved = fmean(other.moved_share for _, other in both)
        yield row(f"unaffected tasks the long solve moved, {tasks}", moved, "part", seconds=0.0)
    beaten = fmean(run.improved.figures.objective < run.improved.right_shift for run in runs)
    yield row(f"right shift beaten, {len(runs)} cases, {tasks}", beaten, "part", seconds=0.0, at_least=BEATEN_SHARE)
    equal = fmean(run.improved.figures.objective == run.improved.right_shift for run in runs)
    yield row(f"as good as right shift, to the point, {tasks}", equal, "part", seconds=0.0)
    ratio = fmean(run.improved.score for run in runs)
    yield row(f"score (objective over right shift), {tasks}", ratio, "mean", seconds=0.0)


def _stability(runs: Sequence[Run], tasks: str) -> Iterator[Row]:
    moved, reassigned = [run.improved.moved_share for run in runs], [run.improved.reassigned_share for run in runs]
    yield row(f"unaffected tasks moved, {tasks}", fmean(moved), "mean part", seconds=0.0, at_most=MOVED_SHARE)
    yield row(
        f"unaffected tasks on another machine, {tasks}",
        fmean(reassigned),
        "mean part",
        seconds=0.0,
        at_most=REASSIGNED_SHARE,
    )
    for name, values in (("moved", moved), ("on another machine", reassigned)):
        yield row(f"unaffected tasks {name} p95, {tasks}", p95(values), "part", seconds=0.0)
    disturbed = fmean(run.improved.disturbed_share for run in runs)
    yield row(f"moved of what right shift leaves in place, {tasks}", disturbed, "mean part", seconds=0.0)
    repaired = fmean(run.repaired.moved_share for run in runs)
    yield row(f"unaffected tasks moved by repair alone, {tasks}", repaired, "mean part", seconds=0.0)


def _by_kind(runs: Sequence[Run], named: str) -> Iterator[Row]:
    if runs:
        gained = fmean(run.improved.score for run in runs)
        yield row(f"score after {named}", gained, "mean", seconds=fmean(run.improved_s for run in runs))
        yield row(f"score of repair after {named}", fmean(run.repaired.score for run in runs), "mean", seconds=0.0)
        moved = fmean(run.improved.moved_share for run in runs)
        yield row(f"unaffected tasks moved after {named}", moved, "mean part", seconds=0.0)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, nearest rank."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
