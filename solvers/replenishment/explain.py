"""A proposal in words and figures, for a person who has to say yes or no.

Promises: says nothing that is not in the plan or the problem; plain short sentences; every figure of money in cents.
May not: decide.
Called by: dashboard, CLI, planning (reasons of a revision).
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.replenishment.item import ItemSite
from solvers.replenishment.plan import Held, Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.pricing import goods_cents
from solvers.replenishment.problem import ReplenishmentProblem, parts_of
from solvers.replenishment.shared import DAY_S
from solvers.replenishment.sourcing import Offer, offers

MAX_ORDER_IDS = 50
_LIMITS = {
    "budget": "the budget has no more left",
    "capacity": "{who} can take no more",
    "weight": "{who} can carry no more",
    "volume": "{who} has no more room",
    "storage": "{who} has no more room",
    "minimum": "{who} takes no smaller order",
    "together": "with the others that share its limits this is best",
    "freight": "from this value on {who} sends it freight free",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the order-up-to level is made of, in units, and what the rules added to the quantity."""

    lead_demand: int
    safety_stock: int
    lot: int
    inventory_position: int
    rounded_up: int
    cut: int


@dataclass(frozen=True, slots=True)
class Told:
    """One proposal, told. `others`: the sources not taken, and why. `order_ids`: customer orders that depend on it."""

    item_id: str
    site_id: str
    source_id: str
    why_now: str
    why_this_much: str
    wait: str
    wait_day_cents: int
    source: str
    others: tuple[str, ...]
    limit: str
    order_ids: tuple[str, ...]
    parts: Parts
    offers: tuple[Offer, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, in the order a person asks."""
        told = (self.why_now, self.why_this_much, self.limit, self.wait, self.source, *self.others, _orders(self))
        return tuple(sentence for sentence in told if sentence)


def explain(problem: ReplenishmentProblem, proposal: Proposal) -> str:
    """Why this order, now, this much: one line."""
    reason = proposal.reason
    tail = f"; this brings it up to {reason.inventory_position + proposal.quantity} (target {reason.order_up_to})"
    cut = f"; {limit_in_words(reason.limit)}" if reason.limit else ""
    return _head(proposal) + _why(proposal) + tail + cut + _stock_out(problem, proposal) + _waiting(proposal) + "."


def tell(problem: ReplenishmentProblem, plan: ReplenishmentPlan, proposal: Proposal) -> Told:
    """Everything there is to say about a proposal of the plan. Raises KeyError where it is none of the plan's items."""
    item_site, policy = problem.by_key()[proposal.key], plan.policy_of()[proposal.key]
    reason, parts = proposal.reason, _parts(policy, proposal)
    offered = offers(item_site)
    why = _why(proposal)
    cents = reason.waiting_day_cost_cents
    return Told(
        item_id=proposal.item_id,
        site_id=proposal.site_id,
        source_id=proposal.source_id,
        why_now=_sentence(why + _stock_out(problem, proposal)),
        why_this_much=_this_much(item_site, policy, proposal, parts),
        wait=_sentence(f"waiting a day costs about {_money(cents)}") if cents else "Waiting a day costs nothing yet.",
        wait_day_cents=cents,
        source=_source(policy, proposal, offered),
        others=tuple(
            _not_taken(offer, offered, proposal) for offer in offered if offer.source_id != proposal.source_id
        ),
        limit=_sentence(limit_in_words(reason.limit)) if reason.limit else "",
        order_ids=dependent_orders(problem, plan, proposal),
        parts=parts,
        offers=offered,
    )


def tell_held(held: Held) -> str:
    """Why something that is wanted is not ordered now."""
    return f"{held.item_id} for {held.site_id}: {held.wanted} wanted, none ordered: {limit_in_words(held.limit)}."


def limit_in_words(limit: str) -> str:
    """What made the quantity other than wanted."""
    *owner, what = limit.split(":")
    who = " ".join(owner)
    return _LIMITS.get(what, what).format(who=who)


def dependent_orders(problem: ReplenishmentProblem, plan: ReplenishmentPlan, proposal: Proposal) -> tuple[str, ...]:
    """Customer orders that wait for this item-site, or for what is made of it."""
    makers: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for other in plan.proposals:
        for part, _ in parts_of(problem.by_key()[other.key], other.source_id, other.kind):
            makers.setdefault(part, []).append(other.key)
    seen, open_keys, found = {proposal.key}, [proposal.key], dict[str, None]()
    while open_keys:
        item_site = problem.by_key()[open_keys.pop(0)]
        found.update(dict.fromkeys(item_site.backorder_ids))
        for need in item_site.requirements:
            found.update(dict.fromkeys(need.order_ids))
        for key in makers.get(item_site.key, ()):
            if key not in seen:
                seen.add(key)
                open_keys.append(key)
    return tuple(found)[:MAX_ORDER_IDS]


def _head(proposal: Proposal) -> str:
    verb = {"production": "Make", "purchase": "Buy", "transfer": "Move"}[proposal.kind]
    place = "at" if proposal.kind == "production" else "from"
    return f"{verb} {proposal.quantity} of {proposal.item_id} {place} {proposal.source_id} for {proposal.site_id}: "


def _why(proposal: Proposal) -> str:
    reason = proposal.reason
    if reason.trigger == "firm_shortage":
        return f"{reason.shortage} are certainly missing"
    if reason.trigger == "top_up":
        return f"the order to {proposal.source_id} is filled up"
    return f"the inventory position {reason.inventory_position} is below the reorder point {reason.reorder_point}"


def _parts(policy: Policy, proposal: Proposal) -> Parts:
    reason = proposal.reason
    missing = max(0, policy.order_up_to - policy.inventory_position)
    return Parts(
        lead_demand=policy.reorder_point - policy.safety_stock,
        safety_stock=policy.safety_stock,
        lot=policy.order_up_to - policy.reorder_point,
        inventory_position=policy.inventory_position,
        rounded_up=max(0, policy.wanted - missing),
        cut=max(0, reason.wanted - proposal.quantity),
    )


def _this_much(item_site: ItemSite, policy: Policy, proposal: Proposal, parts: Parts) -> str:
    text = (
        f"The target {policy.order_up_to} is {parts.lead_demand} for the demand of {_days(policy.protection_s)}, "
        f"{parts.safety_stock} safety stock and {parts.lot} for the lot; {policy.inventory_position} are there or "
        "coming"
    )
    source = item_site.source(proposal.source_id)
    if parts.rounded_up:
        text += f"; the source's lots make it {parts.rounded_up} more"
    if source is not None and len(source.tiers) > 1:
        unit = goods_cents(item_site, source, proposal.quantity) / proposal.quantity
        text += f"; at this quantity a unit costs {unit / 100:.2f} instead of {source.tiers[0].unit_cents / 100:.2f}"
    if policy.written_off:
        text += f"; {policy.written_off} on order are no longer counted on"
    return text + "."


def _source(policy: Policy, proposal: Proposal, offered: tuple[Offer, ...]) -> str:
    name, kind = proposal.source_id, proposal.kind
    offer = next(entry for entry in offered if entry.source_id == name)
    if proposal.reason.split_permille < 1_000:
        share = round(proposal.reason.split_permille / 10)
        return f"{share} % come from {name}: two sources at once make it less likely that nothing comes in time."
    if len(offered) == 1:
        return f"{name} is the only {'line' if kind == 'production' else 'source'}."
    if offered[0].source_id == name:
        return f"{name} is the cheapest in the end: {offer.text.partition(': ')[2]}."
    return f"{name} is taken this time because the stock cannot wait for {policy.source_id}."


def _not_taken(offer: Offer, offered: tuple[Offer, ...], proposal: Proposal) -> str:
    taken = next(entry for entry in offered if entry.source_id == proposal.source_id)
    more = offer.landed_milli_cents - taken.landed_milli_cents
    if more > 0:
        why = f"{_money(more / 1_000)} a unit more in the end"
        if offer.lateness_milli_cents > taken.lateness_milli_cents and offer.unit_milli_cents <= taken.unit_milli_cents:
            why += ", although its price is no higher: it comes"
            why += f" late in {offer.late_permille / 10:g} % and never in {offer.lost_permille / 10:g} % of cases"
        return f"Not {offer.source_id}: {why}."
    if proposal.reason.split_permille < 1_000:
        return f"Also {offer.source_id}, or only in part: see its own proposal."
    return f"Not {offer.source_id} this time: it comes too late for the stock there is."


def _orders(told: Told) -> str:
    if not told.order_ids:
        return ""
    shown = ", ".join(told.order_ids[:5])
    more = f" and {len(told.order_ids) - 5} more" if len(told.order_ids) > 5 else ""
    return f"Customer orders that depend on it: {shown}{more}."


def _stock_out(problem: ReplenishmentProblem, proposal: Proposal) -> str:
    moment_s = proposal.reason.stock_out_s
    if moment_s is None:
        return ""
    arrival = _days(proposal.expected_s - problem.now_s)
    if moment_s <= problem.now_s:
        return f"; the stock is out now, the order takes {arrival}"
    return f"; without it the stock is out in {_days(moment_s - problem.now_s)}, the order takes {arrival}"


def _waiting(proposal: Proposal) -> str:
    cents = proposal.reason.waiting_day_cost_cents
    return f"; waiting a day costs about {_money(cents)}" if cents else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _money(cents: float) -> str:
    return f"{cents / 100:.2f}"


def _days(seconds: int) -> str:
    tenths = round(10 * seconds / DAY_S)
    return f"{tenths // 10}.{tenths % 10} days"
