"""Where the stock of an item-site is heading: position, certain shortage, stock-out moment, risk.

Promises: whole units and seconds out; receipts that are overdue count as arriving now.
May not: propose.
Called by: `planner`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from solvers.replenishment.cover import Cover
from solvers.replenishment.item import ItemSite, Receipt
from solvers.replenishment.lead_time import LeadTime, write_off_day
from solvers.replenishment.shared import DAY_S

HORIZON_S = 400 * DAY_S


@dataclass(frozen=True)
class Outlook:
    """One item-site and the units this plan will take from it; what is certain, in time order.

    `protection_s`: what an order placed now must last for.
    """

    item_site: ItemSite
    dependent: int
    now_s: int
    protection_s: int

    @property
    def free(self) -> int:
        """On hand, neither promised nor owed; below zero where orders wait."""
        return self.item_site.on_hand - self.item_site.allocated - self.item_site.backorders

    @cached_property
    def on_order(self) -> tuple[Receipt, ...]:
        """What is still counted on."""
        return counted_on(self.item_site, self.now_s)

    @property
    def written_off(self) -> int:
        """Units on order that are more probably lost than late."""
        return sum(r.quantity for r in self.item_site.on_order) - sum(r.quantity for r in self.on_order)

    def receipts(self, until_s: int) -> int:
        """Units on order that are expected by then."""
        return sum(r.quantity for r in self.on_order if max(r.expected_s, self.now_s) <= until_s)

    def needs(self, until_s: int) -> int:
        """Units certainly needed by then, this plan's own orders included."""
        return self.dependent + sum(r.quantity for r in self.item_site.requirements if r.needed_s <= until_s)

    def position(self) -> int:
        """Inventory position, net of what is certainly needed within the protection interval."""
        return self.free + sum(r.quantity for r in self.on_order) - self.needs(self.now_s + self.protection_s)

    def moments(self) -> list[int]:
        """When something certain happens, now included, within the horizon."""
        found = {self.now_s}
        found.update(max(r.expected_s, self.now_s) for r in self.on_order)
        found.update(max(r.needed_s, self.now_s) for r in self.item_site.requirements)
        return sorted(moment_s for moment_s in found if moment_s <= self.now_s + HORIZON_S)

    def short_from_s(self) -> int | None:
        """When certain needs alone leave the stock short for good, within the protection interval."""
        last: int | None = None
        for moment_s in self.moments():
            if moment_s > self.now_s + self.protection_s:
                break
            is_short = self.free + self.receipts(moment_s) - self.needs(moment_s) < 0
            last = (moment_s if last is None else last) if is_short else None
        return last

    def stock_out_s(self, milli_day: int) -> int | None:
        """When the stock falls below zero at the mean rate of demand; None if not within the horizon."""
        moments = [*self.moments(), self.now_s + HORIZON_S]
        for moment_s, next_s in pairwise(moments):
            certain = self.free + self.receipts(moment_s) - self.needs(moment_s)
            stock_milli = certain * 1_000 - milli_day * (moment_s - self.now_s) // DAY_S
            if stock_milli < 0:
                return moment_s
            if milli_day and moment_s + stock_milli * DAY_S // milli_day < next_s:
                return moment_s + stock_milli * DAY_S // milli_day
        return None

    def risk_permille(self, cover: Cover, proposed: bool) -> int:
        """Probability that the stock is below zero before the next receipt: on order, or proposed now."""
        first_s = min((max(r.expected_s, self.now_s) for r in self.on_order), default=None)
        demand = None
        if proposed and (first_s is None or self.now_s + cover.mean_s < first_s):
            first_s, demand = self.now_s + cover.mean_s, cover.lead
        elif first_s is None:
            first_s, demand = self.now_s + self.protection_s, cover.protection
        available = self.free - self.needs(first_s)
        if available < 0:
            return 1_000
        law = demand if demand is not None else cover.demand.over(first_s - self.now_s)
        return round(1_000 * min(1.0, law.exceeds(available)))

    def waiting_day_cents(self, cover: Cover) -> int:
        """What the shortage of one more day costs, if the order comes a day later than it could."""
        price = self.item_site.shortage_cents_unit_day
        if not price:
            return 0
        until_s = self.now_s + cover.mean_s + DAY_S
        available = self.free + self.receipts(until_s) - self.needs(until_s)
        return round(price * cover.lead_and_a_day.loss(available))


def counted_on(item_site: ItemSite, now_s: int) -> tuple[Receipt, ...]:
    """Receipts that are not written off: late enough, by the learned lead time, to be more probably lost."""
    if not any(receipt.ordered_s is not None for receipt in item_site.on_order):
        return item_site.on_order
    return tuple(receipt for receipt in item_site.on_order if not _written_off(item_site, receipt, now_s))


def _written_off(item_site: ItemSite, receipt: Receipt, now_s: int) -> bool:
    source = item_site.source(receipt.source_id)
    if source is None or source.lead_time is None or receipt.ordered_s is None:
        return False
    return (now_s - receipt.ordered_s) // DAY_S >= _given_up(source.lead_time)


@lru_cache(maxsize=20_000)
def _given_up(record: LeadTime) -> int:
    return write_off_day(record)
