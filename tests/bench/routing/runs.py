"""Many runs and the rows about them: medians over seeds, ratios to peers, gaps to the best known.

Called by: the routing benchmarks. MUSTER_BENCH_SEEDS=1 takes fewer seeds than the three of before,
MUSTER_BENCH_PEERS=pyvrp fewer peers (or `none`), MUSTER_BENCH_SHARE fewer instances (see `pack`), MUSTER_BENCH_BUSY
makes disturbed runs again (see `elsewhere`), and MUSTER_BENCH_CLOCK=cpu counts limits in time of processors, which is
the better one where the machine has other work. MUSTER_BENCH_CORES=1 gives everybody one core instead of two.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, median

from solvers.routing.search import warm_up
from tests.bench.routing.engines import CORES, OURS, PEERS, ROOT, Outcome, clock_name, run, same_cores
from tests.bench.routing.pack import Case, cases, numbers, share
from tests.bench.row import Row, row

SEEDS = (1.0, 2.0, 3.0)
KEPT = ROOT / "build" / "bench"
LIMIT_OVER, LIMIT_OVER_S = 1.10, 0.02
"""How much longer than its limit ours may take."""

Value = Callable[[str], float | None]
"""Of the case of that name; None where there is none."""


class Runs:
    """Outcomes of all engines on all cases at one limit, and what is told of them."""

    def __init__(self, bench: str, wanted: Sequence[str], seconds: float, peers: Sequence[str]) -> None:
        self.bench, self.seconds = bench, seconds
        self.limit = f"{seconds:g} s" if clock_name() == "wall" else f"{seconds:g} s {clock_name()}"
        self.limit += "" if CORES == 2 else f" on {CORES} core{'s' * (CORES > 1)}"
        self.cases: list[Case] = cases(share(wanted))
        self.engines = (OURS, *_asked(peers))
        self.outcomes: dict[tuple[str, str], list[Outcome]] = {}

    def run(self, within_s: float) -> None:
        """Run all; seed by seed, so that a run cut short has something of every case. Keeps what it has as it goes.

        Nothing is begun after `within_s`; what was left out is told.
        """
        same_cores()
        warm_up()
        began_s = time.perf_counter()
        for seed in numbers("MUSTER_BENCH_SEEDS", SEEDS):
            for case in self.cases:
                if time.perf_counter() - began_s > within_s:
                    print(f"{self.bench}: time is up at seed {seed:g}, {case.name}", file=sys.stderr)
                    return
                for engine in self.engines:
                    self._one(engine, case, int(seed))
                self.keep(KEPT / f"{self.bench}.runs.json")

    def _one(self, engine: str, case: Case, seed: int) -> None:
        before = self.outcomes.setdefault((engine, case.name), [])
        if engine != OURS and before and before[-1].seconds == 0.0:
            return
        found = run(engine, case, self.seconds, seed)
        before.append(found)
        cost = "-" if found.cost is None else f"{found.cost:,.2f}"
        head = f"{self.bench} {case.name} {self.limit}, {engine}, seed {seed}"
        print(
            f"{head}: {cost} in {found.seconds:.2f} s ({found.elsewhere:.0%} elsewhere) {found.told}", file=sys.stderr
        )

    def keep(self, file: Path) -> None:
        """Every outcome, for a later look."""
        file.parent.mkdir(parents=True, exist_ok=True)
        told = [
            {"engine": engine, "case": name, "seconds": self.seconds, "outcomes": [asdict(one) for one in found]}
            for (engine, name), found in self.outcomes.items()
        ]
        file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")

    def value(self, engine: str) -> Value:
        """The median of an engine's plans; none where most of its runs have none."""

        def of(name: str) -> float | None:
            found = self.outcomes.get((engine, name), [])
            costs = [outcome.cost for outcome in found if outcome.cost is not None]
            return median(costs) if 2 * len(costs) > len(found) else None

        return of

    def better(self, engines: Sequence[str]) -> Value:
        """The best of several engines' values."""
        values = [self.value(engine) for engine in engines if engine in self.engines]

        def of(name: str) -> float | None:
            return min((found for value in values if (found := value(name)) is not None), default=None)

        return of

    def names(self, *heads: str) -> list[str]:
        """The cases of those sets, all without."""
        return [case.name for case in self.cases if not heads or case.name.partition("/")[0] in heads]

    def spent_s(self, names: Sequence[str]) -> float:
        """What ours took for them."""
        return sum(one.seconds for name in names for one in self.outcomes.get((OURS, name), []))

    def ratio(self, title: str, names: Sequence[str], peers: Sequence[str], at_most: float | None) -> Iterator[Row]:
        """Mean of ours over the better of these peers, and how often ours is the dearer; where both have a plan."""
        own, other = self.value(OURS), self.better(peers)
        both = [(a, b) for name in names if (a := own(name)) and (b := other(name))]
        if not both:
            return
        titles = " or ".join(PEERS[peer].title for peer in peers)
        case = f"{title} {self.limit}: mean ratio to {titles}, {len(both)} files"
        ratios = [a / b for a, b in both]
        yield row(case, fmean(ratios), "×", seconds=self.spent_s(names), at_most=at_most)
        worse = sum(ratio > 1.0 for ratio in ratios)
        yield row(f"{title} {self.limit}: dearer than {titles}", worse, f"of {len(both)}", seconds=0.0)

    def gap(self, title: str, names: Sequence[str], at_most: float | None = None) -> Iterator[Row]:
        """Mean percent over the best known, each engine where it has a plan."""
        gaps = {}
        for engine in self.engines:
            value = self.value(engine)
            found = [case.gap(cost) for case in self.cases if case.name in names and (cost := value(case.name))]
            if told := [gap for gap in found if gap is not None]:
                gaps[engine] = fmean(told)
        if OURS in gaps:
            peers = {PEERS[engine].title: gap for engine, gap in gaps.items() if engine != OURS}
            case = f"{title} {self.limit}: mean over best known"
            yield row(case, gaps[OURS], "%", seconds=self.spent_s(names), peers=peers, at_most=at_most)

    def feasible(self, title: str, names: Sequence[str]) -> Iterator[Row]:
        """Runs without a plan that keeps all rules; a peer that does not take the problem is not counted."""
        counts = {}
        for engine in self.engines:
            runs = [one for name in names for one in self.outcomes.get((engine, name), []) if one.seconds > 0.0]
            if runs:
                counts[engine] = float(sum(one.cost is None for one in runs))
        if OURS in counts:
            peers = {PEERS[engine].title: count for engine, count in counts.items() if engine != OURS}
            case = f"{title} {self.limit}: runs without a feasible plan"
            yield row(case, counts[OURS], "", seconds=0.0, peers=peers, at_most=0.0)

    def first(self, title: str, names: Sequence[str], at_most: float) -> Iterator[Row]:
        """When ours had its first plan that keeps all rules, at worst."""
        found = [
            one.first_s for name in names for one in self.outcomes.get((OURS, name), []) if one.first_s is not None
        ]
        if found:
            yield row(f"{title}: first feasible plan, slowest", max(found), "s", seconds=0.0, at_most=at_most)

    def limit_kept(self) -> Row:
        """The longest run of ours and of each peer."""
        longest = {
            engine: max(
                (one.seconds for name in self.names() for one in self.outcomes.get((engine, name), [])), default=0.0
            )
            for engine in self.engines
        }
        own = longest.pop(OURS)
        peers = {PEERS[engine].title: seconds for engine, seconds in longest.items()}
        at_most = LIMIT_OVER * self.seconds + LIMIT_OVER_S
        return row(f"longest run at {self.limit}", own, "s", seconds=own, peers=peers, at_most=at_most)

    def each(self, at_most: float | None = None) -> Iterator[Row]:
        """A row for each case: cost, the peers' costs, and the ratio to the first that has one."""
        for case in self.cases:
            cost = self.value(OURS)(case.name)
            if cost is None:
                continue
            others = {PEERS[engine].title: self.value(engine)(case.name) for engine in self.engines if engine != OURS}
            gap = case.gap(cost)
            unit = "cost" if gap is None else f"cost, {gap:+.2f} %"
            peers = {title: found for title, found in others.items() if found is not None}
            bound = at_most if peers else None
            yield row(
                f"{case.name} {self.limit}",
                cost,
                unit,
                seconds=self.spent_s([case.name]),
                peers=peers,
                at_most=bound,
                judged="ratio",
            )


def _asked(peers: Sequence[str]) -> list[str]:
    asked = os.environ.get("MUSTER_BENCH_PEERS")
    return [peer for peer in peers if asked is None or peer in asked.split(",")]
