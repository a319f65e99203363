"""Of all the schedules a search finds, those that are asked about: the first, and the last before each moment.

Needs only the standard library, so that peers' environments can import it. Called by: `incumbents`, `engines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Marks(Generic[Found]):
    """Fed in order of time; `marks_s` has at least the limit of the search, which what comes late counts for."""

    def __init__(self, marks_s: Sequence[float]) -> None:
        self.marks_s = sorted(marks_s)
        self.kept: dict[float, tuple[float, Found]] = {}

    def keep(self, at_s: float, found: Found) -> None:
        """A new best."""
        self.kept.setdefault(-1.0, (at_s, found))
        mark_s = next((mark_s for mark_s in self.marks_s if at_s <= mark_s), self.marks_s[-1])
        self.kept[mark_s] = (min(at_s, self.marks_s[-1]), found)

    def points(self) -> list[tuple[float, Found]]:
        """When, and what, from the first to the best."""
        return [self.kept[mark_s] for mark_s in sorted(self.kept)]
