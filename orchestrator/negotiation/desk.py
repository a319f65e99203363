"""The negotiation desk: opens calls, lets agents answer, finds winners, awards, forfeits, and tells people.

Promises: all it knows stands in the log, so a restart goes on where it was; it loses no call, since whatever is not
settled is looked at again; a lot is awarded by the core's decision alone, so a slow or doubled step changes nothing.
May not: decide what is allowed (`domain.decide.negotiations`) or hold the loop: each step is short, and the exact
engine runs in a solver process, greed in the core while those are away. Made by `runtime.bootstrap`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

import structlog

from agents.negotiation import Counters, Determine, Due, Forfeit, Leave, after_determination, due
from orchestrator.domain.commands import Command, RaiseAlert
from orchestrator.domain.decide.negotiations import COUNTERS
from orchestrator.domain.entities import AlertStatus
from orchestrator.domain.errors import Rejection, Unavailable
from orchestrator.domain.events import Event, PlanRevised
from orchestrator.domain.evolve.negotiations import FOLDS
from orchestrator.domain.measures import euros
from orchestrator.domain.negotiations import OPEN, AwardStatus, BidStatus, Negotiation, Phase
from orchestrator.domain.negotiations_commands import (
    AwardLots,
    EndNegotiation,
    ForfeitAward,
    LeaveLots,
)
from orchestrator.negotiation.asked import AgentsPort, AskedAgents, asking_ends_s
from orchestrator.negotiation.calls import Calls
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.negotiation.talks import talk_of
from orchestrator.planning.ports import Clock, CorePort, Solvers
from solvers.budget import Budget
from solvers.negotiation.check import check
from solvers.negotiation.greedy import greedy
from solvers.negotiation.problem import WinnerProblem, Winners

PRINCIPAL = "system:negotiation"
TICK_S = 0.5
AT_ONCE_MAX = 64
"""Negotiations in work at one moment: the core's queue is for everybody."""
STEPS_MAX = 100
TRIES_MAX = 50
RETRY_S_MAX = 1.0
NEVER_S = 2**62
_log = structlog.get_logger("muster.negotiation")


