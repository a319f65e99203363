"""Winner determination as a CP-SAT model: exact, or as good as its time allows, never worse than its start.

Promises: the answer of the same problem and start is the same (one worker, fixed seed) when it is proven.
May not: run in the core process; imports ortools when called. Called by: `solve`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from solvers.negotiation.problem import WinnerProblem, Winners


def exact(problem: WinnerProblem, start: Winners, seconds: float, seed: int) -> Winners:
    """The best choice within the time; `start` when nothing better was found."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = {
        index: model.new_bool_var(f"offer{index}")
        for index in range(len(problem.offers))
        if problem.saving_cents(index) > 0
    }
    _limits(model, problem, taken)
    model.maximize(sum(problem.saving_cents(index) * var for index, var in taken.items()))
    chosen_at_start = set(start.chosen)
    for index, var in taken.items():
        model.add_hint(var, index in chosen_at_start)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return start
    chosen = tuple(index for index, var in taken.items() if solver.boolean_value(var))
    found = Winners(chosen, problem.cost_cents(chosen), proven=status == cp_model.OPTIMAL)
    if found.proven and found.cost_cents == start.cost_cents:
        return Winners(start.chosen, start.cost_cents, proven=True)
    return found if found.cost_cents < start.cost_cents else start


def _limits(model: Any, problem: WinnerProblem, taken: dict[int, Any]) -> None:
    """Each lot once, each bidder as often as it may."""
    of_lot: dict[int, list[Any]] = defaultdict(list)
    of_bidder: dict[int, list[Any]] = defaultdict(list)
    for index, var in taken.items():
        offer = problem.offers[index]
        of_bidder[offer.bidder].append(var)
        for lot in offer.lots:
            of_lot[lot].append(var)
    for rivals in of_lot.values():
        model.add_at_most_one(rivals)
    for bidder, own in of_bidder.items():
        model.add(sum(own) <= problem.wins_max[bidder])
