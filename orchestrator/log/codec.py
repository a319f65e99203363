"""Between models and payload bytes: by class name and schema version, canonical JSON.

A payload is made once, when its record is drafted, and never again; reading an old version goes through named
upcasters (`upcast_v1_v2`, `upcast_v2_v3`, …) on plain dictionaries, one step at a time. A type or version
that this code does not know is refused by name. Pure. Called by the core loop and by replay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from orchestrator.log.errors import CodecError, FutureVersion, UnknownType

Fields = dict[str, Any]
Upcaster = Callable[[Fields], Fields]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A model as it goes into a record."""

    type: str
    schema_version: int
    payload: bytes


def schema_version_of(model: type[BaseModel]) -> int:
    """The version a class declares by `schema_version: ClassVar[int]`; 1 when it declares none."""
    version = getattr(model, "schema_version", 1)
    if not isinstance(version, int) or version < 1:
        raise CodecError(f"{model.__name__}.schema_version is {version!r}: must be a whole number from 1")
    return version


def union_members(union: object) -> tuple[type[BaseModel], ...]:
    """The model classes of `A | B`, `Annotated[A | B, …]`, a type alias of these, or one class."""
    if isinstance(union, type) and issubclass(union, BaseModel):
        return (union,)
    return tuple(member for part in get_args(union) for member in union_members(part))


class Codec:
    """The registry of the models that one kind of payload can hold."""

    def __init__(
        self, models: Iterable[type[BaseModel]], upcasters: Mapping[tuple[str, int], Upcaster] | None = None
    ) -> None:
        """`upcasters[(name, 1)]` turns version 1 of `name` into version 2; every step must be there."""
        self._models: dict[str, type[BaseModel]] = {}
        self._versions: dict[str, int] = {}
        self._upcasters = dict(upcasters or {})
        for model in models:
            self._register(model)
        for name, version in self._upcasters:
            if version >= self._versions.get(name, 0):
                raise CodecError(f"upcaster ({name}, {version}): leads to no version that is known")

    @classmethod
    def of_union(cls, union: object, upcasters: Mapping[tuple[str, int], Upcaster] | None = None) -> Codec:
        """A codec for all members of a union of models."""
        members = union_members(union)
        if not members:
            raise CodecError(f"{union!r}: holds no model class")
        return cls(members, upcasters)

    def _register(self, model: type[BaseModel]) -> None:
        name, version = model.__name__, schema_version_of(model)
        if self._models.get(name, model) is not model:
            raise CodecError(f"two classes are called {name}: a type name means one class")
        for step in range(1, version):
            if (name, step) not in self._upcasters:
                raise CodecError(f"{name} is at version {version}: upcast_v{step}_v{step + 1} is missing")
        self._models[name] = model
        self._versions[name] = version

    @property
    def names(self) -> tuple[str, ...]:
        """The known type names, sorted."""
        return tuple(sorted(self._models))

    def encode(self, model: BaseModel) -> Encoded:
        """The payload of a model; `UnknownType` when its class is not registered."""
        name = type(model).__name__
        if self._models.get(name) is not type(model):
            raise UnknownType(f"{name} is not a registered type")
        return Encoded(name, self._versions[name], model.__pydantic_serializer__.to_json(model))

    def decode(self, type_name: str, schema_version: int, payload: bytes) -> BaseModel:
        """The model in a payload, brought to the present version."""
        model = self._models.get(type_name)
        if model is None:
            raise UnknownType(f"type {type_name!r} is not known to this version of Muster")
        known = self._versions[type_name]
        if schema_version > known:
            raise FutureVersion(f"{type_name} version {schema_version} was written by a newer Muster (known: {known})")
        try:
            if schema_version == known:
                return model.model_validate_json(payload)
            fields = self._upcast(type_name, schema_version, json.loads(payload))
            return model.model_validate_json(json.dumps(fields))
        except (ValidationError, ValueError) as error:
            raise CodecError(f"payload of {type_name} version {schema_version} does not fit: {error}") from error

    def _upcast(self, type_name: str, schema_version: int, fields: Fields) -> Fields:
        for version in range(schema_version, self._versions[type_name]):
            step = self._upcasters.get((type_name, version))
            if step is None:
                raise UnknownType(f"{type_name} version {version} is not known to this version of Muster")
            fields = step(fields)
        return fields


def digest_of(model: BaseModel) -> bytes:
    """SHA-256 over a model's class name and canonical JSON: equal digests, equal commands."""
    return sha256(type(model).__name__.encode() + b"\0" + model.__pydantic_serializer__.to_json(model)).digest()
