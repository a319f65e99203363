"""A log in memory, for tests: the same behaviour as the durable stores, gone with the process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from orchestrator.log.errors import AppendRefused, LogConfigError, LogLocked
from orchestrator.log.record import Batch, Head, Record, Request, RequestKey, Snapshot, StoreSize
from orchestrator.log.store import SNAPSHOTS_KEPT, check_continues, check_limit


class MemoryDisk:
    """What survives a `close`: hand the same one to a second `MemoryStore` to test a restart."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.requests: list[Request] = []
        self.snapshots: list[Snapshot] = []
        self.locked = False


class MemoryStore:
    """`LogStore` on a `MemoryDisk`."""

    shared = False

    def __init__(self, disk: MemoryDisk | None = None) -> None:
        self._disk = disk or MemoryDisk()
        self._by_key: dict[RequestKey, Request] = {}
        self._open = False

    def open(self) -> None:
        if self._disk.locked:
            raise LogLocked("this memory log is open already")
        self._disk.locked = self._open = True
        self._by_key = {request.key: request for request in self._disk.requests}

    def close(self) -> None:
        if self._open:
            self._disk.locked = self._open = False

    def _opened(self) -> MemoryDisk:
        if not self._open:
            raise LogConfigError("this memory log is not open")
        return self._disk

    def head(self) -> Head | None:
        disk = self._opened()
        if not disk.records and not disk.requests:
            return None
        seq, last_hash, at_ms = 0, b"", 0
        if disk.records:
            seq, last_hash, at_ms = disk.records[-1].seq, disk.records[-1].hash, disk.records[-1].recorded_at_ms
        number, request_hash = 0, b""
        if disk.requests:
            number, request_hash = disk.requests[-1].number, disk.requests[-1].hash
        return Head(seq, last_hash, number, request_hash, at_ms)

    def append(self, batch: Batch) -> None:
        disk = self._opened()
        check_continues(self.head(), batch)
        keys = {request.key for request in batch.requests}
        if len(keys) < len(batch.requests) or not keys.isdisjoint(self._by_key):
            raise AppendRefused("a request id of the batch is stored already, or is in it twice")
        disk.records.extend(batch.records)
        disk.requests.extend(batch.requests)
        self._by_key.update((request.key, request) for request in batch.requests)

    def read(self, after_seq: int, limit: int) -> list[Record]:
        check_limit(limit)
        records = self._opened().records
        start = bisect_right(records, after_seq, key=lambda record: record.seq)
        return records[start : start + limit]

    def read_requests(self, after_number: int, limit: int) -> list[Request]:
        check_limit(limit)
        requests = self._opened().requests
        start = bisect_right(requests, after_number, key=lambda request: request.number)
        return requests[start : start + limit]

    def find_requests(self, keys: Sequence[RequestKey]) -> dict[RequestKey, Request]:
        self._opened()
        return {key: self._by_key[key] for key in keys if key in self._by_key}

    def put_snapshot(self, snapshot: Snapshot) -> None:
        disk = self._opened()
        others = [kept for kept in disk.snapshots if kept.seq != snapshot.seq]
        newest_first = sorted([*others, snapshot], key=lambda kept: kept.seq, reverse=True)
        disk.snapshots = newest_first[:SNAPSHOTS_KEPT]

    def snapshots(self) -> list[Snapshot]:
        return list(self._opened().snapshots)

    def size(self) -> StoreSize:
        disk = self._opened()
        payloads = sum(len(record.payload) for record in disk.records)
        return StoreSize(len(disk.records), len(disk.requests), payloads)
