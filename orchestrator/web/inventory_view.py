"""The inventory page in words: an item's figures, a proposal's reasons, a supplier's card. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from orchestrator.web.words import day_text, euros
from protos.muster.operator.v1 import plan_pb2
from protos.muster.operator.v1 import stock_service_pb2 as pb

ROWS_MAX = 300


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal as shown: what, why, what it costs, and what a person can do."""

    proposal_id: str
    title: str
    lines: tuple[str, ...]
    quantity: int
    state: str
    tone: str
    key: tuple[str, str]


def proposal_rows(proposals: tuple[plan_pb2.Proposal, ...], zone: tzinfo) -> tuple[ProposalRow, ...]:
    """All proposals, a row each."""
    return tuple(_proposal(proposal, zone) for proposal in proposals[:ROWS_MAX])


def _proposal(proposal: plan_pb2.Proposal, zone: tzinfo) -> ProposalRow:
    source = proposal.supplier_id or proposal.from_site_id or "own line"
    state = plan_pb2.ApprovalState.Name(proposal.approval).removeprefix("APPROVAL_STATE_").lower()
    lines = [proposal.why_now or proposal.reason, proposal.why_this_much]
    lines.append(f"{euros(proposal.cost_cents)} · here {day_text(proposal.expected_s, zone)}")
    if proposal.wait_day_cents:
        lines.append(f"A day's wait costs about {euros(proposal.wait_day_cents)}.")
    if proposal.limit:
        lines.append(f"Cut by {proposal.limit}.")
    if proposal.order_ids:
        lines.append(f"Needed by {', '.join(proposal.order_ids[:4])}{_more(len(proposal.order_ids) - 4)}.")
    lines += [f"{option.source_id}: {option.text}" for option in proposal.options if option.text][:3]
    return ProposalRow(
        proposal_id=proposal.proposal_id,
        title=f"{proposal.quantity} × {proposal.item_id} from {source} to {proposal.site_id}",
        lines=tuple(line for line in lines if line),
        quantity=proposal.quantity,
        state=state,
        tone="warn" if state == "waiting" else "",
        key=(proposal.site_id, proposal.item_id),
    )


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def figures(outlook: pb.StockOutlook) -> tuple[tuple[str, str], ...]:
    """What was learned and decided about the shown item."""
    forecast, policy, position = outlook.forecast, outlook.policy, outlook.position
    kept = "typed in by a person" if policy.fixed else "automatic" if policy.automatic else "a person decides"
    shown = [
        ("Stock", f"{position.on_hand} on hand · {position.on_order} on order · {position.allocated} promised"),
        ("Order when", f"position ≤ {policy.reorder_point}, up to {policy.order_up_to} · {kept}"),
        ("Safety stock", f"{policy.safety_stock} · {policy.fill_rate_per_mille / 10:.1f} % served at once"),
        ("Source", policy.source_id or "none"),
    ]
    if forecast.observed_days:
        drift = " · drifting, fitted anew" if forecast.drifting else ""
        shown += [
            ("Demand", f"{forecast.mean_milli_day / 1000:.2f} a day · {forecast.kind} · {forecast.method}"),
            (
                "Forecast error",
                f"bias {forecast.bias_per_mille / 10:+.1f} % · error {forecast.error_per_mille / 10:.1f} % · "
                f"{forecast.coverage_per_mille / 10:.0f} % inside the 90 % band{drift}",
            ),
        ]
    else:
        shown.append(("Demand", "nothing learned yet: no day was closed since the import"))
    return tuple(shown)


CARD_HEAD = ("Supplier", "Orders", "On time", "Lost", "Agreed", "Mean / P90 days", "Price", "Lateness", "Trend")


def card_row(card: pb.Scorecard) -> tuple[str, ...]:
    """A supplier's card, a cell for each column of `CARD_HEAD`."""
    return (
        f"{card.supplier_id} {card.name}",
        str(card.orders),
        f"{card.on_time_per_mille / 10:.0f} %",
        f"{card.lost_per_mille / 10:.0f} %",
        f"{card.agreed_days} d",
        f"{card.mean_milli_days / 1000:.1f} / {card.p90_days}",
        f"{card.price_per_mille / 10:.0f} %",
        f"{card.lateness_cost_per_mille / 10:.1f} %",
        card.trend or "steady",
    )


STOCK_HEAD = ("Site", "Item", "On hand", "Promised", "On order", "Position")


def stock_row(position: pb.StockPosition) -> tuple[str, ...]:
    """A stock position, a cell for each column of `STOCK_HEAD`."""
    counts = (position.on_hand, position.allocated, position.on_order, position.inventory_position)
    return (position.site_id, position.item_id, *map(str, counts))
