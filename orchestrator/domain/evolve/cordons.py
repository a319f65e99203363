"""Folds of events about vehicles, lines and docks that take no new work. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.cordons import CordonStatus
from orchestrator.domain.cordons_events import ResourceCordoned, ResourceDrained, ResourceUncordoned
from orchestrator.domain.events import Event
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.state import State

ENDED_KEPT = 500


def resource_cordoned(state: State, event: ResourceCordoned, seq: int, at_s: int) -> None:
    """No new work for it."""
    cordon = event.cordon
    state.cordons[cordon.cordon_id] = cordon
    state.cordoned[cordon.key] = cordon.cordon_id


def resource_drained(state: State, event: ResourceDrained, seq: int, at_s: int) -> None:
    """Nothing left to do."""
    cordon = state.cordons[event.cordon_id]
    state.cordons[event.cordon_id] = changed(cordon, status=CordonStatus.DRAINED, version=cordon.version + 1)


def resource_uncordoned(state: State, event: ResourceUncordoned, seq: int, at_s: int) -> None:
    """It takes work again; of cordons that are over the newest are kept to be looked at."""
    cordon = state.cordons.pop(event.cordon_id)
    state.cordoned.pop(cordon.key, None)
    state.cordons[event.cordon_id] = changed(cordon, status=CordonStatus.ENDED, version=cordon.version + 1)
    ended = [key for key, one in state.cordons.items() if one.status is CordonStatus.ENDED]
    for key in ended[: max(0, len(ended) - ENDED_KEPT)]:
        del state.cordons[key]


FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {
    ResourceCordoned: resource_cordoned,
    ResourceDrained: resource_drained,
    ResourceUncordoned: resource_uncordoned,
}
