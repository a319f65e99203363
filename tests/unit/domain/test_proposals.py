"""What people do with proposals: order them as they are or changed, put them off, hand an item over."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.company import Place, Site, SiteKind
from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import PurchasePlaced
from orchestrator.domain.plan import PlanDelta, Proposal, ProposalKind, Revision, Tier
from orchestrator.domain.sourcing import Source
from orchestrator.domain.state import DAY_S
from tests.unit.domain.small_company import NOW_S, World, small_company

BOARDS = Proposal(
    proposal_id="board@W1",
    kind=ProposalKind.PURCHASE,
    item_id="board",
    site_id="W1",
    supplier_id="S1",
    quantity=40,
    expected_s=NOW_S + 2 * DAY_S,
    cost_cents=20_000,
    inventory_position=10,
    reorder_point=30,
    order_up_to=50,
    reason="below the reorder point",
)


def proposing(proposal: Proposal = BOARDS) -> World:
    """A world with a second supplier and a second site, in which planning proposes."""
    base = small_company()
    second = base.suppliers[0].model_copy(update={"supplier_id": "S2", "lead_time_s": DAY_S})
    shed = Site(site_id="W2", name="Shed", kind=SiteKind.WAREHOUSE, place=Place(lat_e7=481_500_000, lon_e7=115_000_000))
    company = base.model_copy(
        update={
            "suppliers": (*base.suppliers, second, second.model_copy(update={"supplier_id": "S3"})),
            "sources": (Source(item_id="board", supplier_id="S2", unit_cost_cents=555),),
            "sites": (*base.sites, shed),
        }
    )
    world = World()
    world.do(c.ImportCompany(company=company))
    head = Revision(revision=1, parent=0, tier=Tier.REPAIR, causes=())
    world.do(c.PublishRevision(head=head, delta=PlanDelta(proposals={proposal.proposal_id: proposal})))
    return world


def test_a_changed_proposal_is_ordered_as_the_person_wants_and_says_so() -> None:
    world = proposing()
    answer = world.do(
        c.ReleaseReplenishment(proposal_id="board@W1", by="ada", quantity=25, supplier_id="S2", reason="S1 on strike")
    )
    assert answer is not None
    order = world.state.purchases[answer.created_id]
    assert (order.supplier_id, order.quantity, order.unit_cost_cents) == ("S2", 25, 555)
    placed = world.events[-1]
    assert isinstance(placed, PurchasePlaced)
    assert (placed.changed, placed.by, placed.reason) == (True, "ada", "S1 on strike")


def test_a_supplier_that_does_not_sell_the_item_is_refused_with_those_who_do() -> None:
    with pytest.raises(Rejection, match=r"does not sell board; who does: S1, S2"):
        proposing().do(c.ReleaseReplenishment(proposal_id="board@W1", supplier_id="S3"))


def test_a_proposal_sleeps_and_an_order_forgets_that_it_did() -> None:
    world = proposing()
    world.do(c.SnoozeProposal(proposal_id="board@W1", until_s=NOW_S + DAY_S, by="ada"))
    assert world.state.snoozed == {"board@W1": NOW_S + DAY_S}
    world.do(c.ReleaseReplenishment(proposal_id="board@W1"))
    assert world.state.snoozed == {}


def test_a_snooze_of_a_year_is_refused() -> None:
    with pytest.raises(Rejection, match="at most 90 days"):
        proposing().do(c.SnoozeProposal(proposal_id="board@W1", until_s=NOW_S + 365 * DAY_S, by="ada"))


def test_automatic_from_now_on_and_back() -> None:
    world = proposing()
    world.do(c.SetReplenishmentMode(site_id="W1", item_id="board", automatic=False, by="ada"))
    before = len(world.events)
    world.do(c.SetReplenishmentMode(site_id="W1", item_id="board", automatic=False, by="ada"))
    assert len(world.events) == before, "the same again is nothing new"
    world.do(c.ReleaseReplenishment(proposal_id="board@W1", by="ada", automatic=True))
    assert world.state.automatic[("W1", "board")] is True


def test_a_transfer_takes_the_goods_at_once_and_a_cancelled_one_brings_them_back() -> None:
    transfer = BOARDS.model_copy(
        update={"kind": ProposalKind.TRANSFER, "supplier_id": None, "site_id": "W2", "from_site_id": "W1"}
    )
    world = proposing(transfer)
    answer = world.do(c.ReleaseReplenishment(proposal_id=transfer.proposal_id))
    assert answer is not None
    assert world.state.on_hand[("W1", "board")] == 60
    order = world.state.purchases[answer.created_id]
    assert (order.from_site_id, order.site_id) == ("W1", "W2")
    world.do(c.CancelReplenishment(supply_id=answer.created_id))
    assert world.state.on_hand[("W1", "board")] == 100


def test_a_transfer_of_more_than_there_is_is_refused() -> None:
    transfer = BOARDS.model_copy(
        update={"kind": ProposalKind.TRANSFER, "supplier_id": None, "site_id": "W2", "from_site_id": "W1"}
    )
    with pytest.raises(Rejection, match="W1 has 100"):
        proposing(transfer).do(c.ReleaseReplenishment(proposal_id=transfer.proposal_id, quantity=101))


def test_a_written_off_order_is_told_and_may_still_come() -> None:
    world = World.with_company()
    world.do(c.WriteOffPurchase(purchase_order_id="PO-1", still_comes_ppm=30_000, by="planner"))
    assert world.state.purchases["PO-1"].status is SupplyStatus.LOST
    assert "3 %" in world.state.alerts["PURCHASE_LOST:PO-1"].text
    with pytest.raises(Rejection):
        world.do(c.WriteOffPurchase(purchase_order_id="PO-1"))
    world.do(c.ReceivePurchase(purchase_order_id="PO-1", quantity=50, at_s=NOW_S))
    assert world.state.on_hand[("W1", "board")] == 150
    assert world.state.alerts["PURCHASE_LOST:PO-1"].status == "RESOLVED"
