"""Readings over the wire: all kinds come back as they went; a bad value costs its own reading only, by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.readings import (
    DockState,
    DriverHours,
    MachineSignal,
    Position,
    SensorReading,
    ShelfCount,
    Telemetry,
)
from orchestrator.telemetry.wire import LAT_E7_MAX, LON_E7_MAX, SECONDS_MAX, readings_in, request_of
from protos.muster.telemetry.v1 import telemetry_service_pb2 as pb

ids = st.text(min_size=1, max_size=100).filter(lambda text: text.isprintable())
seconds = st.integers(0, SECONDS_MAX)
readings = st.one_of(
    st.builds(Position, ids, seconds, st.integers(-LAT_E7_MAX, LAT_E7_MAX), st.integers(-LON_E7_MAX, LON_E7_MAX)),
    st.builds(MachineSignal, ids, ids, seconds, st.booleans(), st.integers(-1, 1_000)),
    st.builds(SensorReading, ids, ids, st.just("heat"), seconds, st.integers(-(10**12), 10**12)),
    st.builds(ShelfCount, ids, ids, st.integers(0, 10**12), seconds),
    st.builds(DriverHours, ids, seconds, seconds, seconds),
    st.builds(DockState, ids, seconds, st.integers(0, 10_000)),
)


@given(st.lists(readings, max_size=20))
def test_what_goes_out_comes_in(sent: list[Telemetry]) -> None:
    found, refused = readings_in(pb.PushRequest.FromString(request_of(sent).SerializeToString()))
    assert not refused
    assert sorted(found, key=repr) == sorted(sent, key=repr)


GOOD: dict[str, dict[str, Any]] = {
    "positions": {"vehicle_id": "V", "at_s": 1, "lat_e7": 1, "lon_e7": 1},
    "machine_signals": {"line_id": "L", "machine_id": "M", "at_s": 1, "running": True},
    "sensor_readings": {"line_id": "L", "machine_id": "M", "sensor": "heat", "at_s": 1, "value": 1.5},
    "shelf_counts": {"site_id": "S", "item_id": "A", "at_s": 1, "found": 1},
    "driver_hours": {"vehicle_id": "V", "at_s": 1, "driving_left_s": 1, "duty_ends_s": 1},
    "dock_states": {"site_id": "S", "at_s": 1, "open_docks": 1},
}
TOO_LONG = "x" * 101
BAD = [
    ("positions", "position", "vehicle_id", ""),
    ("positions", "position", "vehicle_id", TOO_LONG),
    ("positions", "position", "at_s", -1),
    ("positions", "position", "lat_e7", LAT_E7_MAX + 1),
    ("positions", "position", "lon_e7", -LON_E7_MAX - 1),
    ("machine_signals", "machine_signal", "machine_id", ""),
    ("machine_signals", "machine_signal", "done_permille", 1_001),
    ("machine_signals", "machine_signal", "done_permille", -2),
    ("machine_signals", "machine_signal", "at_s", SECONDS_MAX + 1),
    ("sensor_readings", "sensor", "value", float("nan")),
    ("sensor_readings", "sensor", "value", float("-inf")),
    ("sensor_readings", "sensor", "value", 2e12),
    ("sensor_readings", "sensor", "sensor", ""),
    ("sensor_readings", "sensor", "line_id", TOO_LONG),
    ("sensor_readings", "sensor", "at_s", -1),
    ("shelf_counts", "shelf_count", "found", -1),
    ("shelf_counts", "shelf_count", "item_id", ""),
    ("shelf_counts", "shelf_count", "at_s", -1),
    ("driver_hours", "driver_hours", "driving_left_s", -1),
    ("driver_hours", "driver_hours", "duty_ends_s", SECONDS_MAX + 1),
    ("driver_hours", "driver_hours", "vehicle_id", ""),
    ("dock_states", "dock_state", "open_docks", -1),
    ("dock_states", "dock_state", "site_id", ""),
    ("dock_states", "dock_state", "at_s", -5),
]


@pytest.mark.parametrize(("rows", "word", "field", "value"), BAD)
def test_a_bad_value_costs_its_own_reading_only(rows: str, word: str, field: str, value: Any) -> None:
    request = pb.PushRequest()
    for values in (GOOD[rows], GOOD[rows] | {field: value}, GOOD[rows]):
        getattr(request, rows).add(**values)
    found, refused = readings_in(request)
    assert len(found) == 2
    assert refused == {(word, field): 1}


def test_a_kind_that_is_not_known_here_is_counted() -> None:
    later = (
        request_of([Position("V", 1, 1, 1)]).SerializeToString() + b"\xa2\x06\x03abc"
    )  # field 100, of a release to come
    found, refused = readings_in(pb.PushRequest.FromString(later))
    assert len(found) == 1
    assert refused == {("", "kind"): 1}


def test_every_kind_of_reading_has_its_row() -> None:
    assert {field.name for field in pb.PushRequest.DESCRIPTOR.fields} == set(GOOD)
