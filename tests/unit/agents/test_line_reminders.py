"""A line's agent that asked for maintenance looks a day later whether it came."""

from __future__ import annotations

from dataclasses import replace

from agents.messages import ConditionRisk, LineBook, MachineBook, Reminder
from agents.production_line import ASK_AGAIN_S
from agents.reminding import RemindMe
from tests.unit.agents.telling import DAY_S, Agent
from tests.unit.agents.test_line_condition import HOUR_S, WEAR, line, run

HOURS = 160


def asking() -> tuple[Agent, RemindMe]:
    """A worn machine's line, and the reminder of its last request."""
    agent = line()
    assert run(agent, HOURS)
    wishes = [one for one in agent.said if isinstance(one, RemindMe)]
    asked = [one for one in agent.said if isinstance(one, ConditionRisk)]
    assert [one.due_s for one in wishes] == [one.at_s + ASK_AGAIN_S for one in asked]
    assert {(one.name, one.payload) for one in wishes} == {("risk.M1", "M1")}
    return agent, wishes[-1]


def remind(agent: Agent, wish: RemindMe) -> list[str]:
    agent.seq += 1
    said = agent.hear(Reminder(agent.seq, wish.name, wish.due_s, wish.payload), wish.due_s)
    return [type(one).__name__ for one in said]


def test_what_was_asked_for_and_did_not_come_is_asked_for_again_every_day() -> None:
    agent, wish = asking()
    assert remind(agent, wish) == ["ConditionRisk", "RemindMe"]
    again = agent.said[-1]
    assert isinstance(again, RemindMe)
    assert again.due_s == wish.due_s + ASK_AGAIN_S


def test_after_maintenance_the_reminder_finds_nothing_to_ask_for() -> None:
    agent, wish = asking()
    done = replace(WEAR, renewed_s=DAY_S + (HOURS + 1) * HOUR_S)
    agent.told(LineBook({"M1": MachineBook("", None, done)}), wish.due_s - 60)
    assert remind(agent, wish) == []


def test_a_machine_that_is_down_is_looked_after_and_its_need_is_not_forgotten() -> None:
    agent, wish = asking()
    told = agent.state.worn["M1"].told_permille
    agent.told(LineBook({"M1": MachineBook("", wish.due_s + 3_600, WEAR)}), wish.due_s - 60)
    assert remind(agent, wish) == []
    assert agent.state.worn["M1"].told_permille == told
