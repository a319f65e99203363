"""A whole replenishment problem, in a solver process: the marginal list, then better where something is shared.

Promises: the plan passes the independent checker and is never more expensive than the marginal list's by the
checker's own simulation; whatever the engine does, there is a plan; it stops in time.
May not: run in the core (OR-Tools).
Called by: solver processes (kind "replenishment"), `io.solve_file`, benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from solvers.budget import Budget, Deadline
from solvers.replenishment.check import check
from solvers.replenishment.check_cost import expected_cost
from solvers.replenishment.item import Key
from solvers.replenishment.plan import Orders, ReplenishmentPlan
from solvers.replenishment.planner import plan, plan_as
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.rolling.answer import Answer
from solvers.replenishment.rolling.members import Group, group_of
from solvers.result import Result, SolveStatus

Program = Callable[[ReplenishmentProblem, Group, dict[Key, Orders], Deadline], Answer]
ROUNDS = 3
"""Programs over different futures at most; the referee's own futures decide which answer is best."""
LEAST_S = 0.2
SHARE = 0.7
"""Of the time left: an engine looks at its clock only now and then, and its answer has to be judged."""


def solve(problem: ReplenishmentProblem, start: ReplenishmentPlan | None, budget: Budget) -> Result[ReplenishmentPlan]:
    """The best plan found; `cost` is its expected cost in cents (`check_cost`). Always has a plan.

    `start`: an earlier plan of the same problem; used where it passes the checker and costs less.
    """
    deadline = budget.start()
    base = plan(problem)
    search = _Search(problem, base, deadline, budget)
    first_s = deadline.elapsed_s()
    if start is not None:
        search.offer(start, "start")
    search.run()
    return Result(
        status=SolveStatus.FEASIBLE,
        plan=search.best,
        cost=search.cost,
        engine=search.engine,
        wall_s=deadline.elapsed_s(),
        first_feasible_s=first_s,
        iterations=search.rounds,
        seed=budget.seed,
        notes=tuple(search.notes[:20]),
    )


class _Search:
    """One solve: the best plan so far, and what became of each attempt."""

    def __init__(
        self, problem: ReplenishmentProblem, base: ReplenishmentPlan, deadline: Deadline, budget: Budget
    ) -> None:
        self.problem, self.base, self.deadline, self.budget = problem, base, deadline, budget
        self.best, self.engine = base, "marginal"
        self.cost = self._cost(base)
        self.notes: list[str] = []
        self.rounds = 0

    def _cost(self, candidate: ReplenishmentPlan) -> int:
        return expected_cost(self.problem, candidate, seed=1 + self.budget.seed).cents

    def run(self) -> None:
        """A program for each of several futures while there is time."""
        from solvers.replenishment.rolling.model import solve_group
        from solvers.replenishment.rolling.options import solve_options

        most = min(ROUNDS, self.budget.iterations or ROUNDS)
        while self.rounds < most and self.deadline.left_s() > LEAST_S:
            seconds = SHARE * self.deadline.left_s() / (most - self.rounds)
            turn = replace(self.budget, seconds=seconds).start()
            group = group_of(self.problem, self.base, self.budget.seed + self.rounds)
            if group is None:
                self.notes.append("nothing shared makes a difference")
                return
            program = solve_options if self.rounds == 0 else solve_group
            self._try(program, group, turn)
            self.rounds += 1

    def _try(self, program: Program, group: Group, turn: Deadline) -> None:
        name = program.__name__.removeprefix("solve_")

        start: dict[Key, Orders] = {}
        for key, proposals in self.best.proposals_of().items():
            start[key] = tuple((p.source_id, p.quantity) for p in proposals)
        try:
            answer = program(self.problem, group, start, turn)
        except Exception as error:
            # A guest may do anything; the plan we have stands, and the note says what happened.
            self.notes.append(f"{name}: {type(error).__name__}: {error}")
            return
        if answer.orders is None:
            self.notes.append(f"{name}: {answer.status}")
            return
        self.offer(plan_as(self.problem, self.base, answer.orders), f"highs {name}")

    def offer(self, candidate: ReplenishmentPlan, engine: str) -> None:
        """Keep it if it passes the checker and costs less."""
        violations = check(self.problem, candidate).violations
        if violations:
            first = violations[0]
            self.notes.append(f"{engine}: refused: {first.kind} {first.item_id} {first.site_id} {first.text}")
            return
        cost = self._cost(candidate)
        if cost < self.cost:
            self.notes.append(f"{engine}: saves {self.cost - cost} cents at {self.deadline.elapsed_s():.1f} s")
            self.best, self.cost, self.engine = candidate, cost, engine
        else:
            self.notes.append(f"{engine}: costs {cost - self.cost} cents more")
