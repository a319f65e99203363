"""Malformed, oversized, foreign, boundary, repeated and late calls on every method of both ports of a real server.

Whatever is sent, the answer is OK or a documented code with a reason of the catalogue; UNKNOWN and INTERNAL never come,
and the server is alive afterwards.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.ingest.errors import CATALOGUE
from protos.muster.operator.v1.admin_service_pb2 import ImportCompanyRequest, ImportFile
from tests.fuzz.shapes import messages
from tests.serving import (
    OPERATOR_METHODS,
    PARTNER_METHODS,
    TOKENS,
    Serving,
    bearer,
    multicallable,
    reason_of,
    request_class,
    server_process,
)
from tests.unit.company.files import files
from tests.unit.domain.small_company import token_digest

HEALTH = {f"Health.{m.name}": m for m in health_pb2.DESCRIPTOR.services_by_name["Health"].methods}
REFLECTION = {
    f"ServerReflection.{m.name}": m for m in reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"].methods
}
METHODS = {
    **{f"operator/{name}": method for name, method in {**OPERATOR_METHODS, **HEALTH, **REFLECTION}.items()},
    **{f"partner/{name}": method for name, method in {**PARTNER_METHODS, **HEALTH}.items()},
}
#: Codes that gRPC itself gives before or after our guard; they carry no reason.
BY_GRPC = {"DEADLINE_EXCEEDED", "CANCELLED", "RESOURCE_EXHAUSTED"}
#: These start a process or wait; a few examples say as much as many.
SLOW = ("AdminService.VerifyAudit", "Watch")
EXAMPLES, EXAMPLES_SLOW = 25, 4
CALL_S = 10.0
STREAM_S = 0.3
MESSAGES_READ = 50
HEADERS = (None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer " + "x" * 4_000)
Calls = dict[str, Any]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    env = {"MUSTER_PARTNER_CALLS_PER_S_MAX": "100000", "MUSTER_OPERATOR_MESSAGE_BYTES_MAX": "300000"}
    with server_process(tmp_path_factory.mktemp("fuzz") / "data", env=env) as started:
        yield started
        lines = started.stderr.read_text()
        assert "Traceback" not in lines
        assert TOKENS["acme"] not in lines


@pytest.fixture(scope="module")
def calls(serving: Serving) -> Iterator[Calls]:
    """Each method's call on the server, with the company loaded and an order or two in it."""
    with (
        grpc.insecure_channel(serving.endpoints["operator"]) as operator,
        grpc.insecure_channel(serving.endpoints["partner"]) as partner,
    ):
        channels = {"operator": operator, "partner": partner}
        yield {name: multicallable(channels[name.split("/")[0]], method) for name, method in METHODS.items()}


def outcome(calls: Calls, name: str, request: Any, **options: Any) -> tuple[str, str]:
    """(code, reason) of one call; streams are read for a moment and then let go."""
    method = METHODS[name]
    settings_of_call = {"timeout": STREAM_S if method.server_streaming else CALL_S, **options}
    if name.startswith("partner/"):
        settings_of_call.setdefault("metadata", bearer("acme"))
    try:
        answer = calls[name](iter([request]) if method.client_streaming else request, **settings_of_call)
        if method.server_streaming:
            for _ in islice(answer, MESSAGES_READ):
                pass
            answer.cancel()
    except grpc.RpcError as error:
        return error.code().name, reason_of(error)
    return "OK", ""


def assert_documented(code: str, reason: str) -> None:
    """OK, or a code of ours with its reason, or one that gRPC gives."""
    if reason:
        assert CATALOGUE[reason].name == code
        assert reason != "INTERNAL"
    else:
        assert code == "OK" or code in BY_GRPC


@pytest.fixture(scope="module", autouse=True)
def company(calls: Calls, serving: Serving) -> None:
    """Give the server something to look up."""
    partners = f"partner_id,name,token_sha256\nacme,Acme,{token_digest('acme-token')}\n"
    sent = [ImportFile(name=name, content=content) for name, content in files(partners=partners).items()]
    reply = calls["operator/AdminService.ImportCompany"](ImportCompanyRequest(files=sent))
    assert reply.loaded, reply.errors


