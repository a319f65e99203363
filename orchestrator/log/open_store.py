"""The store for a log address. Called by bootstrap, by the audit tools and by the snapshot process."""

from __future__ import annotations

from pathlib import Path

from orchestrator.log.errors import LogConfigError
from orchestrator.log.memory_store import MemoryStore
from orchestrator.log.store import LogStore

DATABASE_FOLDER = "log"
DATABASE_FILE = "muster.db"


def open_store(url: str, data_dir: Path | None = None, *, read_only: bool = False) -> LogStore:
    """The store that `url` names, not yet opened.

    `sqlite` (the file `log/muster.db` in `data_dir`), `sqlite:///PATH`, `postgres://…`, `postgresql://…`, or
    `memory`. A database library is imported only when it is asked for.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.rstrip(":")
    if scheme == "memory":
        return MemoryStore()
    if scheme == "sqlite":
        from orchestrator.log.sqlite_store import SqliteStore

        return SqliteStore(_sqlite_path(rest, data_dir), read_only=read_only)
    if scheme in ("postgres", "postgresql"):
        from orchestrator.log.postgres_store import PostgresStore

        return PostgresStore(url, read_only=read_only)
    raise LogConfigError(f"log address starts with {scheme!r}: sqlite, postgresql or memory is meant")


def _sqlite_path(rest: str, data_dir: Path | None) -> Path:
    if rest:
        return Path(rest)
    if data_dir is None:
        raise LogConfigError("log address 'sqlite' names no file, and there is no data folder")
    return data_dir / DATABASE_FOLDER / DATABASE_FILE
