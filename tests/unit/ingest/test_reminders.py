"""Reminders as operators read them: what waits for its agent first, then by time, of the agents asked for."""

from __future__ import annotations

from orchestrator.domain.reminders import Agenda, Fired, Reminder
from orchestrator.ingest.convert_reminder import reminders_by_key


def agenda() -> Agenda:
    made = Agenda()
    rows = (("vehicle", "V2", "late", 900), ("vehicle", "V1", "soon", 300), ("supplier", "S1", "receipt", 600))
    for seq, (kind, resource_id, name, due_s) in enumerate(rows):
        made.put(Reminder(kind=kind, resource_id=resource_id, name=name, due_s=due_s, period_s=60, set_seq=seq))
    made.fire("vehicle/V1", Fired(seq=41, name="duty", due_s=1_000, payload="rest is over"))
    return made


def test_what_waits_for_its_agent_comes_first() -> None:
    found = reminders_by_key(agenda(), "", "")
    shown = [found[key] for key in sorted(found)]
    assert [one.name for one in shown] == ["duty", "soon", "receipt", "late"]
    assert [one.due_seq for one in shown] == [41, 0, 0, 0]
    assert (shown[0].payload, shown[0].HasField("period_s"), shown[1].period_s) == ("rest is over", False, 60)


def test_only_the_agents_asked_for_are_shown() -> None:
    assert {one.resource_id for one in reminders_by_key(agenda(), "vehicle", "").values()} == {"V1", "V2"}
    assert {one.name for one in reminders_by_key(agenda(), "vehicle", "V1").values()} == {"soon", "duty"}
    assert not reminders_by_key(agenda(), "warehouse", "")
