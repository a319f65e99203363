"""Reminders: whatever is set, cancelled, missed or restarted, each fires exactly once, in order, never early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain.commands import Command, ImportCompany
from orchestrator.domain.decide import decide
from orchestrator.domain.decide.reminders import FIRED_MAX
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.events import Event
from orchestrator.domain.evolve import evolve
from orchestrator.domain.reminders import PERIOD_S_MIN, REMINDERS_EACH_MAX, STALE_SLACK, Reminder
from orchestrator.domain.reminders_commands import CancelReminder, FireReminders, SetReminder, TakeReminders
from orchestrator.domain.reminders_events import ReminderDue, ReminderSet
from orchestrator.domain.state import State
from tests.unit.planning.world import DAY_S, HOUR_S, small_company

AGENTS = (("vehicle", "V1"), ("vehicle", "V2"), ("warehouse", "W1"), ("supplier", "S1"))
NAMES = ("duty", "risk", "receipt")


class Log:
    """A state with its events, and a clock that is told."""

    def __init__(self) -> None:
        self.state, self.now_s = State(), DAY_S
        self.events: list[tuple[Event, int]] = []
        self.tell(ImportCompany(company=small_company()))

    def tell(self, command: Command) -> Sequence[Event]:
        events = decide(self.state, command, self.now_s, "system:test").events
        for event in events:
            self.events.append((event, self.now_s))
            evolve(self.state, event, self.state.seq + 1, self.now_s)
        return events

    def set(self, name: str, due_s: int, agent: tuple[str, str] = AGENTS[0], **more: Any) -> Sequence[Event]:
        kind, resource_id = agent
        return self.tell(SetReminder(kind=kind, resource_id=resource_id, name=name, due_s=due_s, **more))

    def fire(self) -> list[str]:
        return [one.name for one in self.tell(FireReminders()) if isinstance(one, ReminderDue)]

    def refused(self, command: Command) -> Rejection:
        with pytest.raises(Rejection) as caught:
            self.tell(command)
        return caught.value

    def replayed(self) -> State:
        """A fresh state from the same events."""
        state = State()
        for seq, (event, at_s) in enumerate(self.events, 1):
            evolve(state, event, seq, at_s)
        return state


def test_it_fires_when_its_time_has_come_and_waits_until_it_is_taken() -> None:
    log = Log()
    log.set("duty", DAY_S + HOUR_S, payload="rest is over")
    log.now_s = DAY_S + HOUR_S - 1
    assert log.fire() == []
    log.now_s += 1
    assert log.fire() == ["duty"]
    assert log.fire() == []
    (fired,) = log.state.agenda.waiting("vehicle/V1")
    assert (fired.name, fired.payload, fired.seq) == ("duty", "rest is over", log.state.seq)
    assert log.tell(TakeReminders(kind="vehicle", resource_id="V1", up_to_seq=fired.seq - 1)) == ()
    log.tell(TakeReminders(kind="vehicle", resource_id="V1", up_to_seq=fired.seq))
    assert log.state.agenda.waiting("vehicle/V1") == ()
    assert log.tell(TakeReminders(kind="vehicle", resource_id="V1", up_to_seq=fired.seq)) == ()


def test_the_same_name_is_set_anew_and_the_same_word_is_no_event() -> None:
    log = Log()
    log.set("duty", DAY_S + HOUR_S)
    assert log.set("duty", DAY_S + HOUR_S) == ()
    assert len(log.set("duty", DAY_S + 2 * HOUR_S)) == 1
    log.now_s = DAY_S + HOUR_S
    assert log.fire() == []
    log.now_s = DAY_S + 2 * HOUR_S
    assert log.fire() == ["duty"]
    assert log.state.agenda.next_s() is None


def test_what_was_missed_fires_once_in_order_and_the_period_goes_on() -> None:
    log = Log()
    log.set("risk", DAY_S + 600, period_s=600)
    log.set("late", DAY_S + 1_000, AGENTS[3])
    log.set("early", DAY_S + 100, AGENTS[1])
    log.now_s = DAY_S + 3 * HOUR_S + 1
    assert log.fire() == ["early", "risk", "late"]
    assert log.fire() == []
    assert log.state.agenda.next_s() == DAY_S + 3 * HOUR_S + 600
    assert len(log.state.agenda.waiting("vehicle/V1")) == 1


def test_a_time_that_is_past_is_due_at_once() -> None:
    log = Log()
    log.set("duty", DAY_S - HOUR_S)
    assert log.fire() == ["duty"]


def test_cancelled_it_neither_fires_nor_waits() -> None:
    log = Log()
    log.set("duty", DAY_S + 10)
    log.set("risk", DAY_S)
    log.fire()
    cancel = CancelReminder(kind="vehicle", resource_id="V1", name="duty")
    assert len(log.tell(cancel)) == 1
    assert log.tell(cancel) == ()
    log.tell(CancelReminder(kind="vehicle", resource_id="V1", name="risk"))
    assert log.state.agenda.waiting("vehicle/V1") == ()
    log.now_s = DAY_S + HOUR_S
    assert log.fire() == []


def test_limits_and_strangers_are_named() -> None:
    log = Log()
    for number in range(REMINDERS_EACH_MAX):
        log.set(f"n{number}", DAY_S + number)
    one_more = SetReminder(kind="vehicle", resource_id="V1", name="more", due_s=DAY_S)
    refused = log.refused(one_more)
    assert (refused.reason, refused.field) == (Reason.LIMIT_EXCEEDED, "name")
    log.set("n0", DAY_S + HOUR_S)  # anew is no more
    log.set("more", DAY_S, AGENTS[1])  # another agent's
    stranger = SetReminder(kind="vehicle", resource_id="V9", name="a", due_s=DAY_S)
    assert log.refused(stranger).reason is Reason.NOT_FOUND
    hurried = SetReminder(kind="vehicle", resource_id="V2", name="a", due_s=DAY_S, period_s=PERIOD_S_MIN - 1)
    assert log.refused(hurried).field == "period_s"


def test_more_than_one_command_fires_comes_with_the_next() -> None:
    log = Log()
    for number in range(FIRED_MAX + 3):
        kind, resource_id = AGENTS[0]
        put = ReminderSet(kind=kind, resource_id=resource_id, name=f"n{number}", due_s=DAY_S + 1_000 - number)
        evolve(log.state, put, log.state.seq + 1, DAY_S)
    log.now_s = DAY_S + HOUR_S
    first, rest = log.fire(), log.fire()
    assert (len(first), rest) == (FIRED_MAX, ["n2", "n1", "n0"])


def test_agents_that_are_gone_are_reminded_of_nothing() -> None:
    log = Log()
    log.set("duty", DAY_S + 10, ("vehicle", "V3"))
    log.set("now", DAY_S, ("vehicle", "V3"))
    log.set("kept", DAY_S + 20)
    log.fire()
    log.tell(ImportCompany(company=small_company(vehicles=2)))
    log.now_s = DAY_S + HOUR_S
    assert log.fire() == ["kept"]
    assert log.state.agenda.waiting("vehicle/V3") == ()
    assert log.state.agenda.count == 0


def test_setting_anew_for_ever_fills_nothing() -> None:
    agenda = Log().state.agenda
    for number in range(5_000):
        agenda.put(Reminder(kind="vehicle", resource_id="V1", name="duty", due_s=10**6 + number, set_seq=number))
    assert len(agenda.queue) <= 2 + STALE_SLACK
    assert agenda.next_s() == 10**6 + 4_999


class Reminders(RuleBasedStateMachine):
    """Against a plain dictionary of what should fire when."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.model: dict[tuple[str, str, str], tuple[int, int | None]] = {}
        self.waiting: dict[tuple[str, str], dict[str, int]] = {}

    @initialize(gone=st.integers(0, 100))
    def begin(self, gone: int) -> None:
        self.log.now_s += gone

    @rule(
        agent=st.sampled_from(AGENTS),
        name=st.sampled_from(NAMES),
        ahead=st.integers(-50, 400),
        period=st.none() | st.integers(60, 200),
    )
    def set(self, agent: tuple[str, str], name: str, ahead: int, period: int | None) -> None:
        self.log.set(name, self.log.now_s + ahead, agent, period_s=period)
        self.model[*agent, name] = (self.log.now_s + ahead, period)

    @rule(agent=st.sampled_from(AGENTS), name=st.sampled_from(NAMES))
    def cancel(self, agent: tuple[str, str], name: str) -> None:
        self.log.tell(CancelReminder(kind=agent[0], resource_id=agent[1], name=name))
        self.model.pop((*agent, name), None)
        self.waiting.get(agent, {}).pop(name, None)

    @rule(gone=st.integers(0, 500))
    def time_goes_on(self, gone: int) -> None:
        self.log.now_s += gone
        now_s = self.log.now_s
        events = [event for event in self.log.tell(FireReminders()) if isinstance(event, ReminderDue)]
        due = {key: at_s for key, (at_s, _) in self.model.items() if at_s <= now_s}
        assert {(one.kind, one.resource_id, one.name): one.due_s for one in events} == due
        assert len(events) == len(due)
        assert [one.due_s for one in events] == sorted(due.values())
        first = self.log.state.seq - len(events) + 1
        for seq, one in enumerate(events, first):
            key = (one.kind, one.resource_id, one.name)
            at_s, period = self.model.pop(key)
            self.waiting.setdefault(key[:2], {})[one.name] = seq
            if period is not None:
                while at_s <= now_s:
                    at_s += period
                self.model[key] = (at_s, period)

    @rule(agent=st.sampled_from(AGENTS), how_many=st.integers(0, 3))
    def take(self, agent: tuple[str, str], how_many: int) -> None:
        taken = sorted(self.waiting.get(agent, {}).values())[:how_many]
        if taken:
            self.log.tell(TakeReminders(kind=agent[0], resource_id=agent[1], up_to_seq=taken[-1]))
            left = {name: seq for name, seq in self.waiting[agent].items() if seq > taken[-1]}
            self.waiting[agent] = left

    @rule()
    def restart_from_a_snapshot(self) -> None:
        content = dump_dataclass(self.log.state)
        self.log.state = load_dataclass(State, content)
        assert dump_dataclass(self.log.state) == content

    @rule()
    def restart_from_the_log(self) -> None:
        again = self.log.replayed()
        assert dump_dataclass(again) == dump_dataclass(self.log.state)
        self.log.state = again

    @invariant()
    def the_next_is_known(self) -> None:
        agenda = self.log.state.agenda
        assert agenda.next_s() == min((at_s for at_s, _ in self.model.values()), default=None)
        assert agenda.count == len(self.model)

    @invariant()
    def what_waits_is_known(self) -> None:
        for kind, resource_id in AGENTS:
            held = self.log.state.agenda.waiting(f"{kind}/{resource_id}")
            assert [one.seq for one in held] == sorted(self.waiting.get((kind, resource_id), {}).values())


TestReminders = Reminders.TestCase
TestReminders.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
