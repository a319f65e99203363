"""From a stored log back to the state: the newest snapshot that fits, and every record after it.

Promises that the state is the fold of exactly the stored records: each replayed record's hash and link are
checked on the way, and a snapshot is used only if this log, this key and this code made it; otherwise it is left
out and more is replayed. Synchronous: runs in the journal's thread at start, and in the snapshot process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic

import structlog

from orchestrator.core.ports import Domain, S
from orchestrator.core.seen import SeenFilter
from orchestrator.log.chain import ChainKey, genesis, record_hash, request_hash, seal_snapshot, snapshot_hash
from orchestrator.log.errors import LogCorrupt
from orchestrator.log.journal import head_of
from orchestrator.log.record import Head, Record, Request, Snapshot
from orchestrator.log.store import LogStore

PAGE = 1_000
_log = structlog.get_logger("muster.core")


@dataclass(slots=True)
class Recovered(Generic[S]):
    """A state and what it stands on: the snapshot's seq (0: none) and how many records were replayed."""

    state: S
    seen: SeenFilter
    head: Head
    snapshot_seq: int
    replayed: int


def recover(store: LogStore, domain: Domain[S], key: ChainKey, *, use_snapshots: bool = True) -> Recovered[S]:
    """Fold the open store up to its present head. `LogCorrupt` names the first record that does not fit."""
    head = head_of(store, key)
    snapshot = _fitting_snapshot(store, domain, key, head) if use_snapshots else None
    if snapshot is not None and domain.load_state is not None:
        state = domain.load_state(snapshot.state)
        seq, last_hash = snapshot.seq, snapshot.record_hash
    else:
        state, snapshot = domain.new_state(), None
        seq, last_hash = 0, genesis(key).hash
    replayed = _replay(store, domain, key, state, Head(seq, last_hash, 0, b""), head)
    seen = _seen(store, key, snapshot, head)
    return Recovered(state, seen, head, seq, replayed)


def _fitting_snapshot(store: LogStore, domain: Domain[S], key: ChainKey, head: Head) -> Snapshot | None:
    if domain.load_state is None:
        return None
    for snapshot in store.snapshots():
        reason = _misfit(store, domain, key, head, snapshot)
        if reason is None:
            return snapshot
        _log.info("snapshot left out", seq=snapshot.seq, reason=reason)
    return None


def _misfit(store: LogStore, domain: Domain[S], key: ChainKey, head: Head, snapshot: Snapshot) -> str | None:
    # The hash first: nothing of a snapshot is looked at before it is known to be ours.
    if snapshot.hash != snapshot_hash(key, snapshot):
        return "its hash does not fit its content"
    if snapshot.version != domain.version:
        return "made by other code"
    if snapshot.seq > head.seq or snapshot.request_number > head.request_number:
        return "newer than the log"
    if snapshot.seq == 0 or store.read(snapshot.seq - 1, 1)[0].hash != snapshot.record_hash:
        return "made from another log"
    return None


def _replay(store: LogStore, domain: Domain[S], key: ChainKey, state: S, start: Head, end: Head) -> int:
    seq, last_hash = start.seq, start.hash
    for record in _records(store, start.seq, end.seq):
        if record.seq != seq + 1:
            raise LogCorrupt(f"record {seq + 1} is missing", seq=seq + 1)
        if record.prev_hash != last_hash or record.hash != record_hash(key, record):
            raise LogCorrupt(f"record {record.seq} was changed", seq=record.seq)
        event = domain.events.decode(record.type, record.schema_version, record.payload)
        domain.evolve(state, event, record.seq, record.at_s)
        seq, last_hash = record.seq, record.hash
    if seq != end.seq:
        raise LogCorrupt(f"record {seq + 1} is missing", seq=seq + 1)
    return seq - start.seq


def _records(store: LogStore, after: int, last: int) -> Iterator[Record]:
    while after < last:
        page = store.read(after, min(PAGE, last - after))
        if not page:
            return
        yield from page
        after = page[-1].seq


def _seen(store: LogStore, key: ChainKey, snapshot: Snapshot | None, head: Head) -> SeenFilter:
    """The filter up to the head: the snapshot's and the requests after it, or all of them."""
    number, last_hash = 0, genesis(key).request_hash
    seen = SeenFilter.sized_for(head.request_number)
    if snapshot is not None:
        kept = SeenFilter(bytearray(snapshot.seen))
        if kept.sharp_for(head.request_number):
            seen, number = kept, snapshot.request_number
            # The link of the first request after a snapshot is left to the audit: its predecessor is not read.
            last_hash = b""
    for request in _requests(store, number, head.request_number):
        if request.number != number + 1 or (last_hash and request.prev_hash != last_hash):
            raise LogCorrupt(f"request {number + 1} is missing")
        if request.hash != request_hash(key, request):
            raise LogCorrupt(f"request {request.number} was changed")
        seen.add(request.key)
        number, last_hash = request.number, request.hash
    return seen


def _requests(store: LogStore, after: int, last: int) -> Iterator[Request]:
    while after < last:
        page = store.read_requests(after, min(PAGE, last - after))
        if not page:
            return
        yield from page
        after = page[-1].number


def snapshot_of(recovered: Recovered[S], domain: Domain[S], key: ChainKey) -> Snapshot:
    """The sealed snapshot of a state that was just recovered or is otherwise known to stand at its head."""
    if domain.dump_state is None:
        raise ValueError("this domain makes no snapshots")
    head = recovered.head
    return seal_snapshot(
        key,
        Snapshot(
            seq=head.seq,
            record_hash=head.hash,
            request_number=head.request_number,
            version=domain.version,
            state=domain.dump_state(recovered.state),
            seen=recovered.seen.to_bytes(),
        ),
    )


def compare_with_replay(store: LogStore, domain: Domain[S], key: ChainKey) -> bool:
    """True when the state from the newest snapshot and its tail equals the state from all records."""
    return recover(store, domain, key).state == recover(store, domain, key, use_snapshots=False).state
