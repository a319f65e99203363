"""What a supplier's agent bids for a purchase, from what is known of the supplier: its prices, lot rules, lead time.

It stands for a supplier whose own system is not connected. Promises: pure, whole numbers; the price is the list's for
that quantity, never better; the promise is the lead time that planning counts on, longer when the quantity takes the
supplier days. Called by `agents.supplier_quote`; the terms come with the call, from `orchestrator.negotiation.supply`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """One supplier's terms for an item. tiers: (from quantity, cents a unit), ascending, all units at that price.

    capacity_day: units it can send a day, 0 = no limit known. lead_s: the usual one as learned, else as agreed.
    """

    unit_cents: int
    lead_s: int
    tiers: tuple[tuple[int, int], ...] = ()
    least: int = 1
    multiple: int = 1
    order_cents: int = 0
    capacity_day: int = 0


@dataclass(frozen=True, slots=True)
class SupplierOffer:
    """The whole quantity for `price_cents`, there at `at_s`."""

    price_cents: int
    at_s: int


DAY_S = 86_400


def offer(terms: Terms, quantity: int, now_s: int) -> SupplierOffer | str:
    """The agent's offer, or why it declines."""
    if quantity < terms.least:
        return f"sells at least {terms.least}"
    if quantity % terms.multiple:
        return f"sells multiples of {terms.multiple}"
    unit_cents = terms.unit_cents
    for from_quantity, cents in terms.tiers:
        if quantity >= from_quantity:
            unit_cents = cents
    extra_days = max(0, -(-quantity // terms.capacity_day) - 1) if terms.capacity_day else 0
    return SupplierOffer(quantity * unit_cents + terms.order_cents, now_s + terms.lead_s + extra_days * DAY_S)
