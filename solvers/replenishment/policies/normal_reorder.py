"""The exact (r,Q) policy for normal demand under continuous review: the lot Q is ordered when the position is at r.

The position is uniform over r .. r + Q, so the cost is K lambda / Q + (1/Q) integral of g over it, with g(y) the
holding and shortage cost of a normal lead-time demand (Snyder and Shen 2019, sec. 5.1; Zheng 1992). The best window
for a cost level c is where g <= c; it is optimal where its area under c is K lambda: one increasing function of c,
whose root is found by bisection. Nothing is approximated; heuristics stand beside it in the tests.
Promises: quantities to some 1e-10, costs to the last digits.
May not: round; `reorder` serves whole units.
Called by: tests against published values; the comparison of large items.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from solvers.errors import require
from solvers.replenishment.policies.disruption import lowest_point
from solvers.replenishment.policies.exposure import Service

_STANDARD = NormalDist()
_STEPS = 200


@dataclass(frozen=True, slots=True)
class NormalPolicy:
    """When the position falls to `reorder_point`, order `quantity`; the cost is a period's."""

    reorder_point: float
    quantity: float
    cost: float


@dataclass(frozen=True, slots=True)
class NormalItem:
    """Costs of an order, of a unit held and short a period; demand a period; its mean and sd over the lead time."""

    order_cost: float
    holding_cost: float
    shortage_cost: float
    demand: float
    lead_mean: float
    lead_sd: float

    def __post_init__(self) -> None:
        for name in ("order_cost", "holding_cost", "demand", "lead_sd"):
            value = getattr(self, name)
            require(0 < value < math.inf, name, value, "above 0 and finite")

    def loss(self, level: float) -> float:
        """Expected units of lead-time demand beyond a level."""
        z = (level - self.lead_mean) / self.lead_sd
        return self.lead_sd * (_STANDARD.pdf(z) - z * _beyond(z))

    def loss_integral(self, level: float) -> float:
        """The loss integrated from a level upwards: the second-order loss (eq. C.19)."""
        z = (level - self.lead_mean) / self.lead_sd
        return self.lead_sd**2 / 2 * ((z * z + 1) * _beyond(z) - z * _STANDARD.pdf(z))

    def rate(self, level: float) -> float:
        """g: expected holding and shortage cost a period at a position."""
        both = self.holding_cost + self.shortage_cost
        return self.holding_cost * (level - self.lead_mean) + both * self.loss(level)

    def area(self, low: float, high: float) -> float:
        """The integral of g."""
        middle = (low + high) / 2 - self.lead_mean
        both = self.holding_cost + self.shortage_cost
        return self.holding_cost * middle * (high - low) + both * (self.loss_integral(low) - self.loss_integral(high))

    def cost(self, reorder_point: float, quantity: float) -> float:
        """Order, holding and shortage cost a period of any (r,Q)."""
        window = self.area(reorder_point, reorder_point + quantity)
        return (self.order_cost * self.demand + window) / quantity


def best_normal(item: NormalItem) -> NormalPolicy:
    """The (r,Q) of least cost."""
    require(item.shortage_cost > 0, "shortage_cost", item.shortage_cost, "above 0")
    both = item.holding_cost + item.shortage_cost
    bottom = item.lead_mean + item.lead_sd * _STANDARD.inv_cdf(item.shortage_cost / both)
    least, target = item.rate(bottom), item.order_cost * item.demand

    def window(level: float) -> tuple[float, float]:
        return _crossing(item.rate, bottom, level, -1.0), _crossing(item.rate, bottom, level, 1.0)

    def gain(level: float) -> float:
        low, high = window(level)
        return level * (high - low) - item.area(low, high)

    step = max(least, math.sqrt(2 * target * item.holding_cost))
    while gain(least + step) < target:
        step *= 2
    level = _root(lambda cost: gain(cost) - target, least, least + step)
    low, high = window(level)
    return NormalPolicy(low, high - low, item.cost(low, high - low))


def best_normal_point(item: NormalItem, quantity: float) -> NormalPolicy:
    """The cheapest reorder point for a given lot: g is the same at both ends of the window."""
    require(quantity > 0, "quantity", quantity, "above 0")
    low = item.lead_mean - quantity - 40 * item.lead_sd
    high = item.lead_mean + 40 * item.lead_sd
    point = _root(lambda r: item.rate(r + quantity) - item.rate(r), low, high)
    return NormalPolicy(point, quantity, item.cost(point, quantity))


def best_normal_by_service(item: NormalItem, target: float, kind: Service) -> NormalPolicy:
    """Least order and holding cost a period with a cycle service or fill rate of `target` (sec. 5.3).

    Cycle service is that of the lead-time demand alone. The lot of least cost is searched from the EOQ on, each with
    the least reorder point that serves enough; `shortage_cost` is not looked at.
    """
    require(0.5 < target < 1, "target", target, "between 0.5 and 1")
    held = NormalItem(item.order_cost, item.holding_cost, 0.0, item.demand, item.lead_mean, item.lead_sd)

    def point(quantity: float) -> float:
        if kind == "cycle":
            return item.lead_mean + item.lead_sd * _STANDARD.inv_cdf(target)
        missed = (1 - target) * quantity
        low, high = item.lead_mean - quantity - 40 * item.lead_sd, item.lead_mean + 40 * item.lead_sd
        return _root(lambda r: missed - item.loss(r) + item.loss(r + quantity), low, high)

    economic = math.sqrt(2 * item.order_cost * item.demand / item.holding_cost)
    top = economic + 40 * item.lead_sd
    quantity = lowest_point(lambda lot: held.cost(point(lot), lot), economic / 2, 2 * top)
    return NormalPolicy(point(quantity), quantity, held.cost(point(quantity), quantity))


def _beyond(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def _crossing(rate: Callable[[float], float], bottom: float, level: float, side: float) -> float:
    """Where the convex `rate` reaches `level` on one side of its lowest point."""
    reach = 1.0
    while rate(bottom + side * reach) < level:
        reach *= 2
    return bottom + side * _root(lambda distance: rate(bottom + side * distance) - level, 0.0, reach)


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0, by bisection to the last digit."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
