"""A proposal in one sentence, with its numbers, for a person who has to say yes or no.

Promises: says nothing that is not in the proposal or the problem.
May not: decide.
Called by: dashboard, CLI, planning (reasons of a revision).
"""

from __future__ import annotations

from solvers.replenishment.plan import Proposal
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.shared import DAY_S


def explain(problem: ReplenishmentProblem, proposal: Proposal) -> str:
    """Why this order, now, this much."""
    reason = proposal.reason
    verb = "Make" if proposal.kind == "production" else "Buy"
    place = f"at {proposal.source_id} for" if proposal.kind == "production" else f"from {proposal.source_id} for"
    head = f"{verb} {proposal.quantity} of {proposal.item_id} {place} {proposal.site_id}: "
    if reason.trigger == "firm_shortage":
        why = f"{reason.shortage} are certainly missing"
    else:
        why = f"the inventory position {reason.inventory_position} is below the reorder point {reason.reorder_point}"
    tail = f"; this brings it up to {reason.inventory_position + proposal.quantity} (target {reason.order_up_to})"
    return head + why + tail + _stock_out(problem, proposal) + _waiting(proposal) + "."


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
    return f"; waiting a day costs about {cents // 100}.{cents % 100:02d}" if cents else ""


def _days(seconds: int) -> str:
    tenths = round(10 * seconds / DAY_S)
    return f"{tenths // 10}.{tenths % 10} days"
