"""A machine's condition as its line sees it: running hours, sensors that drift, and whether waiting is dearer than
maintenance.

Promises that usage counts only time between two signals of a running machine, and is never less than the log counts
from tasks; that maintenance is asked for once, again only when the risk has grown by a lot, and taken back when the
condition no longer asks for it; that what was learned fits `remember` and comes back by `recall`. Pure. Called by
`agents.production_line`; `weighed` also by those who show people why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.messages import AgentRef, ConditionRisk, DriftSeen, MachineSignal, Report, SensorReading, WearBook
from solvers.scheduling.maintenance import HOUR_S, Costs, Weibull
from solvers.upkeep.drift import Drift, read, renewed
from solvers.upkeep.risk import Condition, Stop, curve, law_of, stop_now

GAP_S_MAX = HOUR_S
"""Of a longer silence between two signals only so much counts as running."""
AHEAD_S = 24 * HOUR_S
"""Waiting is judged over a day: the schedule needs that long to find a good slot."""
AGAIN_PERMILLE = 100
"""Told again when the risk over the days to come has grown by so much."""
SENSORS_MAX = 8
WINDOW_S = HOUR_S
"""Readings are judged by their mean over so long: a sensor that speaks each second would else raise false alarms."""
SHARE_MIN, SHARE_MAX = 0.05, 1.0
DAY_S = 24 * HOUR_S


@dataclass(frozen=True, slots=True)
class Window:
    """Readings of one sensor since `since_s` that are not judged yet."""

    since_s: int
    count: int
    sum_milli: int


@dataclass(frozen=True, slots=True)
class Worn:
    """One machine: running seconds since it was as good as new, seconds watched, its sensors, what was said of it.

    renewed_s: its last maintenance or repair, as the log has it. told_permille: risk over `curve` as last reported,
    None: not at risk, as far as anybody was told. drift_told: its drift was reported.
    """

    used_s: int = 0
    watched_s: int = 0
    ran_s: int = 0
    renewed_s: int = 0
    told_permille: int | None = None
    drift_told: bool = False
    drifts: Mapping[str, Drift] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)

    @property
    def condition(self) -> Condition:
        """Age in hours, and how long the sensor that drifts longest has done so."""
        age_h = self.used_s / HOUR_S
        since = [age_h - drift.since_h for drift in self.drifts.values() if drift.alarm_h is not None]
        return Condition(age_h, max(0.0, *since) if since else None)

    @property
    def drifting(self) -> tuple[str, ...]:
        """Sensors that drift."""
        return tuple(sorted(sensor for sensor, drift in self.drifts.items() if drift.alarm_h is not None))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A machine's risk over the days to come, (time, failed by then in per mille), and what a stop now is worth."""

    points: tuple[tuple[int, int], ...]
    stop: Stop

    @property
    def due(self) -> bool:
        """Whether to ask for maintenance."""
        return self.points[-1][1] > 0 and self.stop.worth


def used(worn: Worn, last_s: int, ran: bool, signal: MachineSignal) -> Worn:
    """After a signal: the time since the last one, at `last_s`, when it ran or stood."""
    gone_s = min(GAP_S_MAX, signal.at_s - last_s)
    ran_s = gone_s if ran else 0
    return replace(worn, used_s=worn.used_s + ran_s, ran_s=worn.ran_s + ran_s, watched_s=worn.watched_s + gone_s)


def sensed(worn: Worn, reading: SensorReading) -> Worn:
    """After a reading. A window is judged when a reading comes that begins after its end."""
    span, sensor = reading.span, reading.sensor
    window = worn.windows.get(sensor)
    if window is None:
        if len(worn.windows) >= SENSORS_MAX:
            return worn
        return replace(worn, windows={**worn.windows, sensor: Window(span.since_s, span.count, span.sum_milli)})
    if span.since_s - window.since_s < WINDOW_S:
        grown = replace(window, count=window.count + span.count, sum_milli=window.sum_milli + span.sum_milli)
        return replace(worn, windows={**worn.windows, sensor: grown})
    mean = window.sum_milli / window.count / 1000
    drift = read(worn.drifts.get(sensor, Drift()), mean, worn.used_s / HOUR_S)
    begun = Window(span.since_s, span.count, span.sum_milli)
    return replace(worn, drifts={**worn.drifts, sensor: drift}, windows={**worn.windows, sensor: begun})


def by_the_log(worn: Worn, book: WearBook) -> Worn:
    """As the log has it: as good as new after maintenance or repair, and at least as old as the tasks that ran.

    What was asked for and is open still, because the machine broke down first, is taken back at the next look.
    """
    if book.renewed_s > worn.renewed_s:
        drifts = {sensor: renewed(drift) for sensor, drift in worn.drifts.items()}
        told = worn.told_permille if book.asked else None
        worn = Worn(0, worn.watched_s, worn.ran_s, book.renewed_s, told, drifts=drifts)
    return replace(worn, used_s=book.used_s) if book.used_s > worn.used_s else worn


