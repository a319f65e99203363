"""Answers given before: from the log, for a request that comes again.

Reading runs in the journal's thread, after the append in flight; so what is neither in flight nor found here was
never accepted. Called by the core loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.ports import Domain, S
from orchestrator.core.work import Outcome, Waiting
from orchestrator.domain.errors import Defect, Reason, Rejection
from orchestrator.log.errors import CodecError, LogCorrupt
from orchestrator.log.record import Record, Request, RequestKey
from orchestrator.log.store import READ_LIMIT_MAX, LogStore

Remembered = dict[RequestKey, tuple[Request, list[Record]]]


def find_remembered(store: LogStore, keys: Sequence[RequestKey]) -> Remembered:
    """The requests among `keys` that were answered, each with the records it led to."""
    found = store.find_requests(keys)
    return {key: (request, _records(store, request)) for key, request in found.items()}


def _records(store: LogStore, request: Request) -> list[Record]:
    if request.last_seq == 0:
        return []
    count = request.last_seq - request.first_seq + 1
    if not 1 <= count <= READ_LIMIT_MAX:
        raise LogCorrupt(f"request {request.number} names records {request.first_seq} to {request.last_seq}")
    return store.read(request.first_seq - 1, count)


def replayed_outcome(domain: Domain[S], request: Request, records: Sequence[Record]) -> Outcome:
    """The outcome as it was told the first time; `Defect` when this code cannot read it any more."""
    try:
        return _decoded(domain, request, records)
    except (CodecError, ValueError) as error:
        raise Defect(f"the answer of request {request.number} cannot be read") from error


def _decoded(domain: Domain[S], request: Request, records: Sequence[Record]) -> Outcome:
    events = tuple(domain.events.decode(row.type, row.schema_version, row.payload) for row in records)
    answer = None
    if request.answer_type:
        name, _, version = request.answer_type.partition("/")
        answer = domain.answers.decode(name, int(version), request.answer)
    return Outcome(request.first_seq, request.last_seq, events, answer, replayed=True)


def check_same_command(waiting: Waiting, digest: bytes) -> None:
    """`Rejection` when a request id comes again with another command."""
    if waiting.key is not None and waiting.digest != digest:
        raise Rejection(
            Reason.REQUEST_ID_REUSED,
            f"request id '{waiting.key.request_id}' was used before for another command",
            field="request_id",
            metadata={"request_id": waiting.key.request_id},
        )
