"""Runs auctions among vehicles for the planner: what a search would answer while there is a search.

Promises: an answer of the same kind as `route_solve` gives, passed by the checker; every award and every refusal can be
read afterwards in words; `Silent` when no vehicle says anything by the deadline, which grows with the work. The
counting runs in a thread, only the waiting is on the loop. Made and called by the planner.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from itertools import islice
from typing import Any

from orchestrator.domain.errors import Defect
from orchestrator.planning.auction import Outcome, Rounds, Walk, auction
from orchestrator.planning.draft import Draft
from orchestrator.planning.ports import Vehicles
from orchestrator.planning.reauction import reauction
from orchestrator.planning.route_solve import Solved, timed
from orchestrator.planning.routing_problem import RouteJob, Trips
from solvers.routing.answers.explain import Refusal, WhyNot
from solvers.routing.plan import Reason

ANSWER_S = 1.5
"""What agents have for a call at the least; on a busy machine a host waits for its turn."""
LOT_S = 0.05
"""More for each lot of the largest call."""
PATIENCE_MAX = 8
"""After an auction in which somebody was silent the next one waits twice as long, up to so many times."""
ENGINE = "auction"
REFUSALS_KEPT = 1_000
WALKS_KEPT = 20
"""Groups of vehicles whose walk goes on with their next quiet moment."""


class Silent(Exception):
    """No vehicle answered in time."""


class Auctioneer:
    """Auctions of one planner. `awards`, `refusals`: of the pass that runs now."""

    def __init__(self, vehicles: Vehicles, pool: Executor) -> None:
        self._vehicles, self._pool = vehicles, pool
        self._calls = 0
        self._patience = 1
        self.awards: dict[str, str] = {}
        self._refusals: dict[str, dict[str, Refusal]] = {}
        self._walks: dict[tuple[str, ...], tuple[dict[str, Trips], Walk]] = {}
        self.held = 0

    def begin(self) -> None:
        """A new pass: what was awarded before is of no matter."""
        self.awards, self._refusals = {}, {}

    async def solved(self, job: RouteJob, revision: int) -> Solved:
        """The job's plan by auction. Raises `Silent`."""
        outcome = await self._of(auction(job.search, job.search_start, revision, self._calls))
        solved: Solved = await self._away(timed, job, outcome.sequences)
        return solved

    async def improved(self, job: RouteJob, revision: int, seed: int) -> Solved:
        """The job's plan with a few stops auctioned anew, and what that gained. Raises `Silent`.

        While the plan of these vehicles stays what it is, the walk goes on where it paused.
        """
        group = tuple(sorted(vehicle.vehicle_id for vehicle in job.search.vehicles))
        plan, walk = self._walks.pop(group, (None, None))
        going_on = walk if plan == job.search_start else None
        rounds = reauction(job.search, job.search_start, revision, self._calls, seed, going_on)
        outcome = await self._of(rounds)
        if outcome.walk is not None:
            self._walks[group] = (job.search_start, outcome.walk)
            for oldest in list(self._walks)[:-WALKS_KEPT]:
                del self._walks[oldest]
        solved: Solved = await self._away(timed, job, outcome.sequences)
        before: Solved = await self._away(timed, job, job.search_start)
        return Solved(solved.job, solved.plan, solved.report, before.report.cost.total - solved.report.cost.total)

    async def _of(self, rounds: Rounds) -> Outcome:
        outcome = await self._run(rounds)
        self._patience = min(PATIENCE_MAX, 2 * self._patience) if outcome.silent else 1
        if outcome.nobody_answered:
            raise Silent(f"none of {len(outcome.asked)} vehicles answered in time")
        self.held += 1
        self.awards |= {lot: award.text for lot, award in outcome.awards.items()}
        for lot, said in islice(outcome.refusals.items(), REFUSALS_KEPT):
            self._refusals[lot] = {name: Refusal(name, Reason(one.rule), one.size) for name, one in said.items()}
        return outcome

    async def _run(self, rounds: Rounds) -> Outcome:
        said: Any = None
        while True:
            calls = await self._away(_next, rounds, said)
            if isinstance(calls, Outcome):
                return calls
            self._calls = max(call.call_id for call in calls)
            lots = max(len(call.lots) for call in calls)
            said = await self._vehicles.ask(calls, self._patience * (ANSWER_S + LOT_S * lots))

    async def _away(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def why_not(self, order_id: str) -> WhyNot:
        """What the vehicles said about an order that none of them took: the nearest to taking it, and all."""
        said = self._refusals.get(order_id, {})
        if not said:
            return WhyNot(order_id, Reason.UNEXPLAINED, "no vehicle could be asked", ())
        ranked = sorted(said.values(), key=lambda one: (_RANKS.index(one.reason), one.size, one.vehicle_id))
        return WhyNot(order_id, ranked[0].reason, ranked[0].detail, tuple(ranked))

    def told(self, draft: Draft) -> Draft:
        """The draft with each award as the reason of its change."""
        changes = tuple(
            change.model_copy(update={"reason": f"{change.reason}; {self.awards[change.subject]}".lstrip("; ")[:1000]})
            if change.subject in self.awards
            else change
            for change in draft.head.changes
        )
        return Draft(draft.head.model_copy(update={"changes": changes}), draft.delta)


def again(job: RouteJob, seed: int) -> Solved:
    """What a pass asks for that wants stops auctioned anew; answered by `Auctioneer.improved`, never run."""
    raise Defect(f"the auction {seed} over {len(job.cuts)} vehicles needs their bids")


def _next(rounds: Rounds, said: Any) -> Any:
    """The auction's next calls, or its outcome; a generator's end cannot pass between threads."""
    try:
        return rounds.send(said)
    except StopIteration as done:
        return done.value


_RANKS = (
    Reason.TIME_WINDOW_INFEASIBLE,
    Reason.SHIFT_EXCEEDED,
    Reason.CAPACITY_EXCEEDED,
    Reason.INCOMPATIBLE_GOODS,
    Reason.MAX_TRIPS_EXCEEDED,
    Reason.BREAK_MISSED,
    Reason.DRIVING_EXCEEDED,
    Reason.DURATION_EXCEEDED,
    Reason.DISTANCE_EXCEEDED,
    Reason.STOPS_EXCEEDED,
    Reason.SKILL_MISSING,
    Reason.NOT_ALLOWED,
)
