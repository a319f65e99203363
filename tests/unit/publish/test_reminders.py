"""From an agent's wish through the log and back to it: whatever dies in between, each reminder is acted on once."""

from __future__ import annotations

from agents.messages import AgentKind, AgentRef, Instruction, Report
from agents.reminding import TookReminders
from agents.supplier import GRACE_S, RECEIPT
from orchestrator.domain.errors import Rejection
from orchestrator.domain.reminders_commands import FireReminders, SetReminder
from orchestrator.domain.reminders_events import ReminderDue
from orchestrator.publish.books import agent_refs
from orchestrator.publish.reports import command_of
from tests.unit.publish.test_agent_feed import PURCHASES, Day

FIRST_S = PURCHASES[0].expected_s + GRACE_S + 1
S1 = AgentRef(AgentKind.SUPPLIER, "S1")


class Loop(Day):
    """A day whose agents' reports become commands, when the test lets them."""

    def report(self) -> list[Report]:
        """Everything that was said reaches the core."""
        said, self.bridge.said = self.bridge.said, []
        for one in said:
            try:
                self.world.tell(command_of(one))
            except Rejection:
                continue
        return said

    async def at(self, now_s: int) -> None:
        """Company time is `now_s`; what is due fires, and agents hear of it."""
        self.world.now_s = self.bridge.now_s = now_s
        self.world.tell(FireReminders())
        await self.settled()


def waits(day: Loop) -> list[str]:
    return [one.name for one in day.state.agenda.waiting(str(S1))]


async def test_a_promised_date_that_passed_is_looked_at_without_any_heartbeat() -> None:
    day = Loop()
    day.bridge.connect()
    day.report()
    assert day.state.agenda.next_s() == FIRST_S
    await day.at(FIRST_S - 1)
    assert not day.report()
    await day.at(FIRST_S)
    names = [type(one).__name__ for one in day.report()]
    assert names == ["PurchaseLate", "RemindMe", "TookReminders"]
    assert waits(day) == []
    assert day.state.purchases["PO-6"].expected_s > FIRST_S
    assert day.state.agenda.next_s() == PURCHASES[1].expected_s + GRACE_S + 1


async def test_a_host_that_dies_before_it_has_said_so_is_told_again() -> None:
    day = Loop()
    day.bridge.connect()
    day.report()
    await day.at(FIRST_S)
    day.bridge.said = []  # it died with what it had to say
    day.bridge.lose(AgentKind.SUPPLIER)
    assert waits(day) == [RECEIPT]
    day.bridge.resync(AgentKind.SUPPLIER, (S1,))
    took = [one for one in day.report() if isinstance(one, TookReminders)]
    assert len(took) == 1
    assert waits(day) == []
    day.bridge.resync(AgentKind.SUPPLIER, (S1,))
    assert not [one for one in day.report() if isinstance(one, TookReminders)]


async def test_what_fires_while_the_bridge_is_away_is_in_the_roster_it_begins_with() -> None:
    day = Loop()
    day.bridge.connect()
    day.report()
    day.bridge.listening = False
    await day.at(FIRST_S)
    assert waits(day) == [RECEIPT]
    for kind in AgentKind:
        day.bridge.lose(kind)
    day.bridge.connect()
    day.report()
    assert waits(day) == []


async def test_every_kind_of_agent_is_reminded_and_its_book_stays() -> None:
    day = Loop(plant=True)
    day.bridge.connect()
    day.report()
    for agent in agent_refs(day.state):
        due = SetReminder(kind=agent.kind.value, resource_id=agent.id, name="look", due_s=day.world.now_s)
        day.world.tell(due)
    day.bridge.told = []
    await day.at(day.world.now_s)
    told: list[Instruction] = [one for one in day.bridge.told if one.due]
    assert {one.agent for one in told} == set(agent_refs(day.state))
    took = [one for one in day.report() if isinstance(one, TookReminders)]
    assert {one.agent for one in took} == set(agent_refs(day.state))
    assert not day.state.agenda.fired
    day.check()


def test_only_agents_that_are_may_be_touched() -> None:
    day = Loop()
    gone = ReminderDue(kind="vehicle", resource_id="V99", name="look", due_s=1)
    for listener in day.listeners:
        listener(1, 1, gone)
    day.bridge.listening = True
    for listener in day.listeners:
        listener(2, 1, gone)
    assert day.feed._timer is None
