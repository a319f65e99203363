"""An agent in a test: told things one after the other, it keeps what it said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agents.machine import fresh, step
from agents.messages import AgentKind, AgentRef, Book, Instruction, Message, Position, Reminder, Report, Tick

DAY_S = 1_700_006_400


@dataclass
class Agent:
    """One agent, stepped by the test. `state` is whatever its kind keeps."""

    kind: AgentKind
    id: str = "X1"
    seq: int = 0
    said: list[Report] = field(default_factory=list)
    state: Any = None

    def __post_init__(self) -> None:
        self.ref = AgentRef(self.kind, self.id)
        self.state = fresh(self.ref)

    def hear(self, message: Message, now_s: int) -> tuple[Report, ...]:
        """Step; what it said to this message."""
        self.state, reports = step(self.ref, self.state, message, now_s)
        self.said += reports
        return reports

    def told(self, book: Book, now_s: int = DAY_S, *, full: bool = False) -> tuple[Report, ...]:
        """An instruction with the next number."""
        self.seq += 1
        return self.hear(Instruction(self.ref, self.seq, self.seq, book, full), now_s)

    def tick(self, now_s: int) -> tuple[Report, ...]:
        """Time goes on."""
        return self.hear(Tick(), now_s)

    def reminded(self, name: str, now_s: int) -> tuple[Report, ...]:
        """The log reminds it."""
        self.seq += 1
        return self.hear(Reminder(self.seq, name, now_s), now_s)

    def at(self, now_s: int, lon_e7: int, lat_e7: int = 0) -> tuple[Report, ...]:
        """A vehicle's position, as of now."""
        return self.hear(Position(self.id, now_s, lat_e7, lon_e7), now_s)
