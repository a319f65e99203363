"""Levelling out between sites that send each other goods: what one has to spare goes where it will be missed.

A site can spare what lies above its reorder point. A site misses what it will certainly lack, and, for less, what it
will probably lack before its next receipt; a unit is worth the shortage it saves until then. Min-cost flow over the
lanes decides (`solvers.replenishment.rebalance`).
Promises: pure; whole units; a transfer that costs more than it saves is not proposed. Called by `replenish`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestrator.domain.plan import Proposal, ProposalKind, SourceOption
from orchestrator.planning.dirty import ItemSite
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.item import Receipt
from solvers.replenishment.plan import Policy
from solvers.replenishment.rebalance import Lane, SiteStock, Transfer, transfers
from solvers.replenishment.shared import DAY_S

DAYS_MOST = 30
Moves = Mapping[str, tuple[Transfer, ...]]
"""Item -> what to move."""


@dataclass(frozen=True, slots=True)
class Place:
    """An item at a site, and how it is steered."""

    item_site: ProblemItem
    policy: Policy


def moves_of(places: Sequence[Place], lanes: Sequence[Lane], now_s: int) -> tuple[Transfer, ...]:
    """What to move now of one item."""
    sites = {place.item_site.site_id for place in places}
    usable = [lane for lane in lanes if lane.from_site_id in sites and lane.to_site_id in sites]
    stocks = [_stock(place, now_s) for place in places]
    if not usable or not any(s.spare for s in stocks) or not any(s.missing for s in stocks):
        return ()
    return transfers(stocks, usable)


def _stock(place: Place, now_s: int) -> SiteStock:
    item_site, policy = place.item_site, place.policy
    free = item_site.on_hand - item_site.allocated - item_site.backorders
    if free > policy.reorder_point:
        return SiteStock(item_site.site_id, spare=free - max(0, policy.reorder_point))
    days = _days_to_next(place, now_s)
    lacking = max(0, -free)
    expected = max(0, round(policy.demand_milli_day * days / 1_000) - max(0, free))
    price = item_site.shortage_cents_unit_day
    steps = ((lacking, round(price * days)), (expected, round(price * days / 2)))
    return SiteStock(item_site.site_id, missing=tuple(step for step in steps if step[0] and step[1]))


def _days_to_next(place: Place, now_s: int) -> float:
    """Days until something comes that is ordered, or could be ordered now."""
    lead_s = place.policy.lead_p50_s if place.policy.source_id else DAYS_MOST * DAY_S
    coming = [receipt.expected_s - now_s for receipt in place.item_site.on_order]
    return min(DAYS_MOST, max(0, min([lead_s, *coming])) / DAY_S)


def applied(item_sites: Mapping[ItemSite, ProblemItem], moves: Moves, now_s: int) -> dict[ItemSite, ProblemItem]:
    """The item-sites as they are with these transfers under way."""
    found = dict(item_sites)
    for item_id, moved in moves.items():
        for transfer in moved:
            giver, taker = (transfer.from_site_id, item_id), (transfer.to_site_id, item_id)
            if giver in found and taker in found and found[giver].on_hand >= transfer.quantity:
                found[giver] = _gives(found[giver], transfer.quantity)
                receipt = Receipt(now_s + transfer.transit_s, transfer.quantity, f"transfer:{transfer.from_site_id}")
                found[taker] = replace(found[taker], on_order=(*found[taker].on_order, receipt))
    return found


def _gives(item_site: ProblemItem, units: int) -> ProblemItem:
    left = item_site.on_hand - units
    return replace(item_site, on_hand=left, allocated=min(item_site.allocated, left))


def proposals_of(
    moves: Moves, item_sites: Mapping[ItemSite, ProblemItem], policies: Mapping[tuple[str, str], Policy], now_s: int
) -> Iterable[Proposal]:
    """The transfers as proposals."""
    for item_id, moved in moves.items():
        for transfer in moved:
            taker = item_sites.get((transfer.to_site_id, item_id))
            policy = policies.get((item_id, transfer.to_site_id))
            if taker is not None and policy is not None:
                yield _proposal(item_id, transfer, taker, policy, now_s)


def _proposal(item_id: str, transfer: Transfer, taker: ProblemItem, policy: Policy, now_s: int) -> Proposal:
    saves = f"{transfer.saves_cents / 100:.2f}"
    why = (
        f"{transfer.to_site_id} will lack {item_id} before anything else comes, {transfer.from_site_id} has more than "
        f"it needs"
    )
    much = f"{transfer.quantity} cover what is missing there; moving them costs {transfer.cost_cents / 100:.2f}"
    days = max(1, -(-transfer.transit_s // DAY_S))
    option = SourceOption(
        source_id=transfer.from_site_id,
        unit_cost_cents=round(transfer.cost_cents / transfer.quantity),
        landed_milli_cents=round(1_000 * transfer.cost_cents / transfer.quantity),
        lead_time_p50_s=transfer.transit_s,
        lead_time_p90_s=transfer.transit_s,
        quantity=transfer.quantity,
        text="own stock",
    )
    return Proposal(
        proposal_id=f"{item_id}@{transfer.to_site_id}@{transfer.from_site_id}",
        kind=ProposalKind.TRANSFER,
        item_id=item_id,
        site_id=transfer.to_site_id,
        supplier_id=None,
        from_site_id=transfer.from_site_id,
        quantity=transfer.quantity,
        expected_s=now_s + transfer.transit_s,
        cost_cents=transfer.cost_cents,
        inventory_position=policy.inventory_position,
        reorder_point=policy.reorder_point,
        order_up_to=policy.order_up_to,
        reason=f"Move {transfer.quantity} of {item_id} from {transfer.from_site_id} to {transfer.to_site_id}: {why}; "
        f"it saves {saves}.",
        needed_by_s=policy.stock_out_s if policy.stock_out_s is not None else now_s + transfer.transit_s,
        safety_stock=policy.safety_stock,
        demand_milli_day=policy.demand_milli_day,
        risk_per_mille=policy.stock_out_risk_permille,
        wait_day_cents=max(0, round((transfer.saves_cents + transfer.cost_cents) / days)),
        order_ids=tuple(order_id for order_id in taker.backorder_ids if "/" in order_id)[:50],
        why_now=f"{why[:1].upper()}{why[1:]}.",
        why_this_much=f"{much}.",
        options=(option,),
    )
