"""How a demo tells what goes on: a bar on a terminal, plain lines elsewhere. All of it goes to stderr.

Promises at most one line per half hour of company time, and one for each thing that goes wrong.
"""

from __future__ import annotations

import sys
from datetime import datetime
from types import TracebackType
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.state import State
from orchestrator.twin.disruptions import Disruption

LINE_S, BAR_S = 1_800, 60


class Teller:
    """Tells the story of one day from `begin_s` to `end_s` in the company's time zone."""

    def __init__(self, begin_s: int, end_s: int, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self._begin_s, self._end_s = begin_s, end_s
        self._next_s = begin_s
        self._told = 0
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Teller:
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(bar_width=None))
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=self._end_s - self._begin_s)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(text, markup=False)

    def clock(self, at_s: int) -> str:
        """A time of day."""
        return datetime.fromtimestamp(at_s, self._zone).strftime("%H:%M")

    def day_goes_on(self, now_s: int, state: State, record: list[Disruption]) -> None:
        """Tell how far the day is and what has gone wrong since the last time."""
        for one in record[self._told :]:
            if not one.event:
                break
            self.say(f"{self.clock(one.at_s)}  !! {one.kind.replace('_', ' ')}: {one.subject}")
            self._told += 1
        if now_s < self._next_s:
            return
        line = f"{self.clock(now_s)}  {_figures(state)}"
        step_s = LINE_S if self._bar is None else BAR_S
        self._next_s = now_s - now_s % step_s + step_s
        if self._bar is None:
            self.say(line)
        else:
            self._bar.update(self._task, completed=now_s - self._begin_s, description=line)


def _figures(state: State) -> str:
    statuses = [order.status for order in state.orders.values()]
    delivered, on_board = statuses.count(OrderStatus.DELIVERED), statuses.count(OrderStatus.LOADED)
    plan = state.plan
    return (
        f"{len(statuses)} orders, {delivered} delivered, {on_board} on the road, {len(plan.unplanned)} unplanned, "
        f"{len(plan.late)} late, revision {plan.revision}"
    )
