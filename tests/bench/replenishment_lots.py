"""Lot sizing: published problems with changeovers to the proof; capacitated lots after Trigeiro's rules; a line's week.

Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures the rest where the folder is missing. Two
published figures (pigment15c 1141, pigment30c 1471) are below what the files' own data allow: our search proves 1370
and 1707, and CP-SAT with a circuit, on its own, proved the same two. They are rows without "as published".
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from solvers.budget import Budget
from solvers.replenishment.lot_sizing.check import check_discrete, check_line, gap_percent
from solvers.replenishment.lot_sizing.discrete import DiscreteProblem, PspInstance, read_psp
from solvers.replenishment.lot_sizing.discrete_solve import solve_discrete
from solvers.replenishment.lot_sizing.line import LineItem, LineProblem
from solvers.replenishment.lot_sizing.line_lots import line_lots
from solvers.replenishment.lot_sizing.line_mip import solve_plain
from solvers.replenishment.lot_sizing.quick import quick_lots
from tests.bench.row import Row, row
from tests.bench.trigeiro import trigeiro

SECONDS = {"pigment15": 10.0, "pigment20": 10.0, "pigment30": 60.0, "PSP_100": 60.0}
WRONG = {"pigment15c", "pigment30c"}
TRIGEIRO = ((1, 106), (2, 106), (3, 106), (2, 111), (3, 111))
"""Seed and load in percent."""
TIGHT = ((2, 116), (3, 116))
"""Beyond the published problems' load: shown without a goal."""
TRIGEIRO_S = 30.0
GAP_PERCENT = 1.0
QUICK_CALLS = 30


def main() -> list[Row]:
    """All cases."""
    solve_discrete(DiscreteProblem(2, ((0,), (1,)), 1, ((0, 1), (1, 0))), Budget(seconds=60))
    quick_lots(week(0), moves=10)
    folder = Path(os.environ.get("MUSTER_INSTANCES", "../shared/instances")) / "inventory" / "psp"
    rows = []
    if folder.is_dir():
        rows += [psp_row(read_psp(path)) for path in sorted(folder.glob("*.psp"))]
    else:
        print(f"no instances in {folder}: set MUSTER_INSTANCES; changeovers are not measured", file=sys.stderr)
    return [*rows, *trigeiro_rows(), *week_rows()]


def psp_row(instance: PspInstance) -> Row:
    """Seconds to the proof; the published optimum must come out, where it can."""
    limit_s = next(seconds for name, seconds in SECONDS.items() if instance.name.startswith(name))
    result = solve_discrete(instance.problem, Budget(seconds=limit_s, workers=2))
    assert result.plan is not None
    assert result.cost is not None
    assert result.bound is not None
    assert check_discrete(instance.problem, result.plan).cost == result.cost
    peers = {"objective": float(result.cost), "bound": float(result.bound)}
    if instance.optimum is not None:
        peers["as published"] = float(instance.optimum)
    agrees = instance.name in WRONG or instance.optimum in (None, result.cost)
    proven = result.bound == result.cost and agrees
    seconds = result.wall_s if proven else float("inf")
    made = row(f"{instance.name}, to the proof", seconds, "s", seconds=result.wall_s, at_most=limit_s)
    return Row(made.case, made.ours, made.unit, made.seconds, peers, None, made.goal, made.holds)


def trigeiro_rows() -> Iterator[Row]:
    """24 items, 15 periods, 30 s, two threads; the plain form in the same solver, same time, beside it."""
    for seed, load in (*TRIGEIRO, *TIGHT):
        problem = trigeiro(seed, load_percent=load)
        result = line_lots(problem, Budget(seconds=TRIGEIRO_S, workers=2, seed=1))
        ours = 100.0
        if result.plan is not None and result.cost is not None and result.bound is not None:
            assert check_line(problem, result.plan).ok
            ours = gap_percent(result.cost, result.bound)
        began_s = time.perf_counter()
        plain = solve_plain(problem, TRIGEIRO_S, 1)
        plain_s = time.perf_counter() - began_s
        known = plain.cost is not None and plain.bound is not None
        peers = {"plain gap %": gap_percent(plain.cost or 0, plain.bound or 0) if known else 100.0, "plain s": plain_s}
        peers |= {"objective": float(result.cost or 0), "bound": float(result.bound or 0)}
        peers |= {"plain objective": float(plain.cost or 0)}
        goal = GAP_PERCENT if (seed, load) in TRIGEIRO else None
        case = f"Trigeiro 24 × 15, seed {seed}, load {load} %"
        yield row(case, ours, "% gap", seconds=result.wall_s, peers=peers, at_most=goal)


def week(seed: int, items: int = 10, days: int = 14) -> LineProblem:
    """A small company's line: changeovers by sequence, overtime, backlog with a price, minimum lots and multiples."""
    rng = random.Random(seed)
    made = []
    for number in range(items):
        unit_s = rng.choice((30, 60, 90, 120))
        mean = 0.85 * 36_000 / items / unit_s
        demand = tuple(int(rng.random() < 0.7) * rng.randint(0, int(2 * mean / 0.7)) for _ in range(days))
        made.append(
            LineItem(
                f"item {number}",
                demand,
                unit_s,
                setup_s=900,
                setup_cents=600,
                holding_cents=rng.randint(1, 8),
                backlog_cents=rng.randint(50, 400),
                opening_stock=rng.randint(-20, int(3 * mean)),
                min_lot=rng.choice((0, 0, 20)),
                lot_multiple=rng.choice((1, 1, 6)),
            )
        )
    seconds = tuple(tuple(rng.choice((300, 600, 1_200, 2_400)) for _ in range(items)) for _ in range(items))
    cents = tuple(tuple(s // 2 for s in line) for line in seconds)
    overtime = (7_200,) * days
    return LineProblem(tuple(made), (36_000,) * days, overtime, 4_500, True, "item 0", seconds, cents)


def week_rows() -> Iterator[Row]:
    """The core's own answer, in milliseconds, beside what a solver process finds in 20 s."""
    for seed in (1, 2):
        problem = week(seed)
        took_s = []
        for _ in range(QUICK_CALLS):
            began_s = time.perf_counter()
            plan = quick_lots(problem)
            took_s.append(time.perf_counter() - began_s)
        verdict = check_line(problem, plan)
        assert verdict.ok
        took_ms = sorted(took_s)[QUICK_CALLS // 2] * 1_000
        result = line_lots(problem, Budget(seconds=20.0, workers=2, seed=1), plan)
        assert result.cost is not None
        assert result.plan is not None
        assert check_line(problem, result.plan).ok
        peers = {"quick cents": float(verdict.cost_cents), "20 s cents": float(result.cost)}
        peers |= {"bound cents": float(result.bound or 0)}
        made = row(f"quick lots, 10 items × 14 days, seed {seed}, p50", took_ms, "ms", seconds=sum(took_s))
        yield Row(made.case, made.ours, made.unit, made.seconds, peers)
