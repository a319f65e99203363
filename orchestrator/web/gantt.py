"""The Gantt: machines and vehicles on one time axis, with the present marked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from orchestrator.web.map_view import STOP_CLASSES
from orchestrator.web.svg import Markup, joined, tag
from orchestrator.web.words import hhmm, zone_of
from protos.muster.operator.v1 import overview_pb2 as pb

WIDTH, LABEL, ROW, AXIS = 1400, 72, 18, 22
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Axis:
    """From epoch seconds to the drawing."""

    start_s: int
    end_s: int

    def x(self, epoch_s: int) -> float:
        """Where a time is, kept inside the drawing."""
        inside = min(max(epoch_s, self.start_s), self.end_s)
        return round(LABEL + (inside - self.start_s) * (WIDTH - LABEL) / (self.end_s - self.start_s), 1)


def axis_of(overview: pb.Overview) -> Axis:
    """From an hour before the first shift to an hour after the last work of the day, full hours."""
    starts = [vehicle.shift_start_s for vehicle in overview.vehicles if vehicle.shift_start_s]
    ends = [vehicle.shift_end_s for vehicle in overview.vehicles if vehicle.shift_end_s]
    start_s = min(starts, default=overview.day_start_s + 6 * HOUR_S)
    end_s = max(ends, default=overview.day_start_s + 18 * HOUR_S)
    return Axis(start_s // HOUR_S * HOUR_S, max(start_s + HOUR_S, -(-end_s // HOUR_S) * HOUR_S))


def height(overview: pb.Overview) -> int:
    """Drawing units from top to bottom."""
    return AXIS + ROW * (len(overview.machines) + len(overview.vehicles)) + 8


def chart(overview: pb.Overview) -> Markup:
    """The whole chart."""
    axis = axis_of(overview)
    zone = zone_of(overview.time_zone)
    machine_rows = [_machine(machine, overview, axis, row, zone) for row, machine in enumerate(overview.machines)]
    first = len(overview.machines)
    vehicle_rows = [_vehicle(vehicle, axis, first + row, zone) for row, vehicle in enumerate(overview.vehicles)]
    return joined(_grid(overview, axis, zone), *machine_rows, *vehicle_rows, _now(overview, axis))


def _grid(overview: pb.Overview, axis: Axis, zone: tzinfo) -> Markup:
    bottom = height(overview)
    lines = []
    for epoch_s in range(axis.start_s, axis.end_s + 1, HOUR_S):
        x = axis.x(epoch_s)
        lines.append(tag("line", class_="hour", x1=x, x2=x, y1=AXIS - 4, y2=bottom))
        lines.append(tag("text", hhmm(epoch_s, zone), class_="hour-name", x=x, y=AXIS - 8))
    return joined(*lines)


def _now(overview: pb.Overview, axis: Axis) -> Markup:
    if not axis.start_s <= overview.now_s <= axis.end_s:
        return Markup()
    x = axis.x(overview.now_s)
    return tag("line", class_="now", x1=x, x2=x, y1=AXIS - 4, y2=height(overview))


def _row(name: str, row: int, *parts: Markup) -> Markup:
    y = AXIS + row * ROW
    return tag(
        "g",
        tag("text", name, class_="row-name", x=4, y=13),
        tag("line", class_="row-line", x1=0, x2=WIDTH, y1=ROW, y2=ROW),
        *parts,
        transform=f"translate(0,{y})",
    )


def _bar(axis: Axis, start_s: int, end_s: int, kind: str, text: str, thin: bool = False) -> Markup:
    x = axis.x(start_s)
    width = max(axis.x(end_s) - x, 1.5)
    return tag(
        "rect",
        tag("title", text),
        class_=f"bar {kind}",
        x=x,
        y=8.0 if thin else 3.0,
        width=width,
        height=4.0 if thin else ROW - 6.0,
        rx=2,
    )


def _down(axis: Axis, now_s: int, until_s: int, name: str, zone: tzinfo) -> Markup:
    return _bar(axis, now_s, until_s, "down", f"{name} is down until {hhmm(until_s, zone)}")


def _machine(machine: pb.MachineView, overview: pb.Overview, axis: Axis, row: int, zone: tzinfo) -> Markup:
    bars = []
    for task in overview.tasks:
        if task.machine_id != machine.machine_id:
            continue
        bars.append(_bar(axis, task.start_s, task.end_s, *_task(task, zone)))
    if machine.HasField("down_until_s"):
        bars.append(_down(axis, overview.now_s, machine.down_until_s, machine.machine_id, zone))
    if machine.failed_per_mille:
        text = f"fails by {hhmm(machine.risk_by_s, zone)} with {machine.failed_per_mille / 10:g} %"
        bars.append(_bar(axis, overview.now_s, machine.risk_by_s, "risk", text, thin=True))
    return _row(machine.machine_id, row, *bars)


def _task(task: pb.TaskView, zone: tzinfo) -> tuple[str, str]:
    """Style and text of a task's bar, or of maintenance's."""
    times = f"{hhmm(task.start_s, zone)}–{hhmm(task.end_s, zone)}"
    if task.maintenance:
        return f"maintenance {task.status.lower()}", f"{task.task_id} · maintenance before a failure · {times}"
    kind = ("late" if task.tardy else task.status.lower()) + (" overtime" if task.overtime else "")
    parts = [task.task_id, task.item_id, times, f"due {hhmm(task.due_s, zone)}"]
    if task.lot_quantity:
        parts.append(f"lot of {task.lot_quantity}")
    if task.held:
        parts.append(f"with {', '.join(task.held)}")
    return f"task {kind}", " · ".join(parts)


def _vehicle(vehicle: pb.VehicleView, axis: Axis, row: int, zone: tzinfo) -> Markup:
    parts = [
        _bar(axis, trip.load_start_s, trip.return_s, "trip loaded" if trip.loaded else "trip", "trip", thin=True)
        for trip in vehicle.trips
    ]
    for rest in vehicle.rests:
        text = f"rest · {hhmm(rest.start_s, zone)}–{hhmm(rest.end_s, zone)}"
        parts.append(_bar(axis, rest.start_s, rest.end_s, "rest", text))
    for stop in [*vehicle.done_stops, *vehicle.stops]:
        kind = STOP_CLASSES.get(stop.status, "on-time") + (" locked" if stop.locked else "")
        text = f"{stop.order_id} · {stop.customer_name} · {hhmm(stop.start_s, zone)}"
        parts.append(_bar(axis, stop.start_s, max(stop.depart_s, stop.start_s + 60), f"visit {kind}", text))
    if vehicle.HasField("down_until_s"):
        parts.append(_down(axis, vehicle.place_at_s, vehicle.down_until_s, vehicle.vehicle_id, zone))
    return _row(vehicle.vehicle_id, row, *parts)
