"""What newly learned travel times make dirty: routes that nobody drives yet. Rules for `trigger`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.entities import VehicleStatus
from orchestrator.domain.speeds_events import SpeedsLearned
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty


def _learned(state: State, event: SpeedsLearned, dirty: Dirty) -> str:
    """Vehicles on the road are timed anew whenever they report; the others would wait until they leave."""
    for vehicle_id in state.plan.routes:
        live = state.fleet.get(vehicle_id)
        if live is not None and live.status is VehicleStatus.IDLE:
            dirty.vehicles[vehicle_id] = None
    return f"travel times were learned anew, version {event.speeds.version}"


SPEED_RULES: dict[type[e.Event], Callable[[State, Any, Dirty], str | None]] = {SpeedsLearned: _learned}
