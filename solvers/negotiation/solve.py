"""Winner determination as a solver process runs it: greedy first, then CP-SAT from there, checked.

Promises: a choice in any case, which has passed the independent check; OPTIMAL only with a proof.
Called by the bridge's solver processes under the kind "negotiation", by benches and tests.
"""

from __future__ import annotations

from solvers.budget import Budget
from solvers.negotiation.check import check
from solvers.negotiation.greedy import greedy
from solvers.negotiation.model import exact
from solvers.negotiation.problem import WinnerProblem, Winners
from solvers.result import Result, SolveStatus


def solve(problem: WinnerProblem, start: Winners | None, budget: Budget) -> Result[Winners]:
    """The winners. `start`: a known choice, used when it is valid and better than the greedy one."""
    deadline = budget.start()
    first, engine = greedy(problem), "greedy"
    if start is not None and not check(problem, start) and start.cost_cents < first.cost_cents:
        first, engine = start, "start"
    best = first
    seconds = deadline.left_s()
    if problem.offers and seconds > 0.0:
        found = exact(problem, first, seconds, budget.seed)
        if not check(problem, found):
            best = found
            engine = "ortools" if found.proven or found.chosen != first.chosen else engine
    return Result(
        SolveStatus.OPTIMAL if best.proven else SolveStatus.FEASIBLE,
        best,
        cost=best.cost_cents,
        bound=best.cost_cents if best.proven else None,
        engine=engine,
        wall_s=deadline.elapsed_s(),
        seed=budget.seed,
    )
