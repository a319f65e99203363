"""A log in PostgreSQL, through psycopg 3: for a core that must be able to move to another machine.

The same tables as in SQLite. One session writes, holding a session advisory lock: when the process or its
connection dies the server lets the lock go and a standby may take over; a writer that has lost its session
cannot append, and if it had not noticed, the primary key would refuse it. `synchronous_commit` is on: a batch
that `append` returned from survives a crash of the server. Called by the journal's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import errors as pg

from orchestrator.log.errors import AppendRefused, LogConfigError, LogCorrupt, LogLocked
from orchestrator.log.record import Batch, Head, Record, Request, RequestKey, Snapshot, StoreSize
from orchestrator.log.rows import (
    Row,
    head_of_row,
    head_sql,
    record_of,
    record_row,
    request_of,
    request_row,
    snapshot_of,
    snapshot_row,
)
from orchestrator.log.store import SCHEMA_VERSION, SNAPSHOTS_KEPT, advanced, check_continues, check_limit

LOCK_KEY = 0x4D55535445524C4F  # "MUSTERLO", one log a database
CONNECT_TIMEOUT_S = 10
LOCK_WAIT_MS = 2_000

_SCHEMA: LiteralString = """
CREATE TABLE muster_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE muster_record (
    seq BIGINT PRIMARY KEY, recorded_at_ms BIGINT NOT NULL, type TEXT NOT NULL,
    schema_version INTEGER NOT NULL, principal TEXT NOT NULL, request_id TEXT NOT NULL,
    cause BIGINT NOT NULL, payload BYTEA NOT NULL, prev_hash BYTEA NOT NULL, hash BYTEA NOT NULL
);
CREATE TABLE muster_request (
    number BIGINT PRIMARY KEY, principal TEXT NOT NULL, request_id TEXT NOT NULL, digest BYTEA NOT NULL,
    first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, answer_type TEXT NOT NULL, answer BYTEA NOT NULL,
    prev_hash BYTEA NOT NULL, hash BYTEA NOT NULL, UNIQUE (principal, request_id)
);
CREATE TABLE muster_snapshot (
    seq BIGINT PRIMARY KEY, record_hash BYTEA NOT NULL, request_number BIGINT NOT NULL,
    version TEXT NOT NULL, state BYTEA NOT NULL, seen BYTEA NOT NULL, hash BYTEA NOT NULL
);
CREATE FUNCTION muster_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON muster_record
    FOR EACH ROW EXECUTE FUNCTION muster_append_only();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON muster_request
    FOR EACH ROW EXECUTE FUNCTION muster_append_only();
