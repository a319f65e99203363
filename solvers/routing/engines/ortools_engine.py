"""OR-Tools routing: iterated local search by string removals, warm by hint.

Promises: what `supports` lets through is modelled (`ortools_model` says how). The model, the assignment and the search
live and die in one call; only plain ids leave it. Called by `solve`, in a solver process of its own: the solve holds
the interpreter's lock and ignores SIGTERM.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from solvers.budget import Budget
from solvers.routing.engines.kinds import priced_changes
from solvers.routing.engines.ortools_model import RoutingModel
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Vehicle

MAX_STOPS = 1_500
"""Beyond this, building the first solution alone breaks short limits (measured: 1,000 stops, 0.75 s)."""
MAX_ENTRIES = 10_000_000
"""Of all its matrices, which are handed over number by number."""
RUIN = (10, 10, 0.01)
"""Strings of SISR: mean removals, longest, share of routes (Christiaens and Vanden Berghe 2020)."""


def supports(problem: RoutingProblem) -> bool:
    """Single trips from the depot, no goods on board, no relations, no driving rule, no release that matters."""
    if not problem.vehicles or not 0 < len(problem.stops) <= MAX_STOPS:
        return False
    first_leave_s = min(v.begin_s + v.load_s for v in problem.vehicles)
    return (
        not (problem.relations or problem.incompatible or any(profile.bands for profile in problem.profiles))
        and all(_vehicle(problem, v) for v in problem.vehicles)
        and all(s.release_s <= first_leave_s for s in problem.stops)
        and _places(problem)
        and _matrices(problem) * len(problem.stops) ** 2 <= MAX_ENTRIES
    )


def _vehicle(problem: RoutingProblem, vehicle: Vehicle) -> bool:
    return (
        vehicle.max_trips == 1
        and not problem.starts_on_board(vehicle)
        and vehicle.driving is None
        and len(vehicle.locked) <= 1
        # Its breaks may lie in the loading, ours may not.
        and (not vehicle.breaks or vehicle.load_s == 0)
    )


def _places(problem: RoutingProblem) -> bool:
    """A setup is due at every visit where nothing else is at the same place; then it is part of the service."""
    here = Counter(s.location for s in problem.stops)
    here.update({v.depot for v in problem.vehicles})
    return all(s.setup_s == 0 or here[s.location] == 1 for s in problem.stops)


def _matrices(problem: RoutingProblem) -> int:
    profiles = len({v.profile for v in problem.vehicles})
    return profiles + (len(problem.vehicles) if priced_changes(problem) else profiles)


def solve(problem: RoutingProblem, start: Sequences, budget: Budget) -> dict[str, list[list[str]]] | None:
    """Improve `start`; None if no solution was found in time. Raises ValueError if the problem is not supported."""
    if not supports(problem):
        raise ValueError("ortools_engine: problem not supported, see supports()")
    deadline = budget.start()
    model = RoutingModel(problem)
    left_s = deadline.left_s()
    if left_s <= 0.0:
        return None
    parameters = _parameters(left_s, budget)
    model.routing.CloseModelWithParameters(parameters)
    # The hint must outlive the search.
    hint = model.hint(start)
    if hint is not None:
        model.routing.SetFirstSolutionHint(hint)
    found = model.routing.SolveWithIteratedLocalSearch(parameters)
    return None if found is None else model.sequences(found)


def _parameters(seconds: float, budget: Budget) -> Any:
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2, routing_ils_pb2

    parameters = pywrapcp.DefaultRoutingSearchParameters()
    # The one that takes a hint.
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
    if budget.solutions is not None:
        parameters.solution_limit = budget.solutions
    parameters.use_iterated_local_search = True
    ils = parameters.iterated_local_search_parameters
    ruin = routing_ils_pb2.RuinStrategy()
    ruin.sisr.avg_num_removed_visits, ruin.sisr.max_removed_sequence_size, ruin.sisr.bypass_factor = RUIN
    ils.ruin_recreate_parameters.ruin_strategies.append(ruin)
    ils.improve_perturbed_solution = False
    ils.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = True
    return parameters
