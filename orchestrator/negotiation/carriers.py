"""Tenders: what an order is as a lot, and which carriers are able to take it. Pure; called by the desk and ingest.

Promises: nobody is called who could not deliver at least one of the lots; who is not called is named with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestrator.domain.company import Partner, SiteKind
from orchestrator.domain.decide.checks import order_of
from orchestrator.domain.entities import Order
from orchestrator.domain.errors import Reason, Rejection, not_found
from orchestrator.domain.measures import order_size
from orchestrator.domain.negotiations import Bidder, BidderStatus, Lot
from orchestrator.domain.quoting import ANY_PRICE_CENTS
from orchestrator.domain.state import State
from orchestrator.planning.roads import Roads


def tender_lots(state: State, order_ids: Iterable[str], limit_cents: int | None, now_s: int) -> tuple[Lot, ...]:
    """Orders as lots, each to be fetched where its goods are. Raises a rejection that names the order."""
    return tuple(_lot(state, order_of(state, order_id, "order_ids"), limit_cents, now_s) for order_id in order_ids)


def _lot(state: State, order: Order, limit_cents: int | None, now_s: int) -> Lot:
    weight_g, _ = order_size(state, order)
    return Lot(
        lot_id=order.order_id,
        text=f"deliver {sum(line.quantity for line in order.lines)} units, {weight_g / 1000:.1f} kg",
        penalty_cents=ANY_PRICE_CENTS if limit_cents is None else limit_cents,
        limit_cents=limit_cents,
        from_s=max(order.window_start_s, now_s),
        until_s=order.window_end_s,
        weight_g=weight_g,
        site_id=_fetched_at(state, order),
    )


def _fetched_at(state: State, order: Order) -> str:
    """The site that the plan takes the goods from, else the first warehouse that has them all."""
    planned = state.plan.allocations.get(order.order_id)
    sites = [planned.site_id] if planned is not None else []
    sites += [site.site_id for site in state.sites.values() if site.kind is SiteKind.WAREHOUSE]
    for site_id in sites:
        if all(state.on_hand.get((site_id, line.item_id), 0) >= line.quantity for line in order.lines):
            return site_id
    raise Rejection(
        Reason.ILLEGAL_TRANSITION,
        f"order '{order.order_id}' cannot be tendered: no warehouse has all of its goods",
        field="order_ids",
        metadata={"order_id": order.order_id},
    )


def carriers(state: State, lots: Sequence[Lot], now_s: int, only: Sequence[str] = ()) -> tuple[Bidder, ...]:
    """Carriers of the company, or those named; who is able for none of the lots stands there with the reason."""
    for name in only:
        if name not in state.partners:
            raise not_found("partner", name, field="carriers")
    asked = [state.partners[name] for name in dict.fromkeys(only)] if only else list(state.partners.values())
    roads = Roads.of(state, now_s)
    return tuple(_bidder(state, roads, one, lots) for one in asked if only or one.carries)


def _bidder(state: State, roads: Roads, partner: Partner, lots: Sequence[Lot]) -> Bidder:
    reasons = [_unable(state, roads, partner, lot) for lot in lots]
    able = any(reason is None for reason in reasons)
    first = next((reason for reason in reasons if reason is not None), "")
    return Bidder(
        bidder=partner.partner_id,
        partner_id=partner.partner_id,
        weight_max_g=partner.carry_weight_g,
        status=BidderStatus.ASKED if able else BidderStatus.UNABLE,
        reason="" if able else first,
    )


def _unable(state: State, roads: Roads, partner: Partner, lot: Lot) -> str | None:
    """Why a carrier cannot deliver a lot; None: it can."""
    if not partner.carries:
        return "is no carrier"
    if partner.carry_weight_g and lot.weight_g > partner.carry_weight_g:
        return f"carries {partner.carry_weight_g / 1000:.0f} kg, {lot.weight_g / 1000:.0f} kg wanted"
    customer = state.customers[state.orders[lot.lot_id].customer_id]
    missing = sorted(set(customer.needs) - set(partner.skills))
    if missing:
        return f"lacks {', '.join(missing)}"
    if partner.carry_radius_m:
        far_m = roads.distance_m(state.sites[lot.site_id].place, customer.place)
        if far_m > partner.carry_radius_m:
            return f"goes {partner.carry_radius_m // 1000} km, {far_m // 1000} km wanted"
    return None
