"""Stalls: a vehicle should drive and its positions say that it stands still.

Promises one report when it has not moved for `STALL_S`, and one when it moves again, or is known not to. No positions
say nothing: that vehicle becomes overdue. Pure; called by `agents.vehicle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.messages import Report, Stall
from agents.vehicle_rests import left_after, may_stand_s
from agents.vehicle_state import VehicleState, may_move, rests_of

#: Standing this long on the way, rests aside, is neither a light nor a queue.
STALL_S = 900
#: Less than this between two positions is the noise of a receiver.
MOVED_M = 50


def moved(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """It has moved up to its last position."""
    after = replace(state, moved_s=state.at_s)
    if rests := rests_of(state):
        left = left_after(rests, state.moved_s, state.at_s)
        after = replace(after, rested=(*state.rested, *(rest for rest in rests if rest not in left)))
    return stall_over(after, now_s) if after.stalled else (after, ())


def stalled(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Report that it stands still, once."""
    if state.stalled or not may_move(state.book):
        return state, ()
    if state.at_s - state.moved_s < STALL_S + may_stand_s(rests_of(state), state.moved_s):
        return state, ()
    return replace(state, stalled=True), (_stall(state, now_s, over=False),)


def stall_over(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Report that a stall is over."""
    return replace(state, stalled=False), (_stall(state, now_s, over=True),)


def _stall(state: VehicleState, now_s: int, *, over: bool) -> Stall:
    return Stall(agent=state.agent, number=0, at_s=now_s, since_s=state.moved_s, over=over)
