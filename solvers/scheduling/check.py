"""The referee of schedules: every violation with its size, and the figures that may be stated.

Promises: independent of every solver: it reads the problem and the schedule only and counts for itself.
May not: repair, or import anything but `problem`, `plan` and its own parts (`check_...`).
Called by: `solve`, planning before it publishes, tests, benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.scheduling.check_case import Case, Kind, Violation
from solvers.scheduling.check_figures import Figures, count
from solvers.scheduling.check_lines import lines
from solvers.scheduling.check_tasks import complete, placed
from solvers.scheduling.check_units import units
from solvers.scheduling.check_wishes import wishes
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem

__all__ = ["Figures", "Kind", "Report", "Violation", "check", "figures"]


@dataclass(frozen=True, slots=True)
class Report:
    """Violations, none of them in a schedule that may be published, and the figures."""

    violations: tuple[Violation, ...]
    figures: Figures

    @property
    def ok(self) -> bool:
        """No violation at all."""
        return not self.violations


def check(problem: SchedulingProblem, schedule: Schedule) -> Report:
    """Judge the schedule; figures count only what names a task and a machine of the problem."""
    case = Case(problem, schedule)
    rules = (complete, placed, lines, units, wishes)
    return Report(tuple(violation for rule in rules for violation in rule(case)), count(case))


def figures(problem: SchedulingProblem, schedule: Schedule) -> Figures:
    """The figures alone."""
    return count(Case(problem, schedule))
