"""The hash chain: what makes a changed, dropped, swapped or inserted row visible.

Each row's hash is HMAC-SHA256, under a key kept outside the database, over the hash of the row before it, all
its header fields and its payload bytes, each with its length, so that no two rows have the same message.
Cutting the tail off leaves a valid shorter chain: `witness.py` is there for that. Pure, apart from the key
file. Called by the journal (seal) and by verification.
"""

from __future__ import annotations

import hmac
import os
import stat
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orchestrator.log.errors import LogConfigError
from orchestrator.log.record import Batch, Draft, EntryDraft, Head, Record, Request, RequestDraft, Snapshot

KEY_BYTES = 32
_RECORD_HEADER = struct.Struct(">QQQIIIII")
_REQUEST_HEADER = struct.Struct(">QQQIIIII")
_SNAPSHOT_HEADER = struct.Struct(">QQIIII")


class ChainKey:
    """The secret of one log. Never printed; compare and use only through the functions here."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise LogConfigError(f"chain key has {len(secret)} bytes: must have {KEY_BYTES}")
        self._secret = secret

    def __repr__(self) -> str:
        return "ChainKey(hidden)"

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 of a message, 32 bytes."""
        return hmac.digest(self._secret, message, "sha256")


def load_or_create_key(path: Path) -> ChainKey:
    """The key in `path` (64 hex digits), created with mode 0600 when there is no such file.

    Refuses a file that others may read, or that is not a key, by `LogConfigError`.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_key(path)
    except FileNotFoundError as error:
        raise LogConfigError(f"chain key {path}: its folder does not exist") from error
    secret = os.urandom(KEY_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)  # a record sealed with a key that a power cut takes away could never be verified
    return ChainKey(secret)


def load_key(path: Path) -> ChainKey:
    """The key in an existing file."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
        secret = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise LogConfigError(f"chain key {path}: not a readable key file ({type(error).__name__})") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise LogConfigError(f"chain key {path}: mode is {stat.filemode(mode)}, others must have no access")
    return ChainKey(secret)


def check_key_place(key_path: Path, database_folder: Path) -> None:
    """Refuse a key inside the database folder: who can copy or change the one must not get the other."""
    folder = database_folder.resolve()
    if folder == key_path.resolve().parent or folder in key_path.resolve().parents:
        raise LogConfigError(f"chain key {key_path}: must not be inside the database folder {folder}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def genesis(key: ChainKey) -> Head:
    """The head of an empty log under this key."""
    return Head(0, key.mac(b"muster record genesis 1"), 0, key.mac(b"muster request genesis 1"))


def record_hash(key: ChainKey, record: Record) -> bytes:
    """What `record.hash` must be."""
    type_, principal = record.type.encode(), record.principal.encode()
    request_id = record.request_id.encode()
    header = _RECORD_HEADER.pack(
        record.seq,
        record.recorded_at_ms,
        record.cause,
        record.schema_version,
        len(type_),
        len(principal),
        len(request_id),
        len(record.payload),
    )
    return key.mac(b"".join((b"record", record.prev_hash, header, type_, principal, request_id, record.payload)))


def request_hash(key: ChainKey, request: Request) -> bytes:
    """What `request.hash` must be."""
    principal, request_id = request.key.principal.encode(), request.key.request_id.encode()
    answer_type = request.answer_type.encode()
    header = _REQUEST_HEADER.pack(
        request.number,
        request.first_seq,
        request.last_seq,
        len(request.digest),
        len(principal),
        len(request_id),
        len(answer_type),
        len(request.answer),
    )
    parts = (b"request", request.prev_hash, header, request.digest, principal, request_id, answer_type)
    return key.mac(b"".join((*parts, request.answer)))


def snapshot_hash(key: ChainKey, snapshot: Snapshot) -> bytes:
    """What `snapshot.hash` must be."""
    version = snapshot.version.encode()
    header = _SNAPSHOT_HEADER.pack(
        snapshot.seq,
        snapshot.request_number,
        len(snapshot.record_hash),
        len(version),
        len(snapshot.state),
        len(snapshot.seen),
    )
    return key.mac(b"".join((b"snapshot", header, snapshot.record_hash, version, snapshot.state, snapshot.seen)))


def seal_snapshot(key: ChainKey, snapshot: Snapshot) -> Snapshot:
    """The snapshot with its hash."""
    return replace(snapshot, hash=snapshot_hash(key, snapshot))


def seal_record(key: ChainKey, draft: Draft, seq: int, prev_hash: bytes) -> Record:
    """The record that continues a chain whose last hash is `prev_hash`."""
    open_record = Record(
        seq=seq,
        recorded_at_ms=draft.recorded_at_ms,
        type=draft.type,
        schema_version=draft.schema_version,
        principal=draft.principal,
        request_id=draft.request_id,
        cause=draft.cause,
        payload=draft.payload,
        prev_hash=prev_hash,
        hash=b"",
    )
    return replace(open_record, hash=record_hash(key, open_record))


def seal_request(key: ChainKey, draft: RequestDraft, number: int, seqs: tuple[int, int], prev_hash: bytes) -> Request:
    """The request that continues the chain of requests; `seqs` are its first and last event, or (0, 0)."""
    open_request = Request(
        number=number,
        key=draft.key,
        digest=draft.digest,
        first_seq=seqs[0],
        last_seq=seqs[1],
        answer_type=draft.answer_type,
        answer=draft.answer,
        prev_hash=prev_hash,
        hash=b"",
    )
    return replace(open_request, hash=request_hash(key, open_request))


def seal_batch(key: ChainKey, head: Head, entries: Sequence[EntryDraft]) -> tuple[Batch, Head]:
    """Number and chain everything the entries add; returns the batch and the head it leads to."""
    records: list[Record] = []
    requests: list[Request] = []
    seq, last_hash, at_ms = head.seq, head.hash, head.recorded_at_ms
    number, last_request_hash = head.request_number, head.request_hash
    for entry in entries:
        first = seq + 1
        for draft in entry.drafts:
            seq += 1
            record = seal_record(key, draft, seq, last_hash)
            records.append(record)
            last_hash, at_ms = record.hash, record.recorded_at_ms
        if entry.request is not None:
            number += 1
            seqs = (first, seq) if entry.drafts else (0, 0)
            request = seal_request(key, entry.request, number, seqs, last_request_hash)
            requests.append(request)
            last_request_hash = request.hash
    return Batch(tuple(records), tuple(requests)), Head(seq, last_hash, number, last_request_hash, at_ms)
