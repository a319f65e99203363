"""Deciding about proposals: people and planning order what is proposed, change it, or put it off."""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import ReleaseReplenishment, SetReplenishmentMode, SnoozeProposal
from orchestrator.domain.decide.checks import invalid
from orchestrator.domain.entities import ProductionOrder, PurchaseOrder, Task
from orchestrator.domain.errors import not_found
from orchestrator.domain.events import (
    Event,
    ProductionReleased,
    ProposalSnoozed,
    PurchasePlaced,
    ReplenishmentModeSet,
)
from orchestrator.domain.plan import Proposal, ProposalKind
from orchestrator.domain.quoting import quote_of, with_quote
from orchestrator.domain.state import DAY_S, State

SNOOZE_S_MAX = 90 * DAY_S


class Released(NamedTuple):
    """Who released a proposal, why, and whether other than proposed."""

    proposal_id: str
    by: str
    reason: str
    changed: bool


def _proposal(state: State, proposal_id: str) -> Proposal:
    proposal = state.plan.proposals.get(proposal_id)
    if proposal is None:
        raise not_found("proposal", proposal_id, field="proposal_id")
    return proposal


def release_replenishment(state: State, command: ReleaseReplenishment, now_s: int) -> Decision:
    """Make a proposal of the plan real: a purchase order, a transfer, or a production order with its tasks."""
    proposed = _as_agreed(state, _proposal(state, command.proposal_id), command, now_s)
    proposal = _as_wanted(state, proposed, command)
    released = Released(command.proposal_id, command.by, command.reason, proposal is not proposed)
    event: Event
    if proposal.kind is ProposalKind.PRODUCTION:
        production = _new_production(state, proposal, now_s)
        event = ProductionReleased(order=production, **released._asdict())
        created = production.production_order_id
    else:
        purchase = _new_purchase(state, proposal, now_s)
        event = PurchasePlaced(order=purchase, **released._asdict())
        created = purchase.purchase_order_id
    mode = _mode(proposal.site_id, proposal.item_id, command.by, command.reason) if command.automatic else ()
    return Decision((event, *mode), Answer(created_id=created))


def _as_agreed(state: State, proposal: Proposal, command: ReleaseReplenishment, now_s: int) -> Proposal:
    """The proposal as a supplier's quote has it, unless the person asks for another supplier or quantity."""
    quote = quote_of(state, proposal, now_s)
    other = command.supplier_id is not None and quote is not None and command.supplier_id != quote.supplier_id
    if quote is None or other or command.quantity not in (None, proposal.quantity):
        return proposal
    return proposal.model_copy(update=with_quote(quote))


def _as_wanted(state: State, proposal: Proposal, command: ReleaseReplenishment) -> Proposal:
    """The proposal with the quantity and the supplier that the person asks for instead, if any."""
    values: dict[str, object] = {}
    if command.quantity is not None and command.quantity != proposal.quantity:
        values["quantity"] = command.quantity
    if command.supplier_id is not None and command.supplier_id != proposal.supplier_id:
        values |= _from_supplier(state, proposal, command.supplier_id)
    if not values:
        return proposal
    wanted = proposal.model_copy(update=values)
    if wanted.kind is ProposalKind.TRANSFER:
        _in_stock(state, wanted)
    return wanted


