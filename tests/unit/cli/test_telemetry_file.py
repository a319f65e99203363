"""Reading telemetry from a file: all kinds of rows, and files that are refused as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.readings import DockState, DriverHours, MachineSignal, Position, SensorReading, ShelfCount
from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.telemetry_file import COLUMNS, readings_of

NOW_S = 1_000
HEAD = ",".join(COLUMNS) + "\n"
GOOD = "position,V1,5,,,,48.5,11.25,,\n"


def file_of(folder: Path, text: str) -> Path:
    path = folder / "readings.csv"
    path.write_text(text)
    return path


def test_every_kind_of_row_is_read(tmp_path: Path) -> None:
    rows = (
        GOOD + "machine_signal,L1,6,M1,,1,,,,250\n"
        "sensor,L1,,M1,heat,-1.5,,,,\n"
        "shelf_count,S1,7,A,,12,,,,\n"
        "driver_hours,V1,8,,,3600,,,9000,\n"
        "dock_state,S1,9,,,2,,,,\n"
    )
    assert readings_of(file_of(tmp_path, HEAD + rows), NOW_S) == [
        Position("V1", 5, 485_000_000, 112_500_000),
        MachineSignal("L1", "M1", 6, True, 250),
        SensorReading("L1", "M1", "heat", NOW_S, -1_500),
        ShelfCount("S1", "A", 12, 7),
        DriverHours("V1", 8, 3600, 9000),
        DockState("S1", 9, 2),
    ]


def test_columns_that_are_not_used_may_be_away(tmp_path: Path) -> None:
    assert readings_of(file_of(tmp_path, "agent_id,reading,value\nS1,dock_state,3\n"), NOW_S) == [
        DockState("S1", NOW_S, 3)
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("balloon,V1,5,,,,1,1,,\n", "'balloon'"),
        ("position,V1,5,,,,91,1,,\n", "lat_e7"),
        ("position,V1,5,,,,nan,1,,\n", "lat 'nan'"),
        ("position,V1,soon,,,,1,1,,\n", "at_s 'soon'"),
        ("position,V1,5,,,,1e300,1,,\n", "out of range"),
        ("position,,5,,,,1,1,,\n", "vehicle_id"),
        ("machine_signal,L1,5,M1,,yes,,,,\n", "value"),
        ("sensor,L1,5,M1,,1,,,,\n", "sensor"),
        ("sensor,L1,5,M1,heat,inf,,,,\n", "value"),
        ("shelf_count,S1,5,A,,-1,,,,\n", "found"),
        ("driver_hours,V1,5,,,10,,,,\n", "until_s"),
    ],
)
def test_one_bad_row_refuses_the_whole_file(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(CliError) as raised:
        readings_of(file_of(tmp_path, HEAD + GOOD + row + GOOD), NOW_S)
    assert raised.value.code is Exit.USAGE
    assert "row 2" in raised.value.message
    assert said in raised.value.message


@pytest.mark.parametrize("head", ["reading,vehicle\n", "agent_id,value\n", ""])
def test_columns_that_are_wrong_are_named(tmp_path: Path, head: str) -> None:
    with pytest.raises(CliError, match="column"):
        readings_of(file_of(tmp_path, head + "position,V1\n"), NOW_S)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(b"\xff\xfe\x00reading")
    with pytest.raises(CliError, match="cannot be read"):
        readings_of(path, NOW_S)
