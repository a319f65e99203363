"""Decisions about machine usage, condition and lives. Called through `decide`, and by `shop` where a life ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.decide.checks import next_version, reported_time
from orchestrator.domain.errors import illegal, not_found
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import MINOR_STOP_S, LifeEnd, LifeRecord, Usage
from orchestrator.domain.upkeep_commands import NoteDrift, ReviseWearLaw
from orchestrator.domain.upkeep_events import MachineDrifted, MachineLifeEnded, WearLawLearned


def repaired(state: State, machine_id: str, up_s: int) -> list[MachineLifeEnded]:
    """The life that ended with the stop that is over at `up_s`; none for a minor stop or one that never ran.

    Decided at the end of the stop: only then is it known whether it was a breakdown.
    """
    usage = state.usage.get(machine_id, Usage())
    if usage.down_since_s is None or up_s - usage.down_since_s < MINOR_STOP_S:
        return []
    return _ended(usage, machine_id, LifeEnd.FAILED, usage.down_since_s, up_s)


def maintained(state: State, machine_id: str, at_s: int) -> list[MachineLifeEnded]:
    """The life that planned maintenance has ended."""
    return _ended(state.usage.get(machine_id, Usage()), machine_id, LifeEnd.MAINTAINED, at_s, at_s)


def _ended(usage: Usage, machine_id: str, end: LifeEnd, ended_s: int, renewed_s: int) -> list[MachineLifeEnded]:
    if usage.used_s <= 0:
        return []
    life = LifeRecord(
        machine_id=machine_id,
        usage_s=usage.used_s,
        end=end,
        ended_s=ended_s,
        whole=usage.renewed_s is not None,
        drift_s=usage.drift_s(ended_s),
    )
    return [MachineLifeEnded(life=life, renewed_s=renewed_s)]


def note_drift(state: State, command: NoteDrift, now_s: int) -> Decision:
    """Sensors drift: once a life."""
    reported_time(command.at_s, now_s)
    if command.machine_id not in state.machines:
        raise not_found("machine", command.machine_id, field="machine_id")
    if state.usage.get(command.machine_id, Usage()).drift_used_s is not None:
        raise illegal("machine", command.machine_id, "drifting already", "reported drifting")
    drifted = MachineDrifted(
        machine_id=command.machine_id, at_s=command.at_s, drift_s=command.drift_s, sensors=command.sensors
    )
    return Decision((drifted,))


def revise_wear_law(state: State, command: ReviseWearLaw, now_s: int) -> Decision:
    """A new version of what is known; it must have been learned from the version in force."""
    version = state.wear.version if state.wear is not None else 0
    next_version(command.parent, command.laws.version, version, "laws.version")
    return Decision((WearLawLearned(laws=command.laws, reason=command.reason),))


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {
    NoteDrift: note_drift,
    ReviseWearLaw: revise_wear_law,
}
