"""Who is called: carriers that are able, suppliers that sell; and what a supplier's agent answers."""

from __future__ import annotations

from typing import Any

import pytest

from agents.supplier_bid import DAY_S, SupplierOffer, Terms, offer
from orchestrator.domain.commands import ImportCompany
from orchestrator.domain.company import Company
from orchestrator.domain.errors import Rejection
from orchestrator.domain.negotiations import BidderStatus
from orchestrator.domain.plan import Proposal, ProposalKind
from orchestrator.domain.sourcing import Source
from orchestrator.negotiation.carriers import carriers, tender_lots
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.negotiation.supply import SupplyCalls
from tests.unit.domain.small_company import NOW_S, World, draft, small_company


def company_with(**carrier: Any) -> Company:
    """The small company; C3 needs a lift, and acme is a carrier like that."""
    company = small_company()
    customers = (*company.customers[:2], company.customers[2].model_copy(update={"needs": ("LIFT",)}))
    partner = company.partners[0].model_copy(update={"carries": True, **carrier})
    return company.model_copy(update={"customers": customers, "partners": (partner,)})


@pytest.mark.parametrize(
    ("carrier", "customer_id", "reason"),
    [
        ({}, "C1", ""),
        ({"carries": False}, "C1", "is no carrier"),
        ({"carry_weight_g": 9_999}, "C1", "carries 10 kg, 10 kg wanted"),
        ({}, "C3", "lacks LIFT"),
        ({"skills": ("LIFT",)}, "C3", ""),
        ({"carry_radius_m": 3_000}, "C2", "goes 3 km, 5 km wanted"),
        ({"carry_radius_m": 9_000}, "C2", ""),
    ],
)
def test_who_is_not_able_is_named_with_the_reason(carrier: dict[str, Any], customer_id: str, reason: str) -> None:
    world = World()
    world.do(ImportCompany(company=company_with(**carrier)))
    world.submit(draft("1", customer_id, 2))
    lots = tender_lots(world.state, ["acme/1"], None, NOW_S)
    (bidder,) = carriers(world.state, lots, NOW_S, ["acme"])
    assert (bidder.status, bidder.reason) == (BidderStatus.UNABLE if reason else BidderStatus.ASKED, reason)


def test_goods_that_are_nowhere_are_not_tendered() -> None:
    world = World.with_company()
    world.submit(draft("1", quantity=21))
    with pytest.raises(Rejection, match="no warehouse has all"):
        tender_lots(world.state, ["acme/1"], None, NOW_S)


@pytest.mark.parametrize(
    ("terms", "quantity", "said"),
    [
        (Terms(100, DAY_S), 10, SupplierOffer(1_000, NOW_S + DAY_S)),
        (Terms(100, DAY_S, tiers=((10, 90), (20, 80)), order_cents=7), 19, SupplierOffer(1_717, NOW_S + DAY_S)),
        (Terms(100, DAY_S, capacity_day=4), 10, SupplierOffer(1_000, NOW_S + 3 * DAY_S)),
        (Terms(100, DAY_S, least=11), 10, "sells at least 11"),
        (Terms(100, DAY_S, multiple=4), 10, "sells multiples of 4"),
    ],
)
def test_a_supplier_s_agent_keeps_to_its_terms(terms: Terms, quantity: int, said: object) -> None:
    assert offer(terms, quantity, NOW_S) == said


def proposal(cost_cents: int) -> Proposal:
    """A purchase of boards."""
    return Proposal(
        proposal_id="board@W1",
        kind=ProposalKind.PURCHASE,
        item_id="board",
        site_id="W1",
        supplier_id="S1",
        quantity=10,
        expected_s=NOW_S + DAY_S,
        cost_cents=cost_cents,
        inventory_position=0,
        reorder_point=5,
        order_up_to=10,
        reason="",
    )


@pytest.mark.parametrize(
    ("mode", "cost_cents", "sources", "called"),
    [
        ("off", 900_000, 1, False),
        ("waiting", 900_000, 1, True),  # dear, and a person decides
        ("waiting", 99_000, 2, False),  # ordered without a person
        ("all", 99_000, 2, True),
        ("all", 99_000, 1, False),  # cheap, and nobody else sells it
    ],
)
def test_what_is_worth_a_call(mode: Any, cost_cents: int, sources: int, called: bool) -> None:
    company = small_company()
    second = company.suppliers[0].model_copy(update={"supplier_id": "S2"})
    sold = tuple(Source(item_id="board", supplier_id=f"S{n}", unit_cost_cents=100) for n in range(1, sources + 1))
    world = World()
    world.do(
        ImportCompany(company=company.model_copy(update={"suppliers": (*company.suppliers, second), "sources": sold}))
    )
    calls = SupplyCalls(NegotiationSettings(supplier_calls=mode, auto_approve_cents=500_000))
    made = proposal(cost_cents)
    world.state.plan.proposals[made.proposal_id] = made
    call = calls.call_for(world.state, made, NOW_S)
    assert (call is not None) is called
    if call is not None:
        world.do(call)
        assert calls.call_for(world.state, made, NOW_S) is None
