"""One command at a time: decide, draft its records, fold its events. Synchronous, on the loop, nothing durable yet.

Promises that a refused or failed command leaves the state as it was: everything that can fail (deciding, encoding,
limits) is done before the first event is folded. Called by the core loop only.
"""

from __future__ import annotations

from typing import Generic

import structlog
from pydantic import BaseModel

from orchestrator.core.ports import Clock, Domain, S
from orchestrator.core.work import Applied, CoreLimits, Decided, Outcome, Waiting
from orchestrator.domain.errors import Defect, Reason, Rejection
from orchestrator.log.record import Draft, EntryDraft, Head, RequestDraft

_log = structlog.get_logger("muster.core")


class Broken(Exception):
    """The state in memory can no longer be trusted; only a restart from the log helps."""


class Decider(Generic[S]):
    """The state and its head in memory, which runs ahead of the disk."""

    def __init__(self, domain: Domain[S], clock: Clock, limits: CoreLimits, state: S, head: Head) -> None:
        self.state = state
        self.seq = head.seq
        self._domain = domain
        self._clock = clock
        self._limits = limits
        self._last_ms = head.recorded_at_ms

    def decide(self, waiting: Waiting) -> Decided:
        """The command decided and folded, or its refusal. Raises `Broken` when folding failed."""
        # Company time in the log never runs backwards, whatever was done to the clock between two starts.
        now_ms = max(self._clock.now_ms(), self._last_ms)
        try:
            decision = self._domain.decide(self.state, waiting.command, now_ms // 1000, waiting.principal)
            events = tuple(decision.events)
            entry = self._draft(waiting, events, decision.answer, now_ms)
        except Rejection as refusal:
            return Decided(waiting.digest, None, None, None, refusal, callers=[waiting.future])
        except Exception as error:
            _log.exception("decide failed", command=type(waiting.command).__name__)
            defect = Defect(f"{type(waiting.command).__name__} could not be decided: {type(error).__name__}")
            return Decided(waiting.digest, None, None, None, defect, callers=[waiting.future])
        self._last_ms = now_ms
        applied = self._fold(events, now_ms // 1000)
        seqs = (applied[0].seq, applied[-1].seq) if applied else (0, 0)
        outcome = Outcome(*seqs, events, decision.answer)
        return Decided(waiting.digest, waiting.key, entry, outcome, applied=applied, callers=[waiting.future])

    def _draft(
        self, waiting: Waiting, events: tuple[BaseModel, ...], answer: BaseModel | None, now_ms: int
    ) -> EntryDraft | None:
        if len(events) > self._limits.events_max:
            raise Rejection(
                Reason.LIMIT_EXCEEDED,
                f"the command leads to {len(events)} events: at most {self._limits.events_max}",
                metadata={"events": str(len(events)), "limit": str(self._limits.events_max)},
            )
        if not events and waiting.key is None:
            return None
        records = tuple(self._record(waiting, event, now_ms) for event in events)
        return EntryDraft(records, self._request(waiting, answer))

    def _record(self, waiting: Waiting, event: BaseModel, now_ms: int) -> Draft:
        encoded = self._domain.events.encode(event)
        return Draft(
            type=encoded.type,
            schema_version=encoded.schema_version,
            payload=encoded.payload,
            principal=waiting.principal,
            recorded_at_ms=now_ms,
            request_id=waiting.key.request_id if waiting.key else "",
            cause=waiting.cause,
        )

    def _request(self, waiting: Waiting, answer: BaseModel | None) -> RequestDraft | None:
        if waiting.key is None:
            return None
        if answer is None:
            return RequestDraft(waiting.key, waiting.digest)
        encoded = self._domain.answers.encode(answer)
        answer_type = f"{encoded.type}/{encoded.schema_version}"
        return RequestDraft(waiting.key, waiting.digest, answer_type, encoded.payload)

    def _fold(self, events: tuple[BaseModel, ...], at_s: int) -> tuple[Applied, ...]:
        applied = []
        for event in events:
            seq = self.seq + 1
            try:
                self._domain.evolve(self.state, event, seq, at_s)
            except Exception as error:
                raise Broken(f"{type(event).__name__} could not be folded") from error
            self.seq = seq
            applied.append(Applied(seq, at_s, event))
        return tuple(applied)
