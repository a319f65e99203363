"""What becomes of proposals: who needs no person is ordered, who does is told, a snoozed one waits.

Promises: who decides is `approval_of`'s word, looked up again at every look, so that a snooze that ends, a mode that
changes and a proposal that grows are all seen; a proposal that waits has one open alert, and none once it is decided
or gone. All changes go through the core's queue. Made by the planner, which calls `look` after it has published
proposals and when a person has said something about one (`HEEDED`), or when a snooze is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from orchestrator.domain.approval import Approval, approval_of
from orchestrator.domain.commands import Command, RaiseAlert, ReleaseReplenishment, ResolveAlert
from orchestrator.domain.entities import AlertStatus
from orchestrator.domain.events import ProductionReleased, ProposalSnoozed, PurchasePlaced, ReplenishmentModeSet
from orchestrator.domain.measures import clock_time
from orchestrator.domain.negotiations_events import NegotiationEnded
from orchestrator.domain.plan import Proposal, ProposalKind
from orchestrator.domain.quoting import quote_of, with_quote, worth_a_call
from orchestrator.domain.state import State
from orchestrator.planning.meter import Meter
from orchestrator.planning.ports import Clock, CorePort
from orchestrator.planning.settings import PlanningSettings

ALERT = "PROPOSAL_WAITING"
ALERTS_MAX = 100
"""Told one by one; more than that is a list, not news."""
PRINCIPAL = "system:planner"
HEEDED = (PurchasePlaced, ProductionReleased, ProposalSnoozed, ReplenishmentModeSet, NegotiationEnded)
"""Events that decide about a proposal."""
_log = structlog.get_logger("muster.planning")


class Releaser:
    """Orders what needs no person, and tells people of the rest."""

    def __init__(self, core: CorePort, clock: Clock, settings: PlanningSettings, meter: Meter) -> None:
        self._core, self._clock, self._settings = core, clock, settings
        self._meter = meter
        self._asleep: dict[str, int] = {}
        self.asked = False

    async def look(self) -> None:
        """Release what may be released, and bring the alerts in line with what waits."""
        self.asked = False
        state, now_s = self._core.state, self._clock.now_s()
        standing = {
            key: approval_of(state, proposal, self._settings.auto_approve_cents, now_s)
            for key, proposal in state.plan.proposals.items()
        }
        self._asleep = {key: state.snoozed[key] for key, how in standing.items() if how is Approval.SNOOZED}
        await self._all(
            ReleaseReplenishment(proposal_id=key, by=PRINCIPAL)
            for key, how in standing.items()
            if how is Approval.AUTOMATIC and not self._in_talks(key, now_s)
        )
        waiting = [key for key, how in standing.items() if how is Approval.WAITING]
        await self._all(_news(state, waiting))
        self._meter.waiting(len(waiting))

    def _in_talks(self, proposal_id: str, now_s: int) -> bool:
        """Whether suppliers are called about it, or are about to be: it waits for their quote."""
        state, above_cents = self._core.state, self._settings.quote_first_above_cents
        if above_cents < 0:
            return False
        proposal = state.plan.proposals[proposal_id]
        return proposal_id in state.lots_called or worth_a_call(state, proposal, above_cents, now_s)

    def overslept(self) -> bool:
        """Whether a snooze is over that was not when it was looked at last."""
        now_s = self._clock.now_s()
        return any(until_s <= now_s for until_s in self._asleep.values())

    async def _all(self, commands: Iterable[Command]) -> None:
        asked = [self._core.submit(command, principal=PRINCIPAL, internal=True) for command in commands]
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(answer, Exception):
                _log.info("proposal not handled", reason=str(answer))
            elif isinstance(answer, BaseException):
                raise answer


def _news(state: State, waiting: list[str]) -> list[Command]:
    """Alerts that are missing or say something else, and alerts of what waits no more."""
    held = {alert.subject: alert for alert in state.alerts.values() if alert.kind == ALERT}
    told = {key: one for key, one in held.items() if one.status is not AlertStatus.RESOLVED}
    dearest = sorted(waiting, key=lambda key: (-state.plan.proposals[key].wait_day_cents, key))
    commands: list[Command] = []
    for key in dearest[:ALERTS_MAX]:
        text = waiting_text(state, state.plan.proposals[key])
        if key not in told or told[key].text != text:
            commands.append(RaiseAlert(kind=ALERT, subject=key, severity="WARNING", text=text))
    gone = [one.alert_id for key, one in told.items() if key not in state.plan.proposals or key not in waiting]
    return commands + [ResolveAlert(alert_id=alert_id, reason="decided, or not needed any more") for alert_id in gone]


def waiting_text(state: State, proposal: Proposal) -> str:
    """What a person has to decide, in a line: what, how much, by when, and with which command."""
    quote = quote_of(state, proposal, state.at_s)
    if quote is not None:
        proposal = proposal.model_copy(update=with_quote(quote))
    what = f"{proposal.quantity} × {proposal.item_id} for {proposal.site_id}"
    if proposal.kind is ProposalKind.PURCHASE:
        what += f" from {proposal.supplier_id}"
    elif proposal.kind is ProposalKind.TRANSFER:
        what += f" from {proposal.from_site_id}"
    if proposal.cost_cents:
        what += f", {proposal.cost_cents / 100:.2f} €" + (" (quoted)" if quote is not None else "")
    by = ""
    if proposal.needed_by_s is not None:
        day = (state.day_start_s(proposal.needed_by_s) - state.day_start_s(state.at_s)) // 86_400
        when = "today" if day <= 0 else "tomorrow" if day == 1 else f"in {day} days"
        by = f", needed {when} {clock_time(state, proposal.needed_by_s)}"
    return f"{what}{by}: muster proposal approve {proposal.proposal_id}"[:1000]
