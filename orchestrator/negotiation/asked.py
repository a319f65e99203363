"""Calls to suppliers' agents in their hosts that are not answered yet: asked again for a while, then not any more.

Promises: every call is answered in the end, since `ask` says no when there is nobody to hear it, when the agent was
asked often enough (its host died, or is slow), or when half of the time for the answer is gone; then the core answers.
Answers come as reports and enter the log as any word of an agent does, so nothing is kept here that a restart would
miss: who is asked and has not answered stands in the log. Waiting is counted by the stopwatch, not by the company
clock, which may run faster. Called by the desk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from agents.supply_call import SupplyCall

WAIT_NS = 2_000_000_000
"""An answer takes milliseconds; a host that died is back, or its agents elsewhere, within seconds."""
ASKS_MAX = 4
PATIENCE_PCT = 50
"""The core answers at the latest when so much of the time for the answer is gone."""


def asking_ends_s(opened_s: int, answer_by_s: int) -> int:
    """From when on the core answers for an agent that has not."""
    return opened_s + (answer_by_s - opened_s) * PATIENCE_PCT // 100


class AgentsPort(Protocol):
    """The part of the bridge client that calls go through."""

    @property
    def ready(self) -> bool:
        """Whether agents hear what they are told."""
        ...

    def send_telemetry(self, telemetry: Iterable[Any]) -> None:
        """Pass messages on to their agents; never blocks."""
        ...


class Stopwatch(Protocol):
    """The part of the clock that waiting is counted by."""

    def monotonic_ns(self) -> int:
        """A stopwatch."""
        ...


@dataclass(slots=True)
class _Asked:
    times: int
    until_ns: int


class AskedAgents:
    """Who was asked about what, how often, and until when an answer is waited for. Use from the core's loop only."""

    def __init__(self, agents: AgentsPort | None, clock: Stopwatch) -> None:
        self._agents, self._clock = agents, clock
        self._asked: dict[tuple[str, str], _Asked] = {}
        self.counts: Counter[str] = Counter()

    def ask(self, call: SupplyCall, answer_by_s: int, now_s: int) -> bool:
        """Whether the agent's answer is waited for; asks it, for the first time or again, when that is due."""
        key, now_ns = (call.negotiation_id, call.supplier_id), self._clock.monotonic_ns()
        waiting = self._asked.get(key)
        patient = now_s < asking_ends_s(call.asked_s, answer_by_s)
        if self._agents is None or not self._agents.ready or not patient:
            self._asked.pop(key, None)
            return False
        if waiting is not None and now_ns < waiting.until_ns:
            return True
        times = waiting.times + 1 if waiting is not None else 1
        if times > ASKS_MAX:
            self._asked.pop(key, None)
            return False
        self._agents.send_telemetry((call,))
        self.counts["asked" if times == 1 else "asked again"] += 1
        self._asked[key] = _Asked(times, now_ns + WAIT_NS)
        return True

    def answered(self, negotiation_id: str, bidder: str) -> None:
        """It is answered: nothing is waited for any more."""
        self._asked.pop((negotiation_id, bidder), None)

    def forget(self, negotiation_id: str) -> None:
        """It is settled, whoever has answered."""
        for key in [key for key in self._asked if key[0] == negotiation_id]:
            del self._asked[key]

    def over(self) -> list[str]:
        """Negotiations with somebody whose time to answer is over."""
        if not self._asked:
            return []
        now_ns = self._clock.monotonic_ns()
        return list(dict.fromkeys(key[0] for key, one in self._asked.items() if one.until_ns <= now_ns))
