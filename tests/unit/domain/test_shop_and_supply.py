"""Lines, stock and supply orders: materials in, goods out, one task a machine, proposals made real once."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.plan import PlanDelta, Proposal, ProposalKind, Revision, Tier
from tests.unit.domain.small_company import NOW_S, World


def test_a_job_takes_materials_first_and_gives_goods_last() -> None:
    world = World.with_company()
    world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M1", at_s=NOW_S))
    assert world.state.on_hand[("W1", "board")] == 80
    assert world.state.plan.tasks["MO-1:0"].end_s == NOW_S + 600 + 10 * 60
    world.do(c.ReportTaskFinished(task_id="MO-1:0", at_s=NOW_S + 1200))
    world.do(c.ReportTaskStarted(task_id="MO-1:1", machine_id="M2", at_s=NOW_S + 1200))
    world.do(c.ReportTaskFinished(task_id="MO-1:1", at_s=NOW_S + 3000))
    assert world.state.on_hand[("W1", "chair")] == 30
    assert world.state.production["MO-1"].status is SupplyStatus.DONE
    assert world.state.production["MO-1"].done_s == NOW_S + 3000
    assert all(live.task_id is None for live in world.state.shop.values())


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (c.ReportTaskStarted(task_id="MO-1:1", machine_id="M2", at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportTaskStarted(task_id="MO-1:7", machine_id="M2", at_s=NOW_S), Reason.NOT_FOUND),
        (c.ReportTaskStarted(task_id="MO-1:0", machine_id="M9", at_s=NOW_S), Reason.NOT_FOUND),
        (c.ReportTaskFinished(task_id="MO-1:0", at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportMachineUp(machine_id="M1", at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReceivePurchase(purchase_order_id="PO-1", quantity=101, at_s=NOW_S), Reason.INVALID_FIELD),
        (c.ReceivePurchase(purchase_order_id="PO-7", quantity=1, at_s=NOW_S), Reason.NOT_FOUND),
        (c.CountStock(site_id="W7", item_id="chair", on_hand=1, at_s=NOW_S), Reason.NOT_FOUND),
        (c.ReleaseReplenishment(proposal_id="none"), Reason.NOT_FOUND),
    ],
)
def test_impossible_reports_are_refused(command: c.Command, reason: Reason) -> None:
    world = World.with_company()
    with pytest.raises(Rejection) as refused:
        world.do(command)
    assert refused.value.reason is reason


def test_a_down_machine_starts_nothing() -> None:
    world = World.with_company()
    world.do(c.ReportMachineDown(machine_id="M1", at_s=NOW_S, until_s=NOW_S + 3600, reason="belt"))
    with pytest.raises(Rejection) as refused:
        world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M1", at_s=NOW_S))
    assert refused.value.reason is Reason.RESOURCE_DOWN
    world.do(c.ReportMachineUp(machine_id="M1", at_s=NOW_S + 1800))
    world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M1", at_s=NOW_S + 1800))


def test_a_late_supplier_is_told_and_forgotten_when_the_goods_come() -> None:
    world = World.with_company()
    was = world.state.purchases["PO-1"].expected_s
    world.do(c.ReportPurchaseDelayed(purchase_order_id="PO-1", expected_s=was + 7200))
    assert world.state.purchases["PO-1"].late_s == 7200
    assert world.state.alerts["SUPPLIER_LATE:PO-1"].status == "OPEN"
    world.do(c.ReceivePurchase(purchase_order_id="PO-1", quantity=48, at_s=was + 7000))
    assert world.state.on_hand[("W1", "board")] == 148
    assert world.state.alerts["SUPPLIER_LATE:PO-1"].status == "RESOLVED"


def test_a_guess_moves_what_is_expected_but_not_what_was_promised() -> None:
    world = World.with_company()
    was = world.state.purchases["PO-1"].expected_s
    world.do(c.ReportPurchaseDelayed(purchase_order_id="PO-1", expected_s=was + 7200, estimate=True))
    assert (world.state.purchases["PO-1"].expected_s, world.state.purchases["PO-1"].promised_s) == (was + 7200, was)
    world.do(c.ReportPurchaseDelayed(purchase_order_id="PO-1", expected_s=was + 9000))
    world.do(c.ReportPurchaseDelayed(purchase_order_id="PO-1", expected_s=was + 9900, estimate=True))
    assert world.state.purchases["PO-1"].promised_s == was + 9000


@pytest.mark.parametrize("kind", [ProposalKind.PURCHASE, ProposalKind.PRODUCTION])
def test_a_proposal_becomes_a_supply_order_once(kind: ProposalKind) -> None:
    world = World.with_company()
    proposal = Proposal(
        proposal_id="p1",
        kind=kind,
        item_id="board" if kind is ProposalKind.PURCHASE else "chair",
        site_id="W1",
        supplier_id="S1" if kind is ProposalKind.PURCHASE else None,
        quantity=40,
        expected_s=NOW_S + 86_400,
        cost_cents=20_000,
        inventory_position=10,
        reorder_point=30,
        order_up_to=50,
        reason="below the reorder point",
    )
    head = Revision(revision=1, parent=0, tier=Tier.REPAIR, causes=())
    world.do(c.PublishRevision(head=head, delta=PlanDelta(proposals={"p1": proposal})))
    answer = world.do(c.ReleaseReplenishment(proposal_id="p1"))
    assert answer is not None
    made = world.state.purchases if kind is ProposalKind.PURCHASE else world.state.production
    assert made[answer.created_id].quantity == 40
    with pytest.raises(Rejection):
        world.do(c.ReleaseReplenishment(proposal_id="p1"))
    world.do(c.CancelReplenishment(supply_id=answer.created_id))
    assert made[answer.created_id].status is SupplyStatus.CANCELLED
