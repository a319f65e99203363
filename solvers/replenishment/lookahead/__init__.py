"""Look-ahead for one item at one place: learned demand and lead time, and the order with the best expected profit."""

from solvers.replenishment.lookahead.belief import DemandBelief, DemandPaths, believe
from solvers.replenishment.lookahead.lead_law import LeadLaw
from solvers.replenishment.lookahead.order import (
    Economics,
    Explanation,
    OpenOrder,
    Position,
    Proposal,
    order_quantity,
    warm_up,
)

__all__ = [
    "DemandBelief",
    "DemandPaths",
    "Economics",
    "Explanation",
    "LeadLaw",
    "OpenOrder",
    "Position",
    "Proposal",
    "believe",
    "order_quantity",
    "warm_up",
]
