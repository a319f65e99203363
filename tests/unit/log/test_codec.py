"""Payloads are canonical, old versions go up step by step, what is unknown is refused by name."""

from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BaseModel, Field

from orchestrator.log.codec import Codec, digest_of, union_members
from orchestrator.log.errors import CodecError, FutureVersion, UnknownType


class Moved(BaseModel):
    """At version 3."""

    schema_version: ClassVar[int] = 3
    place: str
    distance_m: int
    by: str = "van"


class Stopped(BaseModel):
    """At version 1."""

    place: str


def upcast_v1_v2(fields: dict[str, Any]) -> dict[str, Any]:
    """Kilometres became metres."""
    return {"place": fields["place"], "distance_m": fields["distance_km"] * 1000}


def upcast_v2_v3(fields: dict[str, Any]) -> dict[str, Any]:
    """What moved was a truck until now."""
    return fields | {"by": "truck"}


UPCASTERS = {("Moved", 1): upcast_v1_v2, ("Moved", 2): upcast_v2_v3}


@pytest.fixture
def codec() -> Codec:
    """Both models."""
    return Codec([Moved, Stopped], UPCASTERS)


def test_a_model_comes_back_equal_and_its_bytes_are_stable(codec: Codec) -> None:
    moved = Moved(place="Köln", distance_m=5)
    encoded = codec.encode(moved)
    assert (encoded.type, encoded.schema_version) == ("Moved", 3)
    assert encoded.payload == '{"place":"Köln","distance_m":5,"by":"van"}'.encode()
    assert codec.decode(encoded.type, encoded.schema_version, encoded.payload) == moved


@pytest.mark.parametrize(
    ("version", "payload", "by"),
    [
        (1, b'{"place":"a","distance_km":2}', "truck"),
        (2, b'{"place":"a","distance_m":2000}', "truck"),
        (3, b'{"place":"a","distance_m":2000}', "van"),
    ],
)
def test_every_version_ever_written_can_be_read(codec: Codec, version: int, payload: bytes, by: str) -> None:
    assert codec.decode("Moved", version, payload) == Moved(place="a", distance_m=2000, by=by)


def test_what_is_not_known_is_refused_by_name(codec: Codec) -> None:
    with pytest.raises(FutureVersion, match=r"Stopped version 2 .* newer Muster .known: 1"):
        codec.decode("Stopped", 2, b"{}")
    with pytest.raises(UnknownType, match="'Teleported' is not known"):
        codec.decode("Teleported", 1, b"{}")
    with pytest.raises(UnknownType, match="version 0"):
        codec.decode("Stopped", 0, b"{}")

    class Foreign(BaseModel):
        pass

    with pytest.raises(UnknownType, match="Foreign"):
        codec.encode(Foreign())


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"place":1}', b"\xff"])
def test_a_payload_that_does_not_fit_is_refused(codec: Codec, payload: bytes) -> None:
    with pytest.raises(CodecError, match="Stopped version 1"):
        codec.decode("Stopped", 1, payload)


def test_a_missing_step_is_found_when_the_codec_is_made() -> None:
    with pytest.raises(CodecError, match="upcast_v2_v3 is missing"):
        Codec([Moved], {("Moved", 1): upcast_v1_v2})
    with pytest.raises(CodecError, match="no version that is known"):
        Codec([Stopped], {("Stopped", 1): upcast_v1_v2})


def test_a_union_names_its_members() -> None:
    assert union_members(Annotated[Moved | Stopped, Field()]) == (Moved, Stopped)
    assert Codec.of_union(Moved | Stopped, UPCASTERS).names == ("Moved", "Stopped")
    with pytest.raises(CodecError, match="no model class"):
        Codec.of_union(int)


def test_digests_tell_commands_apart() -> None:
    assert digest_of(Stopped(place="a")) == digest_of(Stopped(place="a"))
    assert digest_of(Stopped(place="a")) != digest_of(Stopped(place="b"))
