"""Between a state, which is a dataclass of containers, and canonical bytes, for snapshots.

One line a field: its name, a tab, its JSON by pydantic. A dictionary goes as a list of pairs, because its keys may
be tuples, which JSON objects cannot have. The same state gives the same bytes. Pure; called through `Domain`.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    """How one field of a state travels."""

    name: str
    is_dict: bool
    is_deque: bool
    make_default: Any
    adapter: TypeAdapter[Any]

    def to_json(self, value: Any) -> bytes:
        return self.adapter.dump_json(list(value.items()) if self.is_dict else value)

    def from_json(self, content: bytes) -> Any:
        value = self.adapter.validate_json(content)
        if self.is_dict:
            return dict(value)
        if self.is_deque:  # its bound is in the default and in no type
            kept = self.make_default()
            kept.extend(value)
            return kept
        return value


_KNOWN: dict[type[Any], tuple[_Field, ...]] = {}


def _fields(cls: type[Any]) -> tuple[_Field, ...]:
    if cls not in _KNOWN:
        hints = get_type_hints(cls)
        _KNOWN[cls] = tuple(_field(field, hints[field.name]) for field in dataclasses.fields(cls))
    return _KNOWN[cls]


def _field(field: dataclasses.Field[Any], hint: Any) -> _Field:
    origin = get_origin(hint)
    if origin is dict:
        key, value = get_args(hint)
        hint = list[tuple[key, value]]  # type: ignore[valid-type]
    return _Field(field.name, origin is dict, origin is deque, field.default_factory, TypeAdapter(hint))


def dump_dataclass(value: Any) -> bytes:
    """The bytes of a dataclass instance."""
    lines = (field.name.encode() + b"\t" + field.to_json(getattr(value, field.name)) for field in _fields(type(value)))
    return b"\n".join(lines)


def load_dataclass(cls: type[T], content: bytes) -> T:
    """The instance in the bytes; `ValueError` when they do not fit the class."""
    lines = dict(line.split(b"\t", 1) for line in content.split(b"\n"))
    fields = _fields(cls)
    if lines.keys() != {field.name.encode() for field in fields}:
        raise ValueError(f"{cls.__name__}: these are not its fields: {sorted(lines)}")
    return cls(**{field.name: field.from_json(lines[field.name.encode()]) for field in fields})
