"""A host's inbox for telemetry: readings come in from many threads, the newest of each waits for the next batch.

Promises: `put_all` never blocks for longer than it takes to look at its readings, memory is bounded, and nothing is
lost uncounted: each reading offered is counted once as accepted, late, stray, full or refused, and accepted =
drained + superseded + held. A sensor's reading that supersedes another carries its sum on. Knows no transport, no
clock. Filled by the host's telemetry port, drained by `agents.host`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from agents.agent_ref import AgentRef
from agents.readings import (
    DockState,
    DriverHours,
    MachineSignal,
    Position,
    SensorReading,
    ShelfCount,
    Telemetry,
)

#: Readings that wait at most: several for each agent of a large host.
HELD_MAX = 50_000
#: A reading may be so far ahead of the company clock, which the host only knows as of its last batch; further ahead it
#: is of a wrong clock and would make all that follow late.
AHEAD_S_MAX = 3_600
#: Different fields that refusals are counted by; a stream of made-up names must not fill the memory.
REFUSED_FIELDS_MAX = 100


class Outcome(StrEnum):
    """What became of a reading."""

    ACCEPTED = "accepted"
    """It waits, or waited, for the host."""
    SUPERSEDED = "superseded"
    """It was accepted, and a newer one came before the host looked."""
    LATE = "late"
    """A newer one of the same kind, agent and part was here before it."""
    STRAY = "stray"
    """Its agent is not at this host: the sender must locate it again."""
    FULL = "full"
    """Too much waits already."""
    REFUSED = "refused"
    """Its values cannot be."""


#: What each kind of reading is called in counters.
READING_WORDS: dict[type[Telemetry], str] = {
    Position: "position",
    ShelfCount: "shelf_count",
    MachineSignal: "machine_signal",
    SensorReading: "sensor",
    DriverHours: "driver_hours",
    DockState: "dock_state",
}
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some readings: (word, outcome) -> how many; the agents of those that strayed."""

    counts: Counts = field(default_factory=Counter)
    strays: set[AgentRef] = field(default_factory=set)


class Inbox:
    """Thread-safe and conflating. `held_max`: readings that may wait, and whose times are remembered after that."""

    def __init__(self, held_max: int = HELD_MAX) -> None:
        self._held_max = held_max
        self._lock = Lock()
        self._here: frozenset[AgentRef] = frozenset()
        self._latest_s: int | None = None
        self._held: dict[tuple[str, AgentRef, str], Telemetry] = {}
        self._newest_s: dict[tuple[str, AgentRef, str], int] = {}
        self._counts: Counts = Counter()
        self._taken: Counts = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()

    def hold(self, agents: Iterable[AgentRef]) -> None:
        """From now on these agents are at this host and no others."""
        here = frozenset(agents)
        with self._lock:
            self._here = here
            self._newest_s = {key: at_s for key, at_s in self._newest_s.items() if key[1] in here}

    def put(self, reading: Telemetry) -> None:
        """Take in one reading."""
        self.put_all((reading,))

    def put_all(self, readings: Iterable[Telemetry]) -> Taken:
        """Take in readings in their order."""
        taken = Taken()
        with self._lock:
            for reading in readings:
                word, agent = READING_WORDS[type(reading)], reading.agent
                outcome = self._put((word, agent, reading.part), reading)
                taken.counts[word, outcome] += 1
                if outcome is Outcome.SUPERSEDED:
                    taken.counts[word, Outcome.ACCEPTED] += 1
                elif outcome is Outcome.STRAY:
                    taken.strays.add(agent)
            self._counts.update(taken.counts)
        return taken

    def _put(self, key: tuple[str, AgentRef, str], reading: Telemetry) -> Outcome:
        """Take in one reading. SUPERSEDED: it is accepted and the one before it is superseded."""
        if key[1] not in self._here:
            return Outcome.STRAY
        if self._latest_s is not None and reading.at_s > self._latest_s:
            self._refused[key[0], "at_s"] += 1
            return Outcome.REFUSED
        if reading.at_s < self._newest_s.get(key, reading.at_s):
            return Outcome.LATE
        before = self._held.get(key)
        if before is None and len(self._held) >= self._held_max:
            return Outcome.FULL
        if isinstance(reading, SensorReading) and isinstance(before, SensorReading):
            reading = reading.after(before)
        self._held[key] = reading
        self._newest_s[key] = reading.at_s
        return Outcome.ACCEPTED if before is None else Outcome.SUPERSEDED

    def refuse(self, word: str, field: str, count: int = 1) -> None:
        """Count readings whose field `field` cannot be; they come no further."""
        with self._lock:
            self._counts[word, Outcome.REFUSED] += count
            known = (word, field) in self._refused or len(self._refused) < REFUSED_FIELDS_MAX
            self._refused[(word, field) if known else ("", "")] += count

    def drain(self, now_s: int) -> tuple[Telemetry, ...]:
        """All that waits, the newest of each, the longest waiting first. `now_s`: company time."""
        with self._lock:
            held, self._held = self._held, {}
            self._latest_s = now_s + AHEAD_S_MAX
            if len(self._newest_s) > self._held_max:
                self._newest_s.clear()  # made-up parts; an agent drops what is older than its last by itself
        return tuple(held.values())

    def take_counts(self) -> tuple[tuple[str, str, int], ...]:
        """What was counted since this was last asked: (word, outcome, readings), none of them 0."""
        with self._lock:
            fresh = self._counts - self._taken
            self._taken = Counter(self._counts)
        return tuple((word, str(outcome), count) for (word, outcome), count in fresh.items())

    def counts(self) -> Counts:
        """(word, outcome) -> readings, since the inbox was made."""
        with self._lock:
            return Counter(self._counts)

    def refused_fields(self) -> Counter[tuple[str, str]]:
        """(word, field) -> readings refused for it."""
        with self._lock:
            return Counter(self._refused)

    @property
    def held(self) -> int:
        """Readings that wait."""
        return len(self._held)
