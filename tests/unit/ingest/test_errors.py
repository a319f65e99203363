"""The reason catalogue: complete, documented, frozen; and what a refusal looks like on the wire."""

import re
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from orchestrator.domain.errors import Reason, Rejection, Unavailable
from orchestrator.ingest.errors import CATALOGUE, DETAILS_KEY, failure_of
from orchestrator.ingest.refusals import BadFields, IngestReason, Refusal
from tests.tidy.sources import ROOT

#: Shipped with 0.1.0. A name may be added; none may go or change its code.
FROZEN = {
    "INVALID_FIELD": "INVALID_ARGUMENT",
    "MALFORMED_REQUEST": "INVALID_ARGUMENT",
    "REQUEST_ID_REUSED": "INVALID_ARGUMENT",
    "PAGE_TOKEN_INVALID": "INVALID_ARGUMENT",
    "DEADLINE_REQUIRED": "INVALID_ARGUMENT",
    "RESUME_AHEAD": "OUT_OF_RANGE",
    "UNAUTHENTICATED": "UNAUTHENTICATED",
    "NOT_PERMITTED": "PERMISSION_DENIED",
    "NOT_FOUND": "NOT_FOUND",
    "ALREADY_EXISTS": "ALREADY_EXISTS",
    "ORDER_DUPLICATE": "ALREADY_EXISTS",
    "ETAG_MISMATCH": "ABORTED",
    "PLAN_STALE": "ABORTED",
    "ILLEGAL_TRANSITION": "FAILED_PRECONDITION",
    "RESOURCE_DOWN": "FAILED_PRECONDITION",
    "COMPANY_MISSING": "FAILED_PRECONDITION",
    "CLOCK_NOT_SIMULATED": "FAILED_PRECONDITION",
    "PLAN_INVALID": "FAILED_PRECONDITION",
    "OVERRIDE_INFEASIBLE": "FAILED_PRECONDITION",
    "OVERRIDE_CONFLICT": "FAILED_PRECONDITION",
    "FREEZE_WINDOW_VIOLATION": "FAILED_PRECONDITION",
    "SOLVE_FAILED": "FAILED_PRECONDITION",
    "LIMIT_EXCEEDED": "RESOURCE_EXHAUSTED",
    "RATE_LIMITED": "RESOURCE_EXHAUSTED",
    "TOO_MANY_CALLS": "RESOURCE_EXHAUSTED",
    "TOO_MANY_WATCHERS": "RESOURCE_EXHAUSTED",
    "WATCH_TOO_SLOW": "RESOURCE_EXHAUSTED",
    "OVERLOADED": "UNAVAILABLE",
    "SOLVER_UNAVAILABLE": "UNAVAILABLE",
    "AUDIT_UNAVAILABLE": "UNAVAILABLE",
    "INTERNAL": "INTERNAL",
}
CONTRACT = Path(ROOT) / "protos" / "README.md"


def details_of(error: Exception) -> tuple[grpc.StatusCode, dict[str, Any]]:
    """The code, and the details by the name of their type."""
    failure = failure_of(error, "ref-1")
    status = status_pb2.Status.FromString(dict(failure.trailing)[DETAILS_KEY])
    assert status.code == failure.code.value[0]
    found: dict[str, Any] = {}
    for packed in status.details:
        name = packed.type_url.rsplit(".", 1)[-1]
        message = getattr(error_details_pb2, name)()
        assert packed.Unpack(message)
        found[name] = message
    return failure.code, found


def test_every_reason_has_a_code() -> None:
    assert {*Reason, *IngestReason} == CATALOGUE.keys()


def test_what_was_shipped_stays() -> None:
    assert {name: CATALOGUE[name].name for name in FROZEN} == FROZEN


def test_the_contract_s_table_is_the_catalogue() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([A-Z_]+) \|", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {str(reason): code.name for reason, code in CATALOGUE.items()}


def test_a_rejection_names_its_field() -> None:
    code, found = details_of(Rejection(Reason.NOT_FOUND, "no such order", field="order_id", metadata={"name": "a/1"}))
    assert code is grpc.StatusCode.NOT_FOUND
    assert (found["ErrorInfo"].reason, found["ErrorInfo"].domain) == ("NOT_FOUND", "muster")
    assert dict(found["ErrorInfo"].metadata) == {"name": "a/1"}
    assert found["BadRequest"].field_violations[0].field == "order_id"


def test_several_bad_fields_are_all_named() -> None:
    _, found = details_of(BadFields([("a", "too long"), ("b[2].c", "missing")]))
    assert [violation.field for violation in found["BadRequest"].field_violations] == ["a", "b[2].c"]


def test_a_status_that_forbids_it_is_a_precondition() -> None:
    error = Rejection(Reason.ILLEGAL_TRANSITION, "done", metadata={"kind": "order", "name": "a/1"})
    _, found = details_of(error)
    violation = found["PreconditionFailure"].violations[0]
    assert (violation.type, violation.subject) == ("ILLEGAL_TRANSITION", "order/a/1")


@pytest.mark.parametrize(
    "error",
    [Unavailable("full", retry_after_ms=1_500), Refusal(IngestReason.RATE_LIMITED, "slow down", retry_after_ms=1_500)],
)
def test_what_may_pass_later_says_when(error: Exception) -> None:
    _, found = details_of(error)
    assert found["RetryInfo"].retry_delay.ToMilliseconds() == 1_500


def test_an_unforeseen_error_keeps_its_text() -> None:
    failure = failure_of(RuntimeError("secret"), "ref-1")
    assert failure.code is grpc.StatusCode.INTERNAL
    assert "secret" not in repr(failure)
    assert "ref-1" in failure.message


def test_a_status_stays_small() -> None:
    metadata = {f"key-{n}": "x" * 5_000 for n in range(50)}
    error = Rejection(Reason.INVALID_FIELD, "y" * 10_000, field="z" * 3_000, metadata=metadata)
    assert len(dict(failure_of(error, "").trailing)[DETAILS_KEY]) < 6_000