def share_of(worn: Worn, book: WearBook, now_s: int) -> float:
    """Of each hour, how much it runs: by its signals, else by days of the log; half while nothing is known."""
    share = 0.5
    if worn.watched_s:
        share = worn.ran_s / worn.watched_s
    elif book.since_s and now_s - book.since_s >= DAY_S:
        share = book.used_s / (now_s - book.since_s)
    return min(SHARE_MAX, max(SHARE_MIN, share))


def weighed(book: WearBook, condition: Condition, share: float, now_s: int) -> Weighed:
    """A machine's risk as it runs now (`share` of each hour), and waiting for a day beside stopping."""
    life = Weibull(book.life_shape_permille / 1000, book.life_s / HOUR_S)
    delay = Weibull(book.delay_shape_permille / 1000, book.delay_s / HOUR_S)
    law = law_of(condition, life, delay, share)
    costs = Costs(book.failure_cents, 0.0, 0, book.planned_cents)
    return Weighed(curve(law, now_s), stop_now(law, costs, life, AHEAD_S / HOUR_S * share))


def drift_seen(agent: AgentRef, machine_id: str, worn: Worn, now_s: int) -> tuple[Worn, Sequence[Report]]:
    """Tell the log of a drift, once: how long machines last after one is learned from it."""
    drift_h = worn.condition.drift_h
    if drift_h is None or worn.drift_told:
        return worn, ()
    drift_s = round(drift_h * HOUR_S)
    said = DriftSeen(agent=agent, number=0, at_s=now_s, machine_id=machine_id, drift_s=drift_s, drifting=worn.drifting)
    return replace(worn, drift_told=True), (said,)


def judge(agent: AgentRef, machine_id: str, worn: Worn, book: WearBook, now_s: int) -> tuple[Worn, Sequence[Report]]:
    """Ask for maintenance when waiting a day costs more than it, again when the risk has grown; or take that back."""
    found = weighed(book, worn.condition, share_of(worn, book, now_s), now_s)
    worst = found.points[-1][1]
    told = worn.told_permille
    if found.due and (told is None or worst >= told + AGAIN_PERMILLE):
        said = _said(agent, machine_id, worn, found.points, now_s)
        return replace(worn, told_permille=worst), (said,)
    if told is not None and not found.due:
        said = _said(agent, machine_id, worn, (), now_s)
        return replace(worn, told_permille=None), (said,)
    return worn, ()


def _said(
    agent: AgentRef, machine_id: str, worn: Worn, points: tuple[tuple[int, int], ...], now_s: int
) -> ConditionRisk:
    return ConditionRisk(
        agent=agent,
        number=0,
        at_s=now_s,
        machine_id=machine_id,
        used_s=worn.used_s,
        drifting=worn.drifting,
        risk=points,
        over=not points,
    )


def remembered(machines: Mapping[str, Worn]) -> bytes:
    """Usage and sensors' baselines as JSON; b"" when there are none."""
    kept = {machine_id: _listed(worn) for machine_id, worn in machines.items() if worn != Worn()}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode() if kept else b""


def recalled(data: bytes) -> Mapping[str, Worn]:
    """What `remembered` gave. Raises ValueError for anything else."""
    told = json.loads(data)
    if not isinstance(told, dict):
        raise ValueError(f"{type(told).__name__}: machines by id expected")
    return {str(machine_id): _worn(machine_id, fields) for machine_id, fields in told.items()}


def _listed(worn: Worn) -> list[object]:
    drifts = {
        sensor: [d.seen, *(float(f"{number:.6g}") for number in (d.mean, d.squares, d.total, d.since_h)), d.alarm_h]
        for sensor, d in worn.drifts.items()
    }
    return [worn.used_s, worn.watched_s, worn.ran_s, worn.renewed_s, worn.told_permille, drifts]


def _worn(machine_id: str, fields: Any) -> Worn:
    try:
        used_s, watched_s, ran_s, renewed_s, told, drifts = fields
        sensors = {str(sensor): _drift(values) for sensor, values in drifts.items()}
        return Worn(
            used_s=_count(used_s),
            watched_s=_count(watched_s),
            ran_s=_count(ran_s),
            renewed_s=_count(renewed_s),
            told_permille=None if told is None else _count(told),
            drifts=sensors,
        )
    except (TypeError, AttributeError) as error:
        raise ValueError(f"machine {machine_id}: {error}") from error


def _drift(values: Any) -> Drift:
    seen, mean, squares, total, since_h, alarm_h = values
    return Drift(
        seen=_count(seen),
        mean=_number(mean),
        squares=_number(squares),
        total=_number(total),
        since_h=_number(since_h),
        alarm_h=None if alarm_h is None else _number(alarm_h),
    )


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 2**40:
        raise ValueError(f"{value!r}: a whole number from 0 on")
    return value


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or not abs(value) < 1e15:
        raise ValueError(f"{value!r}: a number")
    return float(value)
