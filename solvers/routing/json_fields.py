"""Strict reading of JSON values: the kind is checked, what is unknown is refused, and every error says where.

Promises: nothing is converted or guessed; `InvalidProblem` names the path in the file, the value and the rule. Called
by `json_format`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from solvers.errors import InvalidProblem, require

Reader = Callable[[str, Any], Any]
"""From the path in the file and the value there to what is meant by it."""

LONGEST_NAME = 200
SHOWN = 80


def parse(text: str) -> Any:
    """The value of the text. Raises InvalidProblem for what is no JSON, and for a field that is given twice."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except InvalidProblem:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidProblem("file", text[:SHOWN], f"must be JSON: {error}") from error


def need(holds: bool, at: str, value: object, rule: str) -> None:
    """`require` with the value cut short: it may be as large as the file."""
    if not holds:
        shown = value if isinstance(value, (int, float, bool, type(None))) else str(value)[:SHOWN]
        require(False, at, shown, rule)


def whole(at: str, value: Any) -> int:
    """A whole number."""
    need(type(value) is int, at, value, "must be a whole number")
    return int(value)


def real(at: str, value: Any) -> float:
    """A number."""
    need(type(value) in (int, float) and math.isfinite(value), at, value, "must be a number")
    return float(value)


def text(at: str, value: Any) -> str:
    """A text of sensible length."""
    need(isinstance(value, str), at, value, "must be a text")
    need(len(value) <= LONGEST_NAME, at, value, f"at most {LONGEST_NAME} characters")
    return str(value)


def flag(at: str, value: Any) -> bool:
    """true or false."""
    need(isinstance(value, bool), at, value, "must be true or false")
    return bool(value)


def optional(reader: Reader) -> Reader:
    """null, or what the reader takes."""
    return lambda at, value: None if value is None else reader(at, value)


def listed(reader: Reader, length: int | None = None) -> Reader:
    """A list as a tuple; of just that length, if one is given."""

    def read(at: str, value: Any) -> tuple[Any, ...]:
        need(isinstance(value, list), at, value, "must be a list")
        need(length in (None, len(value)), at, value, f"must be a list of {length}")
        return tuple(reader(f"{at}[{number}]", each) for number, each in enumerate(value))

    return read


def names(at: str, value: Any) -> frozenset[str]:
    """A list of texts as a set."""
    return frozenset(listed(text)(at, value))


def one_of(kinds: type[StrEnum]) -> Reader:
    """One of the kinds, by its name."""

    def read(at: str, value: Any) -> StrEnum:
        need(value in list(kinds), at, value, f"one of {', '.join(kinds)}")
        return kinds(value)

    return read


def record(at: str, value: Any, fields: Mapping[str, Reader], needed: Collection[str] = ()) -> dict[str, Any]:
    """The fields of an object that are given, each read; unknown and missing ones are refused."""
    need(isinstance(value, dict), at, value, "must be an object")
    for name in value:
        need(name in fields, _path(at, name), value[name], f"no such field; there are {', '.join(fields)}")
    for name in needed:
        need(name in value, _path(at, name), "missing", "must be given")
    return {name: fields[name](_path(at, name), each) for name, each in value.items()}


def matrix(at: str, value: Any) -> npt.NDArray[np.int64]:
    """A square list of lists of whole numbers."""
    need(isinstance(value, list) and all(isinstance(row, list) for row in value), at, value, "must be rows of numbers")
    size = len(value)
    for number, row in enumerate(value):
        need(len(row) == size, f"{at}[{number}]", len(row), f"must be {size} numbers, as there are rows")
        for column, each in enumerate(row):
            if type(each) is not int or not 0 <= each < 2**31:
                need(False, f"{at}[{number}][{column}]", each, "must be a whole number in [0, 2**31)")
    return np.array(value, np.int64).reshape(size, size)


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            require(name not in seen, name, "given twice", "a field may be given once")
            seen.add(name)
    return result


def _no_number(name: str) -> NoReturn:
    raise InvalidProblem("file", name, "must be a number")
