"""Reminders: an agent's own word to itself, kept by the log until its time and then until the agent has taken it.

What the field calls durable reminders (Orleans) or durable timers (Temporal): unlike a timer in a process they outlive
the agent, its host and the server. An `Agenda` promises that setting, cancelling and firing cost O(log n), that looking
what is due next costs O(1), and that the order is by due time, then by when each was set. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from orchestrator.domain.types import Count, EpochS, Frozen, Id, Text

REMINDERS_EACH_MAX = 100
"""That one agent may have, those it has not taken yet included."""
REMINDERS_MAX = 100_000
"""That may be set in all."""
PERIOD_S_MIN = 60
STALE_SLACK = 64
"""Entries of the heap that no longer stand, beyond as many as do, before it is made anew."""


def agent_of(kind: str, resource_id: str) -> str:
    """An agent's name, as agents write it themselves."""
    return f"{kind}/{resource_id}"


class Reminder(Frozen):
    """The agent will be told `payload` at `due_s`, and then every `period_s`, if any. set_seq: the record it is of."""

    kind: Id
    resource_id: Id
    name: Id
    due_s: EpochS
    period_s: Count | None = None
    payload: Text = ""
    set_seq: Count = 0

    @property
    def agent(self) -> str:
        """Whose it is."""
        return agent_of(self.kind, self.resource_id)

    def next_s(self, now_s: int) -> int | None:
        """When a periodic one is due again: the first of its times after `now_s`, however many were missed."""
        if self.period_s is None:
            return None
        return self.due_s + (max(0, now_s - self.due_s) // self.period_s + 1) * self.period_s


class Fired(Frozen):
    """A reminder whose time has come and that its agent has not taken yet. seq: the record that says so."""

    seq: Count
    name: Id
    due_s: EpochS
    payload: Text = ""


@dataclass(slots=True)
class Agenda:
    """All reminders. `of[agent][name]` are set, `fired[agent][name]` wait for their agent.

    queue: a heap of (due_s, set_seq, agent, name). An entry whose reminder has gone or was set anew stays in it until
    it comes to the top, so that the first entry always stands.
    """

    of: dict[str, dict[str, Reminder]] = field(default_factory=dict)
    fired: dict[str, dict[str, Fired]] = field(default_factory=dict)
    queue: list[tuple[int, int, str, str]] = field(default_factory=list)
    count: int = 0

    def next_s(self) -> int | None:
        """When the next is due."""
        return self.queue[0][0] if self.queue else None

    def get(self, agent: str, name: str) -> Reminder | None:
        """The reminder of that name, if it is set."""
        return self.of.get(agent, {}).get(name)

    def load(self, agent: str) -> int:
        """How many an agent has, those it has not taken yet included."""
        return len(self.of.get(agent, ())) + len(self.fired.get(agent, ()))

    def due(self, now_s: int) -> Iterator[Reminder]:
        """Those that are due, in order. Changes nothing: it walks down the heap as far as things are due."""
        frontier = [(*self.queue[0][:2], 0)] if self.queue else []
        while frontier:
            due_s, _, index = heappop(frontier)
            if due_s > now_s:
                return
            if (found := self._standing(self.queue[index])) is not None:
                yield found
            for child in (2 * index + 1, 2 * index + 2):
                if child < len(self.queue):
                    heappush(frontier, (*self.queue[child][:2], child))

    def waiting(self, agent: str) -> tuple[Fired, ...]:
        """What an agent has to take, in the order of the log."""
        found = self.fired.get(agent)
        return tuple(sorted(found.values(), key=lambda one: one.seq)) if found else ()

    # --- changes: by the folds only ---

    def put(self, reminder: Reminder) -> None:
        """Set it, or set it anew."""
        names = self.of.setdefault(reminder.agent, {})
        self.count += reminder.name not in names
        names[reminder.name] = reminder
        heappush(self.queue, (reminder.due_s, reminder.set_seq, reminder.agent, reminder.name))
        self._settle()

    def drop(self, agent: str, name: str) -> None:
        """It is not set any more."""
        names = self.of.get(agent, {})
        self.count -= names.pop(name, None) is not None
        if not names:
            self.of.pop(agent, None)
        self._settle()

    def fire(self, agent: str, fired: Fired) -> None:
        """It waits for its agent; an older one of the same name that was not taken is overtaken."""
        self.fired.setdefault(agent, {})[fired.name] = fired

    def take(self, agent: str, up_to_seq: int) -> None:
        """The agent has taken what had fired up to that record."""
        left = {name: one for name, one in self.fired.get(agent, {}).items() if one.seq > up_to_seq}
        self._keep_fired(agent, left)

    def forget(self, agent: str, name: str) -> None:
        """What has fired of that name need not be taken."""
        self._keep_fired(agent, {key: one for key, one in self.fired.get(agent, {}).items() if key != name})

    def retain(self, exists: Callable[[str], bool]) -> None:
        """There are no other agents."""
        for agent in [agent for agent in self.of if not exists(agent)]:
            self.count -= len(self.of.pop(agent))
        for agent in [agent for agent in self.fired if not exists(agent)]:
            del self.fired[agent]
        self._settle()

    def _keep_fired(self, agent: str, left: dict[str, Fired]) -> None:
        if left:
            self.fired[agent] = left
        else:
            self.fired.pop(agent, None)

    def _standing(self, entry: tuple[int, int, str, str]) -> Reminder | None:
        _, set_seq, agent, name = entry
        found = self.get(agent, name)
        return found if found is not None and found.set_seq == set_seq else None

    def _settle(self) -> None:
        """Take off the top what no longer stands; make the heap anew when most of it does not."""
        while self.queue and self._standing(self.queue[0]) is None:
            heappop(self.queue)
        if len(self.queue) > 2 * self.count + STALE_SLACK:
            self.queue = [entry for entry in self.queue if self._standing(entry) is not None]
            heapify(self.queue)
