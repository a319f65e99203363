"""Arrival predictions of a vehicle's agent: one slip report per real change.

Promises: reported is what differs from the plan by more than `SLIP_S`, and from what was last reported by more than
`SLIP_S`. Pure; called by `agents.vehicle`.

Prediction: distance to go at a blend of the pace planned when the leg began, scaled by how this vehicle kept its
earlier legs, and the speed observed on this leg, which weighs more with every sample (n / (n + PLAN_SAMPLES)). The
planned time is spread over the hours as they were learned to be: what is left of a leg may fall into the rush. Later
plans of the same leg do not count: they hold our own predictions, and a prediction that feeds itself runs away.
Distances enter only as ratios, so any unit of the map will do. Planned rests are no driving: they are left out of every
pace, and those ahead come on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.messages import ArrivalSlip, Leg, Position, Report
from agents.vehicle_rests import driven_by_s, may_stand_s, rested_s
from agents.vehicle_stall import MOVED_M
from agents.vehicle_state import VehicleState, length_m, rests_of, to_go_m

#: A difference below this is noise of traffic lights and parking. Windows are hours wide.
SLIP_S = 300
#: How many observations the plan's own pace counts as.
PLAN_SAMPLES = 3
#: Observed distance and time fade by a quarter with each sample: about the last four count.
FADE_NUM, FADE_DEN = 3, 4
#: An observation may make the rest of the leg at most this many times as long as planned: a jam, not a standstill.
SLOWEST = 4
PACE_MIN_PERMILLE, PACE_MAX_PERMILLE = 500, 2000
#: Of positions so far from each other some time was rest, if one was planned.
FAR_APART_S = 300
#: A shorter leg says nothing about a driver's pace.
PACE_LEG_S = 120
USUAL = 1000


def predict(state: VehicleState) -> int | None:
    """Predicted arrival at the current stop, or None when it drives to none or is known to be down."""
    leg = state.book.leg
    if leg is None or state.book.down_until_s is not None:
        return None
    if state.at_s <= leg.depart_s:
        return leg.arrive_s
    leg_m, left_m = length_m(leg), to_go_m(state, leg)
    if leg_m == 0 or left_m == 0:
        return state.at_s
    planned_s = _planned_s(leg, state.first_drive_s, state.at_s, left_m, leg_m)
    return driven_by_s(rests_of(state), state.moved_s, state.at_s, _blend_s(state, planned_s, left_m))


def _planned_s(leg: Leg, drive_s: int, at_s: int, left_m: int, leg_m: int) -> int:
    """What the plan gives for the rest of the leg, from `at_s` on, in the traffic of the hours as learned."""
    if not leg.traffic:
        return max(0, drive_s) * left_m // leg_m
    work = _work(leg, leg.depart_s, leg.depart_s + max(0, drive_s)) * left_m // leg_m
    now_s = at_s
    for from_s, permille in _spans(leg, at_s):
        room = (from_s - now_s) * USUAL * USUAL // permille
        if room >= work:
            return now_s - at_s + work * permille // (USUAL * USUAL)
        work, now_s = work - room, from_s
    return now_s - at_s + work * leg.traffic[-1][1] // (USUAL * USUAL)


def _work(leg: Leg, from_s: int, until_s: int) -> int:
    """Progress between two moments, in millionths of a second of usual traffic times thousand."""
    total, now_s = 0, from_s
    for end_s, permille in _spans(leg, from_s):
        end_s = min(end_s, until_s)
        total += (end_s - now_s) * USUAL * USUAL // permille
        now_s = end_s
        if now_s >= until_s:
            return total
    return total + (until_s - now_s) * USUAL * USUAL // leg.traffic[-1][1]


def _spans(leg: Leg, from_s: int) -> list[tuple[int, int]]:
    """(end, factor) of the spans of traffic that end after `from_s`; the last one never ends and is left out."""
    begins = leg.traffic
    return [(begins[n + 1][0], begins[n][1]) for n in range(len(begins) - 1) if begins[n + 1][0] > from_s]


def _blend_s(state: VehicleState, planned_s: int, left_m: int) -> int:
    slowest_s = planned_s * SLOWEST
    observed_s = min(slowest_s, left_m * state.seen_s // state.seen_m) if state.seen_m else slowest_s
    paced_s = planned_s * state.pace_permille // 1000
    weight = state.samples
    return (paced_s * PLAN_SAMPLES + observed_s * weight) // (PLAN_SAMPLES + weight)


def same_leg(before: Leg | None, after: Leg | None) -> bool:
    """Whether it is still on its way to the same stop."""
    if before is None or after is None:
        return before is after
    return (before.order_id, before.depart_s) == (after.order_id, after.depart_s)


def new_leg(state: VehicleState, now_s: int) -> VehicleState:
    """Nothing observed on it yet."""
    leg = state.book.leg
    drive_s = leg.arrive_s - leg.depart_s - rested_s(state.book.rests, leg.depart_s, leg.arrive_s) if leg else 0
    return replace(
        state,
        seen_m=0,
        seen_s=0,
        samples=0,
        reported_s=None,
        first_drive_s=drive_s,
        moved_s=now_s,
        least_m=-1,
        rested=(),
    )


def paced(after: VehicleState, before: VehicleState) -> VehicleState:
    """The pace with the leg just ended at a customer; a quarter of the news each time."""
    leg = before.book.leg
    planned_s = before.first_drive_s if leg else 0
    if leg is None or after.book.moving or planned_s < PACE_LEG_S:
        return after
    drove_s = after.book.since_s - leg.depart_s - rested_s(before.book.rests, leg.depart_s, after.book.since_s)
    took = max(PACE_MIN_PERMILLE, min(PACE_MAX_PERMILLE, drove_s * 1000 // planned_s))
    return replace(after, pace_permille=(before.pace_permille * 3 + took) // 4)


def observed(state: VehicleState, position: Position, moved_m: int) -> VehicleState:
    """With the speed since the last position, where it was on this leg already."""
    leg = state.book.leg
    if leg is None or state.at_s < max(1, leg.depart_s) or state.book.down_until_s is not None:
        return state
    drove_s = position.at_s - state.at_s
    if moved_m < MOVED_M and position.at_s - state.moved_s <= may_stand_s(rests_of(state), state.moved_s):
        return state
    if drove_s > FAR_APART_S:
        drove_s = max(0, drove_s - rested_s(rests_of(state), state.at_s, position.at_s))
    return replace(
        state,
        seen_m=state.seen_m * FADE_NUM // FADE_DEN + moved_m,
        seen_s=state.seen_s * FADE_NUM // FADE_DEN + drove_s,
        samples=state.samples + 1,
    )


def slip(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Report the prediction if it is off the plan, and off what was said before."""
    leg, predicted_s = state.book.leg, predict(state)
    if leg is None or predicted_s is None:
        return state, ()
    predicted_s = max(predicted_s, now_s)
    if abs(predicted_s - leg.arrive_s) <= SLIP_S:
        return state, ()
    if state.reported_s is not None and abs(predicted_s - state.reported_s) <= SLIP_S:
        return state, ()
    told = ArrivalSlip(
        agent=state.agent,
        number=0,
        at_s=now_s,
        order_id=leg.order_id,
        planned_s=leg.arrive_s,
        predicted_s=predicted_s,
    )
    return replace(state, reported_s=predicted_s), (told,)
