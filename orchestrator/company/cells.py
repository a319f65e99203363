"""How the text of one cell becomes a value of the domain: times of day, degrees, hours, lists, words.

Promises integers without a detour over floats. A cell that does not fit raises `CellError` with the rule.
Called by `tables` for every cell; knows no file and no line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from orchestrator.domain.types import ID_PATTERN

Value = str | int | tuple[str, ...]
Parse = Callable[[str], Value]

_INTEGER = re.compile(r"^[+-]?\d{1,15}$")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_ID = re.compile(ID_PATTERN)
_E7 = Decimal(10_000_000)
DAY_S = 86_400


class CellError(ValueError):
    """A cell breaks a rule; the message is the rule."""


def text(cell: str) -> str:
    """Any text; its length is the domain's business."""
    return cell


def identifier(cell: str) -> str:
    """An id: letters, digits, dot, underscore, hyphen."""
    if not _ID.match(cell):
        raise CellError("must be 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit")
    return cell


def identifiers(cell: str) -> tuple[str, ...]:
    """Ids between semicolons."""
    return tuple(identifier(part.strip()) for part in cell.split(";"))


def integer(cell: str) -> int:
    """A whole number."""
    if not _INTEGER.match(cell):
        raise CellError("must be a whole number")
    return int(cell)


def minutes(cell: str) -> int:
    """Whole minutes, as seconds."""
    return 60 * integer(cell)


def hours(cell: str) -> int:
    """Whole hours, as seconds."""
    return 3_600 * integer(cell)


def time_of_day(cell: str) -> int:
    """HH:MM or HH:MM:SS from 00:00 to 24:00, as seconds since midnight."""
    match = _TIME.match(cell)
    if not match:
        raise CellError("must be a time of day HH:MM or HH:MM:SS")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    total_s = hour * 3_600 + minute * 60 + second
    if minute > 59 or second > 59 or total_s > DAY_S:
        raise CellError("must be a time of day from 00:00 to 24:00")
    return total_s


def degrees(cell: str) -> int:
    """Decimal degrees with a point, as units of 1e-7 degrees."""
    try:
        value = Decimal(cell)
    except InvalidOperation:
        raise CellError("must be decimal degrees such as 48.1371") from None
    if not value.is_finite() or abs(value) > 180:
        raise CellError("must be decimal degrees from -180 to 180")
    return int((value * _E7).to_integral_value())


def price_breaks(cell: str) -> tuple[str, ...]:
    """QUANTITY:CENTS pairs between semicolons: from this quantity on a unit costs so much."""
    parts = tuple(part.strip() for part in cell.split(";"))
    for part in parts:
        quantity, colon, cents = part.partition(":")
        if not colon or not _INTEGER.match(quantity) or not _INTEGER.match(cents):
            raise CellError("must be pairs QUANTITY:CENTS between semicolons, e.g. 100:95;500:88")
    return parts


def yes_or_no(cell: str) -> int:
    """yes = 1, no = 0."""
    if cell not in ("yes", "no"):
        raise CellError("must be yes or no")
    return int(cell == "yes")


def word_of(words: type[StrEnum]) -> Parse:
    """A parser for one word of an enumeration."""

    def parse(cell: str) -> str:
        if cell not in list(words):
            raise CellError(f"must be one of {', '.join(words)}")
        return cell

    return parse
