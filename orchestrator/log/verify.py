"""The audit: does the log hold exactly what was written? Every record, every request, both chains, the head.

`verify` finds a changed byte in any field, a dropped, swapped, inserted or repeated row, and a cut tail as
far as the head witness reaches (see `witness.py` for what it cannot see). It names the first row that does
not fit and goes on, up to `PROBLEMS_MAX`. As a program (`python -m orchestrator.log.verify`) it runs beside a
serving core: it opens the log read-only, and because records are only ever added, a moving head does no harm.
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

import structlog

from orchestrator.log.chain import ChainKey, genesis, load_key, record_hash, request_hash, snapshot_hash
from orchestrator.log.errors import LogCorrupt, LogError
from orchestrator.log.journal import check_witness
from orchestrator.log.open_store import open_store
from orchestrator.log.record import Record, Request, RequestKey
from orchestrator.log.store import LogStore

PAGE = 1_000
PROBLEMS_MAX = 100
EXIT_BROKEN = 1
EXIT_UNUSABLE = 2
R = TypeVar("R", Record, Request)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit. `seq` is the record or request number, 0 when there is none.

    Kinds: record_changed, record_missing, record_unlinked, record_unreadable, the same for request_*,
    request_dangling, witness, snapshot.
    """

    kind: str
    seq: int
    detail: str


