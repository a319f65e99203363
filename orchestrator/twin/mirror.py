"""What the server has said so far: its events, folded into a state of our own, and an index of them.

Promises to be the state as of the last event received, no more. The simulated company reads the plan here, and the
auditor what was published. It never asks the server: whoever watches the stream calls `apply`.
"""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.domain.company import Company
from orchestrator.domain.events import CompanyImported, Event, OrderDelivered, OrderReceived, PlanRevised, event_types
from orchestrator.domain.evolve import evolve
from orchestrator.domain.state import State

Listener = Callable[[int, int, Event], None]


class Mirror:
    """A replica of the server's state. `company` stands in for the payload that the stream leaves out."""

    def __init__(self, company: Company) -> None:
        self.state = State()
        self.types: dict[int, str] = {}
        self.revision_of_cause: dict[int, int] = {}
        self.seq_of_order: dict[str, int] = {}
        self.late_s_of: dict[str, int] = {}
        self.revisions_by_cause: dict[str, int] = {}
        self.listeners: list[Listener] = []
        self._company = company
        self._classes = event_types()

    @property
    def seq(self) -> int:
        """Sequence number of the last event folded."""
        return self.state.seq

    def apply(self, seq: int, at_s: int, kind: str, payload: str) -> None:
        """Fold one event of the stream; an event seen before is dropped. ValueError if it cannot be read."""
        if seq <= self.state.seq:
            return
        if kind not in self._classes:
            raise ValueError(f"event {seq} is of unknown type '{kind}'")
        event: Event
        if kind == "CompanyImported":
            event = CompanyImported(company=self._company)
        else:
            event = self._classes[kind].model_validate_json(payload)
        self.fold(seq, at_s, event)

    def fold(self, seq: int, at_s: int, event: Event) -> None:
        """Fold one event and tell the listeners."""
        evolve(self.state, event, seq, at_s)
        self.types[seq] = type(event).__name__
        if isinstance(event, PlanRevised):
            self._index(event)
        elif isinstance(event, OrderReceived):
            self.seq_of_order[event.order.order_id] = seq
        elif isinstance(event, OrderDelivered):
            self.late_s_of[event.order_id] = event.late_s
        for listener in self.listeners:
            listener(seq, at_s, event)

    def _index(self, event: PlanRevised) -> None:
        for cause in event.head.causes:
            self.revision_of_cause.setdefault(cause.seq, event.head.revision)
        kind = event.head.causes[0].kind if event.head.causes else event.head.tier.value
        self.revisions_by_cause[kind] = self.revisions_by_cause.get(kind, 0) + 1
