"""From the agents' reports to commands: what an agent says enters the core as everybody's word does.

Promises that a repeated report is harmless (its request id is made of the report's own content), that a report the core
refuses by a rule is dropped and counted, because the world has moved on since, and that one the core cannot take now is
tried again. The queue is bounded: when it overflows the oldest go, since an agent says again what still holds.
Called by the bridge client with the reports; submits as "agent:<kind>/<id>".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Protocol

import structlog

from agents.messages import (
    ArrivalSlip,
    ConditionRisk,
    Detour,
    Downtime,
    DriftSeen,
    LineLate,
    PickRefused,
    PurchaseLate,
    Report,
    Stall,
    StockRisk,
    SupplyBid,
)
from agents.refusals import Refused
from agents.reminding import ForgetReminder, RemindMe, TookReminders
from orchestrator.domain.commands import (
    Command,
    RaiseAlert,
    RefuseInstruction,
    ReportMachineDown,
    ReportMachineRisk,
    ReportMachineUp,
    ReportPurchaseDelayed,
    ReportVehicleSlip,
    ResolveAlert,
)
from orchestrator.domain.errors import Rejection, Unavailable
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.refusals_commands import EndRefusal
from orchestrator.domain.reminders_commands import CancelReminder, SetReminder, TakeReminders
from orchestrator.domain.shop_floor import RiskPoint
from orchestrator.domain.upkeep_commands import NoteDrift
from orchestrator.negotiation.supply import answer_of
from orchestrator.publish.alerts import STOCK_RISK, TASK_LATE, VEHICLE_DETOUR, VEHICLE_STALLED, stock_subject

QUEUE_MAX = 10_000
TRIES_MAX = 20
RETRY_S_MAX = 5.0

_logger = structlog.get_logger("orchestrator.publish.reports")


def command_of(report: Report) -> Command:
    """The command that a report amounts to."""
    agent = report.agent
    match report:
        case ArrivalSlip():
            return ReportVehicleSlip(
                vehicle_id=agent.id,
                order_id=report.order_id,
                planned_s=report.planned_s,
                predicted_s=report.predicted_s,
            )
        case Stall():
            text = f"vehicle {agent.id} should drive and has not moved for {_minutes(report.at_s - report.since_s)}"
            return _alert(VEHICLE_STALLED, agent.id, "WARNING", text, over=report.over)
        case Detour():
            far = f"for {_minutes(report.at_s - report.since_s)}, {report.away_m / 1000:.1f} km so far"
            text = f"vehicle {agent.id} drives away from order {report.order_id} {far}"
            return _alert(VEHICLE_DETOUR, agent.id, "WARNING", text, over=report.over)
        case StockRisk():
            lacking = f"{report.short} × {report.item_id} too few at {agent.id}"
            text = f"{lacking} for what leaves in {_minutes(report.needed_s - report.at_s)}"
            return _alert(STOCK_RISK, stock_subject(agent.id, report.item_id), "WARNING", text, over=report.over)
        case PickRefused():
            reason = f"order {report.order_id}: {report.short} × {report.item_id} are not there to be picked"
            return RefuseInstruction(
                kind=agent.kind.value, resource_id=agent.id, revision=report.revision, reason=reason
            )
        case Refused():
            return _refused(report)
        case Downtime():
            return _downtime(report)
        case ConditionRisk():
            return _risk(report)
        case DriftSeen():
            return NoteDrift(
                machine_id=report.machine_id, at_s=report.at_s, drift_s=report.drift_s, sensors=report.drifting
            )
        case LineLate():
            text = f"task {report.task_id} on {report.machine_id} is {_minutes(report.late_s)} behind the schedule"
            return _alert(TASK_LATE, report.task_id, "WARNING", text, over=report.over)
        case PurchaseLate():
            return ReportPurchaseDelayed(
                estimate=True,
                purchase_order_id=report.purchase_order_id,
                expected_s=report.expected_s,
                reason="not received by its time",
            )
        case SupplyBid():
            return answer_of(report)
        case RemindMe() | ForgetReminder() | TookReminders():
            return _reminder(report)
    raise TypeError(f"no command for a report of type {type(report).__name__}")


def _reminder(report: RemindMe | ForgetReminder | TookReminders) -> Command:
    kind, resource_id = report.agent.kind.value, report.agent.id
    match report:
        case RemindMe():
            return SetReminder(
                kind=kind,
                resource_id=resource_id,
                name=report.name,
                due_s=report.due_s,
                period_s=report.period_s,
                payload=report.payload,
            )
        case ForgetReminder():
            return CancelReminder(kind=kind, resource_id=resource_id, name=report.name)
        case TookReminders():
            return TakeReminders(kind=kind, resource_id=resource_id, up_to_seq=report.up_to_seq)


def _refused(report: Refused) -> Command:
    agent, code = report.agent, RefusalCode(report.code.value)
    if report.over:
        return EndRefusal(
            kind=agent.kind.value, resource_id=agent.id, code=code, subject=report.subject, reason=report.reason
        )
    return RefuseInstruction(
        kind=agent.kind.value,
        resource_id=agent.id,
        revision=report.revision,
        reason=report.reason,
        code=code,
        subject=report.subject,
        until_s=report.until_s,
        left=report.left,
    )


def _downtime(report: Downtime) -> Command:
    if report.over:
        return ReportMachineUp(machine_id=report.machine_id, at_s=report.at_s)
    return ReportMachineDown(
        machine_id=report.machine_id,
        at_s=report.since_s,
        until_s=report.until_s,
        reason="stands still by its own signal",
    )


def _risk(report: ConditionRisk) -> Command:
    ran = f"{report.used_s // 3600} running hours"
    drifting = f", {', '.join(report.drifting)} drifting" if report.drifting else ""
    return ReportMachineRisk(
        machine_id=report.machine_id,
        at_s=report.at_s,
        risk=tuple(RiskPoint(at_s=at_s, failed_per_mille=permille) for at_s, permille in report.risk),
        reason="no longer by its condition" if report.over else f"{ran}{drifting}",
    )


def _alert(kind: str, subject: str, severity: str, text: str, *, over: bool) -> Command:
    if over:
        return ResolveAlert(alert_id=f"{kind}:{subject}", reason="over, says the agent")
    return RaiseAlert(kind=kind, subject=subject, severity=severity, text=text)


def _minutes(duration_s: int) -> str:
    return f"{max(0, duration_s) // 60} min"


def request_id_of(report: Report) -> str:
    """The same for the same report, another for any other: its number may repeat after a restart, so it is left out."""
    parts = [type(report).__name__, str(report.agent)]
    parts += [f"{name}={getattr(report, name)}" for name in _fields(report) if name not in ("agent", "number")]
    return "report-" + blake2b("|".join(parts).encode(), digest_size=16).hexdigest()


def _fields(report: Report) -> Iterable[str]:
    return sorted(type(report).__dataclass_fields__)


class SubmitPort(Protocol):
    """The part of the core loop that takes commands."""

    async def submit(self, command: Any, *, principal: str, request_id: str | None = None) -> Any:
        """Decide, log, fold; raises Rejection or Unavailable."""
        ...


class ReportIntake:
    """A bounded queue from the bridge to the core, and the task that empties it."""

    def __init__(self, core: SubmitPort) -> None:
        self._core = core
        self._queue: deque[Report] = deque(maxlen=QUEUE_MAX)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to submit."""
        self._task = asyncio.create_task(self._run(), name="agent reports")

    async def stop(self) -> None:
        """Submit nothing more; what is queued is dropped, agents say again what still holds."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def take(self, reports: Iterable[Report]) -> None:
        """Queue reports; never blocks."""
        for report in reports:
            self.counts["dropped"] += len(self._queue) == QUEUE_MAX
            self._queue.append(report)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            while self._queue:
                await self._submit(self._queue.popleft())
            self._wake.clear()
            await self._wake.wait()

    async def _submit(self, report: Report) -> None:
        """Submit one report; count what became of it."""
        try:
            command = command_of(report)
        except (
            ValueError
        ) as error:  # an agent's figure that the domain does not allow: a defect, but not the core's end
            self.counts["invalid"] += 1
            _logger.error(
                "report makes no command", report=type(report).__name__, agent=str(report.agent), error=str(error)
            )
            return
        for _ in range(TRIES_MAX):
            try:
                await self._core.submit(command, principal=f"agent:{report.agent}", request_id=request_id_of(report))
                self.counts[type(report).__name__] += 1
                return
            except Rejection as refusal:
                self.counts["refused"] += 1
                _logger.info(
                    "report refused", report=type(report).__name__, agent=str(report.agent), why=refusal.message
                )
                return
            except Unavailable as busy:
                await asyncio.sleep(min(RETRY_S_MAX, busy.retry_after_ms / 1000))
        self.counts["given_up"] += 1
