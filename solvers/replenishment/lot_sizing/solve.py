"""`solve_file`: a file of lots (`.psp`, or a line as JSON), read, solved, told.

Promises: the keys are those of `muster solve replenishment -o json`. May not: run in the core.
Called by: `solvers.replenishment.published`.
"""

from __future__ import annotations

import json
from pathlib import Path

from solvers.budget import Budget
from solvers.replenishment.lot_sizing.check import check_discrete, check_line
from solvers.replenishment.lot_sizing.discrete import DiscretePlan, read_psp
from solvers.replenishment.lot_sizing.discrete_solve import solve_discrete
from solvers.replenishment.lot_sizing.io import read_line
from solvers.replenishment.lot_sizing.line import LinePlan
from solvers.replenishment.lot_sizing.line_lots import line_lots
from solvers.result import Result

PSP = ".psp"
HEAD_CHARS = 20_000_000


def is_lots(path: Path) -> bool:
    """Whether the file is one of this module's: a `.psp`, or a JSON object with "capacity_s" and "items"."""
    if path.suffix.lower() == PSP:
        return True
    if path.suffix.lower() != ".json" or path.stat().st_size > HEAD_CHARS:
        return False
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and "capacity_s" in content and "items" in content


def solve_file(path: Path, budget_s: float, seed: int = 0) -> dict[str, object]:
    """Read it, solve it with two workers, tell. OSError, or InvalidProblem with the field."""
    budget = Budget(seconds=budget_s, seed=seed, workers=2)
    return _discrete(path, budget) if path.suffix.lower() == PSP else _line(path, budget)


def _discrete(path: Path, budget: Budget) -> dict[str, object]:
    instance = read_psp(path)
    result = solve_discrete(instance.problem, budget)
    told = _common(instance.name, result)
    if result.plan is not None:
        verdict = check_discrete(instance.problem, result.plan)
        told |= {
            "stocking_cost": verdict.stocking,
            "changeover_cost": verdict.changeovers,
            "published_optimum": instance.optimum,
            "made": list(result.plan.made),
        }
    return told


def _line(path: Path, budget: Budget) -> dict[str, object]:
    problem = read_line(path)
    result = line_lots(problem, budget)
    told = _common(path.stem, result)
    if result.plan is not None:
        verdict = check_line(problem, result.plan)
        lots = [[t, lot.item_id, lot.quantity] for t, period in enumerate(result.plan.lots) for lot in period]
        told |= {
            "holding_cents": verdict.holding_cents,
            "backlog_cents": verdict.backlog_cents,
            "setup_cents": verdict.setup_cents,
            "overtime_cents": verdict.overtime_cents,
            "used_s": list(verdict.used_s),
            "lots": lots,
        }
    return told


def _common(name: str, result: Result[DiscretePlan] | Result[LinePlan]) -> dict[str, object]:
    return {
        "instance": name,
        "feasible": result.status.has_plan,
        "objective": result.cost,
        "bound": result.bound,
        "status": str(result.status),
        "engine": result.engine,
        "first_feasible_s": result.first_feasible_s,
        "wall_s": result.wall_s,
    }
