"""The replenishment plan: policy figures of every item-site, and the orders it proposes.

Promises: immutable and whole numbers; proposals in the order of explosion (what is made before what it is
made of), so that a reader can follow dependent demand downwards.
May not: judge itself; `check` does that.
Called by: `planner`, `check`, `explain`, planning, dashboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from solvers.replenishment.item import Key, Kind
from solvers.replenishment.shared import DemandClass

Trigger = Literal["below_reorder_point", "firm_shortage", "top_up"]
Orders = tuple[tuple[str, int], ...]
"""(source_id, units), the main source first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How an item-site is steered, and where it stands. Units, unless the name says otherwise.

    `dependent_demand`: components that this plan's own production proposals will take.
    `inventory_position` is net of it. `stock_out_s`: when the projected stock would fall below zero without
    any further order, None if not within the horizon. `stock_out_risk_permille`: probability of that before
    the next receipt (on order, or proposed here). `source_id`: the source it is steered by, "" = none.
    `orders`: what to order now if nothing were scarce. `written_off`: units on order that are no longer counted on.
    `lead_p50_s`, `lead_p90_s`: order to stock, as learned. `waiting_day_cents`: what ordering a day later costs, where
    something is to be ordered.
    """

    item_id: str
    site_id: str
    demand_class: DemandClass
    demand_milli_day: int
    demand_sd_milli_day: int
    protection_s: int
    reorder_point: int
    order_up_to: int
    order_quantity: int
    safety_stock: int
    dependent_demand: int
    inventory_position: int
    stock_out_s: int | None
    stock_out_risk_permille: int
    source_id: str = ""
    orders: Orders = ()
    written_off: int = 0
    lead_p50_s: int = 0
    lead_p90_s: int = 0
    waiting_day_cents: int | None = None

    @property
    def key(self) -> Key:
        """(item_id, site_id)."""
        return (self.item_id, self.site_id)

    @property
    def wanted(self) -> int:
        """Units to order now if nothing were scarce."""
        return sum(quantity for _, quantity in self.orders)


@dataclass(frozen=True, slots=True)
class Reason:
    """The numbers behind a proposal. `shortage`: units that are certainly missing, 0 if none.

    `lead_demand`: expected demand until the order after this one can arrive; with `safety_stock` it makes the reorder
    point. `wanted`: units from this source if nothing were scarce; `limit` names what made the quantity another one:
    "budget", "supplier:ID:capacity|weight|volume|minimum|freight", "site:ID:storage|weight", "line:ID:capacity",
    "together" (a better use of what is shared). `split_permille`: this source's part of what the item-site orders now.
    """

    trigger: Trigger
    inventory_position: int
    reorder_point: int
    order_up_to: int
    safety_stock: int
    shortage: int
    stock_out_s: int | None
    waiting_day_cost_cents: int
    lead_demand: int = 0
    wanted: int = 0
    limit: str = ""
    split_permille: int = 1_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """Order `quantity` units now. `expected_s`: in stock, if ordered now. `needed_by_s`: before the shortage.

    `late_s`: nine orders of ten are in stock by then. `cost_cents`: goods, transport and the order itself.
    """

    kind: Kind
    source_id: str
    item_id: str
    site_id: str
    quantity: int
    expected_s: int
    needed_by_s: int
    reason: Reason
    cost_cents: int = 0
    late_s: int = 0

    @property
    def key(self) -> Key:
        """(item_id, site_id)."""
        return (self.item_id, self.site_id)


@dataclass(frozen=True, slots=True)
class Held:
    """`wanted` units that are not ordered now, because of `limit` (named as in `Reason`)."""

    item_id: str
    site_id: str
    wanted: int
    limit: str

    @property
    def key(self) -> Key:
        """(item_id, site_id)."""
        return (self.item_id, self.site_id)


@dataclass(frozen=True, slots=True)
class ReplenishmentPlan:
    """Policies and proposals; an item-site may order from two sources at once, but once from each.

    `held`: item-sites that would order and get nothing of what is scarce. `shared`: how the planner shared out what is
    scarce, group by group, so that it need not again where nothing changed; nobody else's business.
    """

    policies: tuple[Policy, ...]
    proposals: tuple[Proposal, ...]
    held: tuple[Held, ...] = ()
    shared: Mapping[tuple[object, ...], tuple[object, object]] = field(default_factory=dict, compare=False, repr=False)

    def policy_of(self) -> Mapping[Key, Policy]:
        """Policies keyed by (item_id, site_id)."""
        return {policy.key: policy for policy in self.policies}

    def proposal_of(self) -> Mapping[Key, Proposal]:
        """The main proposal of each item-site, keyed by (item_id, site_id)."""
        return {proposal.key: proposal for proposal in reversed(self.proposals)}

    def proposals_of(self) -> Mapping[Key, tuple[Proposal, ...]]:
        """All proposals of each item-site that has any, the main source first."""
        found: dict[Key, tuple[Proposal, ...]] = {}
        for proposal in self.proposals:
            found[proposal.key] = (*found.get(proposal.key, ()), proposal)
        return found
