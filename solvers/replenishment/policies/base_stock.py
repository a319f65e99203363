"""Base stock: at each look, order up to one level. No cost an order; backorders; by cost, cycle service or fill rate.

Source: Snyder and Shen (2019), sec. 4.3.4.
Promises: exact on any discrete demand, closed form or root for normal demand.
May not: round a normal's answer.
Called by: tests; `reorder` serves the planner with the same answers where an order is free.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

from solvers.errors import require
from solvers.replenishment.policies.distributions import Normal
from solvers.replenishment.policies.exposure import Costs, Exposure, Performance, Service, StockPolicy
from solvers.replenishment.policies.newsvendor import newsvendor_normal
from solvers.replenishment.policies.reorder import best_reorder_point, performance, service_reorder_point

_STEPS = 200


def base_stock_by_cost(exposure: Exposure, costs: Costs) -> StockPolicy:
    """The level of least holding and shortage cost."""
    return best_reorder_point(exposure, costs, 1, "up_to")


def base_stock_by_service(exposure: Exposure, target: float, kind: Service) -> StockPolicy:
    """The least level that serves enough.

    A replenishment cycle is a review interval with demand: the probability that the demand of lead time and review,
    given that there was some in the review, is covered.
    """
    return service_reorder_point(exposure, target, kind, 1, "up_to")


def base_stock_performance(exposure: Exposure, costs: Costs, level: int) -> Performance:
    """Costs and service of any level; orders are free."""
    return performance(exposure, replace(costs, order=0.0), StockPolicy("up_to", level - 1, 1))


def normal_base_stock(
    mean: float, sd: float, lead_days: float, review_days: float, costs: Costs
) -> tuple[float, float]:
    """Level of least cost and that cost a day, with normal demand of this mean and sd a day."""
    days = lead_days + review_days
    return newsvendor_normal(mean * days, sd * math.sqrt(days), costs.holding, costs.shortage)


def normal_base_stock_by_service(
    mean: float, sd: float, lead_days: float, review_days: float, target: float, kind: Service
) -> float:
    """The least level whose cycle service or fill rate reaches the target, with normal demand a day."""
    require(0 < target < 1, "target", target, "between 0 and 1")
    days = lead_days + review_days
    cover = Normal(mean * days, sd * math.sqrt(days))
    if kind == "cycle":
        return cover.mean + cover.sd * NormalDist().inv_cdf(target)
    lead = Normal(mean * lead_days, sd * math.sqrt(lead_days))
    low, high = lead.mean - 40 * cover.sd, cover.mean + 40 * cover.sd
    for _ in range(_STEPS):
        level = (low + high) / 2
        missed = cover.loss_at(level) - lead.loss_at(level)
        low, high = (level, high) if missed > (1 - target) * mean * review_days else (low, level)
    return high
