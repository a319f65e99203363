"""Detours: a vehicle moves, and away from its stop.

Promises one report when the way to go has grown, for `DETOUR_S` at least, by more than `DETOUR_M` and by more than a
quarter of the leg since it was shortest; and one when half of that is made up again, the leg is over or the vehicle is
known to be down. A road that leads around a lake stays below that. Pure; called by `agents.vehicle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.messages import Detour, Report
from agents.vehicle_state import VehicleState, length_m, may_move, to_go_m

DETOUR_M = 2_000
DETOUR_S = 300
LEG_PARTS = 4


def detoured(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Look at the way to go from the last position."""
    leg = state.book.leg
    if leg is None or not may_move(state.book) or state.at_s < leg.depart_s:
        return state, ()
    left_m = to_go_m(state, leg)
    if state.least_m < 0 or left_m < state.least_m:
        state = replace(state, least_m=left_m, least_s=state.at_s)
    bound_m = max(DETOUR_M, length_m(leg) // LEG_PARTS)
    away_m = left_m - state.least_m
    if state.detoured:
        return detour_over(state, now_s) if away_m <= bound_m // 2 else (state, ())
    if away_m <= bound_m or state.at_s - state.least_s < DETOUR_S:
        return state, ()
    return replace(state, detoured=True), (_detour(state, now_s, away_m),)


def detour_over(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Report that a detour is over."""
    return replace(state, detoured=False), (_detour(state, now_s, 0, over=True),)


def _detour(state: VehicleState, now_s: int, away_m: int, *, over: bool = False) -> Detour:
    order_id = state.book.leg.order_id if state.book.leg is not None else ""
    return Detour(
        agent=state.agent,
        number=0,
        at_s=now_s,
        order_id=order_id,
        since_s=state.least_s,
        away_m=away_m,
        over=over,
    )
