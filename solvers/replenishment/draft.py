"""One item-site on its own: its policy, what it would order now, and the proposals of what it finally orders.

Promises: pure; whole numbers; proposals of a policy already known work out only what they tell.
May not: know what other item-sites share with it.
Called by: `planner`.
"""

from __future__ import annotations

import math
from dataclasses import replace

from solvers.replenishment.cover import Cover, Demand
from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.levels import levels
from solvers.replenishment.plan import Orders, Policy, Proposal, Reason
from solvers.replenishment.pricing import allowed, order_cents
from solvers.replenishment.projection import Outlook
from solvers.replenishment.sourcing import Ranked, ranked, split
from solvers.replenishment.worth import worth


def propose(item_site: ItemSite, policy: Policy, now_s: int, orders: Orders, limit: str) -> tuple[Proposal, ...]:
    """The proposals of what an item-site finally orders; `limit` made it other than wanted."""
    demand = Demand(item_site)
    outlook = Outlook(item_site, policy.dependent_demand, now_s, policy.protection_s)
    total = sum(quantity for _, quantity in orders)
    made = []
    for source_id, quantity in orders:
        source = item_site.source(source_id)
        assert source is not None
        cover = Cover(demand, source)
        known = policy.waiting_day_cents if source_id == policy.source_id else None
        waiting_cents = outlook.waiting_day_cents(cover) if known is None else known
        reason = _reason(policy, source_id, limit, waiting_cents, 1_000 * quantity // total)
        made.append(_proposal(cover, policy, outlook, quantity, reason))
    return tuple(made)


def _proposal(cover: Cover, policy: Policy, outlook: Outlook, quantity: int, reason: Reason) -> Proposal:
    item_site, source = cover.demand.item_site, cover.source
    expected_s = outlook.now_s + cover.mean_s
    moments = (outlook.short_from_s() if reason.shortage else None, policy.stock_out_s, expected_s)
    return Proposal(
        kind=source.kind,
        source_id=source.source_id,
        item_id=item_site.item_id,
        site_id=item_site.site_id,
        quantity=quantity,
        expected_s=expected_s,
        needed_by_s=next(moment_s for moment_s in moments if moment_s is not None),
        reason=reason,
        cost_cents=order_cents(item_site, source, quantity),
        late_s=outlook.now_s + cover.p90_s,
    )


def _reason(policy: Policy, source_id: str, limit: str, waiting_cents: int, split_permille: int) -> Reason:
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


def steer(item_site: ItemSite, dependent: int, now_s: int, published: Orders = (), change_cents: int = 0) -> Policy:
    """The policy of an item-site from which others take `dependent` units, and what it wants to order now.

    What was `published` before stays unless a change saves more than `change_cents`.
    """
    demand = Demand(item_site)
    sources = ranked(item_site, demand)
    cover = sources[0].cover if sources else Cover(demand, NOWHERE)
    found = sources[0].levels if sources else levels(cover)
    source = sources[0].source if sources else None
    outlook = Outlook(item_site, dependent, now_s, cover.protection_s)
    milli_day = round(1_000 * demand.mean)
    policy = Policy(
        item_id=item_site.item_id,
        site_id=item_site.site_id,
        demand_class=demand.kind,
        demand_milli_day=milli_day,
        demand_sd_milli_day=round(1_000 * cover.sd_day),
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
    orders = _orders(policy, sources, item_site, now_s)
    if published and orders and published != orders:
        orders = _unless_it_pays(policy, item_site, now_s, orders, published, change_cents)
    risk = outlook.risk_permille(cover, bool(orders))
    waiting_cents = outlook.waiting_day_cents(cover) if orders else None
    return replace(policy, orders=orders, stock_out_risk_permille=risk, waiting_day_cents=waiting_cents)


NOWHERE = Source("nowhere", 0)
"""Stands in for the source of an item-site that has none: it is watched as if goods came at once."""


def _orders(policy: Policy, sources: tuple[Ranked, ...], item_site: ItemSite, now_s: int) -> Orders:
    """An order now, if the position is below the reorder point or certain needs are not covered."""
    position = policy.inventory_position
    if not sources or (position >= policy.reorder_point and position >= 0):
        return ()
    return split(policy, sources, item_site, now_s, policy.order_up_to - position)


def _unless_it_pays(
    policy: Policy, item_site: ItemSite, now_s: int, orders: Orders, published: Orders, change_cents: int
) -> Orders:
    """The orders, or the published ones where the difference is not worth its price."""
    for source_id, quantity in published:
        source = item_site.source(source_id)
        if source is None or allowed(source, quantity) != quantity:
            return orders
    if policy.inventory_position + sum(quantity for _, quantity in published) < 0:
        return orders
    before, after = (worth(item_site, policy, now_s).of([option])[0] for option in (published, orders))
    return orders if before - after > change_cents else published
