"""Fresh forecasts are challenged in a solver process: a winner is learned, a late one is dropped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from orchestrator.planning.ports import SolveOutcome
from orchestrator.planning.records import forecast_of
from solvers.budget import Budget
from solvers.replenishment.forecast import learn
from solvers.replenishment.forecast.challenge import Challenged, Won
from solvers.result import SolveStatus
from tests.unit.planning.test_learning import KEY, SETTINGS, next_day, shop
from tests.unit.planning.test_planner import running
from tests.waiting import wait_for

CHALLENGING = replace(SETTINGS, challenge_forecasts=True)


@dataclass
class Library:
    """A solver process that knows better about every series; `late`: what it beats has changed meanwhile."""

    late: bool = False
    asked: list[Challenged] = field(default_factory=list)
    available: bool = True

    async def solve(self, kind: str, problem: Any, start: Any, budget: Budget) -> SolveOutcome:
        if kind != "forecast":
            return SolveOutcome(SolveStatus.NO_SOLUTION_IN_TIME, None)
        self.asked += problem
        winners = tuple(Won(one.key, self._better(one), self._beaten(one)) for one in problem)
        return SolveOutcome(SolveStatus.FEASIBLE, winners, "statsforecast")

    def _better(self, one: Challenged) -> Any:
        return replace(learn(one.series, None, one.today), fits=77)

    def _beaten(self, one: Challenged) -> Any:
        return replace(one.held, fits=99) if self.late else one.held


@pytest.mark.parametrize("late", [False, True])
async def test_a_winner_is_learned_unless_what_it_beat_is_gone(late: bool) -> None:
    library = Library(late)
    async with running(company=shop(), settings=CHALLENGING, solvers=library) as live:
        await next_day(live)
        await wait_for(lambda: bool(library.asked), "the library was asked")
        await asyncio.sleep(0)
        if late:
            await live.planner.quiet(30)
            held = forecast_of(live.state.forecasts[KEY])
            assert held is not None
            assert held.fits != 77
        else:
            await wait_for(lambda: live.state.forecasts[KEY].fits == 77, "the winner is learned")
    assert library.asked[0].key == KEY


async def test_without_the_extra_nobody_is_asked() -> None:
    library = Library()
    async with running(company=shop(), settings=SETTINGS, solvers=library) as live:
        await next_day(live)
    assert library.asked == []
