"""What a solve gives back, the same shape for routing, scheduling and replenishment.

Promises: every way a solve can end has a status of its own, and a plan is present exactly where the status says so.
Called by every engine and by whoever reads an engine's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

PlanT = TypeVar("PlanT")


class SolveStatus(StrEnum):
    """How a solve ended."""

    OPTIMAL = "OPTIMAL"
    """A plan, with a proof that no better one exists."""
    FEASIBLE = "FEASIBLE"
    """A plan that keeps every hard rule."""
    INFEASIBLE = "INFEASIBLE"
    """Proof that no plan keeps every hard rule."""
    NO_SOLUTION_IN_TIME = "NO_SOLUTION_IN_TIME"
    """Neither a plan nor a proof within the budget."""
    MODEL_INVALID = "MODEL_INVALID"
    """The engine refused the problem: it does not support it, or the input is wrong."""
    CRASHED = "CRASHED"
    """The engine ended by an exception, a signal, or the watchdog."""

    @property
    def has_plan(self) -> bool:
        """Whether a result of this status carries a plan."""
        return self in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)


class Improvement(NamedTuple):
    """One better plan on the way: who found it, seconds from the start of the solve, its cost in the checker's unit."""

    engine: str
    at_s: float
    cost: int


@dataclass(frozen=True, slots=True)
class Result(Generic[PlanT]):
    """Outcome of one solve.

    plan: present if and only if `status.has_plan`.
    cost: the independent checker's cost of `plan`, in the checker's own unit (routing: ticks); None without a plan.
    bound: proven lower bound in the same unit, if any.
    engine: name of the engine that found the plan, e.g. "own", "pyvrp", "ortools", "setpart".
    first_feasible_s: seconds from the start of the solve to the first complete plan; None if there was none.
    improvements: who found what and when, from the first plan to this one, where an engine tells.
    notes: one line for whatever a person should know, e.g. which engines were tried and what became of them.
    """

    status: SolveStatus
    plan: PlanT | None
    cost: int | None = None
    bound: int | None = None
    engine: str = ""
    wall_s: float = 0.0
    first_feasible_s: float | None = None
    iterations: int = 0
    seed: int = 0
    notes: tuple[str, ...] = ()
    improvements: tuple[Improvement, ...] = ()

    def __post_init__(self) -> None:
        if self.status.has_plan != (self.plan is not None):
            raise ValueError(f"Result.plan: status {self.status} and plan {type(self.plan).__name__} do not agree")
