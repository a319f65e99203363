"""Reports become commands; repeats, refusals and a busy core do no harm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.messages import (
    AgentKind,
    AgentRef,
    ArrivalSlip,
    ConditionRisk,
    Downtime,
    DriftSeen,
    LineLate,
    PickRefused,
    PurchaseLate,
    Report,
    Stall,
    StockRisk,
)
from agents.refusals import Code, Refused
from agents.reminding import ForgetReminder, RemindMe, TookReminders
from orchestrator.domain import commands as c
from orchestrator.domain.errors import Reason, Rejection, Unavailable
from orchestrator.domain.refusals_commands import EndRefusal
from orchestrator.domain.reminders_commands import CancelReminder, SetReminder, TakeReminders
from orchestrator.domain.upkeep_commands import NoteDrift
from orchestrator.publish.reports import QUEUE_MAX, ReportIntake, command_of, request_id_of
from tests.waiting import wait_for

NOW_S = 1_700_006_400
V1 = AgentRef(AgentKind.VEHICLE, "V1")
W1 = AgentRef(AgentKind.WAREHOUSE, "W1")
L1 = AgentRef(AgentKind.PRODUCTION_LINE, "L1")
S1 = AgentRef(AgentKind.SUPPLIER, "S1")
SLIP = ArrivalSlip(agent=V1, number=1, at_s=NOW_S, order_id="acme/1", planned_s=NOW_S, predicted_s=NOW_S + 900)
REPORTS: list[tuple[Report, type[c.Command]]] = [
    (SLIP, c.ReportVehicleSlip),
    (Stall(agent=V1, number=1, at_s=NOW_S, since_s=NOW_S - 900), c.RaiseAlert),
    (Stall(agent=V1, number=1, at_s=NOW_S, since_s=NOW_S, over=True), c.ResolveAlert),
    (StockRisk(agent=W1, number=1, at_s=NOW_S, item_id="A", short=3, needed_s=NOW_S + 60), c.RaiseAlert),
    (StockRisk(agent=W1, number=1, at_s=NOW_S, item_id="A", short=0, needed_s=NOW_S, over=True), c.ResolveAlert),
    (
        PickRefused(agent=W1, number=1, at_s=NOW_S, revision=4, order_id="acme/1", item_id="A", short=3),
        c.RefuseInstruction,
    ),
    (
        ConditionRisk(agent=L1, number=1, at_s=NOW_S, machine_id="M1", used_s=90_000, risk=((NOW_S + 60, 5),)),
        c.ReportMachineRisk,
    ),
    (ConditionRisk(agent=L1, number=1, at_s=NOW_S, machine_id="M1", used_s=0, over=True), c.ReportMachineRisk),
    (DriftSeen(agent=L1, number=1, at_s=NOW_S, machine_id="M1", drift_s=7, drifting=("v",)), NoteDrift),
    (Downtime(agent=L1, number=1, at_s=NOW_S, machine_id="M1", since_s=NOW_S, until_s=NOW_S + 60), c.ReportMachineDown),
    (
        Downtime(agent=L1, number=1, at_s=NOW_S, machine_id="M1", since_s=NOW_S, until_s=NOW_S, over=True),
        c.ReportMachineUp,
    ),
    (
        Refused(
            agent=V1,
            number=1,
            at_s=NOW_S,
            revision=4,
            code=Code.OUT_OF_HOURS,
            subject="",
            reason="late",
            until_s=NOW_S + 60,
        ),
        c.RefuseInstruction,
    ),
    (
        Refused(
            agent=W1,
            number=1,
            at_s=NOW_S,
            revision=4,
            code=Code.DOCKS_CLOSED,
            subject="",
            reason="works again",
            until_s=NOW_S,
            over=True,
        ),
        EndRefusal,
    ),
    (LineLate(agent=L1, number=1, at_s=NOW_S, task_id="RM-1:0", machine_id="M1", late_s=700), c.RaiseAlert),
    (LineLate(agent=L1, number=1, at_s=NOW_S, task_id="RM-1:0", machine_id="", late_s=0, over=True), c.ResolveAlert),
    (
        PurchaseLate(agent=S1, number=1, at_s=NOW_S, purchase_order_id="PO-1", was_s=NOW_S, expected_s=NOW_S + 60),
        c.ReportPurchaseDelayed,
    ),
    (RemindMe(agent=S1, number=1, at_s=NOW_S, name="receipt", due_s=NOW_S + 60), SetReminder),
    (ForgetReminder(agent=S1, number=1, at_s=NOW_S, name="receipt"), CancelReminder),
    (TookReminders(agent=S1, number=1, at_s=NOW_S, up_to_seq=7), TakeReminders),
]


@pytest.mark.parametrize(("report", "kind"), REPORTS)
def test_every_report_has_its_command(report: Report, kind: type[c.Command]) -> None:
    assert type(command_of(report)) is kind


def test_raise_and_resolve_speak_of_the_same_alert() -> None:
    commands = [command_of(report) for report, _ in REPORTS]
    raised = {f"{command.kind}:{command.subject}" for command in commands if isinstance(command, c.RaiseAlert)}
    resolved = {command.alert_id for command in commands if isinstance(command, c.ResolveAlert)}
    assert raised == resolved


def test_the_same_report_has_the_same_request_id_and_any_other_another() -> None:
    assert request_id_of(SLIP) == request_id_of(replace(SLIP, number=99))
    others = [replace(SLIP, at_s=NOW_S + 1), replace(SLIP, predicted_s=NOW_S), replace(SLIP, agent=W1)]
    reports = [SLIP, *others, *(report for report, _ in REPORTS[1:])]
    assert len({request_id_of(report) for report in reports}) == len(reports)


class FakeCore:
    """Takes commands, or refuses as the test says."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.taken: list[tuple[c.Command, str, str | None]] = []

    async def submit(self, command: Any, *, principal: str, request_id: str | None = None) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append((command, principal, request_id))


