"""`muster allow`: what each command asks the server for, in the units of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from orchestrator.cli.main import run
from orchestrator.cli.session import Session
from protos.muster.operator.v1 import admin_service_pb2, override_service_pb2

NOW_S = 1_790_000_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Requests that would have gone to the server."""
    sent: list[Any] = []

    def call(_: Session, service: str, method: str, request: Any) -> Any:
        if method == "GetStatus":
            return admin_service_pb2.Status(clock=admin_service_pb2.ClockState(now_s=NOW_S, time_zone="UTC"))
        sent.append(request)
        return override_service_pb2.Allowance(allowance_id="A-1", vehicle_id=request.vehicle_id, rule=request.rule)

    monkeypatch.setattr(Session, "call", call)
    return sent


@pytest.mark.parametrize(
    ("word", "given", "field", "value"),
    [
        ("overtime", "1h20m", "amount", 4_800),
        ("early", "20m", "amount", 1_200),
        ("weight", "1.5kg", "amount", 1_500),
        ("volume", "40l", "amount", 40_000),
        ("trips", "2", "amount", 2),
        ("skill", "LIFT", "skill", "LIFT"),
    ],
)
def test_each_word_asks_for_its_rule(asked: list[Any], word: str, given: str, field: str, value: object) -> None:
    assert run(["allow", word, "V03", given, "-r", "far", "--for", "2h", "--id", "late-1"]) == Exit.OK
    (request,) = asked
    assert request.rule == override_service_pb2.AllowanceRule.Value(f"ALLOWANCE_RULE_{word.upper()}")
    assert (request.vehicle_id, request.reason, request.allowance_id) == ("V03", "far", "late-1")
    assert getattr(request, field) == value
    assert request.expires_s == NOW_S + 7_200


@pytest.mark.parametrize(
    "words", [("weight", "V03", "12l"), ("trips", "V03", "11"), ("early", "V03", "soon"), ("skill", "V03")]
)
def test_what_is_no_amount_is_wrong_usage_and_asks_for_nothing(asked: list[Any], words: tuple[str, ...]) -> None:
    assert run(["allow", *words, "-r", "far"]) == Exit.USAGE
    assert asked == []
