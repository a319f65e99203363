"""Between contract and domain: nothing forgotten, every broken field named."""

import pytest

from orchestrator.domain import allowance_commands, commands, events, levels_commands
from orchestrator.domain.decide.cordons import HANDLERS as CORDONS
from orchestrator.domain.decide.negotiations import HANDLERS as NEGOTIATIONS
from orchestrator.domain.decide.reminders import HANDLERS as REMINDERS
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.refusals_commands import EndPastRefusals, EndRefusal
from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.domain.upkeep_commands import NoteDrift, ReviseWearLaw
from orchestrator.ingest.convert_event import SENTENCES, SUBJECTS
from orchestrator.ingest.convert_order import PARTNER_TEXTS, draft_in
from orchestrator.ingest.convert_report import REPORTS, command_of
from orchestrator.ingest.fields import (
    build,
    enum_in,
    etag_in,
    order_id_in,
    page_size_in,
    request_id_in,
    seconds_in,
)
from orchestrator.ingest.refusals import BadFields
from orchestrator.planning.verdict import CODES
from orchestrator.planning.verdict import SENTENCES as VERDICTS
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import event_service_pb2 as pb
from tests.unit.domain.small_company import NOW_S

#: Asked for through calls of their own, or by the server itself.
NOT_REPORTS = {
    *NEGOTIATIONS,
    commands.ImportCompany,
    commands.SubmitOrders,
    commands.ReserveOrder,
    commands.ConfirmOrder,
    commands.ChangeOrder,
    commands.CancelOrder,
    allowance_commands.GrantAllowance,
    allowance_commands.UndoAllowance,
    commands.ReleaseReplenishment,
    commands.CancelReplenishment,
    commands.SnoozeProposal,
    commands.SetReplenishmentMode,
    commands.WriteOffPurchase,
    commands.MarkDemand,
    commands.CloseDay,
    commands.ReviseLearning,
    commands.CreateOverride,
    commands.CreateScheduleOverride,
    commands.UndoScheduleOverride,
    commands.UndoOverride,
    commands.ExpireOverrides,
    commands.PublishRevision,
    commands.AcknowledgeAlert,
    commands.ResolveAlert,
    levels_commands.ChangeLevel,
    levels_commands.HoldLevel,
    levels_commands.ReleaseLevel,
    ReviseSpeeds,
    ReviseWearLaw,
    NoteDrift,
    *CORDONS,
    *REMINDERS,
    EndRefusal,
    EndPastRefusals,
}
SAMPLES = {
    "vehicle_loaded": pb.VehicleLoaded(vehicle_id="V1", order_ids=["a/1"], at_s=NOW_S),
    "vehicle_arrived": pb.VehicleArrived(vehicle_id="V1", order_id="a/1", at_s=NOW_S),
    "order_delivered": pb.OrderDelivered(vehicle_id="V1", order_id="a/1", at_s=NOW_S),
    "delivery_failed": pb.DeliveryFailed(vehicle_id="V1", order_id="a/1", at_s=NOW_S, reason="closed"),
    "vehicle_returned": pb.VehicleReturned(vehicle_id="V1", at_s=NOW_S),
    "vehicle_down": pb.VehicleDown(vehicle_id="V1", at_s=NOW_S, until_s=NOW_S + 60),
    "vehicle_up": pb.VehicleUp(vehicle_id="V1", at_s=NOW_S),
    "vehicle_slip": pb.VehicleSlip(vehicle_id="V1", order_id="a/1", planned_s=1, predicted_s=2),
    "slow_area": pb.SlowArea(area_id="A1", radius_m=500, factor_pct=150, until_s=NOW_S),
    "slow_area_over": pb.SlowAreaOver(area_id="A1"),
    "machine_down": pb.MachineDown(machine_id="M1", at_s=NOW_S, until_s=NOW_S + 60),
    "machine_up": pb.MachineUp(machine_id="M1", at_s=NOW_S),
    "machine_risk": pb.MachineRisk(machine_id="M1", at_s=NOW_S, risk=[pb.RiskPoint(at_s=NOW_S, failed_per_mille=9)]),
    "worker_absent": pb.WorkerAbsent(worker_id="K1", at_s=NOW_S, until_s=NOW_S + 60),
    "worker_back": pb.WorkerBack(worker_id="K1", at_s=NOW_S),
    "task_started": pb.TaskStarted(task_id="MO-1:0", machine_id="M1", at_s=NOW_S),
    "task_finished": pb.TaskFinished(task_id="MO-1:0", at_s=NOW_S),
    "purchase_delayed": pb.PurchaseDelayed(purchase_order_id="PO-1", expected_s=NOW_S),
    "purchase_received": pb.PurchaseReceived(purchase_order_id="PO-1", quantity=1, at_s=NOW_S),
    "stock_counted": pb.StockCounted(site_id="W1", item_id="chair", on_hand=0, at_s=NOW_S),
    "stock_issued": pb.StockIssued(site_id="W1", item_id="chair", quantity=1, short=0, at_s=NOW_S),
    "instruction_refused": pb.InstructionRefused(kind="vehicle", resource_id="V1", reason="no driver"),
    "alert": pb.AlertReported(kind="FIRE", subject="W1", severity="CRITICAL", text="smoke"),
}


