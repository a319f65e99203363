"""What the door itself refuses, in words; which gRPC code that is, only `errors` knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from orchestrator.domain.errors import MusterError, Reason, Rejection

VIOLATIONS_MAX = 10


class IngestReason(StrEnum):
    """Reasons of refusals that are made before the domain is asked. Frozen, as `domain.errors.Reason` is."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    NOT_PERMITTED = "NOT_PERMITTED"
    DEADLINE_REQUIRED = "DEADLINE_REQUIRED"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_MANY_CALLS = "TOO_MANY_CALLS"
    TOO_MANY_WATCHERS = "TOO_MANY_WATCHERS"
    OVERLOADED = "OVERLOADED"
    PAGE_TOKEN_INVALID = "PAGE_TOKEN_INVALID"
    RESUME_AHEAD = "RESUME_AHEAD"
    WATCH_TOO_SLOW = "WATCH_TOO_SLOW"
    SOLVER_UNAVAILABLE = "SOLVER_UNAVAILABLE"
    SOLVE_FAILED = "SOLVE_FAILED"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    INTERNAL = "INTERNAL"


class Refusal(MusterError):
    """The call is not let through. Nothing was changed. `retry_after_ms` > 0: the same call may pass later."""

    def __init__(
        self,
        reason: IngestReason,
        message: str,
        *,
        field: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_after_ms: int = 0,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata: dict[str, str] = dict(metadata or {})
        self.retry_after_ms = retry_after_ms


class BadFields(Rejection):
    """One or more fields of a message break their rules; `violations` are (path, rule) pairs, the first ten."""

    def __init__(self, violations: Sequence[tuple[str, str]]) -> None:
        field, rule = violations[0]
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(
            Reason.INVALID_FIELD, f"{field}: {rule}{more}", field=field, metadata={"field": field, "rule": rule}
        )
        self.violations = tuple(violations[:VIOLATIONS_MAX])


def bad_field(field: str, value: object, rule: str) -> BadFields:
    """A refusal for one field, naming its value and the rule."""
    return BadFields([(field, f"is {str(value)[:80]!r}: {rule}")])
