"""How negotiations are led: times for answers and confirmations, what is called for by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SupplierCalls = Literal["off", "waiting", "all"]


@dataclass(frozen=True, slots=True)
class NegotiationSettings:
    """Times in seconds when it is quiet; they grow with load (`agents.negotiation.answer_by_s`).

    supplier_calls: "waiting" asks suppliers about proposals that a person decides on; "all" also about those that are
    ordered without one, which then wait for the quote; "off": about none. A proposal is worth a call from
    `quote_above_cents` on, or when more than one supplier sells the item.
    tender_unplanned: carriers are called about orders that nobody of our own can deliver, up to `tender_limit_cents`.
    """

    supplier_calls: SupplierCalls = "waiting"
    quote_above_cents: int = 100_000
    quote_answer_s: int = 900
    tender_unplanned: bool = False
    tender_limit_cents: int = 20_000
    tender_answer_s: int = 1_800
    confirm_s: int = 600
    auto_approve_cents: int = 0
    solve_s: float = 5.0
