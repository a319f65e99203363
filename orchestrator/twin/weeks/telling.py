"""How the weeks tell what goes on: a bar for each policy on a terminal, a line every five days elsewhere; to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

EVERY_DAYS = 5


class Teller:
    """Tells of some policies over some days."""

    def __init__(self, days: int, policies: Sequence[str]) -> None:
        self._days, self._policies = days, policies
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Teller:
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(bar_width=None))
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
            self._tasks = {policy: self._bar.add_task(policy, total=self._days) for policy in self._policies}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(text, markup=False)

    def day_over(self, policy: str, day: int, text: str) -> None:
        """A policy has played `day` days."""
        line = f"{policy:8} day {day:3d}: {text}"
        if self._bar is not None:
            self._bar.update(self._tasks[policy], completed=day, description=line)
        elif day % EVERY_DAYS == 0 or day == self._days:
            self.say(line)
