"""Take out of a plan what nobody asks for within its periods.

Promises: a lot stays a lot, within its rules; costs never rise (less is made, nothing becomes later). Where holding is
free, an engine may make too much without harm to its cost; a plant would wonder. Called by `quick`, `line_lots`.
"""

from __future__ import annotations

from solvers.replenishment.lot_sizing.line import LineItem, LinePlan, LineProblem, Lot


def trimmed(problem: LineProblem, plan: LinePlan) -> LinePlan:
    """The plan with its last lots as small as demand and the lot rules let them be."""
    made = {item.item_id: [0] * problem.periods for item in problem.items}
    for t, lots in enumerate(plan.lots):
        for lot in lots:
            made[lot.item_id][t] = lot.quantity
    for item in problem.items:
        _trim(item, made[item.item_id])
    return LinePlan(
        tuple(tuple(Lot(lot.item_id, made[lot.item_id][t]) for lot in lots) for t, lots in enumerate(plan.lots))
    )


def _trim(item: LineItem, row: list[int]) -> None:
    """From the last period back: `spare` is the least stock at the end of any period from here on."""
    stock = item.opening_stock + sum(row) - sum(item.demand)
    spare = stock
    least = -(-max(item.min_lot, 1) // item.lot_multiple) * item.lot_multiple
    for t in range(len(row) - 1, -1, -1):
        spare = min(spare, stock)
        less = max(0, min(spare, row[t] - least)) // item.lot_multiple * item.lot_multiple
        stock += item.demand[t] - row[t]
        row[t] -= less
        spare -= less
