"""The schedule: each task's machine, start and end, and which wishes could not be kept.

Promises: immutable, whole seconds since the epoch, one assignment for every task of the problem.
May not: judge itself; `check` does that.
Called by: `repair`, `solve`, `check`, `explain`, planning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Rule = Literal["pin", "fence"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The task occupies the machine over [start_s, end_s), breaks inside included.

    `overtime`: it may run in bought overtime windows. `held`: the operators and tools it has from start to end.
    """

    task_id: str
    machine_id: str
    start_s: int
    end_s: int
    overtime: bool = False
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """A pin or fence that a fact forbids keeping. `conflicts_with`: task or machine ids, smallest set known."""

    task_id: str
    rule: Rule
    wanted_machine_id: str
    wanted_start_s: int
    reason: str
    conflicts_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """All assignments in the order of the problem's tasks, and the waivers."""

    assignments: tuple[Assignment, ...]
    waivers: tuple[Waiver, ...] = ()

    def by_task(self) -> Mapping[str, Assignment]:
        """Assignments keyed by task id."""
        return {assignment.task_id: assignment for assignment in self.assignments}
