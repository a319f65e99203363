"""What is special about single stores, addresses, the export and the audit program."""

import io
import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from orchestrator.log import sqlite_store
from orchestrator.log.chain import ChainKey, load_or_create_key
from orchestrator.log.errors import AppendRefused, LogConfigError, LogLocked
from orchestrator.log.journal import Journal
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.log.open_store import open_store
from orchestrator.log.postgres_store import PostgresStore
from orchestrator.log.sqlite_store import SqliteStore
from orchestrator.log.verify import export_jsonl, verify
from tests.conformance.rows import entry, fill

KEY = ChainKey(b"k" * 32)


def test_addresses_name_stores(tmp_path: Path) -> None:
    assert isinstance(open_store("memory"), MemoryStore)
    assert isinstance(open_store("postgresql://user@host/db"), PostgresStore)
    for url, data_dir in (("sqlite", tmp_path), (f"sqlite://{tmp_path}/log/muster.db", None)):
        store = open_store(url, data_dir)
        assert isinstance(store, SqliteStore)
        store.open()
        store.close()
    assert (tmp_path / "log" / "muster.db").exists()
    for url in ("mysql://x", "", "sqlite"):
        with pytest.raises(LogConfigError, match="log address"):
            open_store(url)


def test_sqlite_is_durable_on_every_commit(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "muster.db")
    store.open()
    connection = store._connection
    assert connection is not None
    assert connection.pragma("synchronous") == 2
    assert connection.pragma("journal_mode") == "wal"
    store.close()


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(LogConfigError, match=r"3\.51\.2: at least 3\.51\.3"):
        SqliteStore(tmp_path / "muster.db").open()
    monkeypatch.undo()
    sqlite_store.check_sqlite_version()


def test_a_file_that_is_not_a_log_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = apsw.Connection(str(other))
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    noise = tmp_path / "noise.db"
    noise.write_bytes(b"not a database at all" * 100)
    for path in (other, noise):
        with pytest.raises(LogConfigError):
            SqliteStore(path).open()
    future = SqliteStore(tmp_path / "future.db")
    future.open()
    future.close()
    connection = apsw.Connection(str(tmp_path / "future.db"))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(LogConfigError, match="schema 99"):
        future.open()


def test_rows_cannot_be_changed_by_accident(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "muster.db")
    store.open()
    fill(store, KEY, 2)
    connection = store._connection
    assert connection is not None
    for sql in ("UPDATE record SET principal = 'x'", "DELETE FROM record", "DELETE FROM request"):
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            connection.execute(sql)
    store.close()


LOCKER = """
import sys
from pathlib import Path
from orchestrator.log.sqlite_store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
store.open()
print("open", flush=True)
sys.stdin.read()
"""


def test_two_processes_never_write_one_file_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    command = [sys.executable, "-c", LOCKER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(LogLocked, match=f"in use by process {other.pid}"):
            SqliteStore(path).open()
        reader = SqliteStore(path, read_only=True)
        reader.open()
        reader.close()
        other.kill()
    store = SqliteStore(path)
    store.open()
    store.close()


async def test_after_a_failed_append_nothing_more_is_written() -> None:
    disk = MemoryDisk()
    journal = Journal(MemoryStore(disk), KEY)
    await journal.open()
    await journal.append_soon([entry(1, request_id="once")])
    with pytest.raises(AppendRefused):
        await journal.append_soon([entry(2, request_id="once")])
    with pytest.raises(Exception, match="closed after a failed append"):
        await journal.append_soon([entry(2)])
    assert len(disk.records) == 1
    await journal.close()


def test_the_export_is_one_object_a_line(tmp_path: Path) -> None:
    store = MemoryStore()
    store.open()
    fill(store, KEY, 3)
    out = io.StringIO()
    assert export_jsonl(store, out) == 3
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert lines[1]["payload"] == '{"number":2}'
    assert lines[1]["hash"] == lines[2]["prev_hash"]


def audit_program(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it on the log in `tmp_path`."""
    command = [sys.executable, "-m", "orchestrator.log.verify", "--log", "-", "--key", str(tmp_path / "muster.key")]
    address = f"sqlite://{tmp_path}/muster.db\n"
    return subprocess.run([*command, *options], input=address, capture_output=True, text=True, timeout=60, check=False)


def test_the_audit_program_runs_beside_the_writer_and_says_what_it_found(tmp_path: Path) -> None:
    key = load_or_create_key(tmp_path / "muster.key")
    store = SqliteStore(tmp_path / "muster.db")
    store.open()
    fill(store, key, 5)
    done = audit_program(tmp_path, "-o", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"], report["records"], report["requests"]) == (0, True, 5, 2)
    store.close()
    connection = apsw.Connection(str(tmp_path / "muster.db"))
    connection.execute("DROP TRIGGER record_keep_update; UPDATE record SET principal = 'eve' WHERE seq = 3")
    connection.close()
    done = audit_program(tmp_path)
    assert done.returncode == 1
    assert "record_changed 3" in done.stdout
    (tmp_path / "muster.key").unlink()
    assert audit_program(tmp_path).returncode == 2


def test_an_audit_sees_only_what_was_there_when_it_began() -> None:
    """A row that is added while the audit walks is left to the next one, and is no alarm."""
    disk = MemoryDisk()
    store = MemoryStore(disk)
    store.open()
    fill(store, KEY, 4)

    class Growing(MemoryStore):
        def read(self, after_seq: int, limit: int) -> list:  # type: ignore[type-arg]
            if disk.records[-1].seq == 4:
                from tests.conformance.rows import sealed

                store.append(sealed(store, KEY, [entry(5, request_id="new")]))
            return super().read(after_seq, limit)

    disk.locked = False
    looking = Growing(disk)
    looking.open()
    report = verify(looking, KEY)
    assert (report.ok, report.records, len(disk.records)) == (True, 4, 5)
