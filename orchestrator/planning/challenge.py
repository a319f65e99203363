"""Forecasts that were just fitted, challenged by a library in a solver process, where the library is installed.

Promises: nobody waits for it; a winner goes into the log as any learned record, and only if what it beat still stands.
Made and stopped by the planner; told by `learning` what was fitted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from orchestrator.domain.commands import ReviseLearning
from orchestrator.domain.errors import Rejection
from orchestrator.domain.learned import DemandMark, ForecastRecord
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.lessons import horizon_days
from orchestrator.planning.memory import Memory
from orchestrator.planning.ports import CorePort, Solvers
from orchestrator.planning.records import forecast_of, marks_by_key, record_of_forecast, series_of
from orchestrator.planning.release import PRINCIPAL
from orchestrator.planning.settings import PlanningSettings
from solvers.budget import Budget
from solvers.replenishment.forecast.challenge import Challenged, Won

AT_ONCE = 50
"""Series a solver process is asked for at a time, oldest asked first."""
BUDGET_S = 30.0
WAITING_MAX = 10_000
_log = structlog.get_logger("muster.planning")


class Challenger:
    """Asks for challenges one after the other. Use from the core's event loop only."""

    def __init__(self, core: CorePort, memory: Memory, solvers: Solvers, settings: PlanningSettings) -> None:
        self._core, self._memory, self._solvers, self._settings = core, memory, solvers, settings
        self._fitted: dict[ItemSite, None] = {}
        self._news = asyncio.Event()

    def note(self, records: Iterable[ForecastRecord]) -> None:
        """Records that were learned; those that were fitted anew are worth a challenge."""
        if not self._settings.challenge_forecasts:
            return
        for record in records:
            if record.fitted_day == record.through_day and len(self._fitted) < WAITING_MAX:
                self._fitted[(record.site_id, record.item_id)] = None
                self._news.set()

    async def forever(self) -> None:
        """Challenge whatever is noted."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._fitted and self._solvers.available:
                await self.challenge()

    async def challenge(self) -> None:
        """The next few, in one solve."""
        keys = list(self._fitted)[:AT_ONCE]
        for key in keys:
            del self._fitted[key]
        marks = marks_by_key(self._core.state)
        asked = tuple(one for key in keys if (one := self._challenged(key, marks.get(key, ()))) is not None)
        if not asked:
            return
        outcome = await self._solvers.solve("forecast", asked, None, Budget(seconds=BUDGET_S))
        if outcome.plan is None:
            _log.info("forecasts not challenged", status=outcome.status.value, note=outcome.note)
            return
        await self._take(outcome.plan)

    def _challenged(self, key: ItemSite, marks: tuple[DemandMark, ...]) -> Challenged | None:
        state = self._core.state
        history, held = state.demand.get(key), forecast_of(state.forecasts.get(key))
        if history is None or held is None or key[1] not in state.items:
            return None
        series = series_of(history, marks, state)
        return Challenged(key, series, held, horizon_days(state, self._memory, key), held.through_day + 1)

    async def _take(self, winners: Iterable[Won]) -> None:
        state = self._core.state
        standing = [one for one in winners if forecast_of(state.forecasts.get(one.key)) == one.held]
        if not standing:
            return
        command = ReviseLearning(
            parent=state.learning_version,
            forecasts=tuple(record_of_forecast(*one.key, one.forecast) for one in standing),
            reason="challenged by statsforecast",
        )
        try:
            await self._core.submit(command, principal=PRINCIPAL, internal=True)
        except Rejection as error:
            _log.info("challenge came too late", reason=str(error))
