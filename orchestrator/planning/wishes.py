"""What people's overrides ask of an order, put together.

Promises: only active overrides count, and those in `relaxed` do not. Called by `routing_problem`, `override`
and `scope`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orchestrator.domain.entities import LockLevel, Override, OverrideKind, OverrideStatus
from orchestrator.domain.state import State

HOLD_S = 300
"""How far a held start may move."""


@dataclass(frozen=True, slots=True)
class Wish:
    """only: vehicles that may serve the order, None = any; never: vehicles that may not.

    start_s: its service starts within `HOLD_S` of this. in_sequence: it keeps its place behind what is before it.
    """

    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    start_s: int | None = None
    in_sequence: bool = False


NO_WISH = Wish()


def active_overrides(state: State, order_id: str) -> list[Override]:
    """The overrides of an order that are in force, oldest first."""
    held = (state.overrides[override_id] for override_id in state.override_ids_of_order.get(order_id, ()))
    return [override for override in held if override.status is OverrideStatus.ACTIVE]


def wish_of(state: State, order_id: str, relaxed: Collection[str] = ()) -> Wish:
    """All overrides of an order together."""
    if order_id not in state.override_ids_of_order:
        return NO_WISH
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    start_s: int | None = None
    in_sequence = False
    for override in active_overrides(state, order_id):
        if override.override_id in relaxed:
            continue
        if override.kind is OverrideKind.FORBID and override.vehicle_id is not None:
            never |= {override.vehicle_id}
        vehicle_id = bound_to(override)
        if vehicle_id is not None:
            only = frozenset({vehicle_id}) if only is None else only & {vehicle_id}
        if override.kind is OverrideKind.LOCK:
            in_sequence |= override.level in (LockLevel.SEQUENCE, LockLevel.ALL)
            if override.level in (LockLevel.TIMES, LockLevel.ALL) and override.held_start_s is not None:
                start_s = override.held_start_s
    return Wish(only, never, start_s, in_sequence)


def bound_to(override: Override) -> str | None:
    """The vehicle an override binds its order to."""
    if override.kind is OverrideKind.ASSIGN:
        return override.vehicle_id
    if override.kind is OverrideKind.LOCK and override.level is not LockLevel.TIMES:
        return override.held_vehicle_id
    return None
