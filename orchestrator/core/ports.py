"""What the core loop is handed: the clock, the domain, and who makes snapshots. Protocols and plain data only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from orchestrator.log.codec import Codec

S = TypeVar("S")


class Clock(Protocol):
    """Company time and real nanoseconds; `orchestrator.runtime.clock` has the clocks."""

    def now_s(self) -> int:
        """Company time in whole seconds since the epoch, UTC."""
        ...

    def now_ms(self) -> int:
        """Company time in whole milliseconds since the epoch, UTC."""
        ...

    def monotonic_ns(self) -> int:
        """Real nanoseconds from an arbitrary start."""
        ...


class Decided(Protocol):
    """What a decision gives: events in order, and perhaps an answer for the caller."""

    @property
    def events(self) -> Sequence[BaseModel]:
        """Events, none when there is nothing to do."""
        ...

    @property
    def answer(self) -> BaseModel | None:
        """What the caller is told beside the events."""
        ...


@dataclass(frozen=True, slots=True)
class Domain(Generic[S]):
    """The rules and the state that the loop turns.

    `decide(state, command, now_s, principal)` is pure and raises `Rejection`; `evolve(state, event, seq, at_s)`
    folds in place and never refuses. `dump_state`/`load_state` are both there or both None (no snapshots then);
    `version` names the code that folds: a snapshot of another version is not used.
    """

    decide: Callable[[S, Any, int, str], Decided]
    evolve: Callable[[S, Any, int, int], None]
    new_state: Callable[[], S]
    events: Codec
    answers: Codec
    dump_state: Callable[[S], bytes] | None = None
    load_state: Callable[[bytes], S] | None = None
    version: str = "1"


class Snapshots(Protocol):
    """Makes a snapshot of the stored log without holding up the loop."""

    async def make(self) -> int:
        """Make one; returns the seq it stands for. Raises `SnapshotFailed`."""
        ...


class SnapshotFailed(Exception):
    """No snapshot was made; the log is untouched and the next attempt may succeed."""
