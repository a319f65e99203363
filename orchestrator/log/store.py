"""What a log store promises, whatever it is made of. `tests/conformance` holds every store to it.

- `append` is all or nothing, durable when it returns, and refused when the batch does not continue the log.
- Rows come back byte for byte as they went in, in order, without gaps.
- One writer: a second process that opens the log for writing gets `LogLocked`. Readers may look on.
- Not safe for concurrent calls: the journal's one thread makes them all.

A store neither makes nor checks hashes (`chain.py`, `verify.py` do); it only refuses what does not link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.log.errors import AppendRefused
from orchestrator.log.record import Batch, Head, Record, Request, RequestKey, Snapshot, StoreSize

SCHEMA_VERSION = 1
READ_LIMIT_MAX = 10_000
SNAPSHOTS_KEPT = 2


class LogStore(Protocol):
    """A place that keeps one log."""

    @property
    def shared(self) -> bool:
        """True when another process can read it while this one writes."""
        ...

    def open(self) -> None:
        """Open for writing, creating what is missing. `LogLocked`, `LogConfigError`."""
        ...

    def close(self) -> None:
        """Let go of it; a second call does nothing."""
        ...

    def head(self) -> Head | None:
        """The last record and request; None for an empty log (no record and no request)."""
        ...

    def append(self, batch: Batch) -> None:
        """Store all of it durably, or raise and store nothing. `AppendRefused` when it does not continue."""
        ...

    def read(self, after_seq: int, limit: int) -> list[Record]:
        """Up to `limit` records with seq above `after_seq`, in order."""
        ...

    def read_requests(self, after_number: int, limit: int) -> list[Request]:
        """Up to `limit` requests with number above `after_number`, in order."""
        ...

    def find_requests(self, keys: Sequence[RequestKey]) -> dict[RequestKey, Request]:
        """The remembered requests among `keys`."""
        ...

    def put_snapshot(self, snapshot: Snapshot) -> None:
        """Keep it durably, and forget all but the newest `SNAPSHOTS_KEPT`."""
        ...

    def snapshots(self) -> list[Snapshot]:
        """Those kept, newest first. Unreadable ones are left out: a snapshot is only a cache."""
        ...

    def size(self) -> StoreSize:
        """Rows and bytes."""
        ...


def check_limit(limit: int) -> None:
    """Refuse a page size out of range."""
    if not 1 <= limit <= READ_LIMIT_MAX:
        raise AppendRefused(f"limit is {limit}: must be from 1 to {READ_LIMIT_MAX}")


def check_continues(head: Head | None, batch: Batch) -> None:
    """Refuse a batch that leaves a gap or does not link to the head. `head` None: an empty log."""
    seq, last_hash = (head.seq, head.hash) if head else (0, None)
    number, last_request_hash = (head.request_number, head.request_hash) if head else (0, None)
    for record in batch.records:
        _check_link("record", record.seq, seq + 1, record.prev_hash, last_hash if seq else None)
        seq, last_hash = record.seq, record.hash
    for request in batch.requests:
        expected = last_request_hash if number else None
        _check_link("request", request.number, number + 1, request.prev_hash, expected)
        number, last_request_hash = request.number, request.hash


def _check_link(kind: str, number: int, expected: int, prev_hash: bytes, last_hash: bytes | None) -> None:
    if number != expected:
        raise AppendRefused(f"{kind} {number} does not continue the log: {expected} is next")
    if last_hash is not None and prev_hash != last_hash:
        raise AppendRefused(f"{kind} {number} links to another {kind} {number - 1} than the stored one")


def advanced(head: Head | None, batch: Batch) -> Head | None:
    """The head after the batch."""
    if not batch.records and not batch.requests:
        return head
    seq, last_hash, at_ms = (head.seq, head.hash, head.recorded_at_ms) if head else (0, b"", 0)
    number, request_hash = (head.request_number, head.request_hash) if head else (0, b"")
    if batch.records:
        last = batch.records[-1]
        seq, last_hash, at_ms = last.seq, last.hash, last.recorded_at_ms
    if batch.requests:
        number, request_hash = batch.requests[-1].number, batch.requests[-1].hash
    return Head(seq, last_hash, number, request_hash, at_ms)
