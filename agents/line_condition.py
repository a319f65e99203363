"""A machine's condition as its line sees it: running hours, sensors that drift, and whether waiting is dearer than
maintenance.

Promises that usage counts only time between two signals of a running machine; that maintenance is asked for once, again
only when the risk has grown by a lot, and taken back when the condition no longer asks for it; that what was learned
fits `remember` and comes back by `recall`. Pure. Called by `agents.production_line`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.messages import AgentRef, ConditionRisk, MachineSignal, Report, SensorReading, WearBook
from solvers.scheduling.maintenance import HOUR_S, Costs, Weibull
from solvers.upkeep.drift import Drift, read, renewed
from solvers.upkeep.risk import Condition, curve, law_of, worth_a_stop

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
    None: not at risk, as far as anybody was told.
    """

    used_s: int = 0
    watched_s: int = 0
    ran_s: int = 0
    renewed_s: int = 0
    told_permille: int | None = None
    drifts: Mapping[str, Drift] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)

    @property
    def condition(self) -> Condition:
        """Age in hours, and how long the sensor that drifts longest has done so."""
        age_h = self.used_s / HOUR_S
        since = [age_h - drift.since_h for drift in self.drifts.values() if drift.alarm_h is not None]
        return Condition(age_h, max(0.0, *since) if since else None)

    @property
    def share(self) -> float:
        """Of each hour, how much it ran so far; half, as long as nothing was seen."""
        share = self.ran_s / self.watched_s if self.watched_s else 0.5
        return min(SHARE_MAX, max(SHARE_MIN, share))


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


def renew(worn: Worn, renewed_s: int) -> Worn:
    """It was maintained or repaired: as good as new. The log knows that too, so nothing has to be taken back."""
    drifts = {sensor: renewed(drift) for sensor, drift in worn.drifts.items()}
    return replace(worn, used_s=0, renewed_s=renewed_s, told_permille=None, drifts=drifts, windows={})


def judge(agent: AgentRef, machine_id: str, worn: Worn, book: WearBook, now_s: int) -> tuple[Worn, Sequence[Report]]:
    """Ask for maintenance when waiting a day costs more than it, again when the risk has grown; or take that back."""
    life = Weibull(book.life_shape_permille / 1000, book.life_s / HOUR_S)
    delay = Weibull(book.delay_shape_permille / 1000, book.delay_s / HOUR_S)
    law = law_of(worn.condition, life, delay, worn.share)
    costs = Costs(book.failure_cents, 0.0, 0, book.planned_cents)
    points = curve(law, now_s)
    worst = points[-1][1]
    due = worst > 0 and worth_a_stop(law, costs, life, AHEAD_S / HOUR_S * worn.share)
    told = worn.told_permille
    if due and (told is None or worst >= told + AGAIN_PERMILLE):
        said = _said(agent, machine_id, worn, points, now_s)
        return replace(worn, told_permille=worst), (said,)
    if told is not None and not due:
        said = _said(agent, machine_id, worn, (), now_s)
        return replace(worn, told_permille=None), (said,)
    return worn, ()


def _said(
    agent: AgentRef, machine_id: str, worn: Worn, points: tuple[tuple[int, int], ...], now_s: int
) -> ConditionRisk:
    drifting = sorted(sensor for sensor, drift in worn.drifts.items() if drift.alarm_h is not None)
    return ConditionRisk(
        agent=agent,
        number=0,
        at_s=now_s,
        machine_id=machine_id,
        used_s=worn.used_s,
        drifting=tuple(drifting),
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
