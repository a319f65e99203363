"""Answers: what a decided command tells its caller beside the events. Stored with the request id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestrator.domain.events import Event
from orchestrator.domain.types import Frozen, Id


class ItemOutcome(StrEnum):
    """What became of one order of a batch."""

    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    REFUSED = "REFUSED"


class OrderResult(Frozen):
    """One order of a batch: DUPLICATE = the very same order was accepted before; REFUSED has a reason."""

    number: Id
    order_id: str = ""
    outcome: ItemOutcome
    reason: str = ""
    field: str = ""
    message: str = ""


class Answer(Frozen):
    """Results of a command: per order of a batch, or the id of what was made."""

    orders: tuple[OrderResult, ...] = ()
    created_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What `decide` returns: the events to log, in order, and the caller's answer."""

    events: tuple[Event, ...] = ()
    answer: Answer | None = None
