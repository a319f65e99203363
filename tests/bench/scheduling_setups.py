"""Setups, due dates, weights and releases on mk and la shops: the objective after 10 s, PyJobShop beside.

The problems come from seeds (`tests.bench.scheduling.setups` says how); objective 100 × weighted tardiness + 10 × setup
time + makespan, counted by our checker for both. PyJobShop prices all three and has the same 10 s and two workers, the
building of its model not counted; what it has after 20 s is told too. Where it has no schedule there is no ratio.
Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part: 0.2, or setups-mk01-tight-1.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from statistics import fmean

from solvers.scheduling.kernel.search import warm_up
from tests.bench.row import Row, row
from tests.bench.scheduling import pack, setups
from tests.bench.scheduling.engines import Limits, Outcome, ours, peer

BASES = ("mk01", "mk02", "mk04", "mk05", "mk08", "mk10", "la01", "la06", "la11", "la16", "la21", "la26", "la31", "la36")
LIMIT_S = 10.0
LONGER_S = 20.0
RATIO = 0.8
Outcomes = Mapping[str, Outcome]


def main() -> list[Row]:
    """The goals, then every problem."""
    if pack.folder() is None:
        return []
    warm_up()
    names = pack.share([f"setups-{base}-{level}-1" for base in BASES for level in setups.FACTOR_PCT])
    own, other = {}, {}
    for name in names:
        problem = setups.problem(name)
        own[name] = ours(problem, Limits(LIMIT_S))
        found = peer("pyjobshop", problem, Limits(LONGER_S, marks_s=(LIMIT_S,)))
        if found is not None:
            other[name] = found
        print(f"{name}: ours {own[name].objective}, PyJobShop {found and found.at(LIMIT_S)}", file=sys.stderr)
    return [*goal_rows(own, other), *(problem_row(name, own[name], other.get(name)) for name in own)]


def goal_rows(own: Outcomes, other: Outcomes) -> list[Row]:
    """The mean ratio where both have a schedule, how often ours is worse, and who has none."""
    if not other:
        return []
    ratios = [found / there for name in other if (found := own[name].objective) and (there := other[name].at(LIMIT_S))]
    worse = sum(ratio > 1 for ratio in ratios)
    none = {"PyJobShop": float(sum(outcome.at(LIMIT_S) is None for outcome in other.values()))}
    none["PyJobShop at 20 s"] = float(sum(outcome.at(LONGER_S) is None for outcome in other.values()))
    took_s = sum(outcome.wall_s for outcome in own.values())
    rows = [row("no schedule", 0.0, f"of {len(own)}", seconds=0.0, peers=none)]
    if ratios:
        case = f"objective over PyJobShop's, mean of the {len(ratios)} where it has a schedule"
        rows.append(row(case, fmean(ratios), "", seconds=took_s, at_most=RATIO))
        rows.append(row("worse than PyJobShop", float(worse), f"of {len(ratios)}", seconds=0.0, at_most=0.0))
    return rows


def problem_row(name: str, own: Outcome, other: Outcome | None) -> Row:
    """Both objectives of one problem."""
    assert own.objective is not None
    found = {"PyJobShop": other.at(LIMIT_S), "PyJobShop at 20 s": other.at(LONGER_S)} if other else {}
    peers = {title: float(objective) for title, objective in found.items() if objective is not None}
    return row(name, float(own.objective), "points", seconds=own.wall_s, peers=peers)
