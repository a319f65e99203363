"""Keeps a CP-SAT search's incumbents as they come: the first, and the last before each moment that is asked about.

Imported by the peers' scripts, which run where only OR-Tools and the standard library are sure to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

Placed = list[list[int]]
"""Machine, start, end of each task in the order of the question."""


class Incumbents(cp_model.CpSolverSolutionCallback):
    """`place` reads a schedule through the given `value` function; the search ends once the objective is `enough`."""

    def __init__(self, place: Callable[[Any], Placed], marks_s: list[float], enough: int | None) -> None:
        super().__init__()
        self.place, self.marks_s, self.enough = place, sorted(marks_s), enough
        self.kept: dict[float, dict[str, Any]] = {}

    def on_solution_callback(self) -> None:
        """Called by the solver at each better solution."""
        at_s = self.wall_time
        point = {"at_s": at_s, "tasks": self.place(self.value)}
        self.kept.setdefault(-1.0, point)
        mark_s = next((mark_s for mark_s in self.marks_s if at_s <= mark_s), self.marks_s[-1])
        self.kept[mark_s] = point
        if self.enough is not None and self.objective_value <= self.enough:
            self.stop_search()

    def points(self) -> list[dict[str, Any]]:
        """What was kept, in order of time."""
        return sorted(self.kept.values(), key=lambda point: float(point["at_s"]))


def answer(model: cp_model.CpModel, question: dict[str, Any], place: Callable[[Any], Placed]) -> dict[str, Any]:
    """Solve within the question's seconds and workers, everything else as CP-SAT has it by default."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = question["seconds"]
    solver.parameters.num_workers = question["workers"]
    solver.parameters.random_seed = question["seed"]
    incumbents = Incumbents(place, question["marks_s"], question["enough"])
    status = solver.solve(model, incumbents)
    return {
        "points": incumbents.points(),
        "proven": status == cp_model.OPTIMAL,
        "bound": solver.best_objective_bound if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None,
        "wall_s": solver.wall_time,
    }
