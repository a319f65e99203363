"""Why production is late: the chain of tasks, machines, materials and downtime behind an order's goods.

Promises: read off a checked schedule of the present state, nothing guessed, nothing changed. Called by explain.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.domain.plan import Allocation, PegKind
from orchestrator.planning.lateness import in_force, sentence
from orchestrator.planning.scheduling_problem import scheduling_problem
from orchestrator.planning.working import Working
from solvers.scheduling.explain import explain


def late_supplies(work: Working, allocation: Allocation) -> Iterator[str]:
    """A sentence for each production order behind the allocation that ends after its due date."""
    wanted = {peg.source_id for peg in allocation.pegs if peg.kind is PegKind.PRODUCTION}
    if not wanted:
        return
    problem = scheduling_problem(work)
    for job in explain(problem, in_force(work, problem)):
        if job.job_id in wanted:
            yield sentence(job)
