"""Restart: the state is the fold of the log, with or without a snapshot, and damage stops it by name."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import recovery
from orchestrator.core.loop import Core
from orchestrator.core.ports import Domain, SnapshotFailed
from orchestrator.core.recovery import compare_with_replay, recover
from orchestrator.core.seen import SeenFilter
from orchestrator.core.snapshot_process import SnapshotProcess
from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.log.chain import ChainKey, load_or_create_key, seal_snapshot
from orchestrator.log.codec import Codec
from orchestrator.log.errors import FutureVersion, LogCorrupt
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.log.record import RequestKey, Snapshot
from orchestrator.log.sqlite_store import SqliteStore
from orchestrator.log.store import LogStore
from orchestrator.runtime.clock import ManualClock
from tests.unit.core.harness import KEY, open_core, small, until
from tests.unit.core.toy import Added, Put, ToyState, toy_domain

TOY = "tests.unit.core.toy:toy_domain"


async def put_many(core: Core[ToyState], numbers: range) -> None:
    """One request a number."""
    await asyncio.gather(
        *(core.submit(Put(name=f"n{n % 5}", amount=n), principal="p", request_id=f"r{n}") for n in numbers)
    )


def opened(disk: MemoryDisk) -> LogStore:
    """A store that is open."""
    store = MemoryStore(disk)
    store.open()
    return store


async def filled_disk(count: int) -> MemoryDisk:
    """A log of `count` records and no snapshot."""
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk))
    await put_many(core, range(count))
    await core.close()
    return disk


async def test_closing_makes_a_snapshot_and_opening_uses_it() -> None:
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk), limits=small(snapshot_on_close=10))
    await put_many(core, range(50))
    state = core.state
    await core.close()
    recovered = recover(opened(disk), toy_domain(), KEY)
    assert (recovered.snapshot_seq, recovered.replayed) == (50, 0)
    assert recovered.state == state
    assert all(recovered.seen.maybe(RequestKey("p", f"r{n}")) for n in range(50))


async def test_a_snapshot_and_its_tail_equal_the_full_replay() -> None:
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk), limits=small(snapshot_on_close=10))
    await put_many(core, range(50))
    await core.close()
    core = await open_core(MemoryStore(disk), limits=small(snapshot_on_close=1_000))
    await put_many(core, range(40, 80))
    state = core.state
    await core.close()
    store = opened(disk)
    recovered = recover(store, toy_domain(), KEY)
    assert (recovered.snapshot_seq, recovered.replayed) == (50, 30)
    assert recovered.state == state
    assert compare_with_replay(store, toy_domain(), KEY)


@pytest.mark.parametrize("misfit", ["state", "seen", "version", "seq", "record_hash", "hash", "newer", "key"])
async def test_a_snapshot_that_does_not_fit_is_left_out(misfit: str) -> None:
    disk = await filled_disk(20)
    store = opened(disk)
    domain = toy_domain()
    made = recovery.snapshot_of(recover(store, domain, KEY), domain, KEY)
    reseal = seal_snapshot
    changed: dict[str, Snapshot] = {
        "state": replace(made, state=made.state + b" "),
        "seen": replace(made, seen=bytes(len(made.seen))),
        "hash": replace(made, hash=bytes(32)),
        "seq": replace(made, seq=19),
        "version": reseal(KEY, replace(made, version="toy 2")),
        "record_hash": reseal(KEY, replace(made, record_hash=b"x" * 32)),
        "newer": reseal(KEY, replace(made, seq=21)),
        "key": reseal(ChainKey(b"x" * 32), made),
    }
    store.put_snapshot(changed[misfit])
    recovered = recover(store, domain, KEY)
    assert (recovered.snapshot_seq, recovered.replayed) == (0, 20)
    store.put_snapshot(made)
    assert recover(store, domain, KEY).snapshot_seq == 20


@pytest.mark.parametrize("seq", [1, 10, 20])
async def test_a_changed_record_stops_the_start_and_is_named(seq: int) -> None:
    disk = await filled_disk(20)
    disk.records[seq - 1] = replace(disk.records[seq - 1], payload=b'{"name":"n1","amount":9999}')
    with pytest.raises(LogCorrupt, match=f"record {seq} was changed") as caught:
        await open_core(MemoryStore(disk))
    assert caught.value.seq == seq
    assert not disk.locked


@pytest.mark.parametrize("table", ["records", "requests"])
async def test_a_missing_row_stops_the_start_and_is_named(table: str) -> None:
    disk = await filled_disk(20)
    del getattr(disk, table)[4]
    with pytest.raises(LogCorrupt, match="5 is missing"):
        await open_core(MemoryStore(disk))


async def test_a_log_written_by_newer_code_is_refused_by_name() -> None:
    class Newer(Added):
        schema_version: ClassVar[int] = 2

    Newer.__name__ = "Added"
    disk = MemoryDisk()
    decision = SimpleNamespace(events=(Newer(name="a", amount=1),), answer=None)
    newer = replace(toy_domain(), events=Codec([Newer], {("Added", 1): dict}), decide=lambda *_: decision)
    core = await Core.open(newer, MemoryStore(disk), KEY, ManualClock())
    await core.submit(Put(name="a"), principal="p")
    await core.close()
    with pytest.raises(FutureVersion, match="Added version 2 was written by a newer Muster"):
        await open_core(MemoryStore(disk))


async def test_while_it_serves_a_process_of_its_own_makes_the_snapshot(tmp_path: Path) -> None:
    key_path = tmp_path / "muster.key"
    key = load_or_create_key(key_path)
    database = tmp_path / "data" / "muster.db"
    maker = SnapshotProcess(f"sqlite://{database}", key_path, domain=TOY)
    core = await Core.open(
        toy_domain(), SqliteStore(database), key, ManualClock(), limits=small(snapshot_every=30), snapshots=maker
    )
    await put_many(core, range(40))
    await until(lambda: core.stats.snapshots + core.stats.snapshot_failures, "the process is done")
    assert core.stats.snapshots == 1
    await put_many(core, range(40, 45))
    state = core.state
    await core.close()
    store = SqliteStore(database)
    store.open()
    recovered = recover(store, toy_domain(), key)
    assert recovered.snapshot_seq >= 30
    assert recovered.snapshot_seq + recovered.replayed == 45
    assert recovered.state == state
    store.close()


async def test_a_snapshot_process_that_fails_is_told_and_harms_nothing(tmp_path: Path) -> None:
    load_or_create_key(tmp_path / "muster.key")
    maker = SnapshotProcess(f"sqlite://{tmp_path}/none.db", tmp_path / "muster.key", domain=TOY)
    with pytest.raises(SnapshotFailed, match=r"ended with 1: .*unable to open"):
        await maker.make()

    class Failing:
        async def make(self) -> int:
            raise SnapshotFailed("no room")

    core = await open_core(MemoryStore(), limits=small(snapshot_every=5), snapshots=Failing())
    await put_many(core, range(12))
    await until(lambda: core.stats.snapshot_failures, "it failed")
    assert (await core.submit(Put(name="a"), principal="p")).first_seq == 13
    await core.close()


def test_a_state_has_the_same_bytes_and_comes_back() -> None:
    state = ToyState({"b": 1, "a\n\t": 2}, {("b", 1): 7, ("a", 2): 8})
    content = dump_dataclass(state)
    again = load_dataclass(ToyState, content)
    assert again == state
    assert list(again.totals) == ["b", "a\n\t"]
    assert dump_dataclass(again) == content
    with pytest.raises(ValueError, match="not its fields"):
        load_dataclass(ToyState, content.replace(b"totals", b"other"))


@given(known=st.sets(st.text(max_size=8), max_size=200), probes=st.sets(st.text(max_size=8), max_size=50))
def test_the_filter_never_forgets(known: set[str], probes: set[str]) -> None:
    seen = SeenFilter.sized_for(len(known))
    for name in known:
        seen.add(RequestKey("p", name))
    again = SeenFilter(bytearray(seen.to_bytes()))
    assert all(again.maybe(RequestKey("p", name)) for name in known)
    wrong = [name for name in probes - known if again.maybe(RequestKey("p", name))]
    assert len(wrong) <= 1


def test_the_filter_grows_with_its_ids() -> None:
    assert SeenFilter.sized_for(0).sharp_for(60_000)
    assert not SeenFilter.sized_for(0).sharp_for(70_000)
    assert SeenFilter.sized_for(1_000_000).sharp_for(2_000_000)
    for bits in (0, 3):
        with pytest.raises(ValueError, match="power of two"):
            SeenFilter(bytearray(bits))


def test_a_domain_without_snapshots_is_replayed() -> None:
    domain: Domain[ToyState] = replace(toy_domain(), dump_state=None, load_state=None)
    store = opened(MemoryDisk())
    with pytest.raises(ValueError, match="no snapshots"):
        recovery.snapshot_of(recover(store, domain, KEY), domain, KEY)
