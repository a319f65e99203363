"""Replenishment in the pass: what is short is proposed, what is on its way counts, released orders are scheduled."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.domain.plan import ProposalKind
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def test_an_empty_shelf_is_proposed_with_figures_and_a_reason() -> None:
    world = World(small_company(stock=0), with_stock=True)
    proposal = world.state.plan.proposals["A@W1"]
    assert proposal.kind is ProposalKind.PURCHASE
    assert proposal.supplier_id == "S1"
    assert proposal.quantity >= 10
    assert proposal.inventory_position < proposal.reorder_point
    assert proposal.cost_cents == proposal.quantity * 500
    assert proposal.reason


def test_a_full_shelf_is_not() -> None:
    assert not World(small_company(stock=1000), with_stock=True).state.plan.proposals


def test_an_order_without_stock_is_covered_by_the_next_proposal_and_planned_when_it_is_released() -> None:
    world = World(small_company(stock=0), with_stock=True)
    order_id = world.order(quantity=30, window=(8, 17))
    assert world.state.plan.unplanned[order_id].code == "NO_STOCK"
    assert world.state.plan.proposals["A@W1"].quantity >= 30
    world.do(c.ReleaseReplenishment(proposal_id="A@W1"))
    assert "A@W1" not in world.state.plan.proposals
    allocation = world.state.plan.allocations[order_id]
    assert allocation.pegs[0].source_id == "RP-000001"
    assert allocation.release_s >= DAY_S + 11 * HOUR_S


def test_a_made_item_is_proposed_as_production_and_its_materials_as_a_purchase() -> None:
    world = World(small_company(plant=True, stock=0), with_stock=True)
    kinds = {key: proposal.kind for key, proposal in world.state.plan.proposals.items()}
    assert kinds["M@W1"] is ProposalKind.PRODUCTION
    assert kinds["A@P1"] is ProposalKind.PURCHASE


def test_a_released_batch_is_scheduled_after_its_materials() -> None:
    world = World(small_company(plant=True, stock=0, purchases=()), with_stock=True)
    world.do(c.ReleaseReplenishment(proposal_id="A@P1"))
    purchase = world.state.purchases["RP-000001"]
    world.do(c.ReleaseReplenishment(proposal_id="M@W1"))
    first = world.state.plan.tasks["RM-000001:0"]
    assert first.start_s >= purchase.expected_s + 900
    assert world.state.plan.tasks["RM-000001:1"].start_s >= first.end_s


def test_a_proposal_stays_as_it_is_while_its_quantity_does() -> None:
    world = World(small_company(stock=0), with_stock=True)
    before = world.state.plan.proposals["A@W1"]
    world.now_s += 600
    world.do(c.CountStock(site_id="W1", item_id="A", on_hand=0, at_s=world.now_s))
    assert world.state.plan.proposals["A@W1"] == before
