"""Reorder points as a careful planner sets them once: from past demand, the agreed lead time and the service level.

Promises the textbook's normal formula (Silver, Pyke, Thomas, "Inventory and Production Management", ch. 6), nothing
that is only known later: with d and s the mean and standard deviation of daily demand, L and l those of the agreed
lead time in days, P = L + 1 (a day between two looks), z of the service level,

    reorder point  =  d P + z sqrt(P s² + d² l²),        order quantity  =  sqrt(2 d 365 K / h)

K: cost of an order, h: of a unit in stock for a year; at least a day's demand, rounded up to the lot rules.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

REVIEW_DAYS = 1.0
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Terms:
    """How an item comes to a site: agreed lead time in days with its standard deviation, lot rules, order cost."""

    lead_days: float
    lead_sd_days: float = 0.0
    order_cost_cents: int = 0
    min_order_quantity: int = 1
    order_multiple: int = 1


@dataclass(frozen=True, slots=True)
class FixedLevels:
    """Order when the position is below `reorder_point`, up to `order_up_to`."""

    reorder_point: int
    order_up_to: int
    safety_stock: int

    @property
    def quantity(self) -> int:
        """What is usually ordered."""
        return self.order_up_to - self.reorder_point


def fixed_levels(
    history: Sequence[int], terms: Terms, *, service_per_mille: int, unit_cost_cents: int, holding_per_mille_year: int
) -> FixedLevels:
    """The planner's levels for an item at a site; at least one unit, so that it is ordered at all."""
    mean = statistics.fmean(history) if history else 0.0
    spread = statistics.stdev(history) if len(history) > 1 else 0.0
    protection = terms.lead_days + REVIEW_DAYS
    deviation = math.sqrt(protection * spread**2 + (mean * terms.lead_sd_days) ** 2)
    z = statistics.NormalDist().inv_cdf(min(0.9999, max(0.5, service_per_mille / 1000)))
    point = math.ceil(mean * protection + z * deviation)
    quantity = order_quantity(mean, terms, unit_cost_cents * holding_per_mille_year / 1000)
    return FixedLevels(point, point + quantity, math.ceil(z * deviation))


def order_quantity(mean: float, terms: Terms, holding_cents_year: float) -> int:
    """The economic lot, by the lot rules."""
    lot = 0.0
    if holding_cents_year > 0:
        lot = math.sqrt(2 * mean * YEAR_DAYS * terms.order_cost_cents / holding_cents_year)
    wanted = max(lot, mean, terms.min_order_quantity, 1)
    return math.ceil(wanted / terms.order_multiple) * terms.order_multiple
