"""Every plan of a tiny problem, and small problems to draw from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

from hypothesis import strategies as st

from solvers.replenishment.lot_sizing.check import check_discrete, check_line
from solvers.replenishment.lot_sizing.discrete import DiscretePlan, DiscreteProblem
from solvers.replenishment.lot_sizing.line import LineItem, LinePlan, LineProblem, Lot

TINY_ITEMS, TINY_PERIODS = 2, 2


def cheapest_discrete(problem: DiscreteProblem) -> int | None:
    """The cost of the best plan, None if there is none."""
    costs = []
    for made in product(range(-1, problem.items), repeat=problem.periods):
        verdict = check_discrete(problem, DiscretePlan(made))
        if verdict.ok:
            costs.append(verdict.cost)
    return min(costs, default=None)


def cheapest_line(problem: LineProblem, most: int) -> int | None:
    """The same for a line with lots of at most `most` units."""
    best: int | None = None
    for plan in line_plans(problem, most):
        verdict = check_line(problem, plan)
        if verdict.ok and (best is None or verdict.cost_cents < best):
            best = verdict.cost_cents
    return best


def line_plans(problem: LineProblem, most: int) -> Iterator[LinePlan]:
    """Every table of quantities in every order."""
    names = [item.item_id for item in problem.items]
    for table in product(range(most + 1), repeat=len(names) * problem.periods):
        ways = []
        for t in range(problem.periods):
            lots = [Lot(name, table[i * problem.periods + t]) for i, name in enumerate(names)]
            ways.append(list(permutations(lot for lot in lots if lot.quantity)))
        for lots_of in product(*ways):
            yield LinePlan(tuple(lots_of))


@st.composite
def discrete_problems(draw: st.DrawFn, items: int = 3, periods: int = 6) -> DiscreteProblem:
    """Up to so many items and periods; some cannot be met."""
    items = draw(st.integers(1, items))
    periods = draw(st.integers(1, periods))
    cost = st.integers(0, 9)
    due = tuple(tuple(sorted(draw(st.sets(st.integers(0, periods - 1), max_size=3)))) for _ in range(items))
    matrix = tuple(tuple(0 if i == j else draw(cost) for j in range(items)) for i in range(items))
    return DiscreteProblem(periods, due, draw(st.integers(0, 5)), matrix)


@st.composite
def line_problems(
    draw: st.DrawFn, items: int = TINY_ITEMS, periods: int = TINY_PERIODS, late: bool = False, units: int = 1
) -> LineProblem:
    """Small lines of every kind. `late`: every item has a backlog price."""
    small = st.integers(0, 5)
    made = []
    for number in range(items):
        price = draw(st.integers(1, 30) if late else st.none() | st.integers(1, 30))
        opening = draw(st.integers(-1 if price is not None else 0, 1))
        made.append(
            LineItem(
                f"item-{number}",
                tuple(draw(st.integers(0, units)) for _ in range(periods)),
                draw(st.integers(1, 3)),
                draw(small),
                draw(st.integers(0, 20)),
                draw(small),
                price,
                opening,
                draw(st.sampled_from((0, 0, 2))),
                draw(st.sampled_from((1, 1, 2))),
            )
        )
    carry = draw(st.booleans())
    matrix = st.lists(st.lists(small, min_size=items, max_size=items).map(tuple), min_size=items, max_size=items)
    sequence = carry and draw(st.booleans())
    return LineProblem(
        tuple(made),
        tuple(draw(st.integers(3, 14)) for _ in range(periods)),
        tuple(draw(st.integers(0, 4)) for _ in range(periods)) if draw(st.booleans()) else (),
        draw(st.integers(0, 9_000)),
        carry,
        "item-0" if carry and draw(st.booleans()) else "",
        tuple(draw(matrix)) if sequence else None,
        tuple(draw(matrix)) if sequence else None,
    )
