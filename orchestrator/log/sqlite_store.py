"""A log in one SQLite file, through apsw: the default store.

One connection, WAL, `synchronous=FULL`, `BEGIN IMMEDIATE`: a batch that `append` returned from survives a
power cut. SQLite before 3.51.3 can damage a WAL database at a checkpoint and is refused. A lock file keeps a
second writer out for as long as this process lives, however it ends; the tables refuse UPDATE and DELETE
against accidents (tampering is the hash chain's business). A reader (`read_only`) takes no lock and may only
look, and put snapshots, which are files.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import apsw

from orchestrator.log import snapshot_files
from orchestrator.log.errors import AppendRefused, LogConfigError, LogCorrupt, LogLocked
from orchestrator.log.record import Batch, Head, Record, Request, RequestKey, Snapshot, StoreSize
from orchestrator.log.rows import (
    RECORD_COLUMNS,
    REQUEST_COLUMNS,
    Row,
    head_of_row,
    head_sql,
    record_of,
    record_row,
    request_of,
    request_row,
)
from orchestrator.log.store import SCHEMA_VERSION, advanced, check_continues, check_limit

SQLITE_OLDEST = (3, 51, 3)
APPLICATION_ID = 0x4D555354  # "MUST"
T = TypeVar("T")

BUSY_TIMEOUT_MS = 2_000
CHECKPOINT_PAGES = 2_000

_SCHEMA = f"""
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, recorded_at_ms INTEGER NOT NULL, type TEXT NOT NULL,
    schema_version INTEGER NOT NULL, principal TEXT NOT NULL, request_id TEXT NOT NULL,
    cause INTEGER NOT NULL, payload BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE request (
    number INTEGER PRIMARY KEY, principal TEXT NOT NULL, request_id TEXT NOT NULL, digest BLOB NOT NULL,
    first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, answer_type TEXT NOT NULL, answer BLOB NOT NULL,
    prev_hash BLOB NOT NULL, hash BLOB NOT NULL, UNIQUE (principal, request_id)
) STRICT;
CREATE TRIGGER record_keep_update BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER record_keep_delete BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER request_keep_update BEFORE UPDATE ON request BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER request_keep_delete BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'append-only'); END;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""
_RECORDS = ", ".join(RECORD_COLUMNS)
_REQUESTS = ", ".join(REQUEST_COLUMNS)
_HEAD = head_sql("record", "request")
_INSERT_RECORD = f"INSERT INTO record ({_RECORDS}) VALUES (?,?,?,?,?,?,?,?,?,?)"
_INSERT_REQUEST = f"INSERT INTO request ({_REQUESTS}) VALUES (?,?,?,?,?,?,?,?,?,?)"


def check_sqlite_version() -> None:
    """Refuse a SQLite library that can damage a WAL database."""
    found = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if found < SQLITE_OLDEST:
        raise LogConfigError(
            f"SQLite is {apsw.sqlite_lib_version()}: at least {'.'.join(map(str, SQLITE_OLDEST))} is needed"
        )


class SqliteStore:
    """`LogStore` on the file `path`."""

    shared = True

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._connection: apsw.Connection | None = None
        self._lock: int | None = None
        self._head: Head | None = None

    @property
    def snapshot_folder(self) -> Path:
        """Where the snapshot files are."""
        return self._path.parent / "snapshots"

    def open(self) -> None:
        check_sqlite_version()
        if not self._read_only:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
            snapshot_files.clear_drafts(self.snapshot_folder)
        try:
            self._connection = self._connect()
            self._prepare(self._connection)
            self._head = self._read_head(self._connection)
        except apsw.Error as error:
            self.close()
            raise LogConfigError(f"SQLite log {self._path}: {error}") from error
        except LogConfigError:
            self.close()
            raise

    def _take_lock(self) -> None:
        path = self._path.with_name(self._path.name + ".lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise LogLocked(f"log {self._path} is in use by process {holder or 'unknown'}") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor

    def _connect(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        if self._read_only:
            flags = apsw.SQLITE_OPEN_READONLY
        connection = apsw.Connection(str(self._path), flags=flags)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA trusted_schema = OFF")
        if not self._read_only:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode != ("wal",):
                connection.close()
                raise LogConfigError(f"SQLite log {self._path}: this file system does not allow WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return connection

    def _prepare(self, connection: apsw.Connection) -> None:
        found = connection.pragma("user_version")
        if found == 0 and not self._read_only:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
                raise LogConfigError(f"SQLite file {self._path} is not a Muster log")
            connection.execute(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            return
        if connection.pragma("application_id") != APPLICATION_ID:
            raise LogConfigError(f"SQLite file {self._path} is not a Muster log")
        if found != SCHEMA_VERSION:
            raise LogConfigError(f"log {self._path} has schema {found}: this Muster knows {SCHEMA_VERSION}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            raise LogConfigError(f"log {self._path} is not open")
        return self._connection

    @staticmethod
    def _read_head(connection: apsw.Connection) -> Head | None:
        return head_of_row(connection.execute(_HEAD).fetchone())

    def head(self) -> Head | None:
        connection = self._opened()
        return self._read_head(connection) if self._read_only else self._head

    def append(self, batch: Batch) -> None:
        connection = self._opened()
        check_continues(self._head, batch)
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(_INSERT_RECORD, map(record_row, batch.records))
            connection.executemany(_INSERT_REQUEST, map(request_row, batch.requests))
            connection.execute("COMMIT")
        except apsw.ConstraintError as error:
            connection.execute("ROLLBACK")
            raise AppendRefused(f"the batch repeats a stored row: {error}") from error
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._head = advanced(self._head, batch)

    def read(self, after_seq: int, limit: int) -> list[Record]:
        check_limit(limit)
        cursor = self._opened().execute(
            f"SELECT {_RECORDS} FROM record WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit)
        )
        return self._rows(cursor, record_of)

    def read_requests(self, after_number: int, limit: int) -> list[Request]:
        check_limit(limit)
        cursor = self._opened().execute(
            f"SELECT {_REQUESTS} FROM request WHERE number > ? ORDER BY number LIMIT ?", (after_number, limit)
        )
        return self._rows(cursor, request_of)

    def find_requests(self, keys: Sequence[RequestKey]) -> dict[RequestKey, Request]:
        found: dict[RequestKey, Request] = {}
        sql = f"SELECT {_REQUESTS} FROM request WHERE principal = ? AND request_id = ?"
        for key in keys:
            cursor = self._opened().execute(sql, (key.principal, key.request_id))
            for request in self._rows(cursor, request_of):
                found[key] = request
        return found

    def _rows(self, cursor: apsw.Cursor, build: Callable[[Row], T]) -> list[T]:
        try:
            return [build(row) for row in cursor]
        except (UnicodeDecodeError, apsw.CorruptError, apsw.NotADBError) as error:
            raise LogCorrupt(f"log {self._path}: stored rows cannot be read ({error})") from error

    def put_snapshot(self, snapshot: Snapshot) -> None:
        self._opened()
        snapshot_files.write_snapshot(self.snapshot_folder, snapshot)

    def snapshots(self) -> list[Snapshot]:
        self._opened()
        return snapshot_files.read_snapshots(self.snapshot_folder)

    def size(self) -> StoreSize:
        connection = self._opened()
        records = connection.execute("SELECT count(*) FROM record").fetchone() or (0,)
        requests = connection.execute("SELECT count(*) FROM request").fetchone() or (0,)
        pages, page_bytes = connection.pragma("page_count"), connection.pragma("page_size")
        return StoreSize(int(records[0]), int(requests[0]), int(pages) * int(page_bytes))
