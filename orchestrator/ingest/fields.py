"""Between fields of messages and fields of commands: building with the broken field named, enums, etags, pages.

Promises that a value out of its range becomes one `BadFields` that names path, value and rule; the rules themselves
are the domain's types. Used by all `convert_*` modules and services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.domain.types import ORDER_ID_PATTERN
from orchestrator.ingest.refusals import BadFields, bad_field

M = TypeVar("M", bound=BaseModel)
E = TypeVar("E", bound=StrEnum)

REQUEST_ID = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
ORDER_ID = re.compile(ORDER_ID_PATTERN)
INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1
SECONDS_MAX = 253_402_300_799
FILTER_VALUES_MAX = 1_000


def build(model: type[M], /, **values: Any) -> M:
    """The command or entity, or `BadFields` naming each field that breaks its rule."""
    try:
        return model(**values)
    except ValidationError as error:
        raise BadFields([_violation(problem) for problem in error.errors(include_url=False)]) from None


def _violation(problem: Any) -> tuple[str, str]:
    path = ""
    for part in problem["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path, f"is {str(problem['input'])[:80]!r}: {problem['msg']}"


def enum_in(kind: type[E], wrapper: Any, prefix: str, value: int, field: str) -> E:
    """The domain's word for an enum value of the contract; UNSPECIFIED and unknown numbers are refused."""
    name = wrapper.Name(value) if value in wrapper.values() else str(value)
    word = name.removeprefix(prefix)
    try:
        return kind(word)
    except ValueError:
        raise bad_field(field, word, f"one of {', '.join(kind)}") from None


def enums_in(kind: type[E], wrapper: Any, prefix: str, values: Sequence[int], field: str) -> frozenset[E]:
    """As `enum_in`, for a filter."""
    limited(values, 32, field)
    return frozenset(enum_in(kind, wrapper, prefix, value, f"{field}[{n}]") for n, value in enumerate(values))


def enum_out(wrapper: Any, prefix: str, word: str) -> Any:
    """The contract's number of a domain word."""
    return wrapper.Value(prefix + word)


def optional(value: str) -> str | None:
    """An empty string is no value."""
    return value or None


def etag_in(etag: str) -> int | None:
    """The version that an etag names; None when the caller does not care."""
    if not etag:
        return None
    if not etag.isascii() or not etag.isdigit() or len(etag) > 18:
        raise bad_field("etag", etag, "an etag as you got it, or empty")
    return int(etag)


def derived_id(prefix: str, owner: str, request_id: str) -> str:
    """A name made from the request id, so that a repeated call means the same; "" without a request id."""
    return prefix + sha256(f"{owner}\0{request_id}".encode()).hexdigest()[:10] if request_id else ""


def request_id_in(value: str, *, required: bool) -> str | None:
    """The request id, None when there is none and none is needed."""
    if not value and not required:
        return None
    if not REQUEST_ID.fullmatch(value):
        raise bad_field(
            "request_id", value, "1 to 128 letters, digits, '.', '_', ':', '/' or '-', new for each request"
        )
    return value


def page_size_in(value: int, default: int, most: int) -> int:
    """The page's size: the default for 0, never above `most`."""
    if value < 0:
        raise bad_field("page_size", value, f"0 to {most}")
    return min(value or default, most)


def limited(values: Sequence[Any], most: int, field: str) -> None:
    """A repeated field has at most so many values."""
    if len(values) > most:
        raise bad_field(field, len(values), f"at most {most} values")


def texts_in(values: Sequence[str], field: str, most: int = FILTER_VALUES_MAX) -> frozenset[str]:
    """The values of a filter."""
    limited(values, most, field)
    return frozenset(values)


def text_in(value: str, field: str, most: int = 200) -> str:
    """A text of at most so many characters."""
    if len(value) > most:
        raise bad_field(field, value, f"at most {most} characters")
    return value


def order_id_in(value: str, field: str = "order_id") -> str:
    """An order's id, well-formed."""
    if not ORDER_ID.fullmatch(value):
        raise bad_field(field, value, "PARTNER/NUMBER, each of 1 to 64 letters, digits, '.', '_' or '-'")
    return value


def seconds_in(value: int, field: str) -> int:
    """A moment: whole seconds since the epoch."""
    if not 0 <= value <= SECONDS_MAX:
        raise bad_field(field, value, f"0 to {SECONDS_MAX}")
    return value


def seq_in(value: int, field: str) -> int:
    """A position in the log: 0 or above."""
    if value < 0:
        raise bad_field(field, value, "0 or above")
    return value


def chosen(wanted: Iterable[str]) -> frozenset[str] | None:
    """A filter's values, None when it lets everything through."""
    return frozenset(wanted) or None
