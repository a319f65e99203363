"""What rules on rests and limits of a day leave a driver from where a vehicle's freedom begins.

Promises: what was driven and rested counts, as `evolve` has kept it; a rest that runs, or lies on the leg that is being
driven, stays, and is put where the rule asks for it when the leg began earlier or later than planned. What the
tachograph says to be left before a rest goes before our own count. Pure; called by `vehicle_cut`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from orchestrator.domain.company import Place, Vehicle
from orchestrator.domain.duty import DRIVING_LIMITS, DrivingLimit, Duty, Rest, driven_after
from orchestrator.domain.entities import VehicleLive, VehicleStatus
from orchestrator.domain.plan import PlannedStop, VehicleRoute
from orchestrator.domain.refusals import driving_left
from orchestrator.domain.state import State
from orchestrator.planning.roads import Roads
from solvers.routing.parts import NO_END_S, Break, DrivingRule

AS_PLANNED_S = 120
"""A vehicle that left so little after a rest should have begun rests as planned."""


@dataclass(frozen=True, slots=True)
class DutyLeft:
    """The rules from the cut on. rests: fixed, up to it. driven_s: driven since the last rest, at the cut.

    breaks: still owed. ends_s: when it must be back, as its day has begun; duration_s: how long its day may be, as it
    has not. distance_m, stops: still allowed. None = no limit.
    """

    rests: tuple[Rest, ...] = ()
    driving: DrivingRule | None = None
    driven_s: int = 0
    breaks: tuple[Break, ...] = ()
    ends_s: int | None = None
    duration_s: int | None = None
    distance_m: int | None = None
    stops: int | None = None


NO_RULES = DutyLeft()


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage of its day that a vehicle is at: its day so far, and the rests planned from its last report on."""

    vehicle: Vehicle
    live: VehicleLive
    duty: Duty | None
    planned: tuple[Rest, ...]
    driven_s: int
    now_s: int

    @property
    def limit(self) -> DrivingLimit | None:
        """The rule on driving times."""
        return DRIVING_LIMITS.get(self.vehicle.driving_rule)


def stage_of(state: State, vehicle: Vehicle, route: VehicleRoute | None, now_s: int) -> Stage:
    """Where a vehicle stands; a day of duty that is over counts no more."""
    live = state.fleet[vehicle.vehicle_id]
    duty = live.duty
    if duty is not None and live.status is VehicleStatus.IDLE:
        duty = duty if state.day_start_s(duty.begun_s) == state.day_start_s(now_s) else None
    planned = tuple(rest for rest in (route.rests if route is not None else ()) if rest.end_s > live.since_s)
    stage = Stage(vehicle, live, duty, planned, duty.driven_s if duty is not None else 0, now_s)
    return replace(stage, driven_s=_by_tachograph(state, stage))


def _by_tachograph(state: State, stage: Stage) -> int:
    """Driven since the last rest at the last report: what the tachograph leaves counts if it is less."""
    held = driving_left(state.refusals, stage.vehicle.vehicle_id)
    if stage.limit is None or held is None or held.until_s <= stage.now_s:
        return stage.driven_s
    moving = stage.live.status in (VehicleStatus.DRIVING, VehicleStatus.RETURNING)
    since_s = max(0, held.at_s - stage.live.since_s) if moving else 0
    return max(stage.driven_s, stage.limit.max_drive_s - held.left - since_s, 0)


def rests_on_leg(stage: Stage, leave_s: int, drive_s: int, planned_start_s: int) -> tuple[tuple[Rest, ...], int]:
    """(rests of the leg that is being driven, when it arrives). planned_start_s: of the service at its end.

    Rests stay where they were planned unless the rule asks for one earlier; what the leg no longer reaches is taken
    when it is there.
    """
    limit, driven_s, left_s, now_s = stage.limit, stage.driven_s, drive_s, leave_s
    ahead = [_begun(stage, rest, leave_s) for rest in stage.planned if rest.start_s < planned_start_s]
    taken: list[Rest] = []
    while True:
        due = ahead[0] if ahead and ahead[0].start_s < now_s + left_s else None
        tired_s = _tired_s(stage, now_s, driven_s)
        if limit is not None and tired_s < min(now_s + left_s, due.start_s if due is not None else tired_s + 1):
            due = next((rest for rest in ahead if _length_s(rest) >= limit.rest_s), None)
            length_s = _length_s(due) if due is not None else limit.rest_s
            rest = Rest(start_s=tired_s, end_s=tired_s + length_s)
        elif due is not None:
            rest = _from(due, now_s)
        else:
            break
        ahead = [other for other in ahead if other is not due]
        gone_s = max(0, rest.start_s - now_s)
        driven_s = 0 if limit is not None and _length_s(rest) >= limit.rest_s else driven_s + gone_s
        left_s, now_s = left_s - gone_s, rest.end_s
        taken.append(rest)
    for rest in ahead:  # at the stop, before its service
        taken.append(_from(rest, max(now_s + left_s, taken[-1].end_s if taken else 0)))
    return tuple(taken), now_s + left_s


def _tired_s(stage: Stage, now_s: int, driven_s: int) -> int:
    """When the driver has driven as long as the rule allows; who has driven longer rests now."""
    if stage.limit is None:
        return NO_END_S
    tired_s = now_s + max(0, stage.limit.max_drive_s - driven_s)
    return tired_s if stage.now_s <= tired_s + AS_PLANNED_S else max(tired_s, stage.now_s)


