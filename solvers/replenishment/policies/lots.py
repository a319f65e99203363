"""How much to order at a time: the economic order quantity and the rules of the supplier.

Promises: the names that the planner uses; the mathematics is in `economic` and `newsvendor`.
May not: know an item-site.
Called by: `planner`, tests against published values.
"""

from __future__ import annotations

from solvers.replenishment.policies.economic import economic_cost, economic_quantity
from solvers.replenishment.policies.newsvendor import newsvendor, newsvendor_normal

__all__ = ["economic_cost", "economic_quantity", "lot", "newsvendor", "newsvendor_normal"]


def lot(quantity: int, least: int, multiple: int) -> int:
    """The smallest allowed quantity that is at least this one: minimum first, then whole multiples."""
    return -(-max(quantity, least) // multiple) * multiple
