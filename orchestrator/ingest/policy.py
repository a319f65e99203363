"""Who may call what: every method of every service by its full name; what is not here is refused.

A test walks the descriptors of all services and fails on a method without a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """As whom a caller comes in. ANYONE needs no identity: health only."""

    PARTNER = "partner"
    OPERATOR = "operator"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a method, and whether its answer shows state that must be on disk before it is told."""

    role: Role
    shows_state: bool = False


def _rules(service: str, role: Role, writes: str = "", shows: str = "") -> dict[str, Rule]:
    """`writes` answer with what is durable anyway; `shows` read the live state."""
    rules = {f"{service}.{name}": Rule(role) for name in writes.split()}
    return rules | {f"{service}.{name}": Rule(role, shows_state=True) for name in shows.split()}


OPERATOR = "muster.operator.v1"
POLICY: Mapping[str, Rule] = {
    **_rules(
        "muster.partner.v1.PartnerService",
        Role.PARTNER,
        writes="SubmitOrders ReportShipmentStatus Watch",
        shows="CancelOrder GetOrder ListOrders QuoteDelivery ReserveDelivery ConfirmDelivery",
    ),
    **_rules(
        f"{OPERATOR}.PlanService",
        Role.OPERATOR,
        shows="GetPlan ListRevisions GetRevision DiffRevisions ExplainOrder CheckPlan",
    ),
    **_rules(
        f"{OPERATOR}.OverrideService",
        Role.OPERATOR,
        shows="CreateOverride PreviewOverride ListOverrides GetOverride UndoOverride"
        " GrantAllowance ListAllowances UndoAllowance",
    ),
    **_rules(
        f"{OPERATOR}.ScheduleService",
        Role.OPERATOR,
        shows="ExplainSchedule ExplainTask CreateScheduleOverride ListScheduleOverrides UndoScheduleOverride",
    ),
    **_rules(f"{OPERATOR}.EventService", Role.OPERATOR, writes="ReportEvent ListEvents Watch"),
    **_rules(f"{OPERATOR}.ResourceService", Role.OPERATOR, writes="ReportTelemetry", shows="ListResources GetResource"),
    **_rules(
        f"{OPERATOR}.OrderService",
        Role.OPERATOR,
        writes="SubmitOrders",
        shows="CancelOrder GetOrder ListOrders QuoteDelivery ReserveDelivery ConfirmDelivery ChangeOrder",
    ),
    **_rules(
        f"{OPERATOR}.StockService",
        Role.OPERATOR,
        writes="ReleaseReplenishment CancelReplenishment SnoozeProposal SetReplenishmentMode WriteOffPurchase"
        " MarkDemand CloseDay",
        shows="ListStock ListReplenishments GetStockOutlook ListScorecards",
    ),
    **_rules(f"{OPERATOR}.AlertService", Role.OPERATOR, shows="ListAlerts AcknowledgeAlert ResolveAlert"),
    **_rules(
        f"{OPERATOR}.AdminService",
        Role.OPERATOR,
        writes="GetStatus ImportCompany StartClock AdvanceClock VerifyAudit ExportAudit",
        shows="GetOverview GetDayReport",
    ),
    **_rules(f"{OPERATOR}.SolveService", Role.OPERATOR, writes="Solve"),
    **_rules(
        f"{OPERATOR}.AgentService", Role.OPERATOR, shows="CordonResource UncordonResource ListCordons ListReminders"
    ),
    **_rules(
        "muster.partner.v1.TenderService",
        Role.PARTNER,
        writes="WatchTenders",
        shows="ListTenders SubmitBid DeclineTender ConfirmAward ReportTenderDone",
    ),
    **_rules(
        f"{OPERATOR}.NegotiationService",
        Role.OPERATOR,
        shows="ListNegotiations GetNegotiation CreateTender AwardByHand CancelNegotiation",
    ),
    **_rules(f"{OPERATOR}.HostService", Role.OPERATOR, writes="ListHosts"),
    **_rules(f"{OPERATOR}.ArrivalService", Role.OPERATOR, shows="ListArrivals"),
    **_rules(f"{OPERATOR}.LevelService", Role.OPERATOR, shows="GetLevel HoldLevel ReleaseLevel"),
    **_rules(
        f"{OPERATOR}.TelemetryDirectoryService", Role.OPERATOR, writes="GetTelemetryCounters", shows="LocateHosts"
    ),
    **_rules("grpc.health.v1.Health", Role.ANYONE, writes="Check Watch"),
    **_rules("grpc.reflection.v1alpha.ServerReflection", Role.OPERATOR, writes="ServerReflectionInfo"),
}
