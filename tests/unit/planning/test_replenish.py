"""Replenishment in the pass: what is short is proposed, what is on its way counts, released orders are scheduled."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.domain import company as co
from orchestrator.domain.plan import ProposalKind
from orchestrator.domain.sourcing import PriceTier, Source, TransferLane
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


A_DAY = 86_400


def two_sites(here: int, there: int, lanes: tuple[tuple[str, str], ...] = (("W1", "W2"), ("W2", "W1"))) -> co.Company:
    """A at W1 and W2, a van between them within hours, a supplier that takes five days."""
    company = small_company(depots=2)
    stock = tuple(
        co.StockPolicy(
            site_id=site_id, item_id="A", on_hand=units, daily_demand=(9, 11, 10, 12, 8) * 6,
            shortage_cents_unit_day=100,
        )
        for site_id, units in (("W1", here), ("W2", there))
    )  # fmt: skip
    return company.model_copy(
        update={
            "suppliers": (co.Supplier(supplier_id="S1", name="S1", lead_time_s=5 * A_DAY, order_cost_cents=500),),
            "stock": stock,
            "transfer_lanes": tuple(
                TransferLane(from_site_id=a, to_site_id=b, transit_s=4 * HOUR_S, order_cost_cents=1000)
                for a, b in lanes
            ),
        }
    )


def test_what_one_site_can_spare_goes_to_the_one_that_will_lack_it() -> None:
    world = World(two_sites(400, 0), with_stock=True)
    proposal = world.state.plan.proposals["A@W2@W1"]
    assert proposal.kind is ProposalKind.TRANSFER
    assert proposal.from_site_id == "W1"
    assert 30 <= proposal.quantity <= 60
    assert "W1 has more than it needs" in proposal.why_now
    bought = world.state.plan.proposals["A@W2"]
    world.do(c.ReleaseReplenishment(proposal_id="A@W2@W1"))
    assert world.state.on_hand[("W1", "A")] == 400 - proposal.quantity
    assert world.state.plan.proposals["A@W2"].quantity == bought.quantity, "the transfer was counted from the start"
    assert "A@W2@W1" not in world.state.plan.proposals


def test_sites_that_both_lack_it_send_each_other_nothing() -> None:
    world = World(two_sites(0, 0), with_stock=True)
    assert {p.kind for p in world.state.plan.proposals.values()} == {ProposalKind.PURCHASE}


def test_a_branch_is_supplied_by_its_central_store_when_that_is_best() -> None:
    world = World(two_sites(400, 0, lanes=(("W1", "W2"),)), with_stock=True)
    proposal = world.state.plan.proposals["A@W2"]
    sources = {option.source_id for option in proposal.options}
    assert sources == {"S1", "W1"}


def test_the_sources_that_were_weighed_are_told_with_what_they_cost_in_the_end() -> None:
    company = small_company(stock=0).model_copy(
        update={
            "suppliers": tuple(
                co.Supplier(supplier_id=name, name=name, lead_time_s=2 * A_DAY, order_cost_cents=cents)
                for name, cents in (("S1", 500), ("S2", 500))
            ),
            "sources": (
                Source(
                    item_id="A",
                    supplier_id="S2",
                    unit_cost_cents=480,
                    tiers=(PriceTier(from_quantity=100, unit_cost_cents=400),),
                ),
            ),
        }
    )
    proposal = World(company, with_stock=True).state.plan.proposals["A@W1"]
    assert proposal.supplier_id == "S2"
    assert proposal.options[0].source_id == "S2"
    assert {option.source_id for option in proposal.options} == {"S1", "S2"}
    assert proposal.unit_cost_cents in (480, 400)
    assert proposal.why_now
    assert proposal.why_this_much
    assert proposal.needed_by_s is not None


def test_levels_that_a_person_typed_in_are_used_as_they_are() -> None:
    company = small_company(stock=50)
    policy = company.stock[0].model_copy(update={"fixed_reorder_point": 60, "fixed_order_up_to": 130})
    world = World(company.model_copy(update={"stock": (policy,)}), with_stock=True)
    proposal = world.state.plan.proposals["A@W1"]
    assert (proposal.reorder_point, proposal.order_up_to, proposal.quantity) == (60, 130, 80)


def test_orders_that_wait_for_the_goods_are_named() -> None:
    world = World(small_company(stock=0), with_stock=True)
    order_id = world.order(quantity=30, window=(8, 17))
    world.do(c.CountStock(site_id="W1", item_id="A", on_hand=0, at_s=world.now_s))
    assert order_id in world.state.plan.proposals["A@W1"].order_ids


def test_a_supplier_that_takes_no_small_order_is_asked_for_more_or_not_at_all() -> None:
    company = small_company(stock=0)
    supplier = company.suppliers[0].model_copy(update={"min_order_cents": 60_000})
    world = World(company.model_copy(update={"suppliers": (supplier,)}), with_stock=True)
    assert all(p.quantity * 500 >= 60_000 for p in world.state.plan.proposals.values())


def test_what_was_written_off_is_not_counted_and_ordered_again() -> None:
    world = World(small_company(stock=0), with_stock=True)
    world.do(c.ReleaseReplenishment(proposal_id="A@W1"))
    assert "A@W1" not in world.state.plan.proposals
    world.do(c.WriteOffPurchase(purchase_order_id="RP-000001", by="ada"))
    assert "A@W1" in world.state.plan.proposals
