"""How a solve in the bridge looks to planning: one status and one line for each way it can end. Pure."""

from __future__ import annotations

from typing import Any

from orchestrator.planning.ports import SolveOutcome
from orchestrator.runtime.bridge_messages import OutcomeKind, Solved
from solvers.result import Result, SolveStatus

#: How the bridge's own outcomes look to planning; the note's first word keeps them apart.
STATUS_OF = {
    OutcomeKind.ERROR: SolveStatus.CRASHED,
    OutcomeKind.CRASHED: SolveStatus.CRASHED,
    OutcomeKind.OVERRUN: SolveStatus.CRASHED,
    OutcomeKind.BUSY: SolveStatus.NO_SOLUTION_IN_TIME,
    OutcomeKind.UNAVAILABLE: SolveStatus.NO_SOLUTION_IN_TIME,
    OutcomeKind.CANCELLED: SolveStatus.NO_SOLUTION_IN_TIME,
}


def outcome_of(solved: Solved, result: Result[Any] | None) -> SolveOutcome:
    """The solver's own status and plan, or a status without a plan and the bridge's word in `note`."""
    if result is None:
        note = f"{solved.outcome.value}: {solved.message}"
        return SolveOutcome(STATUS_OF[solved.outcome], None, wall_s=solved.wall_s, note=note)
    note = "; ".join(result.notes)
    return SolveOutcome(result.status, result.plan, result.engine, solved.wall_s, note, result.improvements)
