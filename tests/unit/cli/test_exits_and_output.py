"""Exit codes and printing: what scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import grpc
import pytest

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.main import run
from orchestrator.cli.options import duration_s
from orchestrator.cli.output import clock, enum_name, money, plain
from protos.muster.common.v1 import order_pb2 as common
from protos.muster.operator.v1 import admin_service_pb2 as admin

CODES = [
    (grpc.StatusCode.NOT_FOUND, Exit.NOT_FOUND),
    (grpc.StatusCode.INVALID_ARGUMENT, Exit.USAGE),
    (grpc.StatusCode.PERMISSION_DENIED, Exit.NOT_ALLOWED),
    (grpc.StatusCode.ABORTED, Exit.CONFLICT),
    (grpc.StatusCode.FAILED_PRECONDITION, Exit.NOT_POSSIBLE),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, Exit.UNAVAILABLE),
    (grpc.StatusCode.INTERNAL, Exit.FAILED),
]

Answer = Callable[[bytes, grpc.ServicerContext], bytes]


class _AnyMethod(grpc.GenericRpcHandler):
    """Answers every method of every service the same way."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(self.answer)


@pytest.fixture
def serve_all() -> Iterator[Callable[[Answer], str]]:
    """Starts a server that gives the same answer to everything; gives its address."""
    servers: list[grpc.Server] = []

    def start(answer: Answer) -> str:
        server = grpc.server(ThreadPoolExecutor(2), handlers=[_AnyMethod(answer)])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}"

    yield start
    for server in servers:
        server.stop(0).wait()


@pytest.mark.parametrize(("code", "expected"), CODES)
def test_every_code_of_the_server_has_its_exit_code(
    serve_all: Callable[[Answer], str],
    capsys: pytest.CaptureFixture[str],
    code: grpc.StatusCode,
    expected: Exit,
) -> None:
    def refuse(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(code, "because of a rule")
        return b""

    address = serve_all(refuse)
    assert run(["--address", address, "order", "get", "acme/1"]) == expected
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "because of a rule" in printed.err


def test_no_server_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--address", "127.0.0.1:1", "status"]) == Exit.UNAVAILABLE
    assert "muster serve" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["order", "cancle", "acme/1"],
        ["override", "assign", "acme/1"],
        ["override", "lock", "acme/1", "--reason", "x", "--level", "some"],
        ["import", "/nowhere"],
        ["event", "report", "vehicle_exploded"],
        ["resource", "list", "planet"],
        ["solve", "routing", "/nowhere.txt"],
        ["order", "list", "--status", "LOST"],
    ],
)
def test_wrong_usage_exits_2_and_prints_no_data(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--address", "127.0.0.1:1", *arguments]) == Exit.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err


def test_json_is_one_document_with_numbers_as_numbers(
    serve_all: Callable[[Answer], str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = admin.Status(version="1", seq=2**40, clock=admin.ClockState(now_s=5))
    address = serve_all(lambda request, context: status.SerializeToString())
    assert run(["--address", address, "status", "-o", "json"]) == Exit.OK
    data = json.loads(capsys.readouterr().out)
    assert data["seq"] == 2**40
    assert data["clock"]["now_s"] == 5


def test_an_empty_list_is_an_empty_json_list(
    serve_all: Callable[[Answer], str], capsys: pytest.CaptureFixture[str]
) -> None:
    address = serve_all(lambda request, context: b"")
    for noun in (["order", "list"], ["plan", "list"], ["override", "list"], ["alert", "list"], ["event", "list"]):
        assert run(["--address", address, *noun, "-o", "json"]) == Exit.OK
        assert json.loads(capsys.readouterr().out) == []
        assert run(["--address", address, *noun]) == Exit.OK
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("no ")


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("serve", "demo", "import", "status", "undo", "bench"):
        assert run([command, "--help"]) == Exit.OK
        assert "Usage" in capsys.readouterr().out
    assert run(["--help"]) == Exit.OK
    assert "Exit codes" in capsys.readouterr().out


def test_plain_data_of_a_message() -> None:
    order = common.Order(
        order_id="acme/1",
        status=common.ORDER_STATUS_OPEN,
        lines=[common.OrderLine(item_id="chair", quantity=2)],
        promise=common.Promise(arrive_s=7),
    )
    data = plain(order)
    assert data["status"] == "OPEN"
    assert data["lines"] == [{"item_id": "chair", "quantity": 2}]
    assert data["promise"]["arrive_s"] == 7
    assert data["delivered_s"] is None


def test_small_words() -> None:
    assert enum_name("OVERRIDE_STATUS_ACTIVE", "OverrideStatus") == "ACTIVE"
    assert money(-1205) == "-12.05"
    assert clock(3600, UTC) == "01:00"
    assert clock(0, UTC) == "-"
    assert duration_s("1h30m") == 5400
    assert duration_s("45s") == 45
    for bad in ("", "soon", "5"):
        with pytest.raises(CliError):
            duration_s(bad)