def _from_supplier(state: State, proposal: Proposal, supplier_id: str) -> dict[str, object]:
    if proposal.kind is not ProposalKind.PURCHASE:
        raise invalid("supplier_id", supplier_id, f"a {proposal.kind.value.lower()} has no supplier")
    supplier = state.suppliers.get(supplier_id)
    if supplier is None:
        raise not_found("supplier", supplier_id, field="supplier_id")
    item, company = state.items[proposal.item_id], state.company
    sources = [one for one in (company.sources if company else ()) if one.item_id == item.item_id]
    source = next((one for one in sources if one.supplier_id == supplier_id), None)
    if source is None and item.supplier_id != supplier_id:
        sells = ", ".join(sorted({one.supplier_id for one in sources} | {item.supplier_id or ""} - {""}))
        raise invalid("supplier_id", supplier_id, f"does not sell {item.item_id}; who does: {sells}")
    lead_s = source.lead_time_s if source is not None and source.lead_time_s is not None else supplier.lead_time_s
    lead_was_s = proposal.expected_s - state.plan.at_s
    return {
        "supplier_id": supplier_id,
        "unit_cost_cents": source.unit_cost_cents if source is not None else item.unit_cost_cents,
        "expected_s": proposal.expected_s - lead_was_s + lead_s,
    }


def _in_stock(state: State, proposal: Proposal) -> None:
    held = state.on_hand.get((str(proposal.from_site_id), proposal.item_id), 0)
    if proposal.quantity > held:
        raise invalid("quantity", proposal.quantity, f"{proposal.from_site_id} has {held} × {proposal.item_id}")


def _new_purchase(state: State, proposal: Proposal, now_s: int) -> PurchaseOrder:
    transfer = proposal.kind is ProposalKind.TRANSFER
    source_id = proposal.from_site_id if transfer else proposal.supplier_id
    if source_id is None:
        raise invalid("proposal_id", proposal.proposal_id, "the item has no supplier")
    if transfer:
        _in_stock(state, proposal)
    return PurchaseOrder(
        purchase_order_id=f"RP-{state.counters.get('purchase', 0) + 1:06d}",
        supplier_id=source_id,
        item_id=proposal.item_id,
        site_id=proposal.site_id,
        quantity=proposal.quantity,
        placed_s=now_s,
        expected_s=max(proposal.expected_s, now_s),
        from_site_id=proposal.from_site_id if transfer else None,
        unit_cost_cents=proposal.unit_cost_cents,
    )


def _new_production(state: State, proposal: Proposal, now_s: int) -> ProductionOrder:
    operations = state.items[proposal.item_id].operations
    if not operations:
        raise invalid("proposal_id", proposal.proposal_id, "the item has no operations")
    order_id = f"RM-{state.counters.get('production', 0) + 1:06d}"
    return ProductionOrder(
        production_order_id=order_id,
        item_id=proposal.item_id,
        quantity=proposal.quantity,
        due_s=max(proposal.expected_s, now_s),
        released_s=now_s,
        tasks=tuple(Task(task_id=f"{order_id}:{index}", operation=index) for index in range(len(operations))),
    )


def snooze_proposal(state: State, command: SnoozeProposal, now_s: int) -> Decision:
    """Put a proposal off; it is neither shown as due nor released before."""
    proposal = _proposal(state, command.proposal_id)
    if command.until_s > now_s + SNOOZE_S_MAX:
        raise invalid("until_s", command.until_s, f"at most {SNOOZE_S_MAX // DAY_S} days from now")
    snoozed = ProposalSnoozed(
        proposal_id=proposal.proposal_id, until_s=command.until_s, by=command.by, reason=command.reason
    )
    return Decision((snoozed,))


def set_replenishment_mode(state: State, command: SetReplenishmentMode, now_s: int) -> Decision:
    """Say whether an item at a site is ordered without a person; the same again changes nothing."""
    key = (command.site_id, command.item_id)
    policy = state.policies.get(key)
    if policy is None:
        raise not_found("stock policy", f"{command.item_id}@{command.site_id}", field="item_id")
    if state.automatic.get(key, policy.automatic) is command.automatic:
        return Decision(())
    return Decision(_mode(*key, command.by, command.reason, automatic=command.automatic))


def _mode(
    site_id: str, item_id: str, by: str, reason: str, *, automatic: bool = True
) -> tuple[ReplenishmentModeSet, ...]:
    told = ReplenishmentModeSet(site_id=site_id, item_id=item_id, automatic=automatic, by=by, reason=reason)
    return (told,)
