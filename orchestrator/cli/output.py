"""Printing: a table for people, JSON for programs. Data go to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message


class Format(StrEnum):
    """How to print results."""

    TABLE = "table"
    JSON = "json"


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    import orjson

    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")
    sys.stdout.flush()


def print_json_line(value: object) -> None:
    """One JSON document on one line, for streams."""
    import orjson

    sys.stdout.write(orjson.dumps(value).decode() + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A message to the person, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A plain table; when there are no rows, `empty` says so on stderr."""
    cells = [[str(value) for value in row] for row in rows]
    if not cells:
        note(empty)
        return
    if not sys.stdout.isatty():
        for row in [list(header), *cells]:
            sys.stdout.write("\t".join(row) + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in header:
        table.add_column(title, overflow="fold")
    for row in cells:
        table.add_row(*[_plain_markup(value) for value in row])
    Console().print(table)


def _plain_markup(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Name and value, a line each."""
    pairs = [(name, str(value)) for name, value in fields]
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        sys.stdout.write(f"{name:<{width}}  {value}\n")


def plain(message: Message) -> dict[str, Any]:
    """A protobuf message as plain data: numbers as numbers, enum values by name without their prefix."""
    result: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        if field.has_presence and not message.HasField(field.name):
            if field.containing_oneof is None or field.message_type is None:
                result[field.name] = None
            continue
        value = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            result[field.name] = dict(value)
        elif field.is_repeated:
            result[field.name] = [_scalar(field, item) for item in value]
        else:
            result[field.name] = _scalar(field, value)
    return result


def _scalar(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return plain(value)
    if field.enum_type is not None:
        return enum_name(field.enum_type.values_by_number[value].name, field.enum_type.name)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def enum_name(value_name: str, enum_type: str) -> str:
    """ORDER_STATUS_OPEN of OrderStatus is OPEN."""
    prefix = "".join(f"_{char}" if char.isupper() else char.upper() for char in enum_type).lstrip("_") + "_"
    return value_name.removeprefix(prefix)


def clock(epoch_s: int, zone: tzinfo) -> str:
    """An epoch second as local time of day; "-" for none."""
    if not epoch_s:
        return "-"
    return datetime.fromtimestamp(epoch_s, zone).strftime("%H:%M")


def moment(epoch_s: int, zone: tzinfo) -> str:
    """An epoch second as local date and time; "-" for none."""
    if not epoch_s:
        return "-"
    return datetime.fromtimestamp(epoch_s, zone).strftime("%Y-%m-%d %H:%M:%S")


def day(epoch_s: int, zone: tzinfo) -> str:
    """An epoch second as local date; "-" for none."""
    return datetime.fromtimestamp(epoch_s, zone).strftime("%a %Y-%m-%d") if epoch_s else "-"


def days_from(now_s: int, zone: tzinfo, since: int, days: int) -> tuple[int, int]:
    """Epoch seconds of the local midnights that begin the day `since` days from today, and `days` days later."""
    today = datetime.fromtimestamp(now_s, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((today + timedelta(days=since)).timestamp()), int((today + timedelta(days=since + days)).timestamp())


def money(cents: int) -> str:
    """Cents as a decimal number, with a sign when negative."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
