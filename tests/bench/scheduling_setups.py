"""Setups, due dates, weights and releases on published shops: the objective after 10 s, PyJobShop and CP-SAT beside.

The problems come from seeds (`tests.bench.scheduling.setups` says how); objective 100 × weighted tardiness + 10 × setup
time + makespan, counted by our checker for all. The peers price all three too and have the same 10 s and two workers,
the building of the model not counted; what PyJobShop has after 20 s is told as well, and so is what plain CP-SAT finds
with the circuit model of the textbooks. Where a peer has no schedule there is no ratio.
Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part: 0.2, or setups-mk01-tight-1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from solvers.scheduling.kernel.search import warm_up
from tests.bench.row import Row, row
from tests.bench.scheduling import pack, setups
from tests.bench.scheduling.engines import Limits, Outcome, ours, peer

BASES = (
    *("mfjs06", "mfjs10", "mk01", "mk02", "mk04", "mk05", "mk10"),
    *("la01", "la03", "la06", "la11", "la16", "la17", "la21", "la26", "la31"),
)
LIMIT_S = 10.0
LONGER_S = 20.0
WITHIN_S = 1_700.0
ROOM_S = 100.0
"""For one problem by everyone, building included: none is begun with less."""
RATIO = 0.8
PYJOBSHOP, LATER, CPSAT = "PyJobShop", "PyJobShop at 20 s", "CP-SAT"


def main() -> list[Row]:
    """The goals, then every problem."""
    if pack.folder() is None:
        return []
    warm_up()
    names = pack.share([f"setups-{base}-{level}-1" for base in BASES for level in setups.FACTOR_PCT])
    runs: list[Run] = []
    began_s = time.perf_counter()
    for name in names:
        if time.perf_counter() - began_s > WITHIN_S - ROOM_S:
            print(f"time is up, not run: {', '.join(names[len(runs) :])}", file=sys.stderr)
            break
        runs.append(run_of(name))
    return [*goal_rows(runs), *(run.row() for run in runs)]


@dataclass(frozen=True)
class Run:
    """Ours on one problem, and the peers that are to be had."""

    name: str
    own: Outcome
    peers: Mapping[str, int | None]

    def row(self) -> Row:
        """All objectives."""
        peers = {title: float(objective) for title, objective in self.peers.items() if objective is not None}
        return row(self.name, float(self.objective), "points", seconds=self.own.wall_s, peers=peers)

    @property
    def objective(self) -> int:
        """Ours."""
        assert self.own.objective is not None
        return self.own.objective


def run_of(name: str) -> Run:
    """One problem by everyone."""
    problem = setups.problem(name)
    own = ours(problem, Limits(LIMIT_S))
    peers: dict[str, int | None] = {}
    if (outcome := peer("pyjobshop", problem, Limits(LONGER_S, marks_s=(LIMIT_S,)))) is not None:
        peers |= {PYJOBSHOP: outcome.at(LIMIT_S), LATER: outcome.objective}
    if (outcome := peer("cpsat", problem, Limits(LIMIT_S))) is not None:
        peers[CPSAT] = outcome.objective
    print(f"{name}: ours {own.objective}, {peers}", file=sys.stderr)
    return Run(name, own, peers)


def goal_rows(runs: Sequence[Run]) -> Iterator[Row]:
    """Against each peer: the mean ratio where it has a schedule, how often ours is worse, and how often it has none."""
    none = {title: float(sum(run.peers.get(title, 0) is None for run in runs)) for title in (PYJOBSHOP, LATER, CPSAT)}
    yield row("no schedule", 0.0, f"of {len(runs)}", seconds=0.0, peers=none)
    for title, goal in ((PYJOBSHOP, RATIO), (LATER, None), (CPSAT, None)):
        ratios = [run.objective / there for run in runs if (there := run.peers.get(title))]
        if ratios:
            took_s, worse = sum(run.own.wall_s for run in runs), float(sum(ratio > 1 for ratio in ratios))
            case = f"objective over that of {title}, mean of the {len(ratios)} where it has one"
            yield row(case, fmean(ratios), "", seconds=took_s, at_most=goal)
            most = None if goal is None else 0.0
            yield row(f"worse than {title}", worse, f"of {len(ratios)}", seconds=0.0, at_most=most)
