"""What an order now is worth: expected cents of an item-site until the next order could arrive, for each quantity.

For every day until then: holding of what is there and shortage of what is missing, over random demand and the random
arrival (or loss) of what is ordered now from up to two sources. What is left at the end has a value: its price, and the
order it saves (the relative value of a lot-sized item, that is, the fluid limit of the average-cost problem). The
difference of two quantities is therefore money, and so is the difference to ordering nothing and looking again later.
Promises: deterministic; demand by its first two moments; microseconds an option.
May not: know limits.
Called by: `marginal`, `sourcing`, `draft` (price of change), `rolling`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from solvers.replenishment.arrival import lead_of
from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.plan import Orders, Policy
from solvers.replenishment.policies.kernels import compiled
from solvers.replenishment.pricing import YEAR_DAYS, holding_cents_year, order_cents
from solvers.replenishment.projection import Outlook
from solvers.replenishment.shared import DAY_S

Floats = npt.NDArray[np.float64]
MAX_DAYS = 200


SLOWEST_DAY = 1 / YEAR_DAYS
"""Units a day below which an item is taken to sell one a year."""


@dataclass(frozen=True)
class Worth:
    """Prices of one item-site, ready to value quantities. Build by `worth`."""

    item_site: ItemSite
    available: Floats
    mean: float
    sd: float
    holding: float
    shortage: float
    value: float
    curve: float
    safety: float

    @property
    def days(self) -> int:
        """How far it looks."""
        return len(self.available) - 1

    def of(self, options: Sequence[Orders]) -> list[float]:
        """Expected cents of each option: units from at most two sources."""
        sources: list[Source] = []
        for option in options:
            for source_id, _ in option:
                source = self.item_site.source(source_id)
                if source is not None and source not in sources:
                    sources.append(source)
        return self._of(options, sources[:2])

    def _of(self, options: Sequence[Orders], sources: Sequence[Source]) -> list[float]:
        quantities = np.zeros((2, len(options)))
        paid = np.zeros(len(options))
        leads = [lead_of(source) for source in sources]
        comes = [1.0 - lead.lost for lead in leads]
        for column, option in enumerate(options):
            for source_id, quantity in option:
                row = next(n for n, source in enumerate(sources) if source.source_id == source_id)
                quantities[row, column] = quantity
                goods = order_cents(self.item_site, sources[row], quantity) - sources[row].fixed_cents
                paid[column] += sources[row].fixed_cents + comes[row] * goods if quantity else 0.0
        here = [*(lead.by_day(self.days) for lead in leads), np.zeros(self.days + 1), np.zeros(self.days + 1)][:2]
        both = [*comes, 0.0, 0.0][:2]
        figures = (self.mean, self.sd, self.holding, self.shortage, self.value, self.curve, self.safety)
        return cast(list[float], _price(self.available, *here, *both, quantities, paid, *figures).tolist())


def worth(item_site: ItemSite, policy: Policy, now_s: int) -> Worth:
    """The prices of an item-site steered by `policy`."""
    source = item_site.source(policy.source_id)
    slowest_s = max((lead_of(s).p90_days * DAY_S for s in item_site.sources), default=0)
    days = max(1, min(MAX_DAYS, math.ceil((item_site.review_s + slowest_s) / DAY_S)))
    mean = max(policy.demand_milli_day / 1_000, SLOWEST_DAY)
    holding = holding_cents_year(item_site) / YEAR_DAYS
    lot = max(1, policy.order_quantity)
    value = float(item_site.unit_cost_cents)
    if source is not None:
        value = order_cents(item_site, source, lot) / lot + holding * lot / (2 * mean)
    return Worth(
        item_site=item_site,
        available=_available(Outlook(item_site, policy.dependent_demand, now_s, policy.protection_s), days),
        mean=mean,
        sd=policy.demand_sd_milli_day / 1_000,
        holding=holding,
        shortage=shortage_cents_day(item_site, holding),
        value=value,
        curve=holding / (2 * mean),
        safety=float(policy.safety_stock),
    )


def warm_up() -> None:
    """Compile or load the kernel."""
    one, two = np.zeros(2), np.zeros((2, 1))
    _price(one, one, one, 1.0, 0.0, two, np.zeros(1), 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)


def shortage_cents_day(item_site: ItemSite, holding: float) -> float:
    """What a unit short costs a day: as stated, or what the service level says it must at least be worth."""
    level = item_site.service_level_permille / 1_000
    implied = max(holding, 1e-3) * level / (1 - level)
    if item_site.service_kind == "cost":
        return float(item_site.shortage_cents_unit_day)
    return max(float(item_site.shortage_cents_unit_day), implied)


def _available(outlook: Outlook, days: int) -> Floats:
    """Certain stock at the end of each day, 0 .. days, before any new order and any random demand."""
    change = np.zeros(days + 1)
    change[0] = outlook.free - outlook.dependent
    for receipt in outlook.on_order:
        day = max(0, -(-(receipt.expected_s - outlook.now_s) // DAY_S))
        if day <= days:
            change[day] += receipt.quantity
    for need in outlook.item_site.requirements:
        day = max(0, (need.needed_s - outlook.now_s) // DAY_S)
        if day <= days:
            change[day] -= need.quantity
    return np.cumsum(change)


@compiled
def _moments(mean: float, sd: float) -> tuple[float, float]:
    """E[x+] and E[(x+)^2] of a normal x."""
    if sd <= 1e-9:
        above = max(0.0, mean)
        return above, above * above
    z = mean / sd
    tail = 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    first = mean * tail + sd * density
    return first, (mean * mean + sd * sd) * tail + mean * sd * density


@compiled
def _price(
    available: Floats, by_a: Floats, by_b: Floats, comes_a: float, comes_b: float, quantities: Floats, paid: Floats,
    mean: float, sd: float, holding: float, shortage: float, value: float, curve: float, safety: float,
) -> Floats:  # fmt: skip
    days, found = len(available) - 1, paid.copy()
    for k in range(len(paid)):
        total = 0.0
        for day in range(1, days + 2):
            at_end = day > days
            day = min(day, days)
            a, b = (comes_a, comes_b) if at_end else (by_a[day], by_b[day])
            if quantities[0, k] == 0.0:
                a = 0.0
            if quantities[1, k] == 0.0:
                b = 0.0
            for case in range(4):
                weight = (a if case & 1 else 1.0 - a) * (b if case & 2 else 1.0 - b)
                if weight <= 0.0:
                    continue
                stock = available[day] - mean * day
                stock += (quantities[0, k] if case & 1 else 0.0) + (quantities[1, k] if case & 2 else 0.0)
                spread = sd * math.sqrt(day)
                if at_end:
                    total += weight * (curve * _moments(stock - safety, spread)[1] - value * stock)
                else:
                    above = _moments(stock, spread)[0]
                    total += weight * (holding * above + shortage * (above - stock))
        found[k] += total
    return found
