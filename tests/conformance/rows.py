"""Entries for the suite: small, distinct, and sealed into batches by hand."""

from collections.abc import Sequence
from hashlib import sha256

from orchestrator.log.chain import ChainKey, seal_batch
from orchestrator.log.journal import head_of
from orchestrator.log.record import Batch, Draft, EntryDraft, RequestDraft, RequestKey
from orchestrator.log.store import LogStore


def draft(number: int, *, request_id: str = "", payload: bytes | None = None) -> Draft:
    """An event that says its number."""
    content = payload if payload is not None else f'{{"number":{number}}}'.encode()
    return Draft("Counted", 1, content, "partner:acme", 1_700_000_000_000 + number, request_id, max(0, number - 1))


def entry(number: int, *, events: int = 1, request_id: str | None = None) -> EntryDraft:
    """What a command with `events` events adds; with a request when an id is given."""
    drafts = tuple(draft(number + step, request_id=request_id or "") for step in range(events))
    if request_id is None:
        return EntryDraft(drafts)
    digest = sha256(f"command {number}".encode()).digest()
    answer = f'{{"answer":{number}}}'.encode()
    return EntryDraft(drafts, RequestDraft(RequestKey("partner:acme", request_id), digest, "Answer/1", answer))


def sealed(store: LogStore, key: ChainKey, entries: Sequence[EntryDraft]) -> Batch:
    """The batch that continues an open store."""
    return seal_batch(key, head_of(store, key), entries)[0]


def fill(store: LogStore, key: ChainKey, count: int) -> None:
    """Append `count` records in batches of three; every second one has a request."""
    entries = [entry(n, request_id=f"r{n}" if n % 2 == 0 else None) for n in range(1, count + 1)]
    for start in range(0, count, 3):
        store.append(sealed(store, key, entries[start : start + 3]))
