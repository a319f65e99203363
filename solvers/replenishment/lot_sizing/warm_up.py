"""Compile or load the kernels of this package.

Promises: afterwards `quick_lots` and `solve_discrete` answer at once. May not import an engine. Called by
`solvers.warm_up`.
"""

from __future__ import annotations

from collections.abc import Callable

from solvers.budget import Budget
from solvers.replenishment.lot_sizing.discrete import DiscreteProblem
from solvers.replenishment.lot_sizing.discrete_solve import solve_discrete
from solvers.replenishment.lot_sizing.line import LineItem, LineProblem
from solvers.replenishment.lot_sizing.quick import quick_lots

COMPILE_S = 600.0


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Solve a problem of each kind that reaches every kernel."""
    say("lots")
    changeovers = ((0, 3, 4), (5, 0, 3), (2, 6, 0))
    solve_discrete(DiscreteProblem(8, ((2, 6), (3, 7), (4, 6)), 1, changeovers), Budget(seconds=COMPILE_S))
    items = tuple(LineItem(name, (2, 3), unit_s=1, setup_cents=5, holding_cents=1, backlog_cents=9) for name in "AB")
    quick_lots(LineProblem(items, (20, 20), carry_over=True), moves=20)
