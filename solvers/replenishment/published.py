"""`solve_file`: a replenishment problem of any kind that a file may hold.

`.psp`: discrete lot sizing with changeovers (CSPLib 058). JSON with "capacity_s" and "items": lots on one line, see
`lot_sizing.io`. Any other JSON: item-sites that share limits, see `io`. May not: run in the core. Called by
`solvers.solve_file` and `solvers.solve_text`, in a process of their own.
"""

from __future__ import annotations

from pathlib import Path

from solvers.replenishment import io
from solvers.replenishment.lot_sizing import solve as lots


def solve_file(path: str | Path, budget_s: float, seed: int = 0) -> dict[str, object]:
    """Read, solve, tell. OSError, or InvalidProblem with the field."""
    file = Path(path)
    if lots.is_lots(file):
        return lots.solve_file(file, budget_s, seed=seed)
    return {"feasible": True, **io.solve_file(file, budget_s, seed=seed)}
