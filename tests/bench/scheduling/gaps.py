"""Runs of many published instances, and rows of how far from the best known makespan they ended.

Called by: `scheduling_flexible_*`, `scheduling_jobshop*`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from solvers.scheduling.kernel.search import warm_up
from tests.bench.row import Row, row
from tests.bench.scheduling import pack
from tests.bench.scheduling.engines import Limits, Outcome, ours, peer

OURS = "ours"
PEERS = {"cpsat": "CP-SAT", "pyjobshop": "PyJobShop"}


@dataclass(frozen=True)
class Trace:
    """One run: (seconds, makespan) from the first schedule on, each of them checked, and how it ended."""

    points: tuple[tuple[float, int], ...]
    proven: bool
    wall_s: float

    def gap(self, name: str, mark_s: float) -> float | None:
        """Percent over the best known of what was there by then; None while there was nothing."""
        found = [makespan for at_s, makespan in self.points if at_s <= mark_s]
        return 100.0 * (found[-1] / pack.best_known(name) - 1.0) if found else None


Traces = Mapping[str, Trace]
"""By instance."""


def run(engine: str, names: Sequence[str], limits: Limits, within_s: float) -> dict[str, Trace] | None:
    """Every instance by one engine, each until the best known is reached; None where a peer is not to be had.

    The benchmark's own time is bounded: nothing is begun that could end after `within_s`; what was left out is told.
    """
    if engine == OURS:
        warm_up()
    began_s = time.perf_counter()
    traces: dict[str, Trace] = {}
    for name in names:
        if time.perf_counter() - began_s + limits.seconds > within_s:
            print(f"{engine}: time is up, not run: {', '.join(names[len(traces) :])}", file=sys.stderr)
            break
        outcome = one(engine, name, limits)
        if outcome is None:
            return None
        points = tuple((point.at_s, point.figures.makespan_s) for point in outcome.points)
        traces[name] = Trace(points, outcome.proven, outcome.wall_s)
        last = f"{points[-1][1]} of {pack.best_known(name)}" if points else "no schedule"
        print(f"{engine} {name}: {last} in {outcome.wall_s:.1f} s", file=sys.stderr)
    return traces


def one(engine: str, name: str, limits: Limits) -> Outcome | None:
    """One instance by one engine, stopped at the best known."""
    problem = pack.problem(name)
    aimed = Limits(limits.seconds, limits.workers, limits.seed, limits.marks_s, pack.best_known(name))
    return ours(problem, aimed) if engine == OURS else peer(engine, problem, aimed)


def keep(traces: Traces, file: Path) -> None:
    """For a benchmark that runs a peer on the same instances afterwards."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({name: asdict(trace) for name, trace in traces.items()}), encoding="utf-8")


def kept(file: Path) -> dict[str, Trace]:
    """What `keep` wrote."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: Trace(tuple((at_s, makespan) for at_s, makespan in trace["points"]), trace["proven"], trace["wall_s"])
        for name, trace in told.items()
    }


@dataclass(frozen=True)
class Table:
    """Rows about the instances that ours was asked for; `peers` by title, on the same instances."""

    asked: Sequence[str]
    ours: Traces
    peers: Mapping[str, Traces]

    def mean(self, case: str, names: Sequence[str], mark_s: float, at_most: float | None = None) -> Iterator[Row]:
        """The mean gap by then, of the instances an engine has a schedule for, and how many each has none for."""
        names = [name for name in names if name in self.asked]
        if not names:
            return
        engines = {"": self.ours, **self.peers}
        gaps = {title: gaps_of(traces, names, mark_s) for title, traces in engines.items()}
        peers = {title: fmean(found) for title, found in gaps.items() if title and found}
        if gaps[""]:
            mean, took_s = fmean(gaps[""]), self.seconds(names)
            yield row(f"{case}: mean gap at {mark_s:g} s", mean, "%", seconds=took_s, peers=peers, at_most=at_most)
        without = {title: float(len(names) - len(found)) for title, found in gaps.items()}
        if any(without.values()):
            missing = without.pop("")
            yield row(f"{case}: no schedule at {mark_s:g} s", missing, "", seconds=0.0, peers=without, at_most=0.0)

    def best(self, case: str, names: Sequence[str], mark_s: float, misses: int) -> Iterator[Row]:
        """How many stand at the best known by then; all but so many ought to."""
        names = [name for name in names if name in self.asked]
        if not names:
            return
        counts = {
            title: float(sum(gap <= 0 for gap in gaps_of(traces, names, mark_s)))
            for title, traces in {"": self.ours, **self.peers}.items()
        }
        yield row(
            f"{case}: at the best known in {mark_s:g} s",
            counts.pop(""),
            f"of {len(names)}",
            seconds=self.seconds(names),
            peers=counts,
            at_least=float(max(0, len(names) - misses)),
        )

    def each(self, names: Sequence[str], mark_s: float) -> Iterator[Row]:
        """A row for each instance, without a goal."""
        for name in names:
            trace = self.ours.get(name)
            gap = trace.gap(name, mark_s) if trace else None
            if trace and gap is not None:
                others = {
                    title: traces[name].gap(name, mark_s) for title, traces in self.peers.items() if name in traces
                }
                peers = {title: found for title, found in others.items() if found is not None}
                yield row(f"{name} at {mark_s:g} s", gap, "% over best known", seconds=trace.wall_s, peers=peers)

    def missed(self, mark_s: float) -> Iterator[Row]:
        """A row for each instance that ours has not solved to the best known by then."""
        gaps = {name: trace.gap(name, mark_s) for name, trace in self.ours.items()}
        yield from self.each([name for name, gap in gaps.items() if gap is not None and gap > 0], mark_s)

    def seconds(self, names: Sequence[str]) -> float:
        """What ours took for them."""
        return sum(self.ours[name].wall_s for name in names if name in self.ours)


def gaps_of(traces: Traces, names: Sequence[str], mark_s: float) -> list[float]:
    """Of the instances that have a schedule by then."""
    found = [traces[name].gap(name, mark_s) for name in names if name in traces]
    return [gap for gap in found if gap is not None]