"""
_HEAD = head_sql("muster_record", "muster_request")
# One statement and one round trip for any number of rows: the columns travel as arrays.
_INSERT_RECORDS: LiteralString = (
    "INSERT INTO muster_record SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::int[],"
    " %b::text[], %b::text[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[])"
)
_INSERT_REQUESTS: LiteralString = (
    "INSERT INTO muster_request SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bytea[],"
    " %b::bigint[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[])"
)
_FIND_REQUESTS: LiteralString = (
    "SELECT r.* FROM muster_request r JOIN unnest(%b::text[], %b::text[]) AS k(principal, request_id)"
    " ON r.principal = k.principal AND r.request_id = k.request_id"
)


class PostgresStore:
    """`LogStore` on the database at `url` (`postgresql://…`); the tables go to its first schema."""

    shared = True

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self._url = url
        self._read_only = read_only
        self._connection: psycopg.Connection[Row] | None = None
        self._head: Head | None = None

    def open(self) -> None:
        try:
            self._connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, application_name="muster-log"
            )
            self._check_server()
            if not self._read_only:
                self._take_lock()
            self._prepare()
        except psycopg.Error as error:
            self.close()
            raise LogConfigError(f"PostgreSQL log: {error}") from error
        except (LogConfigError, LogLocked):
            self.close()
            raise
        self._head = self._read_head()

    def _check_server(self) -> None:
        encoding = self._one("SHOW server_encoding")[0]
        if encoding != "UTF8":
            raise LogConfigError(f"PostgreSQL log: the database's encoding is {encoding}, it must be UTF8")
        if self._one("SHOW fsync")[0] != "on":
            raise LogConfigError("PostgreSQL log: the server runs with fsync = off, the log would not be safe")
        self._opened().execute("SET synchronous_commit = on")

    def _take_lock(self) -> None:
        # A writer that was just killed holds it until the server notices: that is worth a short wait.
        connection = self._opened()
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}".encode())
                connection.execute("SELECT pg_advisory_lock(%b)", (LOCK_KEY,))
        except pg.LockNotAvailable as error:
            raise LogLocked("PostgreSQL log: another session writes to it") from error

    def _prepare(self) -> None:
        connection = self._opened()
        if self._one("SELECT to_regclass('muster_meta')")[0] is None:
            if self._read_only:
                raise LogConfigError("PostgreSQL log: this database holds no Muster log")
            with connection.transaction():
                connection.execute(_SCHEMA)
                connection.execute("INSERT INTO muster_meta VALUES ('schema_version', %b)", (str(SCHEMA_VERSION),))
        found = self._one("SELECT value FROM muster_meta WHERE name = 'schema_version'")[0]
        if int(found) != SCHEMA_VERSION:
            raise LogConfigError(f"PostgreSQL log has schema {found}: this Muster knows {SCHEMA_VERSION}")

    def close(self) -> None:
        if self._connection is None:
            return
        if not self._read_only and not self._connection.broken:
            # Closing gives the lock back too, but some time after this process has gone on.
            self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()
        self._connection = None

    def _opened(self) -> psycopg.Connection[Row]:
        if self._connection is None:
            raise LogConfigError("PostgreSQL log is not open")
        return self._connection

    def _one(self, sql: LiteralString, values: Sequence[Any] = ()) -> Row:
        row = self._opened().execute(sql, values).fetchone()
        if row is None:
            raise LogCorrupt(f"PostgreSQL log: no answer to {sql!r}")
        return row

    def _read_head(self) -> Head | None:
        return head_of_row(self._opened().execute(_HEAD.encode()).fetchone())

    def head(self) -> Head | None:
        return self._read_head() if self._read_only else self._head

    def append(self, batch: Batch) -> None:
        connection = self._opened()
        check_continues(self._head, batch)
        try:
            # The pipeline sends BEGIN, both inserts and COMMIT together: one round trip.
            with connection.pipeline(), connection.transaction():
                if batch.records:
                    connection.execute(_INSERT_RECORDS, _columns([record_row(r) for r in batch.records]))
                if batch.requests:
                    connection.execute(_INSERT_REQUESTS, _columns([request_row(r) for r in batch.requests]))
        except pg.IntegrityError as error:
            raise AppendRefused(f"the batch repeats a stored row: {error}") from error
        self._head = advanced(self._head, batch)

    def read(self, after_seq: int, limit: int) -> list[Record]:
        check_limit(limit)
        sql: LiteralString = "SELECT * FROM muster_record WHERE seq > %b ORDER BY seq LIMIT %b"
        return [record_of(row) for row in self._opened().execute(sql, (after_seq, limit), binary=True)]

    def read_requests(self, after_number: int, limit: int) -> list[Request]:
        check_limit(limit)
        sql: LiteralString = "SELECT * FROM muster_request WHERE number > %b ORDER BY number LIMIT %b"
        return [request_of(row) for row in self._opened().execute(sql, (after_number, limit), binary=True)]

    def find_requests(self, keys: Sequence[RequestKey]) -> dict[RequestKey, Request]:
        if not keys:
            return {}
        values = ([key.principal for key in keys], [key.request_id for key in keys])
        rows = self._opened().execute(_FIND_REQUESTS, values, binary=True)
        return {request.key: request for request in map(request_of, rows)}

    def put_snapshot(self, snapshot: Snapshot) -> None:
        connection = self._opened()
        with connection.transaction():
            connection.execute("DELETE FROM muster_snapshot WHERE seq = %b", (snapshot.seq,))
            connection.execute("INSERT INTO muster_snapshot VALUES (%b,%b,%b,%b,%b,%b,%b)", snapshot_row(snapshot))
            connection.execute(
                "DELETE FROM muster_snapshot WHERE seq NOT IN"
                " (SELECT seq FROM muster_snapshot ORDER BY seq DESC LIMIT %b)",
                (SNAPSHOTS_KEPT,),
            )

    def snapshots(self) -> list[Snapshot]:
        sql: LiteralString = "SELECT * FROM muster_snapshot ORDER BY seq DESC"
        return [snapshot_of(row) for row in self._opened().execute(sql, binary=True)]

    def size(self) -> StoreSize:
        records, requests, stored_bytes = self._one(
            "SELECT (SELECT count(*) FROM muster_record), (SELECT count(*) FROM muster_request),"
            " pg_total_relation_size('muster_record') + pg_total_relation_size('muster_request')"
        )
        return StoreSize(records, requests, stored_bytes)


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