@dataclass(slots=True)
class Report:
    """What the audit found."""

    records: int = 0
    requests: int = 0
    head_seq: int = 0
    head_hash: str = ""
    witnessed: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.problems

    def add(self, kind: str, seq: int, detail: str) -> None:
        """Note a problem, up to the limit."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(kind, seq, detail))


def verify(store: LogStore, key: ChainKey, witness: Path | None = None) -> Report:
    """Check an open store from the first row to the present head."""
    audit = _Audit(store, key)
    audit.check_witness(witness)
    audit.check_rows()
    audit.check_snapshots()
    return audit.report


class _Audit:
    """One walk along both chains in step, so that its memory does not grow with the log."""

    def __init__(self, store: LogStore, key: ChainKey) -> None:
        self.report = Report()
        self._store = store
        self._key = key
        self._start = genesis(key)
        # Taken once: what a running core adds during the walk is left to the next audit.
        self._end = store.head() or self._start
        self._request_number = 0
        self._request_hash = self._start.request_hash
        # (principal, request id) -> its records, until the request that claims them comes along.
        self._unclaimed: dict[RequestKey, list[int]] = {}

    def check_witness(self, witness: Path | None) -> None:
        """Does the log contain what the witness has seen?"""
        if witness is None:
            return
        self.report.witnessed = witness.exists()
        try:
            check_witness(self._store, self._key, witness)
        except LogCorrupt as error:
            self.report.add("witness", error.seq, str(error))

    def check_rows(self) -> None:
        """Every record and every request."""
        seq, last_hash = 0, self._start.hash
        requests = self._requests()
        waiting = next(requests, None)
        for record in self._records():
            self._check_record(record, seq, last_hash)
            seq, last_hash = record.seq, record.hash
            while waiting is not None and waiting.last_seq <= seq:
                self._check_request(waiting)
                waiting = next(requests, None)
        self.report.head_seq, self.report.head_hash = seq, last_hash.hex()
        while waiting is not None:
            self._check_request(waiting)
            waiting = next(requests, None)
        for key, seqs in self._unclaimed.items():
            self.report.add("request_missing", seqs[0], f"{key.principal} {key.request_id} has no answer stored")

    def _records(self) -> Iterator[Record]:
        def unreadable(seq: int, why: str) -> None:
            self.report.add("record_unreadable", seq, why)

        return rows_of(self._store.read, lambda row: row.seq, self._end.seq, unreadable)

    def _requests(self) -> Iterator[Request]:
        def unreadable(number: int, why: str) -> None:
            self.report.add("request_unreadable", number, why)

        return rows_of(self._store.read_requests, lambda row: row.number, self._end.request_number, unreadable)

    def _check_record(self, record: Record, seq: int, last_hash: bytes) -> None:
        if record.seq != seq + 1:
            self.report.add("record_missing", seq + 1, f"records {seq + 1} to {record.seq - 1} are missing")
        elif record.prev_hash != last_hash:
            self.report.add("record_unlinked", record.seq, f"does not follow record {seq}")
        if record.hash != _hash_or_none(record_hash, self._key, record):
            self.report.add("record_changed", record.seq, "its hash does not fit its content")
        if record.request_id:
            key = RequestKey(record.principal, record.request_id)
            self._unclaimed.setdefault(key, []).append(record.seq)
        self.report.records += 1

    def _check_request(self, request: Request) -> None:
        last, number = self._request_number, request.number
        if number != last + 1:
            self.report.add("request_missing", last + 1, f"requests {last + 1} to {number - 1} are missing")
        elif request.prev_hash != self._request_hash:
            self.report.add("request_unlinked", number, f"does not follow request {last}")
        if request.hash != _hash_or_none(request_hash, self._key, request):
            self.report.add("request_changed", number, "its hash does not fit its content")
        seqs = self._unclaimed.pop(request.key, [])
        stored, found = (request.first_seq, request.last_seq), (seqs[0], seqs[-1]) if seqs else (0, 0)
        if stored != found:
            self.report.add("request_dangling", number, f"says records {stored}, the records say {found}")
        self._request_number, self._request_hash = number, request.hash
        self.report.requests += 1

    def check_snapshots(self) -> None:
        """Is every kept snapshot one that this key sealed?"""
        for snapshot in self._store.snapshots():
            if snapshot.hash != snapshot_hash(self._key, snapshot):
                self.report.add("snapshot", snapshot.seq, "its hash does not fit its content: it is not used")


def rows_of(
    read: Callable[[int, int], list[R]],
    number: Callable[[R], int],
    last: int,
    unreadable: Callable[[int, str], None],
) -> Iterator[R]:
    """All rows up to `last` in order; rows that cannot be read are named to `unreadable` and left out."""
    after, limit = 0, PAGE
    while after < last:
        try:
            rows = read(after, limit)
        except LogCorrupt as error:
            if limit == 1:
                unreadable(after + 1, str(error))
                after += 1
            limit = 1  # find out which row it is
            continue
        if not rows:
            return
        yield from (row for row in rows if number(row) <= last)
        after = number(rows[-1])


def _hash_or_none(compute: Callable[[ChainKey, R], bytes], key: ChainKey, row: R) -> bytes | None:
    try:
        return compute(key, row)
    except (ValueError, struct.error):
        return None  # a number out of range or text that cannot be encoded: changed, whatever it was


def export_jsonl(store: LogStore, out: TextIO, after_seq: int = 0) -> int:
    """Write records as JSON lines; the number written. Payloads that are not UTF-8 text go as base64."""
    written = 0
    while True:
        records = store.read(after_seq, PAGE)
        if not records:
            return written
        for record in records:
            out.write(json.dumps(_exported(record), ensure_ascii=False) + "\n")
        written += len(records)
        after_seq = records[-1].seq


def _exported(record: Record) -> dict[str, object]:
    fields: dict[str, object] = {
        "seq": record.seq,
        "recorded_at_ms": record.recorded_at_ms,
        "type": record.type,
        "schema_version": record.schema_version,
        "principal": record.principal,
        "request_id": record.request_id,
        "cause": record.cause,
    }
    try:
        fields["payload"] = record.payload.decode("utf-8")
    except UnicodeDecodeError:
        fields["payload_base64"] = base64.b64encode(record.payload).decode("ascii")
    fields["prev_hash"], fields["hash"] = record.prev_hash.hex(), record.hash.hex()
    return fields


def main(arguments: list[str] | None = None) -> int:
    """Entry point: exit code 0 sound, 1 broken, 2 could not be read."""
    parser = argparse.ArgumentParser(prog="python -m orchestrator.log.verify", description=__doc__)
    parser.add_argument("--log", required=True, help="address of the log; - reads it from standard input")
    parser.add_argument("--key", required=True, type=Path, help="key file of the chain")
    parser.add_argument("--witness", type=Path, help="head witness file")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    options = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is data
    # An address may hold a password, and arguments can be seen by everybody on the machine.
    address = sys.stdin.readline().strip() if options.log == "-" else options.log
    store = open_store(address, read_only=True)
    try:
        key = load_key(options.key)
        store.open()
        report = verify(store, key, options.witness)
    except LogError as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    finally:
        store.close()
    print(json.dumps(report_fields(report)) if options.output == "json" else report_text(report))
    return 0 if report.ok else EXIT_BROKEN


def report_fields(report: Report) -> dict[str, object]:
    """The report as JSON-ready fields, with `ok`."""
    return {"ok": report.ok, **asdict(report)}


def report_text(report: Report) -> str:
    """The report for a person."""
    lines = [f"{report.records} records, {report.requests} requests, head {report.head_seq} {report.head_hash[:16]}"]
    lines += [f"{problem.kind} {problem.seq}: {problem.detail}" for problem in report.problems]
    lines.append("sound" if report.ok else f"{len(report.problems)} problems")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
