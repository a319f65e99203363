"""The replenishment plan: policy figures of every item-site, and the orders it proposes.

Promises: immutable and whole numbers; proposals in the order of explosion (what is made before what it is
made of), so that a reader can follow dependent demand downwards.
May not: judge itself; `check` does that.
Called by: `planner`, `check`, `explain`, planning, dashboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from solvers.replenishment.problem import Key, Kind

DemandClass = Literal["none", "smooth", "intermittent"]
Trigger = Literal["below_reorder_point", "firm_shortage"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How an item-site is steered, and where it stands. Units, unless the name says otherwise.

    `dependent_demand`: components that this plan's own production proposals will take.
    `inventory_position` is net of it. `stock_out_s`: when the projected stock would fall below zero without
    any further order, None if not within the horizon. `stock_out_risk_permille`: probability of that before
    the next receipt (on order, or proposed here).
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

    @property
    def key(self) -> Key:
        """(item_id, site_id)."""
        return (self.item_id, self.site_id)


@dataclass(frozen=True, slots=True)
class Reason:
    """The numbers behind a proposal. `shortage`: units that are certainly missing, 0 if none."""

    trigger: Trigger
    inventory_position: int
    reorder_point: int
    order_up_to: int
    safety_stock: int
    shortage: int
    stock_out_s: int | None
    waiting_day_cost_cents: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Order `quantity` units now. `expected_s`: in stock, if ordered now. `needed_by_s`: before the shortage."""

    kind: Kind
    source_id: str
    item_id: str
    site_id: str
    quantity: int
    expected_s: int
    needed_by_s: int
    reason: Reason

    @property
    def key(self) -> Key:
        """(item_id, site_id)."""
        return (self.item_id, self.site_id)


@dataclass(frozen=True, slots=True)
class ReplenishmentPlan:
    """Policies and proposals, at most one proposal an item-site."""

    policies: tuple[Policy, ...]
    proposals: tuple[Proposal, ...]

    def policy_of(self) -> Mapping[Key, Policy]:
        """Policies keyed by (item_id, site_id)."""
        return {policy.key: policy for policy in self.policies}

    def proposal_of(self) -> Mapping[Key, Proposal]:
        """Proposals keyed by (item_id, site_id)."""
        return {proposal.key: proposal for proposal in self.proposals}
