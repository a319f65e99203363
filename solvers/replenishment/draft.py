"""One item-site on its own: its policy, what it would order now, and the proposals of what it finally orders.

Promises: pure; whole numbers; a draft from a policy already known works out again only what is asked of it.
May not: know what other item-sites share with it.
Called by: `planner`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from solvers.replenishment.cover import Cover, Demand
from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.levels import Levels, levels
from solvers.replenishment.plan import Orders, Policy, Proposal, Reason
from solvers.replenishment.pricing import allowed, order_cents
from solvers.replenishment.projection import Outlook


@dataclass(frozen=True)
class Draft:
    """The policy of one item-site, with `orders` as if nothing were scarce."""

    item_site: ItemSite
    now_s: int
    policy: Policy

    @cached_property
    def demand(self) -> Demand:
        """Its demand."""
        return Demand(self.item_site)

    def proposals(self, orders: Iterable[tuple[str, int, str]]) -> list[Proposal]:
        """Of these orders: (source, units, what limited it)."""
        orders = [order for order in orders if order[1]]
        total = sum(quantity for _, quantity, _ in orders)
        return [self._proposal(*order, total) for order in orders]

    def _proposal(self, source_id: str, quantity: int, limit: str, total: int) -> Proposal:
        item_site, policy = self.item_site, self.policy
        source = item_site.source(source_id)
        assert source is not None
        cover = Cover(self.demand, source)
        outlook = Outlook(item_site, policy.dependent_demand, self.now_s, policy.protection_s)
        shortage = max(0, -policy.inventory_position)
        expected_s = self.now_s + cover.mean_s
        moments = (outlook.short_from_s() if shortage else None, policy.stock_out_s, expected_s)
        return Proposal(
            kind=source.kind,
            source_id=source_id,
            item_id=item_site.item_id,
            site_id=item_site.site_id,
            quantity=quantity,
            expected_s=expected_s,
            needed_by_s=next(moment_s for moment_s in moments if moment_s is not None),
            reason=self._reason(source_id, limit, outlook.waiting_day_cents(cover), 1_000 * quantity // total),
            cost_cents=order_cents(item_site, source, quantity),
            late_s=self.now_s + cover.p90_s,
        )

    def _reason(self, source_id: str, limit: str, waiting_cents: int, split_permille: int) -> Reason:
        policy = self.policy
        short = policy.inventory_position < 0
        low = policy.inventory_position < policy.reorder_point
        return Reason(
            trigger="firm_shortage" if short else "below_reorder_point" if low else "top_up",
            inventory_position=policy.inventory_position,
            reorder_point=policy.reorder_point,
            order_up_to=policy.order_up_to,
            safety_stock=policy.safety_stock,
            shortage=max(0, -policy.inventory_position),
            stock_out_s=policy.stock_out_s,
            waiting_day_cost_cents=waiting_cents,
            lead_demand=policy.reorder_point - policy.safety_stock,
            wanted=dict(policy.orders).get(source_id, 0),
            limit=limit,
            split_permille=split_permille,
        )


def draft(item_site: ItemSite, dependent: int, now_s: int) -> Draft:
    """Work out the policy of an item-site from which others take `dependent` units."""
    demand = Demand(item_site)
    source = item_site.sources[0] if item_site.sources else None
    cover = Cover(demand, source if source is not None else NOWHERE)
    found = levels(cover)
    outlook = Outlook(item_site, dependent, now_s, cover.protection_s)
    milli_day = round(1_000 * demand.mean)
    policy = Policy(
        item_id=item_site.item_id,
        site_id=item_site.site_id,
        demand_class=demand.kind,
        demand_milli_day=milli_day,
        demand_sd_milli_day=round(1_000 * demand.sd),
        protection_s=cover.protection_s,
        reorder_point=found.reorder_point,
        order_up_to=found.order_up_to,
        order_quantity=found.quantity,
        safety_stock=min(found.reorder_point, max(0, found.reorder_point - math.floor(cover.protection.mean))),
        dependent_demand=dependent,
        inventory_position=outlook.position(),
        stock_out_s=outlook.stock_out_s(milli_day),
        stock_out_risk_permille=0,
        source_id=source.source_id if source is not None else "",
        written_off=outlook.written_off,
        lead_p50_s=cover.p50_s if source is not None else 0,
        lead_p90_s=cover.p90_s if source is not None else 0,
    )
    orders = _orders(policy, found, source)
    proposed = (cover.mean_s, cover.source.promised_sd_s) if orders else None
    risk = outlook.risk_permille(demand, proposed)
    return Draft(item_site, now_s, replace(policy, orders=orders, stock_out_risk_permille=risk))


NOWHERE = Source("nowhere", 0)
"""Stands in for the source of an item-site that has none: it is watched as if goods came at once."""


def _orders(policy: Policy, found: Levels, source: Source | None) -> Orders:
    """An order now, if the position is below the reorder point or certain needs are not covered."""
    position = policy.inventory_position
    if source is None or (position >= found.reorder_point and position >= 0):
        return ()
    return ((source.source_id, allowed(source, found.order_up_to - position)),)
