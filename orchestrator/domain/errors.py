"""The error tree of the whole service.

    MusterError
    ├── Rejection     the caller's fault: a reason of the frozen catalogue, the field, what to do
    ├── Unavailable   not now: try again after a delay
    └── Defect        our fault: the process stops rather than lies

Only `orchestrator.ingest` knows which gRPC code belongs to which reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """The frozen catalogue of rejection reasons; a name, once shipped, keeps its meaning."""

    INVALID_FIELD = "INVALID_FIELD"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    ORDER_DUPLICATE = "ORDER_DUPLICATE"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    ETAG_MISMATCH = "ETAG_MISMATCH"
    PLAN_STALE = "PLAN_STALE"
    PLAN_INVALID = "PLAN_INVALID"
    OVERRIDE_INFEASIBLE = "OVERRIDE_INFEASIBLE"
    OVERRIDE_CONFLICT = "OVERRIDE_CONFLICT"
    FREEZE_WINDOW_VIOLATION = "FREEZE_WINDOW_VIOLATION"
    RESOURCE_DOWN = "RESOURCE_DOWN"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    COMPANY_MISSING = "COMPANY_MISSING"
    CLOCK_NOT_SIMULATED = "CLOCK_NOT_SIMULATED"


class MusterError(Exception):
    """Root of every error the service raises on purpose."""


class Rejection(MusterError):
    """The command cannot be done as asked. Nothing was changed.

    `field` is the path of the offending field in the command ("lines[2].quantity"), empty when the state
    and not a field is the cause. Everything dynamic in `message` is also in `metadata`.
    """

    def __init__(
        self, reason: Reason, message: str, *, field: str = "", metadata: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata: dict[str, str] = dict(metadata or {})


class Unavailable(MusterError):
    """The service cannot take the call now; the same call may pass after `retry_after_ms`."""

    def __init__(self, message: str, *, retry_after_ms: int) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_ms = retry_after_ms


class Defect(MusterError):
    """A broken promise inside the service: the process must stop and start again from the log."""


def not_found(kind: str, name: str, *, field: str = "") -> Rejection:
    """A rejection that says the same for things that do not exist and things the caller may not see."""
    return Rejection(
        Reason.NOT_FOUND,
        f"{kind} '{name}' does not exist (or you may not see it)",
        field=field,
        metadata={"kind": kind, "name": name},
    )


def illegal(kind: str, name: str, status: str, verb: str) -> Rejection:
    """A rejection for a transition that the entity's status does not allow."""
    return Rejection(
        Reason.ILLEGAL_TRANSITION,
        f"{kind} '{name}' is {status.lower()}: it cannot be {verb}",
        metadata={"kind": kind, "name": name, "status": status, "verb": verb},
    )
