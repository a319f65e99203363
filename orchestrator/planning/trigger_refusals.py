"""What an agent's refusal, and its end, make dirty: the work of its resource. Rules for `trigger`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.refusals_events import RefusalEnded
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty

DRIVERS = frozenset({RefusalCode.OUT_OF_HOURS, RefusalCode.OUT_OF_DRIVING})
"""Work of a driver who may do less goes to others."""


def _refused(state: State, event: e.InstructionRefused, dirty: Dirty) -> str:
    _work_of(state, event, dirty)
    dirty.must_publish = True
    return f"{event.kind} {event.resource_id} refused: {event.reason}"


def _ended(state: State, event: RefusalEnded, dirty: Dirty) -> str:
    _work_of(state, event, dirty)
    dirty.must_publish = True
    return f"{event.kind} {event.resource_id} does again what it refused: {event.reason or event.code.value}"


def _work_of(state: State, event: e.InstructionRefused | RefusalEnded, dirty: Dirty) -> None:
    resource_id = event.resource_id
    if resource_id in state.vehicles:
        found = dirty.disrupted if event.code in DRIVERS else dirty.vehicles
        found[resource_id] = None
    if resource_id in state.lines:
        dirty.lines[resource_id] = None
    if resource_id in state.sites and event.code in (RefusalCode.DOCKS_CLOSED, RefusalCode.DOCKS_SHORT):
        depots = (key for key, vehicle in state.vehicles.items() if vehicle.depot_id == resource_id)
        dirty.vehicles.update(dict.fromkeys(depots))
    elif resource_id in state.sites:
        dirty.item_sites.update(dict.fromkeys(key for key in state.on_hand if key[0] == resource_id))


REFUSAL_RULES: dict[type[e.Event], Callable[[State, Any, Dirty], str | None]] = {
    e.InstructionRefused: _refused,
    RefusalEnded: _ended,
}
