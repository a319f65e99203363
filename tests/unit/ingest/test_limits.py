"""Counting calls, and who they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ingest.identity import Identity
from orchestrator.ingest.limits import NS_PER_S, CallGate, CallLimits
from orchestrator.ingest.policy import Role
from orchestrator.ingest.refusals import BadFields, Refusal
from tests.unit.domain.small_company import small_company


def allowed(gate: CallGate, now_ns: int, caller: str = "acme") -> bool:
    try:
        gate.enter(caller, stream=False, now_ns=now_ns)
    except Refusal as refused:
        return refused.retry_after_ms <= 0
    gate.leave(caller, stream=False)
    return True


def test_a_burst_and_then_the_rate() -> None:
    gate = CallGate(CallLimits(calls_per_s=10, burst=5))
    assert sum(allowed(gate, 0) for _ in range(20)) == 5
    assert not allowed(gate, NS_PER_S // 10 - 1)
    assert allowed(gate, NS_PER_S // 10)
    assert sum(allowed(gate, 100 * NS_PER_S) for _ in range(20)) == 5


@given(st.lists(st.integers(0, NS_PER_S), max_size=60))
def test_never_more_than_burst_and_rate(steps_ns: list[int]) -> None:
    gate = CallGate(CallLimits(calls_per_s=7, burst=3))
    now_ns = passed = 0
    for step_ns in steps_ns:
        now_ns += step_ns
        passed += allowed(gate, now_ns)
    assert passed <= 3 + now_ns * 7 // NS_PER_S


def test_one_caller_does_not_use_up_another_s() -> None:
    gate = CallGate(CallLimits(calls_per_s=1, burst=1))
    assert allowed(gate, 0, "acme")
    assert not allowed(gate, 0, "acme")
    assert allowed(gate, 0, "beta")


def test_the_whole_port_has_a_limit() -> None:
    gate = CallGate(CallLimits(calls_max=2))
    gate.enter("a", stream=False, now_ns=0)
    gate.enter("b", stream=False, now_ns=0)
    assert not allowed(gate, 0, "c")
    gate.leave("a", stream=False)
    assert allowed(gate, 0, "c")


@pytest.mark.parametrize(("remaining_s", "fine"), [(None, False), (0.5, True), (60.4, True), (62.0, False)])
def test_deadlines(remaining_s: float | None, fine: bool) -> None:
    gate = CallGate(CallLimits(deadline_required=True))
    if fine:
        gate.check_deadline(remaining_s)
    else:
        with pytest.raises(Refusal):
            gate.check_deadline(remaining_s)
    CallGate(CallLimits()).check_deadline(remaining_s)


def test_a_partner_is_its_token() -> None:
    identity = Identity(small_company)
    caller = identity.partner("Bearer acme-token")
    assert (caller.role, caller.name, caller.principal) == (Role.PARTNER, "acme", "partner:acme")
    assert identity.partner("bearer  acme-token").name == "acme"


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer acme", "acme-token", "Bearer acme-token x", "Bearer \udcff"])
def test_no_token_and_a_wrong_token_are_told_the_same(header: str) -> None:
    with pytest.raises(Refusal) as refused:
        Identity(small_company).partner(header)
    with pytest.raises(Refusal) as nothing:
        Identity(lambda: None).partner("Bearer acme-token")
    assert refused.value.message == nothing.value.message


def test_an_operator_is_who_it_says() -> None:
    identity = Identity(lambda: None)
    assert identity.operator("").principal == "operator:operator"
    assert identity.operator("ada@work").name == "ada@work"
    for name in ("a b", "x" * 49, "é", "-"):
        with pytest.raises(BadFields):
            identity.operator(name)
