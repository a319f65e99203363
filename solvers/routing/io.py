"""Routing problems from files: published formats, and Muster's own JSON.

Promises: the format is recognised by what is in the file; ids are those of the file; a file that asks for something
we do not model is refused by name, never half read. Called by the CLI's `solve routing`, by `demo --instance` and by
benchmarks.

The formats: `io_solomon` (VRPTW), `io_lilim` (pickup and delivery), `io_vrplib` (VRPLIB with PyVRP's sections),
`json_format` (everything that a `RoutingProblem` can say).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from solvers.errors import InvalidProblem, require
from solvers.routing.io_instance import DIMACS, EXACT, SOLOMON, WHOLE, Instance, Rounding
from solvers.routing.io_lilim import is_lilim, read_lilim
from solvers.routing.io_solomon import is_solomon, read_solomon
from solvers.routing.io_vrplib import read_vrplib
from solvers.routing.json_format import problem_from_json
from solvers.routing.problem import RoutingProblem

__all__ = ["DIMACS", "EXACT", "SOLOMON", "WHOLE", "Instance", "Rounding", "read_instance", "read_problem"]

MAX_FILE_BYTES = 200_000_000


def read_problem(path: Path) -> RoutingProblem:
    """The problem of a file of any format. Raises InvalidProblem naming file and rule, or OSError."""
    return read_instance(path).problem


def read_instance(path: Path) -> Instance:
    """A file of any format. Muster's JSON is an instance with prizes whose cost is in cents.

    Raises InvalidProblem naming file and rule, or OSError.
    """
    size = path.stat().st_size
    require(size <= MAX_FILE_BYTES, str(path), size, f"at most {MAX_FILE_BYTES} bytes")
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.lstrip().startswith("{"):
        return _json(path, text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    try:
        if is_solomon(lines):
            return read_solomon(path, lines)
        return read_lilim(path, lines) if is_lilim(lines) else read_vrplib(path, text)
    except InvalidProblem as error:
        if str(path) in error.field:
            raise
        raise InvalidProblem(f"{path}: {error.field}", error.value, error.rule) from error


def _json(path: Path, text: str) -> Instance:
    try:
        problem = problem_from_json(text)
    except InvalidProblem as error:
        raise InvalidProblem(f"{path}: {error.field}", error.value, error.rule) from error
    return Instance(path.stem, problem, WHOLE, True, np.empty((0, 0)), numbered=False)