def test_every_report_of_the_contract_is_read() -> None:
    fields = {field.name for field in pb.ReportEventRequest.DESCRIPTOR.oneofs_by_name["report"].fields}
    assert fields == REPORTS.keys() == SAMPLES.keys()


def test_every_report_command_of_the_domain_can_be_sent() -> None:
    sent = {type(command_of(pb.ReportEventRequest(**{name: sample}))) for name, sample in SAMPLES.items()}  # type: ignore[arg-type]
    assert sent == {*commands.Command.__subclasses__()} - NOT_REPORTS


def test_every_event_is_told() -> None:
    kinds = set(events.event_types().values())
    assert kinds == SENTENCES.keys()
    by_vehicle = {kind for kind in kinds if "vehicle_id" in kind.model_fields}
    assert kinds == SUBJECTS.keys() | by_vehicle


def test_partners_are_told_every_verdict_in_fixed_words() -> None:
    assert {*CODES.values(), *VERDICTS} <= PARTNER_TEXTS.keys()


def test_a_draft_names_its_broken_fields() -> None:
    draft = order_pb2.OrderDraft(number="no good", lines=[order_pb2.OrderLine(item_id="x", quantity=-1)])
    with pytest.raises(BadFields) as refused:
        draft_in(draft)
    assert [field for field, _ in refused.value.violations][:3] == ["number", "customer_id", "lines[0].quantity"]


def test_a_draft_without_a_priority_has_the_middle_one() -> None:
    line = order_pb2.OrderLine(item_id="x", quantity=1)
    draft = order_pb2.OrderDraft(number="1", customer_id="c", lines=[line], window_end_s=1)
    assert draft_in(draft).priority == 5
    draft.priority = 0
    assert draft_in(draft).priority == 0


@pytest.mark.parametrize("value", [0, 99, -1])
def test_an_enum_that_says_nothing_is_refused(value: int) -> None:
    with pytest.raises(BadFields, match="status"):
        enum_in(OrderStatus, order_pb2.OrderStatus, "ORDER_STATUS_", value, "status")


@pytest.mark.parametrize("etag", ["x", "-1", "1.0", "²", "9" * 19])
def test_an_etag_is_a_version(etag: str) -> None:
    assert (etag_in(""), etag_in("7")) == (None, 7)
    with pytest.raises(BadFields, match="etag"):
        etag_in(etag)


@pytest.mark.parametrize("value", ["a b", "é", "x" * 129, "a\n"])
def test_a_request_id_is_plain(value: str) -> None:
    assert request_id_in("0b0e-1.x:y/z_", required=True) == "0b0e-1.x:y/z_"
    assert request_id_in("", required=False) is None
    with pytest.raises(BadFields, match="request_id"):
        request_id_in(value, required=False)


@pytest.mark.parametrize("value", ["acme", "acme/", "/1", "a/b/c", "acme/1\n"])
def test_an_order_id_has_two_parts(value: str) -> None:
    with pytest.raises(BadFields):
        order_id_in(value)


def test_small_rules() -> None:
    assert [page_size_in(value, 50, 100) for value in (0, 7, 1_000)] == [50, 7, 100]
    for refused in (lambda: page_size_in(-1, 50, 100), lambda: seconds_in(-1, "at_s")):
        with pytest.raises(BadFields):
            refused()
    with pytest.raises(BadFields, match="vehicle_id"):
        build(commands.ReportVehicleUp, vehicle_id="", at_s=0)
