"""A line's problem as a JSON file.

The file is one object with the fields of `line.LineProblem` by name, and in "items" those of `line.LineItem`; what has
a default may be left out. Whole numbers throughout: units, seconds, cents; a list has one number a period. For example
{"capacity_s": [28800, 28800], "items": [{"item_id": "A", "demand": [40, 60], "unit_s": 300, "setup_s": 900}]}
Promises: an unknown field, a wrong type or a broken rule is an `InvalidProblem` that names it.
Called by: `solve`, tests.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from solvers.errors import InvalidProblem, require
from solvers.replenishment.lot_sizing.line import LineItem, LineProblem

MAX_BYTES = 20_000_000
NUMBER, TEXT, TRUTH, ROW, MATRIX = "a whole number", "text", "true or false", "a list of whole numbers", "a matrix"
_ITEM = {"item_id": TEXT, "demand": ROW}
_LINE = {
    "capacity_s": ROW,
    "overtime_s": ROW,
    "carry_over": TRUTH,
    "set_up_for": TEXT,
    "changeover_s": MATRIX,
    "changeover_cents": MATRIX,
}
_MAY_BE_NULL = ("backlog_cents", "changeover_s", "changeover_cents")


def read_line(path: Path) -> LineProblem:
    """The problem of a file. OSError, or InvalidProblem with the field."""
    size = path.stat().st_size
    require(size <= MAX_BYTES, "file", size, f"at most {MAX_BYTES} bytes")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidProblem("file", path.name, f"JSON: {error}") from error
    return line_of(content)


def line_of(content: object) -> LineProblem:
    """The problem of decoded JSON."""
    require(isinstance(content, dict), "file", type(content).__name__, "must be an object")
    assert isinstance(content, dict)
    entries = content.get("items")
    require(isinstance(entries, list), "items", type(entries).__name__, "must be a list")
    assert isinstance(entries, list)
    items = tuple(LineItem(**_fields(LineItem, entry, f"items[{n}]", _ITEM)) for n, entry in enumerate(entries))
    rest = {name: value for name, value in content.items() if name != "items"}
    return LineProblem(items=items, **_fields(LineProblem, rest, "file", _LINE, given=("items",)))


def _fields(cls: type, entry: object, where: str, kinds: dict[str, str], given: tuple[str, ...] = ()) -> dict[str, Any]:
    require(isinstance(entry, dict), where, type(entry).__name__, "must be an object")
    assert isinstance(entry, dict)
    known = [field for field in dataclasses.fields(cls) if field.name not in given]
    names = {field.name for field in known}
    for name in entry:
        require(name in names, f"{where}.{name}", entry[name], f"unknown; known are {', '.join(sorted(names))}")
    for field in known:
        required = field.default is dataclasses.MISSING
        require(field.name in entry or not required, f"{where}.{field.name}", None, "is missing")
    return {name: _value(value, f"{where}.{name}", kinds.get(name, NUMBER)) for name, value in entry.items()}


def _value(value: object, where: str, kind: str) -> Any:
    if value is None and where.rpartition(".")[2] in _MAY_BE_NULL:
        return None
    fits = {
        TEXT: isinstance(value, str),
        TRUTH: isinstance(value, bool),
        NUMBER: isinstance(value, int) and not isinstance(value, bool),
        ROW: isinstance(value, list),
        MATRIX: isinstance(value, list),
    }[kind]
    require(fits, where, value, f"must be {kind}")
    if kind == ROW:
        assert isinstance(value, list)
        return tuple(_value(entry, f"{where}[{n}]", NUMBER) for n, entry in enumerate(value))
    if kind == MATRIX:
        assert isinstance(value, list)
        return tuple(_value(row, f"{where}[{n}]", ROW) for n, row in enumerate(value))
    return value
