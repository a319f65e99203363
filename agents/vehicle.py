"""The vehicle's agent: predicts arrivals, notices stalls and detours, refuses what its driver may not do.

Promises that each thing is said once, and once more when it is over; what it learned of its own pace outlives its
process (`remember`, `recall`). Pure; called by `agents.machine`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from agents.driving_refusals import judge_driving, read_driving
from agents.insertion_call import InsertionCall
from agents.messages import AgentRef, Instruction, Message, Position, Report, Tick, VehicleBook
from agents.readings import DriverHours
from agents.refusals import judge_duty, read_hours
from agents.vehicle_detour import detour_over, detoured
from agents.vehicle_predict import PACE_MAX_PERMILLE, PACE_MIN_PERMILLE, new_leg, observed, paced, same_leg, slip
from agents.vehicle_stall import MOVED_M, moved, stall_over, stalled
from agents.vehicle_state import VehicleState, distance_m, may_move


def fresh(agent: AgentRef) -> VehicleState:
    """A vehicle that was told nothing yet."""
    return VehicleState(agent)


def step(state: VehicleState, message: Message, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    """Take in an instruction, a reading or a tick, and refuse what the driver's duty does not allow."""
    after, reports = _step(state, message, now_s)
    book = after.book
    duty, refusals = judge_duty(after.agent, after.revision, after.duty, book.back_s, book.duty_end_s, now_s)
    driving, more = judge_driving(after.agent, after.revision, after.driving, book, now_s)
    if duty is after.duty and driving is after.driving:
        return after, reports
    return replace(after, duty=duty, driving=driving), [*reports, *refusals, *more]


def _step(state: VehicleState, message: Message, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    match message:
        case Instruction(book=VehicleBook()):
            return _instructed(state, message, now_s) if message.is_news(state.seq) else (state, ())
        case Position():
            return _at(state, message, now_s) if message.at_s > state.at_s else (state, ())
        case DriverHours():
            duty, driving = read_hours(state.duty, message), read_driving(state.driving, message)
            return replace(state, duty=duty, driving=driving), ()
        case InsertionCall():
            from agents.vehicle_bid import bid  # brings numpy: a host that was lost is back before it needs it

            return state, (bid(message, 0, now_s),)
        case Tick():
            return slip(state, now_s)  # without an arrival it becomes overdue
        case _:
            return state, ()


def remember(state: VehicleState) -> bytes:
    """What it learned of its pace; nothing as long as that is usual."""
    return json.dumps({"pace_permille": state.pace_permille}).encode() if state.pace_permille != 1000 else b""


def recall(state: VehicleState, data: bytes) -> VehicleState:
    """With the pace that was remembered. Raises ValueError for anything else."""
    told = json.loads(data)
    pace = told.get("pace_permille") if isinstance(told, dict) else None
    if type(pace) is not int or not PACE_MIN_PERMILLE <= pace <= PACE_MAX_PERMILLE:
        raise ValueError(f"pace_permille = {pace!r}: in [{PACE_MIN_PERMILLE}, {PACE_MAX_PERMILLE}]")
    return replace(state, pace_permille=pace)


def _instructed(state: VehicleState, told: Instruction, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    assert isinstance(told.book, VehicleBook)
    book = told.book
    if told.full:
        position = replace(fresh(state.agent), at_s=state.at_s, lat_e7=state.lat_e7, lon_e7=state.lon_e7)
        kept = replace(position, pace_permille=state.pace_permille, duty=replace(state.duty, said_s=0))
        kept = replace(kept, driving=replace(state.driving, said_s=0))
        state = replace(kept, stalled=book.stalled_told, detoured=book.detour_told)
    after = replace(state, seq=told.seq, revision=told.revision, book=book)
    another = not same_leg(state.book.leg, book.leg)
    if another:
        after = new_leg(paced(after, state), now_s)
    if may_move(book) and not may_move(state.book):
        after = replace(after, moved_s=now_s)
    reports: list[Report] = []
    if after.detoured and not told.full and (another or not may_move(book)):
        after, over = detour_over(after, now_s)
        reports += over
    if after.stalled and not may_move(book):
        after, over = stall_over(after, now_s)
        return after, [*reports, *over]
    after, slips = slip(after, now_s)
    return after, [*reports, *slips]


def _at(state: VehicleState, position: Position, now_s: int) -> tuple[VehicleState, Sequence[Report]]:
    known = state.at_s > 0
    moved_m = distance_m(state.lat_e7, state.lon_e7, position.lat_e7, position.lon_e7) if known else 0
    after = replace(
        observed(state, position, moved_m), at_s=position.at_s, lat_e7=position.lat_e7, lon_e7=position.lon_e7
    )
    reports: list[Report] = []
    if moved_m >= MOVED_M or not known:
        after, said = moved(after, now_s)
        reports += said
    for look in (stalled, detoured, slip):
        after, said = look(after, now_s)
        reports += said
    return after, reports