class NegotiationDesk:
    """Drives every open negotiation. Use from the core's event loop only."""

    def __init__(
        self,
        core: CorePort,
        clock: Clock,
        settings: NegotiationSettings,
        solvers: Solvers,
        agents: AgentsPort | None = None,
    ) -> None:
        """agents: through which suppliers' agents are asked; None: there are none, the core answers for all."""
        self._core, self._clock, self._settings, self._solvers = core, clock, settings, solvers
        self._asked = AskedAgents(agents, clock)
        self._calls = Calls(settings, self._asked)
        self._dirty: dict[str, None] = {}
        self._next_s: dict[str, int] = {}
        self._news = asyncio.Event()
        self._gate = asyncio.Semaphore(AT_ONCE_MAX)
        self._work: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        """Take up what is open, and hear what comes."""
        self._dirty.update(self._core.state.open_negotiations)
        self._calls.look_at_all(self._core.state)
        self._core.add_listener(self._heard)
        self._news.set()
        self._task = asyncio.create_task(self._run(), name="negotiation desk")

    async def stop(self) -> None:
        """Begin nothing more; what is not settled stands in the log."""
        tasks = [task for task in (self._task, *self._work.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _heard(self, seq: int, at_s: int, event: Event) -> None:
        if type(event) in FOLDS:
            negotiation_id = getattr(event, "negotiation_id", "")
            opened = getattr(event, "negotiation", None)
            self._dirty[opened.negotiation_id if opened is not None else negotiation_id] = None
            self._news.set()
        elif isinstance(event, PlanRevised) and self._calls.heard(event):
            self._news.set()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._news.wait()
            self._news.clear()
            now_s = self._clock.now_s()
            for command in self._calls.wanted(self._core.state, now_s):
                await self._submit(command)
                self.counts["opened"] += 1
            self._dirty.update({key: None for key, next_s in self._next_s.items() if next_s <= now_s})
            self._dirty.update(dict.fromkeys(self._asked.over()))
            for negotiation_id in [key for key in self._dirty if key not in self._work]:
                del self._dirty[negotiation_id]
                self._next_s.pop(negotiation_id, None)
                self._begin(negotiation_id)

    def _begin(self, negotiation_id: str) -> None:
        if negotiation_id not in self._core.state.open_negotiations:
            self._asked.forget(negotiation_id)
            return
        task = asyncio.create_task(self._settle(negotiation_id), name=f"negotiation {negotiation_id}")
        self._work[negotiation_id] = task

        def over(done: asyncio.Task[None]) -> None:
            self._work.pop(negotiation_id, None)
            if not done.cancelled() and (error := done.exception()) is not None:
                _log.error("negotiation not handled", negotiation=negotiation_id, exc_info=error)
                self._next_s[negotiation_id] = self._clock.now_s() + 1
            if negotiation_id in self._dirty:
                self._news.set()

        task.add_done_callback(over)

    async def _settle(self, negotiation_id: str) -> None:
        """Do all that is due now, and note when something is due next."""
        async with self._gate:
            for _ in range(STEPS_MAX):
                found = self._core.state.negotiations.get(negotiation_id)
                if found is None or found.phase not in OPEN:
                    return
                now_s = self._clock.now_s()
                said = self._calls.agents_say(self._core.state, found, now_s)
                if said:
                    for principal, command in said:
                        await self._submit(command, principal)
                    continue
                step = due(talk_of(found), now_s)
                if step is None or isinstance(step, Counters):
                    if step is not None:
                        await self._tell_counters(found, step)
                    self._next_s[negotiation_id] = _next_s(found, now_s)
                    return
                await self._do(found, step)
            raise RuntimeError(f"{negotiation_id}: more than {STEPS_MAX} steps were due at one moment")

    async def _do(self, found: Negotiation, step: Due) -> None:
        key = found.negotiation_id
        match step:
            case Determine():
                await self._determine(found, step)
            case Forfeit(bid_id, reason):
                await self._submit(ForfeitAward(negotiation_id=key, bid_id=bid_id, reason=reason))
            case Leave(lot_ids, reason):
                await self._submit(LeaveLots(negotiation_id=key, lot_ids=lot_ids, reason=reason))
            case _:
                await self._submit(EndNegotiation(negotiation_id=key))
                self.counts["ended"] += 1

    async def _determine(self, found: Negotiation, asked: Determine) -> None:
        winners, engine = await self._winners(asked.problem)
        then = after_determination(talk_of(found), asked, winners.chosen)
        key = found.negotiation_id
        if isinstance(then, Leave):
            await self._submit(LeaveLots(negotiation_id=key, lot_ids=then.lot_ids, reason=then.reason))
            return
        proof = ", proven" if winners.proven else ""
        paid = sum(asked.problem.offers[index].price_cents for index in winners.chosen)
        why = f"least cost, {euros(paid)}, of {len(asked.bid_ids)} bids (by {engine}{proof})"
        await self._submit(AwardLots(negotiation_id=key, bid_ids=then, why=why))

    async def _winners(self, problem: WinnerProblem) -> tuple[Winners, str]:
        """The choice, and who made it. Greed is exact where all bids are for the same single lot."""
        quick = greedy(problem)
        if len(problem.penalties_cents) > 1 and len(problem.offers) > 1 and self._solvers.available:
            budget = Budget(seconds=self._settings.solve_s)
            outcome = await self._solvers.solve("negotiation", problem, quick, budget)
            found = outcome.plan
            if isinstance(found, Winners) and not check(problem, found) and found.cost_cents <= quick.cost_cents:
                return found, outcome.engine
        return quick, "greedy"

    async def _tell_counters(self, found: Negotiation, step: Counters) -> None:
        known = self._core.state.alerts.get(f"{COUNTERS}:{found.negotiation_id}")
        if known is not None and known.status is not AlertStatus.RESOLVED:
            return
        offers = [bid for bid in found.bids if bid.bid_id in step.bid_ids]
        said = "; ".join(f"{bid.bid_id} {euros(bid.price_cents)}" for bid in offers[:5])
        key = found.negotiation_id
        text = f"only counter-offers for {key}: {said}. Take one: muster negotiation award {key} BID"
        await self._submit(RaiseAlert(kind=COUNTERS, subject=key, severity="WARNING", text=text[:1000]))

    async def _submit(self, command: Command, principal: str = PRINCIPAL) -> None:
        """Through the core's queue, again while that is full. A refusal means that something else came first."""
        for _ in range(TRIES_MAX):
            try:
                await self._core.submit(command, principal=principal, internal=True)
                return
            except Rejection as refused:
                self.counts["refused"] += 1
                _log.info("step refused", step=type(command).__name__, reason=refused.message)
                await asyncio.sleep(0)
                return
            except Unavailable as busy:
                await asyncio.sleep(min(RETRY_S_MAX, busy.retry_after_ms / 1000))
        self.counts["given_up"] += 1


def _next_s(found: Negotiation, now_s: int) -> int:
    """When something is due by time alone."""
    times = [one.confirm_by_s + 1 for one in found.awards if one.status is AwardStatus.PENDING]
    if found.phase is Phase.CALLED:
        times += [asking_ends_s(found.opened_s, found.answer_by_s), found.answer_by_s + 1]
    times += [bid.valid_until_s + 1 for bid in found.bids if bid.status is BidStatus.STANDING]
    return min((time_s for time_s in times if time_s > now_s), default=NEVER_S)
