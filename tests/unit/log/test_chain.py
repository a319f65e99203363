"""Keys are kept closed, and no two different rows have the same hash."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.log.chain import (
    ChainKey,
    check_key_place,
    genesis,
    load_key,
    load_or_create_key,
    record_hash,
    seal_record,
)
from orchestrator.log.errors import AppendRefused, LogConfigError
from orchestrator.log.record import Draft, Record

KEY = ChainKey(b"k" * 32)


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "muster.key"
    first = load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(path).mac(b"m") == first.mac(b"m") == load_key(path).mac(b"m")
    assert first.mac(b"m").hex() not in repr(first)
    assert path.read_text().strip() not in repr(first)


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "muster.key"
    load_or_create_key(path)
    path.chmod(0o640)
    with pytest.raises(LogConfigError, match="others must have no access"):
        load_or_create_key(path)
    path.chmod(0o600)
    path.write_text("secret")
    with pytest.raises(LogConfigError, match="not a readable key"):
        load_key(path)
    with pytest.raises(LogConfigError, match="folder does not exist"):
        load_or_create_key(tmp_path / "none" / "muster.key")


def test_a_key_beside_the_database_is_refused(tmp_path: Path) -> None:
    check_key_place(tmp_path / "keys" / "k", tmp_path / "data")
    for inside in (tmp_path / "data" / "k", tmp_path / "data" / "deep" / "k"):
        with pytest.raises(LogConfigError, match="must not be inside"):
            check_key_place(inside, tmp_path / "data")


NAMES = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=6)
DRAFTS = st.builds(
    Draft,
    type=NAMES,
    schema_version=st.integers(0, 5),
    payload=st.binary(max_size=8),
    principal=NAMES,
    recorded_at_ms=st.integers(0, 2**40),
    request_id=st.one_of(st.just(""), NAMES),
    cause=st.integers(0, 9),
)


@given(one=DRAFTS, other=DRAFTS)
def test_equal_hashes_mean_equal_rows(one: Draft, other: Draft) -> None:
    sealed = [seal_record(KEY, draft, 1, genesis(KEY).hash) for draft in (one, other)]
    assert (sealed[0].hash == sealed[1].hash) == (one == other)


def shifted(record: Record) -> Record:
    """The same characters, with the border between two fields moved."""
    return replace(record, type=record.type + record.principal[0], principal=record.principal[1:])


def test_moving_a_character_into_the_next_field_changes_the_hash() -> None:
    record = seal_record(KEY, Draft("Ab", 1, b"", "cd", 0), 1, genesis(KEY).hash)
    assert record_hash(KEY, shifted(record)) != record.hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", ""),
        ("type", "a\n"),
        ("principal", "x" * 257),
        ("request_id", "\0"),
        ("schema_version", -1),
        ("schema_version", 2**31),
        ("recorded_at_ms", -1),
        ("cause", 2**63),
    ],
)
def test_a_draft_that_a_store_could_not_keep_is_refused_by_field(field: str, value: object) -> None:
    fields: dict[str, object] = {
        "type": "A",
        "schema_version": 1,
        "payload": b"",
        "principal": "p",
        "recorded_at_ms": 0,
    }
    with pytest.raises(AppendRefused, match=field):
        Draft(**(fields | {field: value}))  # type: ignore[arg-type]
