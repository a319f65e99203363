"""The one thread that touches the log: seals, appends, reads, and moves the head witness.

Promises that calls run one at a time in the order they were made, that a returned `append` is durable, and
that after a failed append nothing more is written: the state in memory is then ahead of the disk and only a
restart from the log can put that right. Called by the core loop, on its event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from orchestrator.log.chain import ChainKey, genesis, record_hash, request_hash, seal_batch
from orchestrator.log.errors import LogCorrupt, LogError
from orchestrator.log.record import EntryDraft, Head, Record, Request, RequestKey
from orchestrator.log.store import LogStore
from orchestrator.log.witness import WitnessFile, read_witness

T = TypeVar("T")


class Journal:
    """A store, its key, its witness and its thread."""

    def __init__(self, store: LogStore, key: ChainKey, witness: Path | None = None) -> None:
        self._store = store
        self._key = key
        self._witness_path = witness
        self._witness: WitnessFile | None = None
        self._head = genesis(key)
        self._broken: BaseException | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="muster-log")
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once `close` has begun."""
        return self._closed

    async def run(self, work: Callable[[LogStore], T]) -> T:
        """Do something with the open store in the thread, after all that was asked before."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._store)

    async def open(self) -> Head:
        """Open the store, check its tail and the witness; the head to continue from."""
        try:
            return await self.run(self._open)
        except BaseException:
            await self.close()
            raise

    def _open(self, store: LogStore) -> Head:
        store.open()
        self._head = head_of(store, self._key)
        if self._witness_path is not None:
            check_witness(store, self._key, self._witness_path)
            self._witness = WitnessFile(self._key, self._witness_path)
            self._witness.write(self._head, sync=True)
        return self._head

    def append_soon(self, entries: Sequence[EntryDraft]) -> asyncio.Future[Head]:
        """Start an append; the future holds the new head once it is durable."""
        return asyncio.get_running_loop().run_in_executor(self._thread, self._append, entries)

    def _append(self, entries: Sequence[EntryDraft]) -> Head:
        if self._broken is not None:
            raise LogError("the log is closed after a failed append") from self._broken
        try:
            batch, head = seal_batch(self._key, self._head, entries)
            self._store.append(batch)
        except BaseException as error:
            self._broken = error
            raise
        self._head = head
        if self._witness is not None:
            self._witness.write(head)
        return head

    async def read(self, after_seq: int, limit: int) -> list[Record]:
        """Records by cursor."""
        return await self.run(lambda store: store.read(after_seq, limit))

    async def find_requests(self, keys: Sequence[RequestKey]) -> dict[RequestKey, Request]:
        """The remembered requests among `keys`."""
        return await self.run(lambda store: store.find_requests(keys))

    async def close(self) -> None:
        """Finish what was asked, close the store and end the thread; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await self.run(self._close)
        self._thread.shutdown(wait=True)

    def _close(self, store: LogStore) -> None:
        if self._witness is not None:
            if self._broken is None:
                self._witness.write(self._head, sync=True)
            self._witness.close()
        store.close()


def head_of(store: LogStore, key: ChainKey) -> Head:
    """The head of an open store, the genesis if it is empty; its last rows are checked against the key."""
    start, stored = genesis(key), store.head()
    if stored is None:
        return start
    if stored.seq:
        last = store.read(stored.seq - 1, 1)[0]
        if last.hash != record_hash(key, last):
            raise LogCorrupt(f"record {last.seq} was changed, or the key is another log's", seq=last.seq)
    if stored.request_number:
        request = store.read_requests(stored.request_number - 1, 1)[0]
        if request.hash != request_hash(key, request):
            raise LogCorrupt(f"request {request.number} was changed, or the key is another log's")
    return Head(
        seq=stored.seq,
        hash=stored.hash if stored.seq else start.hash,
        request_number=stored.request_number,
        request_hash=stored.request_hash if stored.request_number else start.request_hash,
        recorded_at_ms=stored.recorded_at_ms,
    )


def check_witness(store: LogStore, key: ChainKey, path: Path) -> None:
    """`LogCorrupt` when the log does not contain what the witness has seen."""
    seen = read_witness(key, path)
    if seen is None:
        return
    if seen.seq:
        records = store.read(seen.seq - 1, 1)
        if not records or records[0].seq != seen.seq:
            raise LogCorrupt(f"the log was cut: witness {path} has seen record {seen.seq}", seq=seen.seq)
        if records[0].hash != seen.hash:
            raise LogCorrupt(f"record {seen.seq} is not the one that witness {path} has seen", seq=seen.seq)
    if seen.request_number:
        requests = store.read_requests(seen.request_number - 1, 1)
        if not requests or requests[0].number != seen.request_number:
            raise LogCorrupt(f"the log was cut: witness {path} has seen request {seen.request_number}")
        if requests[0].hash != seen.request_hash:
            raise LogCorrupt(f"request {seen.request_number} is not the one that witness {path} has seen")
