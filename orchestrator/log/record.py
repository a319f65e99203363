"""The rows of a log: what is handed in (drafts) and what is stored (records, requests).

A record is one event. A request remembers the answer given to one (principal, request id). Both kinds are
numbered without gaps from 1 and chained by hash; `chain.py` seals them. Bad values are refused here, by name,
so that every store may trust what it gets. Called by the core loop and the stores.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.log.errors import AppendRefused

HASH_BYTES = 32
NAME_CHARS_MAX = 256
PAYLOAD_BYTES_MAX = 64 * 1024 * 1024
INT64_MAX = 2**63 - 1
INT32_MAX = 2**31 - 1


def check_name(field_name: str, value: str, *, empty_ok: bool) -> None:
    """Refuse a name that is too long or not printable, by `AppendRefused`."""
    if not value and not empty_ok:
        raise AppendRefused(f"{field_name} is empty: a name is needed")
    if len(value) > NAME_CHARS_MAX:
        raise AppendRefused(f"{field_name} has {len(value)} characters: at most {NAME_CHARS_MAX}")
    if not value.isprintable():  # also keeps NUL out, which PostgreSQL cannot store
        raise AppendRefused(f"{field_name} {value!r}: only printable characters are allowed")


def _check_int(field_name: str, value: int, highest: int = INT64_MAX) -> None:
    if not 0 <= value <= highest:
        raise AppendRefused(f"{field_name} is {value}: must be from 0 to {highest}")


def _check_bytes(field_name: str, value: bytes) -> None:
    if len(value) > PAYLOAD_BYTES_MAX:
        raise AppendRefused(f"{field_name} has {len(value)} bytes: at most {PAYLOAD_BYTES_MAX}")


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is to become a record. `payload` is stored as it is and never serialized again.

    `recorded_at_ms` is company time; `cause` the seq of the event that led to it, 0 for none; `request_id`
    may be empty.
    """

    type: str
    schema_version: int
    payload: bytes
    principal: str
    recorded_at_ms: int
    request_id: str = ""
    cause: int = 0

    def __post_init__(self) -> None:
        check_name("type", self.type, empty_ok=False)
        check_name("principal", self.principal, empty_ok=False)
        check_name("request_id", self.request_id, empty_ok=True)
        _check_int("schema_version", self.schema_version, INT32_MAX)
        _check_int("recorded_at_ms", self.recorded_at_ms)
        _check_int("cause", self.cause)
        _check_bytes("payload", self.payload)


@dataclass(frozen=True, slots=True)
class Record:
    """A stored event, linked to the one before it by `prev_hash`."""

    seq: int
    recorded_at_ms: int
    type: str
    schema_version: int
    principal: str
    request_id: str
    cause: int
    payload: bytes
    prev_hash: bytes
    hash: bytes

    @property
    def at_s(self) -> int:
        """Whole seconds of company time at which it was recorded."""
        return self.recorded_at_ms // 1000


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a request the same request."""

    principal: str
    request_id: str


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """A request to remember: the digest of its command and the answer it got (bytes, with its type name)."""

    key: RequestKey
    digest: bytes
    answer_type: str = ""
    answer: bytes = b""

    def __post_init__(self) -> None:
        check_name("principal", self.key.principal, empty_ok=False)
        check_name("request_id", self.key.request_id, empty_ok=False)
        check_name("answer_type", self.answer_type, empty_ok=True)
        _check_bytes("answer", self.answer)
        if len(self.digest) != HASH_BYTES:
            raise AppendRefused(f"digest has {len(self.digest)} bytes: must have {HASH_BYTES}")


@dataclass(frozen=True, slots=True)
class Request:
    """A remembered request. Its events are `first_seq..last_seq`, both 0 when it led to none."""

    number: int
    key: RequestKey
    digest: bytes
    first_seq: int
    last_seq: int
    answer_type: str
    answer: bytes
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What one command adds to the log: its events and, if it had a request id, the request."""

    drafts: tuple[Draft, ...]
    request: RequestDraft | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction adds: sealed records and requests, each continuing its chain."""

    records: tuple[Record, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The ends of both chains; what the next batch must continue."""

    seq: int
    hash: bytes
    request_number: int
    request_hash: bytes
    recorded_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after record `seq`: a cache that may be deleted at any time.

    `record_hash` ties it to one chain, `version` to the code that made it, `seen` is the filter of known
    request ids up to `request_number`, `hash` is keyed over all of it.
    """

    seq: int
    record_hash: bytes
    request_number: int
    version: str
    state: bytes = field(repr=False)
    seen: bytes = field(repr=False)
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class StoreSize:
    """How big a log is. `stored_bytes` counts what the store occupies, as well as it can tell."""

    records: int
    requests: int
    stored_bytes: int
