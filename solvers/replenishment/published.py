"""`solve_file`: a replenishment problem of any kind that a file may hold.

`.psp`: discrete lot sizing with changeovers (CSPLib 058). JSON with "capacity_s" and "items": lots on one line, see
`lot_sizing.io`. JSON with "model": a model of the textbook, see `textbook`. JSON with "kind": "supply_network": see
`network.io`. Any other JSON: item-sites that share limits, see `io`. May not: run in the core. Called by
`solvers.solve_file` and `solvers.solve_text`, in a process of their own.
"""

from __future__ import annotations

import json
from pathlib import Path

from solvers.replenishment import io, textbook
from solvers.replenishment.lot_sizing import solve as lots
from solvers.replenishment.network.io import is_network
from solvers.replenishment.network.io import solve_file as solve_network


def solve_file(path: str | Path, budget_s: float, seed: int = 0) -> dict[str, object]:
    """Read, solve, tell. OSError, or InvalidProblem with the field."""
    file = Path(path)
    if lots.is_lots(file):
        return lots.solve_file(file, budget_s, seed=seed)
    if textbook.is_textbook(file):
        return textbook.solve_file(file)
    if file.suffix.lower() == ".json" and is_network(json.loads(file.read_text(encoding="utf-8"))):
        return solve_network(file, budget_s, seed=seed)
    return {"feasible": True, **io.solve_file(file, budget_s, seed=seed)}
