"""The ladder of degradation: from which parts answer to what the service still does, in one place.

Promises: the level follows from the parts and from a person's hold alone; it goes down at once and comes up only when
what was missing has answered for a while, longer each time it fell again soon, so that the number of steps in any span
of time is bounded; every level names the part that is away and since when. Nobody has to restart anything. Pure: times
are handed in. Reported to by the planner, read by status, metrics and the improver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from orchestrator.domain.levels import LevelHold

STEADY_S = 5.0
"""What was away must answer for so long before the level goes up."""
STEADY_S_MAX = 300.0
"""Each fall soon after a rise doubles the wait, up to this."""
CALM_S = 600.0
"""A level kept for so long: the next rise waits the shortest time again."""


class Level(IntEnum):
    """What the service still does, the whole first."""

    FULL = 0
    CORE = 1
    AUCTION = 2
    HOLD = 3
    LOG = 4


class Part(StrEnum):
    """What may be away."""

    SOLVERS = "solvers"
    AGENTS = "agents"
    SEARCH = "search"
    PLANNING = "planning"


NAMES: Mapping[Part, str] = {
    Part.SOLVERS: "the solver processes",
    Part.AGENTS: "the agents",
    Part.SEARCH: "the core's own search",
    Part.PLANNING: "planning",
}
WORKS: Mapping[Level, str] = {
    Level.FULL: "everything works",
    Level.CORE: "plans are repaired and improved in the core",
    Level.AUCTION: "routes are repaired by auction among the vehicles, the schedule is held",
    Level.HOLD: "the last plan is held, run sheets can be printed, new orders are accepted and wait",
    Level.LOG: "everything is accepted and kept, nothing is planned",
}


def level_of(missing: frozenset[Part]) -> Level:
    """The level at which the service works without these parts."""
    if Part.PLANNING in missing:
        return Level.LOG
    if Part.SEARCH in missing:
        return Level.HOLD if Part.AGENTS in missing else Level.AUCTION
    return Level.CORE if missing else Level.FULL


@dataclass(frozen=True, slots=True)
class Away:
    """A part that does not answer, since `since_s` by the company clock, and why as far as it is known."""

    part: Part
    since_s: int
    why: str = ""


@dataclass(slots=True)
class Ladder:
    """The level in force. `steps`: how often each level was entered; `spent_s`: real seconds at each level."""

    level: Level = Level.FULL
    steps: dict[Level, int] = field(default_factory=lambda: dict.fromkeys(Level, 0))
    spent_s: dict[Level, float] = field(default_factory=lambda: dict.fromkeys(Level, 0.0))
    _away: dict[Part, Away] = field(default_factory=dict)
    _told: tuple[Away, ...] = ()
    _hold: LevelHold | None = None
    _own: Level = Level.FULL
    _better_at_s: float | None = None
    _rose_at_s: float | None = None
    _steady_s: float = STEADY_S
    _seen_s: float | None = None

    def report(self, part: Part, ok: bool, now_s: int, why: str = "") -> None:
        """Say whether a part answers, as of the company's `now_s`. What is away already keeps its since."""
        if ok:
            self._away.pop(part, None)
        elif part not in self._away:
            self._away[part] = Away(part, now_s, why)

    def away(self, part: Part) -> bool:
        """Whether a part does not answer now, whatever the level is."""
        return part in self._away

    def held(self, hold: LevelHold | None, now_s: int) -> None:
        """What a person wants, if it is not over by the company's `now_s`."""
        self._hold = hold if hold is not None and hold.until_s > now_s else None

    def look(self, mono_s: float) -> bool:
        """Step if it is time to, as of a stopwatch's `mono_s`; True when the level is another one now.

        Down at once; up when the better level has been possible for long enough. A person's hold waits for nothing.
        """
        if self._seen_s is not None:
            self.spent_s[self.level] += max(0.0, mono_s - self._seen_s)
        self._seen_s = mono_s
        self._settle(level_of(frozenset(self._away)), mono_s)
        wanted = self._own if self._hold is None else max(self._own, Level(self._hold.level))
        if wanted is self.level:
            return False
        self.level = wanted
        self.steps[wanted] += 1
        return True

    def _settle(self, possible: Level, mono_s: float) -> None:
        """The level that the parts alone lead to, with patience on the way up."""
        if possible < self._own:
            if self._better_at_s is None:
                self._better_at_s = mono_s
            if mono_s - self._better_at_s < self._steady_s:
                return
            self._rose_at_s = mono_s
        elif possible > self._own and self._rose_at_s is not None:
            soon = mono_s - self._rose_at_s < CALM_S
            self._steady_s = min(STEADY_S_MAX, 2 * self._steady_s) if soon else STEADY_S
            self._rose_at_s = None
        self._own, self._told, self._better_at_s = possible, tuple(self._away.values()), None

    def missing(self) -> tuple[Away, ...]:
        """The parts that the level is due to, the worst first; of a level that waits to rise: those it fell for."""
        ranked = sorted(self._told, key=lambda one: -level_of(frozenset({one.part})))
        return tuple(ranked)

    @property
    def hold(self) -> LevelHold | None:
        """What a person wants now."""
        return self._hold

    @property
    def works(self) -> str:
        """What still works at the level."""
        return WORKS[self.level]