async def test_a_report_is_submitted_as_its_agent() -> None:
    core = FakeCore()
    intake = ReportIntake(core)
    intake.start()
    intake.take([SLIP])
    await wait_for(lambda: core.taken, "the report is submitted")
    await intake.stop()
    assert core.taken == [(command_of(SLIP), "agent:vehicle/V1", request_id_of(SLIP))]


async def test_a_busy_core_is_asked_again_and_a_refusal_is_not() -> None:
    core = FakeCore(Unavailable("full", retry_after_ms=1), None, Rejection(Reason.NOT_FOUND, "no such vehicle"), None)
    intake = ReportIntake(core)
    intake.start()
    intake.take([report for report, _ in REPORTS[:3]])
    await wait_for(lambda: len(core.taken) == 2, "both reports that can be taken are")
    await intake.stop()
    assert intake.counts == {"ArrivalSlip": 1, "refused": 1, "Stall": 1, "dropped": 0}


async def test_a_report_that_makes_no_command_ends_nothing() -> None:
    core = FakeCore()
    intake = ReportIntake(core)
    intake.start()
    intake.take([replace(SLIP, predicted_s=-1), SLIP])
    await wait_for(lambda: core.taken, "the good report is submitted")
    await intake.stop()
    assert intake.counts["invalid"] == 1


async def test_a_core_that_stays_busy_loses_one_report_and_not_the_others() -> None:
    core = FakeCore(*[Unavailable("full", retry_after_ms=0)] * 20)
    intake = ReportIntake(core)
    intake.start()
    intake.take([SLIP, REPORTS[1][0]])
    await wait_for(lambda: core.taken, "the second report is submitted")
    await intake.stop()
    assert intake.counts["given_up"] == 1


def test_the_queue_is_bounded_and_the_oldest_go() -> None:
    intake = ReportIntake(FakeCore())
    intake.take([SLIP] * (QUEUE_MAX + 3))
    assert intake.counts["dropped"] == 3
