"""A burst: 2 % of 1,000 orders appear at once in a good plan. How good is the plan a second later?

The morning's plan is what MORNING_S of search make of 980 orders. Then 20 more appear, drawn by seed: ours goes on from
that plan for a second, PyVRP too (warm, with the new orders put in by our insertion), and a cold solve of all 1,000
takes COLD_S beside. Nothing has been driven yet, so all three solve the same problem.

Reads MUSTER_INSTANCES (default ../shared/instances). MUSTER_BURST_SEEDS (default 1) and MUSTER_BURST_COLD_S (60).
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from solvers.budget import Budget
from solvers.routing.check import check
from solvers.routing.engines import pyvrp_engine
from solvers.routing.io import read_instance
from solvers.routing.plan import RoutingPlan, sequences_of
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem
from solvers.routing.search import insert_only, search, warm_up
from solvers.routing.timing import plan_of
from tests.bench.routing_dynamic.clock import budget, named
from tests.bench.routing_dynamic.orders import folder
from tests.bench.row import Row, row

FILES = ("R1_10_3", "RC2_10_9", "C1_10_4", "R2_10_6", "RC1_10_5", "C2_10_7")
BURST_SHARE = 0.02
MORNING_S = 60.0
WARM_S = 1.0
COLD_S = float(os.environ.get("MUSTER_BURST_COLD_S", "60"))
SEEDS = int(os.environ.get("MUSTER_BURST_SEEDS", "1"))
RATIO = 1.01


def main() -> list[Row]:
    """All files."""
    warm_up()
    root = folder() / "pyvrp" / "VRPTW"
    if not root.is_dir():
        print(f"no instances in {root}: set MUSTER_INSTANCES; nothing is measured", file=sys.stderr)
        return []
    return [found for name in FILES for seed in range(1, 1 + SEEDS) for found in burst(root / f"{name}.vrp", seed)]


def burst(path: Path, seed: int) -> Iterator[Row]:
    """One file: ours after a second, over the cold solve; PyVRP beside."""
    began_s = time.perf_counter()
    problem = read_instance(path).problem
    drawn = random.Random(seed).sample(range(len(problem.stops)), int(BURST_SHARE * len(problem.stops)))
    new = {problem.stops[k].stop_id for k in drawn}
    known = replace(problem, stops=tuple(s for s in problem.stops if s.stop_id not in new))
    morning = search(known, None, budget(MORNING_S, seed)).plan
    quick_s = time.perf_counter()
    inserted = insert_only(problem, sequences_of(morning)).plan
    quick_s = time.perf_counter() - quick_s
    warm = search(problem, sequences_of(morning), budget(WARM_S, seed)).plan
    cold = search(problem, None, budget(COLD_S, seed)).plan
    peers = {
        f"cold {COLD_S:.0f} s": cost(problem, cold),
        f"PyVRP warm{' (wall)' if named() else ''}": cost(problem, with_pyvrp(problem, inserted)),
        f"insertion alone ({1000.0 * quick_s:.0f} ms)": cost(problem, inserted),
    }
    took_s = time.perf_counter() - began_s
    case = f"{path.stem} seed {seed}: {len(new)} orders at once, after {WARM_S:g} s{named()}"
    found = row(case, cost(problem, warm), "m", seconds=took_s, peers=peers, at_most=RATIO, judged="ratio")
    print(f"{case}: {found.ours:,.0f} {peers}", file=sys.stderr, flush=True)
    yield found


def with_pyvrp(problem: RoutingProblem, start: RoutingPlan) -> RoutingPlan:
    """PyVRP from the same start, for the same time."""
    found = pyvrp_engine.solve(problem, sequences_of(start), Budget(seconds=WARM_S, seed=1))
    return start if found is None else plan_of(problem, found)


def cost(problem: RoutingProblem, plan: RoutingPlan) -> float:
    """Metres of the plan; one that breaks a rule or leaves an order out stops the benchmark."""
    verdict = check(problem, plan)
    assert verdict.ok, verdict.violations
    assert not plan.unplanned
    return verdict.cost.total / TICKS_PER_CENT