def rests_at_stop(stage: Stage, planned_start_s: int) -> tuple[Rest, ...]:
    """Rests that were planned between the arrival at the stop where it is and its service."""
    since_s = stage.live.since_s
    return tuple(_from(rest, since_s) for rest in stage.planned if rest.start_s < planned_start_s)


def rests_idle(stage: Stage) -> tuple[Rest, ...]:
    """The planned rest that runs now at the depot; what is over counts as time that it stood."""
    return tuple(rest for rest in stage.planned if rest.start_s <= stage.now_s < rest.end_s)


def rest_s(stage: Stage) -> int:
    """How long the rests planned from the last report on are together."""
    return sum(_length_s(rest) for rest in stage.planned)


def rest_between_s(stage: Stage, from_s: int, to_s: int) -> int:
    """How much of a time is planned for rests."""
    return sum(max(0, min(rest.end_s, to_s) - max(rest.start_s, from_s)) for rest in stage.planned)


def duty_left(
    state: State, stage: Stage, fixed: tuple[Rest, ...], committed: PlannedStop | None, ready_s: int, roads: Roads
) -> DutyLeft:
    """The rules from `ready_s` on, with `fixed` rests before it and the stop that is committed."""
    vehicle, live, duty = stage.vehicle, stage.live, stage.duty
    day_s = state.day_start_s(live.since_s if live.status is not VehicleStatus.IDLE else stage.now_s)
    taken = [*fixed, *(duty.rests if duty is not None else ()), *_idle(stage, ready_s)]
    place = state.customers[state.orders[committed.order_id].customer_id].place if committed is not None else None
    driving = live.status is VehicleStatus.DRIVING and committed is not None
    limit = stage.limit
    return DutyLeft(
        rests=fixed,
        driving=DrivingRule(limit.max_drive_s, limit.rest_s, None, limit.pauses_count) if limit is not None else None,
        driven_s=min(_driven_s(stage, fixed, committed, ready_s), limit.max_drive_s) if limit is not None else 0,
        breaks=_breaks(vehicle, day_s, taken),
        ends_s=max(ready_s, duty.begun_s + vehicle.max_duration_s)
        if duty is not None and vehicle.max_duration_s
        else None,
        duration_s=vehicle.max_duration_s if duty is None and vehicle.max_duration_s else None,
        distance_m=_distance_left_m(stage, place if driving else None, roads) if vehicle.max_distance_m else None,
        stops=max(0, vehicle.max_stops - (duty.stops if duty is not None else 0) - driving)
        if vehicle.max_stops
        else None,
    )


def _driven_s(stage: Stage, fixed: Sequence[Rest], committed: PlannedStop | None, ready_s: int) -> int:
    """Driven since the last rest, at `ready_s`."""
    limit, live, driven_s = stage.limit, stage.live, stage.driven_s
    if live.status is VehicleStatus.IDLE:
        return driven_after(limit, driven_s, live.since_s, ready_s, (*fixed, *_idle(stage, ready_s)), moving=False)
    if committed is None:
        return driven_s
    if live.status is VehicleStatus.SERVING:
        return driven_after(limit, driven_s, live.since_s, committed.depart_s, fixed, moving=False)
    leave_s = max(live.since_s, live.down_until_s or 0)
    road = [rest for rest in fixed if rest.start_s < committed.arrive_s]
    driven_s = driven_after(limit, driven_s, leave_s, committed.arrive_s, road, moving=True)
    there = [rest for rest in fixed if rest.start_s >= committed.arrive_s]
    return driven_after(limit, driven_s, committed.arrive_s, committed.depart_s, there, moving=False)


def _idle(stage: Stage, ready_s: int) -> tuple[Rest, ...]:
    """What it has stood at its depot so far, which is free time."""
    until_s = min(stage.now_s, ready_s)
    if stage.live.status is not VehicleStatus.IDLE or until_s <= stage.live.since_s:
        return ()
    return (Rest(start_s=stage.live.since_s, end_s=until_s),)


def _breaks(vehicle: Vehicle, day_s: int, taken: Iterable[Rest]) -> tuple[Break, ...]:
    """The break, unless a rest within its window was as long."""
    if not vehicle.break_s:
        return ()
    first_s, last_s = day_s + vehicle.break_start_s, day_s + vehicle.break_end_s
    if any(min(rest.end_s, last_s) - max(rest.start_s, first_s) >= vehicle.break_s for rest in taken):
        return ()
    return (Break(first_s, last_s - vehicle.break_s, vehicle.break_s),)


def _distance_left_m(stage: Stage, ahead: Place | None, roads: Roads) -> int:
    """What the day's way, and that to the stop ahead, leave of the limit."""
    way = [
        *(stage.duty.way if stage.duty is not None else ()),
        *((stage.live.place, ahead) if ahead is not None else ()),
    ]
    legs = pairwise(way)
    driven_m = sum(roads.distance_m(start, end, stage.vehicle.kind) for start, end in legs)
    return max(0, stage.vehicle.max_distance_m - driven_m)


def _begun(stage: Stage, rest: Rest, leave_s: int) -> Rest:
    """A rest that should have begun before the leg did is taken at once, unless it runs already."""
    runs = rest.start_s <= stage.now_s and rest.start_s + AS_PLANNED_S >= leave_s
    return rest if runs or rest.start_s >= leave_s else _from(rest, leave_s)


def _from(rest: Rest, least_s: int) -> Rest:
    late_s = max(0, least_s - rest.start_s)
    return rest if late_s <= AS_PLANNED_S else Rest(start_s=rest.start_s + late_s, end_s=rest.end_s + late_s)


def _length_s(rest: Rest) -> int:
    return rest.end_s - rest.start_s
