"""A host's inbox for telemetry: readings come in from many threads, the newest of each waits for the next batch.

Promises: `put_all` never blocks for longer than it takes to look at its readings, memory is bounded, and nothing is
lost uncounted: each reading offered is counted once as accepted, late, stray, full or refused, and accepted =
drained + superseded + held. A sensor's reading that supersedes another carries its sum on. Knows no transport, no
clock. Filled by the host's telemetry port, drained by `agents.host`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from threading import Lock
from typing import Any

from agents.agent_ref import AgentKind, AgentRef
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


#: What each kind of reading is called in counters, whose kind of agent it is for, and which field names that agent.
READING_KINDS: dict[type[Telemetry], tuple[str, AgentKind, Callable[[Any], str]]] = {
    Position: ("position", AgentKind.VEHICLE, attrgetter("vehicle_id")),
    ShelfCount: ("shelf_count", AgentKind.WAREHOUSE, attrgetter("site_id")),
    MachineSignal: ("machine_signal", AgentKind.PRODUCTION_LINE, attrgetter("line_id")),
    SensorReading: ("sensor", AgentKind.PRODUCTION_LINE, attrgetter("line_id")),
    DriverHours: ("driver_hours", AgentKind.VEHICLE, attrgetter("vehicle_id")),
    DockState: ("dock_state", AgentKind.WAREHOUSE, attrgetter("site_id")),
}
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some readings: (word, outcome) -> how many; the agents of those that strayed."""

    counts: Counts = field(default_factory=Counter)
    strays: set[AgentRef] = field(default_factory=set)


@dataclass(slots=True)
class _Place:
    """What is known of one kind, agent and part: the newest time, and the reading that waits."""

    agent: AgentRef
    newest_s: int
    reading: Telemetry | None


class Inbox:
    """Thread-safe and conflating. `held_max`: readings that may wait, and whose times are remembered after that."""

    def __init__(self, held_max: int = HELD_MAX) -> None:
        self._held_max = held_max
        self._lock = Lock()
        self._here: frozenset[AgentRef] = frozenset()
        self._latest_s = sys.maxsize
        # Keys are plain tuples of strings: hashing an `AgentRef` for each reading would cost more than all else here.
        self._places: dict[tuple[str, str, str], _Place] = {}
        self._held: list[_Place] = []
        self._counts: Counts = Counter()
        self._taken: Counts = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()

    def hold(self, agents: Iterable[AgentRef]) -> None:
        """From now on these agents are at this host and no others."""
        here = frozenset(agents)
        with self._lock:
            self._here = here
            self._places = {key: place for key, place in self._places.items() if place.agent in here}

    def put(self, reading: Telemetry) -> None:
        """Take in one reading."""
        self.put_all((reading,))

    def put_all(self, readings: Iterable[Telemetry]) -> Taken:
        """Take in readings in their order."""
        taken = Taken()
        counts = taken.counts
        with self._lock:
            for reading in readings:
                word, kind, owner_of = READING_KINDS[type(reading)]
                outcome = self._put((word, owner_of(reading), reading.part), kind, reading)
                counts[word, outcome] += 1
                if outcome is Outcome.SUPERSEDED:
                    counts[word, Outcome.ACCEPTED] += 1
                elif outcome is Outcome.STRAY:
                    taken.strays.add(reading.agent)
            self._counts.update(counts)
        return taken

    def _put(self, key: tuple[str, str, str], kind: AgentKind, reading: Telemetry) -> Outcome:
        """Take in one reading. SUPERSEDED: it is accepted and the one before it is superseded."""
        at_s = reading.at_s
        if at_s > self._latest_s:
            self._refused[key[0], "at_s"] += 1
            return Outcome.REFUSED
        place = self._places.get(key)
        if place is None:
            return self._put_first(key, AgentRef(kind, key[1]), reading)
        if at_s < place.newest_s:
            return Outcome.LATE
        before = place.reading
        if before is None:
            return self._wait(place, reading)
        if isinstance(reading, SensorReading) and isinstance(before, SensorReading):
            reading = reading.after(before)
        place.newest_s, place.reading = at_s, reading
        return Outcome.SUPERSEDED

    def _put_first(self, key: tuple[str, str, str], agent: AgentRef, reading: Telemetry) -> Outcome:
        if agent not in self._here:
            return Outcome.STRAY
        place = _Place(agent, reading.at_s, None)
        outcome = self._wait(place, reading)
        if outcome is Outcome.ACCEPTED:
            self._places[key] = place
        return outcome

    def _wait(self, place: _Place, reading: Telemetry) -> Outcome:
        if len(self._held) >= self._held_max:
            return Outcome.FULL
        place.newest_s, place.reading = reading.at_s, reading
        self._held.append(place)
        return Outcome.ACCEPTED

    def refuse(self, word: str, field: str, count: int = 1) -> None:
        """Count readings whose field `field` cannot be; they come no further."""
        with self._lock:
            self._counts[word, Outcome.REFUSED] += count
            known = (word, field) in self._refused or len(self._refused) < REFUSED_FIELDS_MAX
            self._refused[(word, field) if known else ("", "")] += count

    def drain(self, now_s: int) -> tuple[Telemetry, ...]:
        """All that waits, the newest of each, the longest waiting first. `now_s`: company time."""
        with self._lock:
            held, self._held = self._held, []
            readings = tuple(place.reading for place in held if place.reading is not None)
            for place in held:
                place.reading = None
            self._latest_s = now_s + AHEAD_S_MAX
            if len(self._places) > self._held_max:
                self._places.clear()  # made-up parts; an agent drops what is older than its last by itself
        return readings

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
