"""Folds of events about machine usage, condition and lives. Called through `evolve`, and by `shop` for usage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import LIVES_COUNTER, Usage
from orchestrator.domain.upkeep_events import MachineDrifted, MachineLifeEnded, WearLawLearned


def note_usage(state: State, machine_id: str, at_s: int) -> None:
    """Count running time up to `at_s`; called after a machine's task or downtime was folded.

    A machine runs while a task is on it that is no maintenance, and it is not down.
    """
    live, before = state.shop[machine_id], state.usage.get(machine_id, Usage())
    down = live.down_until_s is not None
    runs = live.task_id is not None and live.task_id not in state.maintenance and not down
    since_s = before.down_since_s if before.down_since_s is not None else at_s
    state.usage[machine_id] = changed(
        before,
        used_s=before.age_s(at_s),
        running_since_s=at_s if runs else None,
        since_s=before.since_s or at_s,
        down_since_s=since_s if down else None,
    )


def renew(state: State, machine_id: str, at_s: int) -> None:
    """A new life begins; what the machine does now goes on."""
    before = state.usage.get(machine_id, Usage())
    runs = before.running_since_s is not None
    state.usage[machine_id] = Usage(renewed_s=at_s, since_s=at_s, running_since_s=at_s if runs else None)


def _life_ended(state: State, event: MachineLifeEnded, seq: int, at_s: int) -> None:
    state.lives.append(event.life)
    state.counters[LIVES_COUNTER] = state.counters.get(LIVES_COUNTER, 0) + 1
    renew(state, event.life.machine_id, event.renewed_s)


def _drifted(state: State, event: MachineDrifted, seq: int, at_s: int) -> None:
    usage = state.usage.get(event.machine_id, Usage())
    drift_used_s = max(0, usage.age_s(event.at_s) - event.drift_s)
    state.usage[event.machine_id] = changed(usage, drift_used_s=drift_used_s)


def _learned(state: State, event: WearLawLearned, seq: int, at_s: int) -> None:
    state.wear = event.laws


FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {
    MachineLifeEnded: _life_ended,
    MachineDrifted: _drifted,
    WearLawLearned: _learned,
}
