"""Readings from and to the contract's messages.

Promises that no reading with a value that cannot be comes through, and that one bad reading costs only itself: it is
counted under the first field that is wrong. Called by `port` for what comes in and by `sender` for what goes out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet

from agents.readings import (
    DockState,
    DriverHours,
    MachineSignal,
    Position,
    SensorReading,
    ShelfCount,
    Telemetry,
)
from protos.muster.telemetry.v1 import telemetry_service_pb2 as pb

#: The last second of the year 9999.
SECONDS_MAX = 253_402_300_799
LAT_E7_MAX, LON_E7_MAX = 900_000_000, 1_800_000_000
ID_CHARACTERS_MAX = 100
SENSOR_CHARACTERS_MAX = 64
#: Thousandths of a sensor's unit stay whole in a double.
VALUE_MAX = 1e12
COUNT_MAX = 10**12
DOCKS_MAX = 10_000
PERMILLE_MAX = 1_000

#: (reading's word, field) -> readings refused for it.
RefusedFields = Counter[tuple[str, str]]


def readings_in(request: pb.PushRequest) -> tuple[list[Telemetry], RefusedFields]:
    """The readings of a message, and how many were refused for which field; ("", "kind"): of a kind not known here."""
    found: list[Telemetry] = []
    refused: RefusedFields = Counter()
    kinds: tuple[tuple[str, Iterable[Any], Callable[[Any], Telemetry | str]], ...] = (
        ("position", request.positions, _position),
        ("machine_signal", request.machine_signals, _signal),
        ("sensor", request.sensor_readings, _sensor),
        ("shelf_count", request.shelf_counts, _count),
        ("driver_hours", request.driver_hours, _hours),
        ("dock_state", request.dock_states, _docks),
    )
    for word, rows, read in kinds:
        for row in rows:
            reading = read(row)
            if isinstance(reading, str):
                refused[word, reading] += 1
            else:
                found.append(reading)
    if unknown := len(UnknownFieldSet(request)):
        refused["", "kind"] += unknown
    return found, refused


def _position(row: pb.Position) -> Position | str:
    vehicle_id, at_s, lat_e7, lon_e7 = row.vehicle_id, row.at_s, row.lat_e7, row.lon_e7
    if not 0 < len(vehicle_id) <= ID_CHARACTERS_MAX:
        return "vehicle_id"
    if not 0 <= at_s <= SECONDS_MAX:
        return "at_s"
    if not -LAT_E7_MAX <= lat_e7 <= LAT_E7_MAX:
        return "lat_e7"
    if not -LON_E7_MAX <= lon_e7 <= LON_E7_MAX:
        return "lon_e7"
    return Position(vehicle_id, at_s, lat_e7, lon_e7)


def _signal(row: pb.MachineSignal) -> MachineSignal | str:
    done = row.done_permille if row.HasField("done_permille") else -1
    if bad := _bad_names(row, "line_id", "machine_id"):
        return bad
    if not 0 <= row.at_s <= SECONDS_MAX:
        return "at_s"
    if not -1 <= done <= PERMILLE_MAX:
        return "done_permille"
    return MachineSignal(row.line_id, row.machine_id, row.at_s, row.running, done, row.locked_out)


def _sensor(row: pb.SensorReading) -> SensorReading | str:
    value = row.value
    if bad := _bad_names(row, "line_id", "machine_id"):
        return bad
    if not 0 < len(row.sensor) <= SENSOR_CHARACTERS_MAX:
        return "sensor"
    if not 0 <= row.at_s <= SECONDS_MAX:
        return "at_s"
    if not math.isfinite(value) or abs(value) > VALUE_MAX:
        return "value"
    return SensorReading(row.line_id, row.machine_id, row.sensor, row.at_s, round(value * 1_000))


def _count(row: pb.ShelfCount) -> ShelfCount | str:
    if bad := _bad_names(row, "site_id", "item_id"):
        return bad
    if not 0 <= row.at_s <= SECONDS_MAX:
        return "at_s"
    if not 0 <= row.found <= COUNT_MAX:
        return "found"
    return ShelfCount(row.site_id, row.item_id, row.found, row.at_s)


def _hours(row: pb.DriverHours) -> DriverHours | str:
    if bad := _bad_names(row, "vehicle_id"):
        return bad
    for field in ("at_s", "driving_left_s", "duty_ends_s"):
        if not 0 <= getattr(row, field) <= SECONDS_MAX:
            return field
    return DriverHours(row.vehicle_id, row.at_s, row.driving_left_s, row.duty_ends_s)


def _docks(row: pb.DockState) -> DockState | str:
    if bad := _bad_names(row, "site_id"):
        return bad
    if not 0 <= row.at_s <= SECONDS_MAX:
        return "at_s"
    if not 0 <= row.open_docks <= DOCKS_MAX:
        return "open_docks"
    return DockState(row.site_id, row.at_s, row.open_docks)


def _bad_names(row: Any, *fields: str) -> str:
    """The first of these fields that is no id, or ""."""
    return next((field for field in fields if not 0 < len(getattr(row, field)) <= ID_CHARACTERS_MAX), "")


def request_of(readings: Iterable[Telemetry]) -> pb.PushRequest:
    """The message that carries these readings."""
    request = pb.PushRequest()
    for reading in readings:
        WRITERS[type(reading)](request, reading)
    return request


def _write_position(request: pb.PushRequest, one: Position) -> None:
    request.positions.add(vehicle_id=one.vehicle_id, at_s=one.at_s, lat_e7=one.lat_e7, lon_e7=one.lon_e7)


def _write_signal(request: pb.PushRequest, one: MachineSignal) -> None:
    row = request.machine_signals.add(
        line_id=one.line_id, machine_id=one.machine_id, at_s=one.at_s, running=one.running
    )
    row.locked_out = one.locked_out
    if one.done_permille >= 0:
        row.done_permille = one.done_permille


def _write_sensor(request: pb.PushRequest, one: SensorReading) -> None:
    request.sensor_readings.add(
        line_id=one.line_id,
        machine_id=one.machine_id,
        sensor=one.sensor,
        at_s=one.at_s,
        value=one.value_milli / 1_000,
    )


def _write_count(request: pb.PushRequest, one: ShelfCount) -> None:
    request.shelf_counts.add(site_id=one.site_id, item_id=one.item_id, at_s=one.at_s, found=one.found)


def _write_hours(request: pb.PushRequest, one: DriverHours) -> None:
    request.driver_hours.add(
        vehicle_id=one.vehicle_id, at_s=one.at_s, driving_left_s=one.driving_left_s, duty_ends_s=one.duty_ends_s
    )


def _write_docks(request: pb.PushRequest, one: DockState) -> None:
    request.dock_states.add(site_id=one.site_id, at_s=one.at_s, open_docks=one.open_docks)


WRITERS: dict[type[Telemetry], Callable[[pb.PushRequest, Any], None]] = {
    Position: _write_position,
    MachineSignal: _write_signal,
    SensorReading: _write_sensor,
    ShelfCount: _write_count,
    DriverHours: _write_hours,
    DockState: _write_docks,
}
