"""The one place that knows which gRPC code belongs to which reason, and how a refusal is put on the wire.

Promises `google.rpc.Status` details in the trailing metadata `grpc-status-details-bin`: always an `ErrorInfo` with
reason, domain "muster" and metadata, and one of `BadRequest`, `RetryInfo` or `PreconditionFailure` where it helps.
An error that nobody foresaw becomes INTERNAL with a reference id and no word of what it was. The catalogue is
documented in `protos/README.md`; a test holds both together and frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from orchestrator.domain.errors import Reason, Rejection, Unavailable
from orchestrator.ingest.refusals import BadFields, IngestReason, Refusal

DOMAIN = "muster"
DETAILS_KEY = "grpc-status-details-bin"
#: Trailing metadata are limited to 8 KiB by most peers; these keep a status well below.
MESSAGE_CHARS_MAX = 500
VALUE_CHARS_MAX = 200
METADATA_MAX = 12
INTERNAL_TEXT = "something went wrong on our side; quote the reference when you report it"

Code = grpc.StatusCode

CATALOGUE: Mapping[str, grpc.StatusCode] = {
    Reason.INVALID_FIELD: Code.INVALID_ARGUMENT,
    Reason.NOT_FOUND: Code.NOT_FOUND,
    Reason.ALREADY_EXISTS: Code.ALREADY_EXISTS,
    Reason.ORDER_DUPLICATE: Code.ALREADY_EXISTS,
    Reason.REQUEST_ID_REUSED: Code.INVALID_ARGUMENT,
    Reason.ILLEGAL_TRANSITION: Code.FAILED_PRECONDITION,
    Reason.ETAG_MISMATCH: Code.ABORTED,
    Reason.PLAN_STALE: Code.ABORTED,
    Reason.PLAN_INVALID: Code.FAILED_PRECONDITION,
    Reason.OVERRIDE_INFEASIBLE: Code.FAILED_PRECONDITION,
    Reason.OVERRIDE_CONFLICT: Code.FAILED_PRECONDITION,
    Reason.FREEZE_WINDOW_VIOLATION: Code.FAILED_PRECONDITION,
    Reason.RESOURCE_DOWN: Code.FAILED_PRECONDITION,
    Reason.LIMIT_EXCEEDED: Code.RESOURCE_EXHAUSTED,
    Reason.COMPANY_MISSING: Code.FAILED_PRECONDITION,
    Reason.CLOCK_NOT_SIMULATED: Code.FAILED_PRECONDITION,
    IngestReason.MALFORMED_REQUEST: Code.INVALID_ARGUMENT,
    IngestReason.UNAUTHENTICATED: Code.UNAUTHENTICATED,
    IngestReason.NOT_PERMITTED: Code.PERMISSION_DENIED,
    IngestReason.DEADLINE_REQUIRED: Code.INVALID_ARGUMENT,
    IngestReason.RATE_LIMITED: Code.RESOURCE_EXHAUSTED,
    IngestReason.TOO_MANY_CALLS: Code.RESOURCE_EXHAUSTED,
    IngestReason.TOO_MANY_WATCHERS: Code.RESOURCE_EXHAUSTED,
    IngestReason.OVERLOADED: Code.UNAVAILABLE,
    IngestReason.PAGE_TOKEN_INVALID: Code.INVALID_ARGUMENT,
    IngestReason.RESUME_AHEAD: Code.OUT_OF_RANGE,
    IngestReason.WATCH_TOO_SLOW: Code.RESOURCE_EXHAUSTED,
    IngestReason.SOLVER_UNAVAILABLE: Code.UNAVAILABLE,
    IngestReason.SOLVE_FAILED: Code.FAILED_PRECONDITION,
    IngestReason.AUDIT_UNAVAILABLE: Code.UNAVAILABLE,
    IngestReason.INTERNAL: Code.INTERNAL,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal ready for the wire. `reason` is for metrics and logs."""

    code: grpc.StatusCode
    reason: str
    message: str
    trailing: tuple[tuple[str, bytes], ...]


def failure_of(error: Exception, reference: str) -> Failure:
    """What the caller is told of `error`; `reference` is used only for errors nobody foresaw."""
    if isinstance(error, Rejection):
        return _rejected(error)
    if isinstance(error, Refusal):
        details = _retry(error.retry_after_ms) if error.retry_after_ms else _bad_request(error.field, error.message)
        return _failure(error.reason, error.message, error.metadata, details)
    if isinstance(error, Unavailable):
        metadata = {"retry_after_ms": str(error.retry_after_ms)}
        return _failure(IngestReason.OVERLOADED, error.message, metadata, _retry(error.retry_after_ms))
    return _failure(IngestReason.INTERNAL, f"{INTERNAL_TEXT}: {reference}", {"reference": reference}, [])


def _rejected(error: Rejection) -> Failure:
    if isinstance(error, BadFields):
        details: Sequence[Any] = [_violations(error.violations)]
    elif error.field:
        details = _bad_request(error.field, error.message)
    elif CATALOGUE[error.reason] is Code.FAILED_PRECONDITION:
        details = [_precondition(error)]
    else:
        details = []
    return _failure(error.reason, error.message, error.metadata, details)


def _failure(reason: str, message: str, metadata: Mapping[str, str], details: Sequence[Any]) -> Failure:
    code = CATALOGUE[reason]
    message = message[:MESSAGE_CHARS_MAX]
    kept = {name: value[:VALUE_CHARS_MAX] for name, value in list(metadata.items())[:METADATA_MAX]}
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=kept)
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in (info, *details):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return Failure(code, str(reason), message, ((DETAILS_KEY, status.SerializeToString()),))


def _bad_request(field: str, message: str) -> list[Any]:
    return [_violations([(field, message)])] if field else []


def _violations(pairs: Sequence[tuple[str, str]]) -> Any:
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field[:VALUE_CHARS_MAX], description=rule[:300])
            for field, rule in pairs
        ]
    )


def _retry(after_ms: int) -> list[Any]:
    delay = duration_pb2.Duration()
    delay.FromMilliseconds(after_ms)
    return [error_details_pb2.RetryInfo(retry_delay=delay)]


def _precondition(error: Rejection) -> Any:
    subject = "/".join(error.metadata[key] for key in ("kind", "name") if key in error.metadata)
    violation = error_details_pb2.PreconditionFailure.Violation(
        type=error.reason.value, subject=subject[:VALUE_CHARS_MAX], description=error.message[:300]
    )
    return error_details_pb2.PreconditionFailure(violations=[violation])
