"""The ledger of instructions: each latency once, nothing without bound."""

from __future__ import annotations

from agents.messages import AgentKind, AgentRef, Instruction, VehicleBook
from orchestrator.publish.confirmations import EACH_MAX, Confirmations

V1, V2 = (AgentRef(AgentKind.VEHICLE, name) for name in ("V1", "V2"))
S = 1_000_000_000


def told(agent: AgentRef, seq: int) -> Instruction:
    return Instruction(agent, seq, 1, VehicleBook())


def test_each_instruction_is_measured_once() -> None:
    seen: list[float] = []
    ledger = Confirmations(seen.append)
    ledger.told([told(V1, 5), told(V2, 5)], 1 * S)
    ledger.told([told(V1, 6)], 2 * S)
    assert (ledger.outstanding(), ledger.outstanding(V1), ledger.oldest_s(4 * S)) == (3, 2, 3.0)
    ledger.took([(V1, 5)], 0, 3 * S)
    ledger.took([(V1, 5)], 1, 4 * S)
    assert seen == [2.0]
    ledger.took([(V1, 6), (V2, 5)], 0, 5 * S)
    assert seen == [2.0, 3.0, 4.0]
    assert (ledger.outstanding(), ledger.confirmed, ledger.repeats, ledger.oldest_s(9 * S)) == (0, 3, 1, 0.0)


def test_a_later_number_confirms_all_before_it() -> None:
    ledger = Confirmations()
    ledger.told([told(V1, seq) for seq in (5, 6, 9)], 0)
    ledger.took([(V1, 8)], 0, S)
    assert ledger.outstanding(V1) == 1


def test_an_agent_that_never_answers_takes_bounded_memory() -> None:
    ledger = Confirmations()
    ledger.told([told(V1, seq) for seq in range(3 * EACH_MAX)], 0)
    assert (ledger.outstanding(V1), ledger.forgotten) == (EACH_MAX, 2 * EACH_MAX)


def test_agents_that_are_gone_are_not_waited_for() -> None:
    ledger = Confirmations()
    ledger.told([told(V1, 5), told(V2, 5)], 0)
    ledger.retain([V2])
    assert (ledger.outstanding(V1), ledger.outstanding(V2), ledger.forgotten) == (0, 1, 1)


def test_an_instruction_that_is_executed_again_is_counted_unless_the_agent_was_told_everything_in_between() -> None:
    ledger = Confirmations()
    ledger.took([(V1, 5), (V2, 5)], 0, S)
    ledger.told_anew([V1])
    ledger.took([(V1, 5)], 0, S)  # its host died: it was rebuilt from the log
    assert ledger.twice == 0
    ledger.took([(V1, 4), (V2, 5)], 0, S)
    assert ledger.twice == 2
    ledger.took([(V1, 6)], 0, S)
    assert ledger.twice == 2
