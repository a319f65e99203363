"""The vehicle's agent: turns positions into arrival predictions, and says so only when it matters.

Promises one slip report per real change: the predicted arrival at the current stop differs from the planned one by
more than `SLIP_S`, and from what was last reported by more than `SLIP_S`. Promises one stall report when a vehicle
that should drive has not moved for `STALL_S`, and one when it moves again. Pure; called by `agents.machine`.

Prediction: distance to go at a blend of the pace planned when the leg began, scaled by how this vehicle kept its
earlier legs, and the speed observed on this leg, which weighs more with every sample (n / (n + PLAN_SAMPLES)). Later
plans of the same leg do not count: they hold our own predictions, and a prediction that feeds itself runs away.
Distances enter only as ratios, so any unit of the map will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.insertion_call import InsertionCall
from agents.messages import AgentRef, ArrivalSlip, Instruction, Leg, Message, Position, Report, Stall, Tick, VehicleBook
from agents.readings import DriverHours
from agents.refusals import Duty, judge_duty, read_hours
from agents.vehicle_bid import bid
from solvers.routing.travel import travel_distance_m

#: A difference below this is noise of traffic lights and parking. Windows are hours wide.
SLIP_S = 300
#: Standing this long on the way is neither a light nor a queue.
STALL_S = 900
#: Less than this between two positions is the noise of a receiver.
MOVED_M = 50
#: How many observations the plan's own pace counts as.
PLAN_SAMPLES = 3
#: Observed distance and time fade by a quarter with each sample: about the last four count.
FADE_NUM, FADE_DEN = 3, 4
#: An observation may make the rest of the leg at most this many times as long as planned: a jam, not a standstill.
SLOWEST = 4
PACE_MIN_PERMILLE, PACE_MAX_PERMILLE = 500, 2000
#: A shorter leg says nothing about a driver's pace.
PACE_LEG_S = 120


@dataclass(frozen=True, slots=True)
class VehicleState:
    """What the agent knows. `lat_e7`, `lon_e7` at `at_s`: the last position (at_s = 0: none yet).

    moved_s: when it was last seen to move or was told to. seen_m, seen_s, samples: distance and time observed on this
    leg, faded. first_arrive_s: the arrival planned when the leg began. reported_s: the arrival last reported for it.
    pace_permille: time taken on earlier legs relative to plan.
    """

    agent: AgentRef
    seq: int = 0
    reports: int = 0
    revision: int = 0
    book: VehicleBook = field(default_factory=VehicleBook)
    at_s: int = 0
    lat_e7: int = 0
    lon_e7: int = 0
    moved_s: int = 0
    seen_m: int = 0
    seen_s: int = 0
    samples: int = 0
    first_arrive_s: int = 0
    reported_s: int | None = None
    stalled: bool = False
    pace_permille: int = 1000
    duty: Duty = field(default_factory=Duty)


def fresh(agent: AgentRef) -> VehicleState:
    """A vehicle that was told nothing yet."""
    return VehicleState(agent)


def step(state: VehicleState, message: Message, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Take in an instruction, a reading or a tick, and refuse what the driver's duty does not allow."""
    after, reports = _step(state, message, now_s)
    book = after.book
    duty, refusals = judge_duty(after.agent, after.revision, after.duty, book.back_s, book.duty_end_s, now_s)
    if duty is after.duty:
        return after, reports
    return replace(after, duty=duty), [*reports, *refusals]