@pytest.mark.parametrize("name", METHODS)
def test_well_formed_but_wild(name: str, calls: Calls) -> None:
    method = METHODS[name]

    @settings(
        max_examples=EXAMPLES_SLOW if name.endswith(SLOW) else EXAMPLES,
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(messages(method.input_type))
    def run(request: Any) -> None:
        assert_documented(*outcome(calls, name, request))
        if not name.endswith(SLOW):
            assert_documented(*outcome(calls, name, request))  # the same once more, as a client that retries

    run()


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(noise=st.binary(min_size=1, max_size=40))
def test_noise(name: str, calls: Calls, noise: bytes) -> None:
    assert_refused_unless_it_parses(calls, name, noise)


@pytest.mark.parametrize("name", METHODS)
def test_cut_off_and_no_text(name: str, calls: Calls) -> None:
    for bytes_sent in (b"\x0a", b"\x0a\xff", b"\x0a\x02\xff\xfe", b"\xff" * 11, b"\x0a\x7f" + b"x" * 3):
        assert_refused_unless_it_parses(calls, name, bytes_sent)


@pytest.mark.parametrize("name", METHODS)
def test_too_large(name: str, calls: Calls) -> None:
    code, _ = outcome(calls, name, b"\xfa\x3f\xa0\xc2\x1e" + b"x" * 500_000, timeout=CALL_S)
    assert code == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("name", METHODS)
def test_too_late(name: str, calls: Calls) -> None:
    code, reason = outcome(calls, name, request_class(METHODS[name])(), timeout=-1.0)
    assert (code, reason) == ("DEADLINE_EXCEEDED", "")


@pytest.mark.parametrize("name", [name for name in METHODS if name.startswith("partner/Partner")])
@pytest.mark.parametrize("header", HEADERS)
def test_foreign_token(name: str, header: str | None, calls: Calls) -> None:
    metadata = () if header is None else (("authorization", header),)
    told = outcome(calls, name, request_class(METHODS[name])(), metadata=metadata, timeout=CALL_S)
    assert told == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize("name", [f"partner/{n}" for n, m in PARTNER_METHODS.items() if not m.server_streaming])
@pytest.mark.parametrize("deadline_s", [None, 3_600.0])
def test_no_end_in_sight(name: str, deadline_s: float | None, calls: Calls) -> None:
    told = outcome(calls, name, request_class(METHODS[name])(), timeout=deadline_s)
    assert told == ("INVALID_ARGUMENT", "DEADLINE_REQUIRED")


@pytest.mark.parametrize("name", ["operator/EventService.ReportEvent", "partner/PartnerService.SubmitOrders"])
def test_the_wild_messages_reach_the_core(name: str, calls: Calls) -> None:
    """The fuzz would be idle if every message were refused at the first field."""
    reasons = set()

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
    @given(messages(METHODS[name].input_type))
    def run(request: Any) -> None:
        reasons.add(outcome(calls, name, request)[1])

    run()
    assert reasons >= {"INVALID_FIELD", ""} if name.startswith("partner") else reasons >= {"INVALID_FIELD", "NOT_FOUND"}


def test_the_server_lived_through_it(calls: Calls) -> None:
    assert outcome(calls, "operator/AdminService.GetStatus", b"") == ("OK", "")
    assert calls["operator/AdminService.VerifyAudit"](b"").ok


def assert_refused_unless_it_parses(calls: Calls, name: str, sent: bytes) -> None:
    """Bytes that are no message are named as such; others are a call like any."""
    if _parses(METHODS[name], sent):
        assert_documented(*outcome(calls, name, sent))
    else:
        assert outcome(calls, name, sent, timeout=CALL_S) == ("INVALID_ARGUMENT", "MALFORMED_REQUEST")


def _parses(method: MethodDescriptor, sent: bytes) -> bool:
    try:
        request_class(method).FromString(sent)
    except Exception:  # whatever the parser calls it
        return False
    return True
