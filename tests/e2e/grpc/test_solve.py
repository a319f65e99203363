"""Solving a published problem through the operator port, in a solver process behind the bridge."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from protos.muster.operator.v1 import solve_service_pb2 as pb
from tests.serving import OPERATOR_METHODS, Serving, multicallable, reason_of, server_process
from tests.waiting import wait_until

JOB_SHOP = "2 2\n0 3 1 2\n1 4 0 1\n"
SOLOMON = """TINY

VEHICLE
NUMBER     CAPACITY
  3         10

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0      0   0    0    0  1000    0
    1     10   0    4    0  1000   10
    2     20   0    4    0  1000   10
    3      0  10    4    0  1000   10
"""


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with server_process(tmp_path_factory.mktemp("solve") / "data", "--runtime", "local") as started:
        with grpc.insecure_channel(started.endpoints["operator"]) as channel:
            status = multicallable(channel, OPERATOR_METHODS["AdminService.GetStatus"])
            wait_until(lambda: status(b"", timeout=10).bridge.solvers, "a solver is there", 60.0)
        yield started


def solve(serving: Serving, **fields: Any) -> list[pb.SolveResponse]:
    with grpc.insecure_channel(serving.endpoints["operator"]) as channel:
        call = multicallable(channel, OPERATOR_METHODS["SolveService.Solve"])
        return list(call(pb.SolveRequest(**fields), timeout=90))


def test_routes_come_last_and_serve_everybody(serving: Serving) -> None:
    answers = solve(serving, kind=pb.PROBLEM_KIND_ROUTING, name="tiny.txt", text=SOLOMON, budget_s=1.0)
    assert all(answer.HasField("progress") for answer in answers[:-1])
    result = answers[-1].result
    assert result.feasible
    assert sorted(number for route in result.routes for number in route.customer_ids) == [1, 2, 3]
    assert result.cost > 0


def test_a_schedule_comes_as_json(serving: Serving) -> None:
    result = solve(serving, kind=pb.PROBLEM_KIND_SCHEDULING, name="two.txt", text=JOB_SHOP, budget_s=1.0)[-1].result
    assert (result.feasible, result.cost) == (True, 6.0)
    assert '"tasks"' in result.result_json


def test_what_is_no_problem_is_named(serving: Serving) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        solve(serving, kind=pb.PROBLEM_KIND_ROUTING, name="x.txt", text="no problem at all", budget_s=1.0)
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert "tmp" not in refused.value.details()
