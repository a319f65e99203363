"""Agents' reminders as operators read them. Pure; called by `agent_service`."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.domain.reminders import Agenda, Reminder
from protos.muster.operator.v1 import agent_service_pb2 as pb


def reminders_by_key(agenda: Agenda, kind: str, resource_id: str) -> dict[str, pb.Reminder]:
    """Reminders of the agents asked for ("" for any) by a key that sorts them: first what waits for its agent."""
    found = (_fired(agenda), _set(agenda))
    return {
        f"{rank}/{one.due_s:014d}/{one.kind}/{one.resource_id}/{one.name}": one
        for rank, reminders in enumerate(found)
        for one in reminders
        if kind in ("", one.kind) and resource_id in ("", one.resource_id)
    }


def _fired(agenda: Agenda) -> Iterator[pb.Reminder]:
    for agent in agenda.fired:
        kind, resource_id = agent.split("/", 1)
        for one in agenda.waiting(agent):
            yield pb.Reminder(
                kind=kind,
                resource_id=resource_id,
                name=one.name,
                due_s=one.due_s,
                payload=one.payload,
                due_seq=one.seq,
            )


def _set(agenda: Agenda) -> Iterator[pb.Reminder]:
    for names in agenda.of.values():
        yield from (_reminder(one) for one in names.values())


def _reminder(one: Reminder) -> pb.Reminder:
    return pb.Reminder(
        kind=one.kind,
        resource_id=one.resource_id,
        name=one.name,
        due_s=one.due_s,
        period_s=one.period_s,
        payload=one.payload,
    )
