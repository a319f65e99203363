"""Where a log can be: each place opens stores on the same data, and lets a test do to it what an intruder would."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import apsw
import psycopg

from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.log.postgres_store import PostgresStore
from orchestrator.log.record import RequestKey
from orchestrator.log.sqlite_store import SqliteStore
from orchestrator.log.store import LogStore

TABLES = {"record": "seq", "request": "number"}


class Place(Protocol):
    """The data of one log."""

    name: str

    def store(self) -> LogStore:
        """A new store on this data, not opened."""
        ...

    def change(self, table: str, number: int, column: str, value: Any) -> None:
        """Overwrite one column of one row."""
        ...

    def drop(self, table: str, numbers: Sequence[int]) -> None:
        """Delete rows."""
        ...


class MemoryPlace:
    """A `MemoryDisk`."""

    name = "memory"

    def __init__(self) -> None:
        self.disk = MemoryDisk()

    def store(self) -> LogStore:
        return MemoryStore(self.disk)

    def change(self, table: str, number: int, column: str, value: Any) -> None:
        rows: list[Any] = self.disk.records if table == "record" else self.disk.requests
        index = next(i for i, row in enumerate(rows) if getattr(row, TABLES[table]) == number)
        row = rows[index]
        if table == "request" and column in ("principal", "request_id"):
            changed = replace(row.key, **{column: value})
            rows[index] = replace(row, key=RequestKey(changed.principal, changed.request_id))
        else:
            rows[index] = replace(row, **{column: value})
        rows.sort(key=lambda row: int(getattr(row, TABLES[table])))

    def drop(self, table: str, numbers: Sequence[int]) -> None:
        rows: list[Any] = self.disk.records if table == "record" else self.disk.requests
        rows[:] = [row for row in rows if getattr(row, TABLES[table]) not in numbers]


class SqlitePlace:
    """A file in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log" / "muster.db"

    def store(self) -> LogStore:
        return SqliteStore(self.path)

    def _execute(self, sql: str, values: Sequence[Any]) -> None:
        connection = apsw.Connection(str(self.path))
        for table in TABLES:
            connection.execute(f"DROP TRIGGER IF EXISTS {table}_keep_update")
            connection.execute(f"DROP TRIGGER IF EXISTS {table}_keep_delete")
        connection.execute(sql, tuple(values))
        connection.close()

    def change(self, table: str, number: int, column: str, value: Any) -> None:
        self._execute(f"UPDATE {table} SET {column} = ? WHERE {TABLES[table]} = ?", (value, number))

    def drop(self, table: str, numbers: Sequence[int]) -> None:
        marks = ",".join("?" * len(numbers))
        self._execute(f"DELETE FROM {table} WHERE {TABLES[table]} IN ({marks})", numbers)


class PostgresPlace:
    """A database of its own on the server of the test run."""

    name = "postgres"

    def __init__(self, url: str) -> None:
        self.url = url

    def store(self) -> LogStore:
        return PostgresStore(self.url)

    def _execute(self, sql: str, values: Sequence[Any]) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for table in TABLES:
                connection.execute(f"DROP TRIGGER IF EXISTS keep ON muster_{table}".encode())
            connection.execute(sql.encode(), values)

    def change(self, table: str, number: int, column: str, value: Any) -> None:
        self._execute(f"UPDATE muster_{table} SET {column} = %s WHERE {TABLES[table]} = %s", (value, number))

    def drop(self, table: str, numbers: Sequence[int]) -> None:
        self._execute(f"DELETE FROM muster_{table} WHERE {TABLES[table]} = ANY(%s)", (list(numbers),))
