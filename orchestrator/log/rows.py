"""Between log rows and the columns of the SQL stores: one order of columns for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.log.record import Head, Record, Request, RequestKey, Snapshot

RECORD_COLUMNS = (
    "seq",
    "recorded_at_ms",
    "type",
    "schema_version",
    "principal",
    "request_id",
    "cause",
    "payload",
    "prev_hash",
    "hash",
)
REQUEST_COLUMNS = (
    "number",
    "principal",
    "request_id",
    "digest",
    "first_seq",
    "last_seq",
    "answer_type",
    "answer",
    "prev_hash",
    "hash",
)
SNAPSHOT_COLUMNS = ("seq", "record_hash", "request_number", "version", "state", "seen", "hash")
Row = Sequence[Any]


def record_row(record: Record) -> tuple[Any, ...]:
    """The columns of a record."""
    return (
        record.seq,
        record.recorded_at_ms,
        record.type,
        record.schema_version,
        record.principal,
        record.request_id,
        record.cause,
        record.payload,
        record.prev_hash,
        record.hash,
    )


def record_of(row: Row) -> Record:
    """The record in a row."""
    return Record(*row)


def request_row(request: Request) -> tuple[Any, ...]:
    """The columns of a request."""
    return (
        request.number,
        request.key.principal,
        request.key.request_id,
        request.digest,
        request.first_seq,
        request.last_seq,
        request.answer_type,
        request.answer,
        request.prev_hash,
        request.hash,
    )


def request_of(row: Row) -> Request:
    """The request in a row."""
    number, principal, request_id, *others = row
    return Request(number, RequestKey(principal, request_id), *others)


def snapshot_row(snapshot: Snapshot) -> tuple[Any, ...]:
    """The columns of a snapshot."""
    return (
        snapshot.seq,
        snapshot.record_hash,
        snapshot.request_number,
        snapshot.version,
        snapshot.state,
        snapshot.seen,
        snapshot.hash,
    )


def snapshot_of(row: Row) -> Snapshot:
    """The snapshot in a row."""
    return Snapshot(*row)


def head_sql(record_table: str, request_table: str) -> str:
    """One row with both heads: a single statement, so that they belong to the same moment."""
    return (
        "SELECT a.seq, a.hash, a.recorded_at_ms, b.number, b.hash FROM (SELECT 1 AS one) AS x"
        f" LEFT JOIN (SELECT seq, hash, recorded_at_ms FROM {record_table} ORDER BY seq DESC LIMIT 1) AS a"
        f" ON TRUE LEFT JOIN (SELECT number, hash FROM {request_table} ORDER BY number DESC LIMIT 1) AS b"
        " ON TRUE"
    )


def head_of_row(row: Row | None) -> Head | None:
    """The head in the row of `head_sql`; None for an empty log."""
    if row is None or (row[0] is None and row[3] is None):
        return None
    seq, last_hash, at_ms, number, request_hash = row
    return Head(seq or 0, last_hash or b"", number or 0, request_hash or b"", at_ms or 0)
