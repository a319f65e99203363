"""The line's agent and its machines' condition: hours, drift, asking for maintenance, memory."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.line_condition import GAP_S_MAX, SENSORS_MAX
from agents.machine import MEMORY_BYTES_MAX, fresh, recall, remember
from agents.messages import (
    AgentKind,
    ConditionRisk,
    DriftSeen,
    LineBook,
    MachineBook,
    MachineSignal,
    SensorReading,
    WearBook,
)
from tests.unit.agents.telling import DAY_S, Agent

HOUR_S = 3600
WEAR = WearBook(failure_cents=300_000, planned_cents=40_000, life_shape_permille=3000, life_s=400 * HOUR_S)


def line(wear: WearBook | None = WEAR) -> Agent:
    agent = Agent(AgentKind.PRODUCTION_LINE, "L1")
    agent.told(LineBook({"M1": MachineBook("", None, wear)}), full=True)
    return agent


def run(agent: Agent, hours: int, *, from_h: int = 0, level: int = 50_000, rise: int = 0) -> list[ConditionRisk]:
    """Signals and readings each hour of a running machine; what it asked for."""
    noise, said = Random(from_h), len(agent.said)
    for hour in range(from_h, from_h + hours + 1):
        now_s = DAY_S + hour * HOUR_S
        agent.hear(MachineSignal("L1", "M1", now_s, running=True), now_s)
        value = level + round(noise.gauss(0.0, 1000.0)) + rise * (hour - from_h)
        agent.hear(SensorReading("L1", "M1", "vibration", now_s, value), now_s)
        agent.tick(now_s)
    return [one for one in agent.said[said:] if isinstance(one, ConditionRisk)]


def test_hours_count_between_signals_of_a_running_machine_and_a_silence_only_in_part() -> None:
    agent = line()
    for hour, running in ((0, True), (1, True), (2, False), (3, True), (13, True)):
        agent.hear(MachineSignal("L1", "M1", DAY_S + hour * HOUR_S, running), DAY_S + hour * HOUR_S)
    assert agent.state.worn["M1"].used_s == 2 * HOUR_S + GAP_S_MAX
    assert agent.state.worn["M1"].watched_s == 3 * HOUR_S + GAP_S_MAX


def test_an_old_machine_asks_once_and_not_again_until_its_risk_has_grown() -> None:
    agent = line()
    assert run(agent, 100) == []
    asked = run(agent, 200, from_h=101)
    assert asked
    first = asked[0]
    assert not first.over
    assert first.drifting == ()
    risks = [permille for _, permille in first.risk]
    assert risks == sorted(risks)
    assert len(asked) < 12


def test_a_young_machine_whose_sensor_drifts_asks_and_names_the_sensor() -> None:
    agent = line()
    assert run(agent, 60) == []
    asked = run(agent, 30, from_h=61, rise=500)
    assert asked[0].drifting == ("vibration",)


def test_maintenance_by_the_log_makes_it_new_and_needs_no_word() -> None:
    agent = line()
    run(agent, 60)
    assert run(agent, 30, from_h=61, rise=500)
    now_s = DAY_S + 92 * HOUR_S
    renewed = WearBook(300_000, 40_000, renewed_s=now_s, life_shape_permille=3000, life_s=400 * HOUR_S)
    assert agent.told(LineBook({"M1": MachineBook("", None, renewed)}), now_s) == ()
    assert agent.state.worn["M1"].used_s == 0
    assert run(agent, 30, from_h=93) == []


def test_what_was_asked_is_taken_back_when_it_costs_too_little() -> None:
    agent = line()
    run(agent, 60)
    assert run(agent, 30, from_h=61, rise=500)
    now_s = DAY_S + 92 * HOUR_S
    agent.told(LineBook({"M1": MachineBook("", None, WearBook(40_000, 40_000))}), now_s)
    over, _ = agent.tick(now_s)
    assert isinstance(over, ConditionRisk)
    assert over.over
    assert over.risk == ()
    assert agent.tick(now_s + 60) == ()


def test_without_a_wear_book_nothing_is_asked() -> None:
    agent = line(wear=None)
    assert run(agent, 60) == []
    assert run(agent, 40, from_h=61, rise=500) == []


def test_what_was_learned_comes_back_and_is_asked_for_once() -> None:
    agent = line()
    run(agent, 60)
    assert run(agent, 30, from_h=61, rise=500)
    data = remember(agent.ref, agent.state)
    assert 0 < len(data) <= MEMORY_BYTES_MAX
    again = Agent(AgentKind.PRODUCTION_LINE, "L1")
    again.state = recall(agent.ref, fresh(agent.ref), data)
    again.told(LineBook({"M1": MachineBook("", None, replace(WEAR, drift_told=True))}), full=True)
    assert remember(agent.ref, again.state) == data
    assert again.tick(DAY_S + 92 * HOUR_S) == ()


def test_a_drift_is_told_once_and_again_only_when_the_log_does_not_know_it() -> None:
    agent = line()
    run(agent, 60)
    run(agent, 30, from_h=61, rise=500)
    (seen,) = [one for one in agent.said if isinstance(one, DriftSeen)]
    assert seen.drifting == ("vibration",)
    assert 0 < seen.drift_s < 30 * HOUR_S
    now_s = DAY_S + 92 * HOUR_S
    for told, again in ((True, 0), (False, 1)):
        wear = replace(WEAR, drift_told=told, asked=True)
        agent.told(LineBook({"M1": MachineBook("", None, wear)}), now_s, full=True)
        assert sum(isinstance(one, DriftSeen) for one in agent.tick(now_s)) == again


def test_without_signals_the_log_s_hours_are_the_machine_s_age() -> None:
    old = replace(WEAR, used_s=350 * HOUR_S, since_s=DAY_S - 600 * HOUR_S)
    agent = line(old)
    asked, _ = agent.tick(DAY_S)
    assert isinstance(asked, ConditionRisk)
    assert asked.used_s == 350 * HOUR_S
    busier = line(replace(old, since_s=DAY_S - 400 * HOUR_S))
    more, _ = busier.tick(DAY_S)
    assert isinstance(more, ConditionRisk)
    assert more.risk[-1][1] > asked.risk[-1][1]


def test_what_was_asked_before_a_breakdown_is_taken_back_after_the_repair() -> None:
    agent = line()
    run(agent, 60)
    assert run(agent, 30, from_h=61, rise=500)
    now_s = DAY_S + 92 * HOUR_S
    agent.told(LineBook({"M1": MachineBook("", None, replace(WEAR, renewed_s=now_s, asked=True))}), now_s)
    over, _ = agent.tick(now_s)
    assert isinstance(over, ConditionRisk)
    assert over.over
    assert agent.tick(now_s + 60) == ()


def test_a_learned_law_decides_from_the_next_instruction_on() -> None:
    agent = line(replace(WEAR, life_s=4_000 * HOUR_S))
    assert run(agent, 300) == []
    now_s = DAY_S + 301 * HOUR_S
    agent.told(LineBook({"M1": MachineBook("", None, WEAR)}), now_s)
    asked, _ = agent.tick(now_s)
    assert isinstance(asked, ConditionRisk)


def test_only_so_many_sensors_are_followed() -> None:
    agent = line()
    for number in range(SENSORS_MAX + 5):
        agent.hear(SensorReading("L1", "M1", f"s{number}", DAY_S, 1), DAY_S)
        agent.hear(SensorReading("L1", "M1", f"s{number}", DAY_S + HOUR_S, 1), DAY_S + HOUR_S)
    assert len(agent.state.worn["M1"].drifts) == SENSORS_MAX


def test_a_sensor_that_speaks_each_minute_is_judged_by_the_hour() -> None:
    agent = line()
    for minute in range(181):
        agent.hear(SensorReading("L1", "M1", "v", DAY_S + minute * 60, 1000 + minute), DAY_S)
    drift = agent.state.worn["M1"].drifts["v"]
    assert drift.seen == 3
    assert drift.mean == pytest.approx(1.0895)


def test_a_machine_that_stands_says_nothing_about_its_wear() -> None:
    agent = line()
    agent.hear(MachineSignal("L1", "M1", DAY_S, running=False), DAY_S)
    agent.hear(SensorReading("L1", "M1", "v", DAY_S + 1, 1000), DAY_S + 1)
    assert agent.state.worn == {}


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"M1": 3},
        {"M1": [1, 2, 3]},
        {"M1": [-1, 0, 0, 0, None, {}]},
        {"M1": [0, 0, 0, 0, None, []]},
        {"M1": [0, 0, 0, 0, None, {"v": [1, "x", 0, 0, 0, None]}]},
    ],
)
def test_a_memory_that_cannot_be_read_is_refused(told: object) -> None:
    agent = line()
    with pytest.raises(ValueError):
        recall(agent.ref, fresh(agent.ref), json.dumps(told).encode())


@given(st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), max_size=30))
def test_usage_never_exceeds_the_time_that_went_by(signals: list[tuple[int, bool]]) -> None:
    agent = line()
    for second, running in signals:
        agent.hear(MachineSignal("L1", "M1", DAY_S + second, running), DAY_S + second)
    worn = agent.state.worn.get("M1")
    gone_s = max((second for second, _ in signals), default=0)
    assert worn is None or 0 <= worn.ran_s <= worn.watched_s <= gone_s
