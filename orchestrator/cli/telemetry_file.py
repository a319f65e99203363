"""Readings from a CSV file, for `muster telemetry send`.

Promises that a file with one bad row gives no reading at all, and an error for each of the first rows that are bad.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from agents.readings import (
    DockState,
    DriverHours,
    MachineSignal,
    Position,
    SensorReading,
    ShelfCount,
    Telemetry,
)
from orchestrator.cli.exits import CliError, Exit
from orchestrator.telemetry.wire import readings_in, request_of

ROWS_MAX = 1_000_000
ERRORS_SHOWN = 10
COLUMNS = ("reading", "agent_id", "at_s", "part_id", "sensor", "value", "lat", "lon", "until_s", "done_permille")
Row = Mapping[str, str]


def readings_of(path: Path, now_s: int) -> list[Telemetry]:
    """All readings of a file; rows without a time are of `now_s`. Raises `CliError` naming the rows that are bad."""
    found: list[Telemetry] = []
    errors: list[str] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in _rows(file, path):
                try:
                    found.append(_reading(row, now_s))
                except ValueError as error:
                    errors.append(f"row {number}: {error}")
                if len(errors) >= ERRORS_SHOWN:
                    break
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CliError(f"'{path}' cannot be read: {error}", Exit.USAGE) from error
    if errors:
        raise CliError(f"'{path}' is refused, nothing was sent:\n  " + "\n  ".join(errors), Exit.USAGE)
    return found


def _rows(file: Iterator[str], path: Path) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(file, strict=True)
    unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
    missing = [name for name in ("reading", "agent_id") if name not in (reader.fieldnames or ())]
    if unknown or missing:
        which = f"unknown column '{unknown[0]}'" if unknown else f"no column '{missing[0]}'"
        raise CliError(f"'{path}': {which}; columns are {', '.join(COLUMNS)}", Exit.USAGE)
    for number, row in enumerate(reader, 1):
        if number > ROWS_MAX:
            raise CliError(f"'{path}' has more than {ROWS_MAX} rows: send it in parts", Exit.USAGE)
        yield number, {name: value or "" for name, value in row.items() if name is not None}


def _reading(row: Row, now_s: int) -> Telemetry:
    """The reading of a row, its values as the hosts' ports would take them."""
    make = MAKERS.get(row["reading"])
    if make is None:
        raise ValueError(f"reading '{row['reading']}' is none of {', '.join(MAKERS)}")
    reading = make(row, _whole(row, "at_s") if row.get("at_s") else now_s)
    try:
        _, refused = readings_in(request_of([reading]))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"a value is out of range: {error}") from None
    if refused:
        ((_, field),) = refused
        raise ValueError(f"{field} is missing or out of range in this {row['reading']}")
    return reading


def _position(row: Row, at_s: int) -> Telemetry:
    return Position(row["agent_id"], at_s, _scaled(row, "lat", 10_000_000), _scaled(row, "lon", 10_000_000))


def _signal(row: Row, at_s: int) -> Telemetry:
    if row.get("value") not in ("0", "1"):
        raise ValueError("value must be 1 (it runs) or 0 (it stands)")
    done = _whole(row, "done_permille") if row.get("done_permille") else -1
    return MachineSignal(row["agent_id"], row.get("part_id", ""), at_s, row["value"] == "1", done)


def _sensor(row: Row, at_s: int) -> Telemetry:
    value_milli = _scaled(row, "value", 1_000)
    return SensorReading(row["agent_id"], row.get("part_id", ""), row.get("sensor", ""), at_s, value_milli)


def _count(row: Row, at_s: int) -> Telemetry:
    return ShelfCount(row["agent_id"], row.get("part_id", ""), _whole(row, "value"), at_s)


def _hours(row: Row, at_s: int) -> Telemetry:
    return DriverHours(row["agent_id"], at_s, _whole(row, "value"), _whole(row, "until_s"))


def _docks(row: Row, at_s: int) -> Telemetry:
    return DockState(row["agent_id"], at_s, _whole(row, "value"))


MAKERS: dict[str, Callable[[Row, int], Telemetry]] = {
    "position": _position,
    "machine_signal": _signal,
    "sensor": _sensor,
    "shelf_count": _count,
    "driver_hours": _hours,
    "dock_state": _docks,
}


def _whole(row: Row, column: str) -> int:
    text = row.get(column, "")
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{column} '{text}' is not a whole number") from None


def _scaled(row: Row, column: str, units: int) -> int:
    text = row.get(column, "")
    try:
        return round(float(text) * units)
    except (ValueError, OverflowError):
        raise ValueError(f"{column} '{text}' is not a number") from None