def _step(state: VehicleState, message: Message, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    match message:
        case Instruction(book=VehicleBook()):
            return _instructed(state, message, now_s) if message.is_news(state.seq) else (state, ())
        case Position():
            return _at(state, message, now_s) if message.at_s > state.at_s else (state, ())
        case DriverHours():
            return replace(state, duty=read_hours(state.duty, message)), ()
        case InsertionCall():
            return state, (bid(message, 0, now_s),)
        case Tick():
            return _slip(state, now_s)  # without an arrival it becomes overdue
        case _:
            return state, ()


def predict(state: VehicleState) -> int | None:
    """Predicted arrival at the current stop, or None when it drives to none or is known to be down."""
    leg = state.book.leg
    if leg is None or state.book.down_until_s is not None:
        return None
    if state.at_s <= leg.depart_s:
        return leg.arrive_s
    leg_m = _distance_m(leg.from_lat_e7, leg.from_lon_e7, leg.to_lat_e7, leg.to_lon_e7)
    to_go_m = _distance_m(state.lat_e7, state.lon_e7, leg.to_lat_e7, leg.to_lon_e7)
    if leg_m == 0 or to_go_m == 0:
        return state.at_s
    planned_s = max(0, state.first_arrive_s - leg.depart_s) * to_go_m // leg_m
    return state.at_s + _blend_s(state, planned_s, to_go_m)


def _blend_s(state: VehicleState, planned_s: int, to_go_m: int) -> int:
    slowest_s = planned_s * SLOWEST
    observed_s = min(slowest_s, to_go_m * state.seen_s // state.seen_m) if state.seen_m else slowest_s
    paced_s = planned_s * state.pace_permille // 1000
    weight = state.samples
    return (paced_s * PLAN_SAMPLES + observed_s * weight) // (PLAN_SAMPLES + weight)


def _distance_m(lat_e7_a: int, lon_e7_a: int, lat_e7_b: int, lon_e7_b: int) -> int:
    return travel_distance_m(lat_e7_a, lon_e7_a, lat_e7_b, lon_e7_b)


def _instructed(state: VehicleState, told: Instruction, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    assert isinstance(told.book, VehicleBook)
    book = told.book
    if told.full:
        position = replace(fresh(state.agent), at_s=state.at_s, lat_e7=state.lat_e7, lon_e7=state.lon_e7)
        duty = replace(state.duty, said_s=0)
        state = replace(position, stalled=book.stalled_told, pace_permille=state.pace_permille, duty=duty)
    after = replace(state, seq=told.seq, revision=told.revision, book=book)
    if not _same_leg(state.book.leg, book.leg):
        after = _new_leg(_learned(after, state), now_s)
    if _may_move(book) and not _may_move(state.book):
        after = replace(after, moved_s=now_s)
    if after.stalled and not _may_move(book):
        return replace(after, stalled=False), (_stall(after, now_s, over=True),)
    return _slip(after, now_s)


def _may_move(book: VehicleBook) -> bool:
    return book.moving and book.down_until_s is None


def _same_leg(before: Leg | None, after: Leg | None) -> bool:
    if before is None or after is None:
        return before is after
    return (before.order_id, before.depart_s) == (after.order_id, after.depart_s)


def _new_leg(state: VehicleState, now_s: int) -> VehicleState:
    arrive_s = state.book.leg.arrive_s if state.book.leg else 0
    return replace(state, seen_m=0, seen_s=0, samples=0, reported_s=None, first_arrive_s=arrive_s, moved_s=now_s)


def _learned(after: VehicleState, before: VehicleState) -> VehicleState:
    """The pace with the leg just ended at a customer; a quarter of the news each time."""
    leg = before.book.leg
    planned_s = before.first_arrive_s - leg.depart_s if leg else 0
    if leg is None or after.book.moving or planned_s < PACE_LEG_S:
        return after
    took = max(PACE_MIN_PERMILLE, min(PACE_MAX_PERMILLE, (after.book.since_s - leg.depart_s) * 1000 // planned_s))
    return replace(after, pace_permille=(before.pace_permille * 3 + took) // 4)


def _at(state: VehicleState, position: Position, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    known = state.at_s > 0
    moved_m = _distance_m(state.lat_e7, state.lon_e7, position.lat_e7, position.lon_e7) if known else 0
    after = replace(state, at_s=position.at_s, lat_e7=position.lat_e7, lon_e7=position.lon_e7)
    leg = state.book.leg
    if known and leg is not None and state.at_s >= leg.depart_s and state.book.down_until_s is None:
        after = replace(
            after,
            seen_m=state.seen_m * FADE_NUM // FADE_DEN + moved_m,
            seen_s=state.seen_s * FADE_NUM // FADE_DEN + position.at_s - state.at_s,
            samples=state.samples + 1,
        )
    reports: list[Report] = []
    if moved_m >= MOVED_M or not known:
        after = replace(after, moved_s=position.at_s)
        if state.stalled:
            after = replace(after, stalled=False)
            reports.append(_stall(after, now_s, over=True))
    after, stalls = _stalled(after, now_s)
    after, slips = _slip(after, now_s)
    return after, [*reports, *stalls, *slips]


def _stalled(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Positions say that it stands still. No positions say nothing: that vehicle will be overdue."""
    if state.stalled or not _may_move(state.book) or state.at_s - state.moved_s < STALL_S:
        return state, ()
    state = replace(state, stalled=True)
    return state, (_stall(state, now_s, over=False),)


def _slip(state: VehicleState, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Report the prediction if it is off the plan, and off what was said before."""
    leg, predicted_s = state.book.leg, predict(state)
    if leg is None or predicted_s is None:
        return state, ()
    predicted_s = max(predicted_s, now_s)
    if abs(predicted_s - leg.arrive_s) <= SLIP_S:
        return state, ()
    if state.reported_s is not None and abs(predicted_s - state.reported_s) <= SLIP_S:
        return state, ()
    slip = ArrivalSlip(
        agent=state.agent,
        number=0,
        at_s=now_s,
        order_id=leg.order_id,
        planned_s=leg.arrive_s,
        predicted_s=predicted_s,
    )
    return replace(state, reported_s=predicted_s), (slip,)


def _stall(state: VehicleState, now_s: int, *, over: bool) -> Stall:
    return Stall(agent=state.agent, number=0, at_s=now_s, since_s=state.moved_s, over=over)
