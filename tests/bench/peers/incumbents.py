"""Runs a CP-SAT model and keeps its incumbents as they come.

Imported by the peers' scripts, which run where only OR-Tools and the standard library are sure to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

from tests.bench.peers.marks import Marks

Placed = list[list[int]]
"""Machine, start, end of each task in the order of the question."""


class Incumbents(cp_model.CpSolverSolutionCallback):
    """`place` reads a schedule through the given `value` function; the search ends once the objective is `enough`."""

    def __init__(self, place: Callable[[Any], Placed], marks_s: list[float], enough: int | None) -> None:
        super().__init__()
        self.place, self.enough = place, enough
        self.marks: Marks[Placed] = Marks(marks_s)

    def on_solution_callback(self) -> None:
        """Called by the solver at each better solution."""
        self.marks.keep(self.wall_time, self.place(self.value))
        if self.enough is not None and self.objective_value <= self.enough:
            self.stop_search()


def answer(model: cp_model.CpModel, question: dict[str, Any], place: Callable[[Any], Placed]) -> dict[str, Any]:
    """Solve within the question's seconds and workers, everything else as CP-SAT has it by default."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = question["seconds"]
    solver.parameters.num_workers = question["workers"]
    solver.parameters.random_seed = question["seed"]
    incumbents = Incumbents(place, question["marks_s"], question["enough"])
    status = solver.solve(model, incumbents)
    return {
        "points": incumbents.marks.points(),
        "proven": status == cp_model.OPTIMAL,
        "bound": solver.best_objective_bound if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None,
        "wall_s": solver.wall_time,
    }
