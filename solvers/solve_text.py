"""A published problem as text, read and solved inside a solver process.

Promises a plain dictionary: the result as `solve_file` of its kind gives it, or why the text is no problem. The core
passes text through and parses nothing. May not outlive its temporary file. Called by the bridge's solver processes for
the operator port's Solve.
"""

from __future__ import annotations

import importlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solvers.budget import Budget
from solvers.errors import InvalidProblem

READERS = {
    "routing": "solvers.routing.solve",
    "scheduling": "solvers.scheduling.io",
    "replenishment": "solvers.replenishment.published",
}
NAME_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class InstanceText:
    """A problem's text. `name` is the file's, with its ending; `kind` is a key of `READERS`."""

    kind: str
    name: str
    text: str


def solve_text(problem: InstanceText, start: None, budget: Budget) -> dict[str, Any]:
    """{"result": {…}} or {"refused": why}."""
    solve_file = importlib.import_module(READERS[problem.kind]).solve_file
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _plain_name(problem.name)
        path.write_text(problem.text, encoding="utf-8")
        try:
            return {"result": dict(solve_file(path, budget.seconds, seed=budget.seed))}
        except InvalidProblem as error:
            return {"refused": str(error).replace(str(path), path.name)[:500]}


def _plain_name(name: str) -> str:
    """The last part of a path, without what a file system might take amiss."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].split("#", 1)[0][-NAME_CHARS_MAX:]
    plain = "".join(char if char.isalnum() or char in "._-" else "_" for char in last).lstrip(".")
    return plain or "problem.txt"
