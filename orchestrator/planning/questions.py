"""What people ask the planner: previews, explanations, projections.

Promises: reads only, and answers from the plan in force. What takes longer than a moment works on a copy, in a thread.
`Planner` is made of it; called by ingest.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from orchestrator.domain.commands import Command
from orchestrator.domain.state import State
from orchestrator.planning.diff import RevisionDiff, diff
from orchestrator.planning.explain import OrderExplanation, explain_order
from orchestrator.planning.explain_task import TaskExplanation, explain_task
from orchestrator.planning.hand_made import HandEdit, HandVerdict, check_edits
from orchestrator.planning.lateness import LateProduction, late_production
from orchestrator.planning.memory import Memory
from orchestrator.planning.outlook import StockOutlook, projected, read
from orchestrator.planning.ports import Clock, CorePort
from orchestrator.planning.preview import Impact, copied, preview
from orchestrator.planning.quote import Question, Quote, QuoteDesk
from orchestrator.planning.relax import Way, ways_in
from orchestrator.planning.release import PRINCIPAL
from orchestrator.planning.scorecards import Scorecard, compare, scorecards
from orchestrator.planning.settings import PlanningSettings
from solvers.budget import Budget


class Questions(ABC):
    """The planner as people ask it."""

    settings: PlanningSettings
    memory: Memory
    _core: CorePort
    _clock: Clock
    _spare: ThreadPoolExecutor
    _quotes: QuoteDesk | None = None

    @property
    def state(self) -> State:
        """The core's live state."""
        return self._core.state

    @abstractmethod
    def _plan_from_s(self) -> int:
        """The moment from which a plan made now holds."""

    async def preview(self, command: Command, principal: str = PRINCIPAL) -> Impact:
        """What a command would do to the plan. Changes nothing; raises `Rejection` as the command would."""
        copy = copied(self.state)
        now_s = self._plan_from_s()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._spare, preview, copy, command, now_s, principal, self.settings)

    def explain_order(self, order_id: str) -> OrderExplanation:
        """Why an order is where it is. Raises NOT_FOUND."""
        return explain_order(self.state, order_id, self._plan_from_s(), self.settings, self.memory)

    async def outlook(self, site_id: str, item_id: str, days: int) -> StockOutlook:
        """Projected stock of an item at a site, and what was learned about it."""
        asked = read(self.state, self.memory, self.settings, (site_id, item_id), self._clock.now_s(), days)
        return await asyncio.get_running_loop().run_in_executor(self._spare, projected, asked)

    async def scorecards(self, supplier_id: str = "") -> list[Scorecard]:
        """What was learned about suppliers; "" = all of them."""
        item_sites = list(self.memory.item_sites.values())
        compared = await asyncio.get_running_loop().run_in_executor(self._spare, compare, item_sites)
        return scorecards(self.state, self.memory, compared, supplier_id)

    async def quote(self, asked: Question) -> Quote:
        """When a delivery could come, on the plan in force. Raises NOT_FOUND."""
        desk, now_s = self._quotes, self._plan_from_s()
        if desk is None or desk.revision != self.state.plan.revision or desk.old(now_s):
            desk = self._quotes = QuoteDesk(copied(self.state), now_s, self.settings)
        return await asyncio.get_running_loop().run_in_executor(self._spare, desk.quote, asked)

    async def check_edits(self, edits: Sequence[HandEdit]) -> HandVerdict:
        """What changes by hand would mean. Raises NOT_FOUND, ILLEGAL_TRANSITION."""
        copy, now_s = copied(self.state), self._plan_from_s()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._spare, check_edits, copy, edits, now_s, self.settings)

    async def ways_in(self, order_id: str, budget_ms: int) -> list[Way]:
        """What would give an unplanned order a place, the cheapest first."""
        copy, now_s, budget = copied(self.state), self._plan_from_s(), Budget(seconds=budget_ms / 1000)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._spare, ways_in, copy, order_id, now_s, self.settings, budget)

    def diff(self, rev_a: int, rev_b: int) -> RevisionDiff:
        """What changed between two kept revisions. Raises NOT_FOUND."""
        return diff(self.state, rev_a, rev_b)

    async def explain_task(self, subject: str) -> TaskExplanation:
        """Why a task, production order or maintenance is where it is. Raises NOT_FOUND."""
        copy, now_s = copied(self.state), self._plan_from_s()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._spare, explain_task, copy, subject, now_s, self.settings)

    async def lateness(self, order_ids: Collection[str], budget_ms: int) -> list[LateProduction]:
        """Late production orders with their causes, `order_ids` empty: all; with remedies if there is a budget."""
        copy, now_s = copied(self.state), self._plan_from_s()
        budget = Budget(seconds=budget_ms / 1000) if budget_ms else None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._spare, late_production, copy, now_s, self.settings, order_ids, budget)
