"""What every log store does, on memory, SQLite and a real PostgreSQL alike."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from orchestrator.log.chain import ChainKey, seal_snapshot
from orchestrator.log.errors import AppendRefused, LogConfigError, LogLocked
from orchestrator.log.record import Batch, EntryDraft, RequestKey, Snapshot
from orchestrator.log.store import SNAPSHOTS_KEPT, LogStore
from tests.conformance.places import Place
from tests.conformance.rows import draft, entry, fill, sealed


@pytest.fixture
def store(place: Place) -> Iterator[LogStore]:
    """An open, empty store."""
    opened = place.store()
    opened.open()
    yield opened
    opened.close()


def test_an_empty_log_has_no_head_and_no_rows(store: LogStore) -> None:
    assert store.head() is None
    assert store.read(0, 10) == []
    assert store.read_requests(0, 10) == []
    assert store.snapshots() == []
    assert store.size().records == 0


def test_rows_come_back_as_they_went_in(store: LogStore, key: ChainKey) -> None:
    batch = sealed(store, key, [entry(1, events=2, request_id="a"), entry(3), entry(4, events=0, request_id="b")])
    store.append(batch)
    assert store.read(0, 10) == list(batch.records)
    assert store.read_requests(0, 10) == list(batch.requests)
    assert [(row.first_seq, row.last_seq) for row in batch.requests] == [(1, 2), (0, 0)]


@pytest.mark.parametrize("payload", [b"", b"\0", bytes(range(256)), "Zürich ☃ 𝄞".encode(), b"x" * 300_000])
def test_payloads_are_bytes_and_stay_the_same(store: LogStore, key: ChainKey, payload: bytes) -> None:
    store.append(sealed(store, key, [EntryDraft((draft(1, payload=payload),))]))
    assert store.read(0, 1)[0].payload == payload


def test_names_may_be_any_printable_text(store: LogStore, key: ChainKey) -> None:
    named = replace(entry(1, request_id="ünïcödé-'\"%;--"))
    store.append(sealed(store, key, [named]))
    wanted = RequestKey("partner:acme", "ünïcödé-'\"%;--")
    assert store.find_requests([wanted])[wanted].first_seq == 1


def test_reading_by_cursor_misses_and_repeats_nothing(store: LogStore, key: ChainKey) -> None:
    fill(store, key, 20)
    seen: list[int] = []
    while page := store.read(seen[-1] if seen else 0, 7):
        seen += [record.seq for record in page]
    assert seen == list(range(1, 21))
    assert [row.number for row in store.read_requests(3, 4)] == [4, 5, 6, 7]


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_page_size_out_of_range_is_refused(store: LogStore, limit: int) -> None:
    with pytest.raises(AppendRefused, match="limit is"):
        store.read(0, limit)


def test_the_head_is_the_last_of_both_chains(store: LogStore, key: ChainKey) -> None:
    fill(store, key, 5)
    head = store.head()
    assert head is not None
    last, last_request = store.read(4, 1)[0], store.read_requests(1, 1)[0]
    assert (head.seq, head.hash, head.recorded_at_ms) == (5, last.hash, last.recorded_at_ms)
    assert (head.request_number, head.request_hash) == (2, last_request.hash)


def test_a_log_goes_on_after_it_was_closed(place: Place, key: ChainKey) -> None:
    first = place.store()
    first.open()
    fill(first, key, 4)
    before, head = first.read(0, 10), first.head()
    first.close()
    second = place.store()
    second.open()
    assert second.read(0, 10) == before
    assert second.head() == head
    second.append(sealed(second, key, [entry(5)]))
    assert [record.seq for record in second.read(0, 10)] == [1, 2, 3, 4, 5]
    second.close()


def test_a_gap_is_refused_and_nothing_of_the_batch_is_stored(store: LogStore, key: ChainKey) -> None:
    fill(store, key, 2)
    batch = sealed(store, key, [entry(3), entry(4), entry(5)])
    with pytest.raises(AppendRefused, match="3 is next"):
        store.append(Batch(batch.records[1:], ()))
    with pytest.raises(AppendRefused, match="4 is next"):
        store.append(Batch((batch.records[0], batch.records[2]), ()))
    assert store.size().records == 2


def test_a_batch_for_another_head_is_refused(store: LogStore, key: ChainKey) -> None:
    fill(store, key, 1)
    rival = sealed(store, key, [entry(2)])
    store.append(sealed(store, key, [entry(2), entry(3)]))
    with pytest.raises(AppendRefused, match="4 is next"):
        store.append(rival)
    stranger = replace(rival.records[0], seq=4)
    with pytest.raises(AppendRefused, match="another record 3"):
        store.append(Batch((stranger,), ()))
    assert store.size().records == 3


def test_a_stored_request_id_takes_its_whole_batch_down(store: LogStore, key: ChainKey) -> None:
    store.append(sealed(store, key, [entry(1, request_id="once")]))
    head = store.head()
    with pytest.raises(AppendRefused):
        store.append(sealed(store, key, [entry(2), entry(3, request_id="new"), entry(4, request_id="once")]))
    assert store.head() == head
    assert store.size().records == 1
    assert store.find_requests([RequestKey("partner:acme", "new")]) == {}
    store.append(sealed(store, key, [entry(2, request_id="new")]))
    assert store.size().records == 2


def test_a_request_id_twice_in_a_batch_is_refused(store: LogStore, key: ChainKey) -> None:
    with pytest.raises(AppendRefused):
        store.append(sealed(store, key, [entry(1, request_id="once"), entry(2, request_id="once")]))
    assert store.head() is None
    assert store.size().records == 0


def test_a_request_id_belongs_to_its_principal(store: LogStore, key: ChainKey) -> None:
    store.append(sealed(store, key, [entry(1, request_id="same")]))
    mine, other = RequestKey("partner:acme", "same"), RequestKey("partner:other", "same")
    found = store.find_requests([mine, other, RequestKey("partner:acme", "never")])
    assert list(found) == [mine]
    assert found[mine].answer == b'{"answer":1}'
    assert found[mine].answer_type == "Answer/1"


def test_only_one_opens_a_log_for_writing(place: Place) -> None:
    first, second = place.store(), place.store()
    first.open()
    with pytest.raises(LogLocked):
        second.open()
    first.close()
    second.open()
    second.close()


def test_closing_twice_is_once_and_a_closed_store_says_so(place: Place) -> None:
    store = place.store()
    store.open()
    store.close()
    store.close()
    with pytest.raises(LogConfigError, match="not open"):
        store.read(0, 1)


def snapshot(key: ChainKey, seq: int, state: bytes = b"state") -> Snapshot:
    """A sealed snapshot of a state that is some bytes."""
    return seal_snapshot(key, Snapshot(seq, b"h" * 32, 3, "code", state, b"seen"))


def test_snapshots_come_back_newest_first_and_few_are_kept(store: LogStore, key: ChainKey) -> None:
    made = [snapshot(key, seq, b"\0\n" * seq) for seq in (10, 20, 30)]
    for one in made:
        store.put_snapshot(one)
    assert store.snapshots() == made[::-1][:SNAPSHOTS_KEPT]


def test_a_snapshot_of_the_same_record_replaces_the_old_one(store: LogStore, key: ChainKey) -> None:
    store.put_snapshot(snapshot(key, 10, b"old"))
    store.put_snapshot(snapshot(key, 10, b"new"))
    assert [one.state for one in store.snapshots()] == [b"new"]


def test_size_counts_rows(store: LogStore, key: ChainKey) -> None:
    fill(store, key, 6)
    size = store.size()
    assert (size.records, size.requests) == (6, 3)
    assert size.stored_bytes > 0
