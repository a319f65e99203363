"""No row can be changed, dropped, swapped or cut without the audit telling, on every store.

`INJECTED` counts what was done, so that a test that does nothing cannot pass.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from orchestrator.log.chain import ChainKey
from orchestrator.log.journal import head_of
from orchestrator.log.rows import RECORD_COLUMNS, REQUEST_COLUMNS
from orchestrator.log.verify import Report, verify
from orchestrator.log.witness import WitnessFile
from tests.conformance.places import Place
from tests.conformance.rows import entry, fill, sealed

ROWS = 8
INJECTED: Counter[str] = Counter()


@pytest.fixture
def witness(tmp_path: Path) -> Path:
    """Where the head witness is: not with the data."""
    return tmp_path / "muster.head"


@pytest.fixture
def filled(place: Place, key: ChainKey, witness: Path) -> Place:
    """A log of eight records and four requests, whose head was witnessed."""
    store = place.store()
    store.open()
    fill(store, key, ROWS)
    with WitnessFile(key, witness) as file:
        file.write(head_of(store, key))
    store.close()
    return place


def audit(place: Place, key: ChainKey, witness: Path | None) -> Report:
    """The audit's report on a place as it is now."""
    store = place.store()
    store.open()
    try:
        return verify(store, key, witness)
    finally:
        store.close()


def rows_of(place: Place, table: str) -> list[dict[str, Any]]:
    """All rows of a table as columns."""
    store = place.store()
    store.open()
    try:
        if table == "record":
            return [{name: getattr(row, name) for name in RECORD_COLUMNS} for row in store.read(0, 100)]
        found = store.read_requests(0, 100)
        return [{name: getattr(row, name, getattr(row.key, name, None)) for name in REQUEST_COLUMNS} for row in found]
    finally:
        store.close()


def variants(value: Any) -> list[Any]:
    """The value with each of its bytes flipped in turn, and one byte less and more."""
    if isinstance(value, int):
        return [value ^ 1, value + 256, 0 if value else 7]
    raw = value if isinstance(value, bytes) else value.encode()
    flipped = [raw[:i] + bytes([byte ^ 1]) + raw[i + 1 :] for i, byte in enumerate(raw)]
    changed = [*flipped, raw[:-1], raw + b"0"] if raw else [b"0"]
    return changed if isinstance(value, bytes) else [one.decode() for one in changed]


def test_a_sound_log_is_called_sound(filled: Place, key: ChainKey, witness: Path) -> None:
    report = audit(filled, key, witness)
    assert report.problems == []
    assert (report.ok, report.records, report.requests, report.witnessed) == (True, ROWS, ROWS // 2, True)


@pytest.mark.parametrize(
    ("table", "column"),
    [("record", name) for name in RECORD_COLUMNS] + [("request", name) for name in REQUEST_COLUMNS],
)
def test_any_changed_byte_of_any_field_is_found(filled: Place, key: ChainKey, table: str, column: str) -> None:
    number_column = "seq" if table == "record" else "number"
    row = rows_of(filled, table)[1]
    taken = {other[number_column] for other in rows_of(filled, table)}
    store = filled.store()
    for value in variants(row[column]):
        number = row[number_column]
        if column == number_column and value in taken:
            continue
        filled.change(table, number, column, value)
        INJECTED["changed"] += 1
        store.open()
        report = verify(store, key)
        store.close()
        assert not report.ok, f"{table}.{column}: {row[column]!r} -> {value!r} was not found"
        filled.change(table, value if column == number_column else number, column, row[column])
    assert audit(filled, key, None).ok


@pytest.mark.parametrize("table", ["record", "request"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_dropped_row_is_named(filled: Place, key: ChainKey, table: str, number: int) -> None:
    filled.drop(table, [number])
    INJECTED["dropped"] += 1
    report = audit(filled, key, None)
    assert (f"{table}_missing", number) in {(problem.kind, problem.seq) for problem in report.problems}


@pytest.mark.parametrize("table", ["record", "request"])
def test_two_swapped_rows_are_found(filled: Place, key: ChainKey, table: str) -> None:
    number_column = "seq" if table == "record" else "number"
    for number, other in ((2, 1_000), (3, 2), (1_000, 3)):
        filled.change(table, number, number_column, other)
    INJECTED["swapped"] += 1
    report = audit(filled, key, None)
    assert {problem.seq for problem in report.problems if problem.kind == f"{table}_changed"} == {2, 3}


@pytest.mark.parametrize("kept", range(ROWS))
def test_a_cut_tail_is_found_through_the_witness(filled: Place, key: ChainKey, witness: Path, kept: int) -> None:
    filled.drop("record", range(kept + 1, ROWS + 1))
    filled.drop("request", range(kept // 2 + 1, ROWS // 2 + 1))
    INJECTED["cut"] += 1
    assert "witness" in {problem.kind for problem in audit(filled, key, witness).problems}
    # Said in `witness.py`: without a witness a shorter chain is a valid chain.
    assert audit(filled, key, None).ok


def test_a_witness_that_lags_is_no_alarm(filled: Place, key: ChainKey, witness: Path) -> None:
    store = filled.store()
    store.open()
    store.append(sealed(store, key, [entry(20), entry(21, request_id="late"), entry(22)]))
    store.close()
    report = audit(filled, key, witness)
    assert report.ok
    assert report.records > ROWS


def test_another_key_fits_nothing(filled: Place, key: ChainKey, witness: Path) -> None:
    report = audit(filled, ChainKey(b"x" * 32), witness)
    kinds = Counter(problem.kind for problem in report.problems)
    assert kinds["record_changed"] == ROWS
    assert kinds["witness"] == 1


def test_every_kind_of_damage_was_done() -> None:
    assert INJECTED["changed"] > 500
    assert min(INJECTED[kind] for kind in ("dropped", "swapped", "cut")) > 5
