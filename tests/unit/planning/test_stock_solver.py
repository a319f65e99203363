"""What a solver process finds for items that share a limit comes back as better proposals, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from orchestrator.domain import company as co
from orchestrator.planning.ports import Kind, SolveOutcome
from orchestrator.planning.settings import PlanningSettings
from solvers.budget import Budget
from solvers.replenishment.item import Key
from solvers.replenishment.plan import Orders
from solvers.replenishment.planner import plan_as
from solvers.result import SolveStatus
from tests.unit.planning.test_planner import running
from tests.unit.planning.world import small_company
from tests.waiting import wait_for

MANUAL = PlanningSettings(improve_budget_ms=0, background_every_s=3600, auto_approve_cents=0)


def scarce() -> co.Company:
    """A at two sites; the week's budget pays for about one order."""
    company = small_company(depots=2, stock=0)
    return company.model_copy(update={"purchase_budget_cents": 8_000})


@dataclass
class Other:
    """A solver that gives the whole budget to the other site."""

    asked: list[Any] = field(default_factory=list)
    available: bool = True

    async def solve(self, kind: Kind, problem: Any, start: Any, budget: Budget) -> SolveOutcome:
        if kind != "replenishment":
            return SolveOutcome(SolveStatus.NO_SOLUTION_IN_TIME, None)
        self.asked.append(problem)
        first = start.proposals[0]
        other = next(one for one in problem.item_sites if one.key != first.key)
        orders: dict[Key, Orders] = {one.key: () for one in problem.item_sites}
        orders[other.key] = ((first.source_id, first.quantity),)
        return SolveOutcome(SolveStatus.FEASIBLE, plan_as(problem, start, orders), engine="program")


async def test_a_better_use_of_a_shared_budget_is_taken_over() -> None:
    solvers = Other()
    async with running(settings=MANUAL, company=scarce(), solvers=solvers) as live:
        before = set(live.state.plan.proposals)
        assert len(before) == 1
        live.planner.solve_now()
        await wait_for(lambda: set(live.state.plan.proposals) != before, "the other site is proposed")
        assert len(live.state.plan.proposals) == 1
        assert live.heads()[-1].engine == "program"
        assert solvers.asked
