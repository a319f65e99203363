"""Master data of supply: who sells an item at what price, and which sites send each other goods."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from orchestrator.domain.types import Cents, Count, DurationS, Frozen, Id, Quantity


class PriceTier(Frozen):
    """From `from_quantity` units in one order, every unit of it costs `unit_cost_cents` (all-units discount)."""

    from_quantity: Quantity
    unit_cost_cents: Cents


class Source(Frozen):
    """A supplier that sells an item: its price, lot rules and lead time as agreed (None: the supplier's usual one).

    `tiers`: discounts by quantity, ascending. `capacity_day`: units it can send a day, 0 = no limit known.
    """

    item_id: Id
    supplier_id: Id
    unit_cost_cents: Cents
    tiers: Annotated[tuple[PriceTier, ...], Field(max_length=8)] = ()
    min_order_quantity: Quantity = 1
    order_multiple: Quantity = 1
    lead_time_s: DurationS | None = None
    lead_time_sd_s: DurationS | None = None
    capacity_day: Count = 0

    @model_validator(mode="after")
    def _tiers_ascend(self) -> Source:
        quantities = [tier.from_quantity for tier in self.tiers]
        if quantities != sorted(set(quantities)):
            raise ValueError(f"tiers start at {quantities}: each must start above the one before")
        return self


class TransferLane(Frozen):
    """A way goods are moved between two own sites: how long it takes and what it costs."""

    from_site_id: Id
    to_site_id: Id
    transit_s: DurationS
    order_cost_cents: Cents = 0
    unit_cost_cents: Cents = 0
