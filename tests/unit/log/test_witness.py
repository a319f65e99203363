"""The head witness: alarm when the log is behind it, silence when it is behind the log."""

from pathlib import Path

import pytest

from orchestrator.log.chain import ChainKey
from orchestrator.log.errors import LogCorrupt
from orchestrator.log.journal import Journal
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.log.record import Head
from orchestrator.log.witness import WITNESS_BYTES, WitnessFile, encode_witness, read_witness
from tests.conformance.rows import entry

KEY = ChainKey(b"k" * 32)
HEAD = Head(7, b"h" * 32, 3, b"r" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the witness is."""
    return tmp_path / "muster.head"


def test_what_was_written_is_read_and_it_is_one_block(path: Path) -> None:
    with WitnessFile(KEY, path) as file:
        file.write(Head(999_999, b"x" * 32, 999_999, b"y" * 32))
        file.write(HEAD, sync=True)
    assert path.stat().st_size == WITNESS_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_witness(KEY, path) == HEAD
    assert len(encode_witness(KEY, Head(2**63 - 1, b"x" * 32, 2**63 - 1, b"y" * 32))) == WITNESS_BYTES


def test_no_witness_is_no_alarm(path: Path) -> None:
    assert read_witness(KEY, path) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * WITNESS_BYTES, b"null", b'{"seq":"x"}'])
def test_a_damaged_witness_is_told(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LogCorrupt, match="witness"):
        read_witness(KEY, path)


def test_a_witness_of_another_key_or_with_another_number_is_told(path: Path) -> None:
    path.write_bytes(encode_witness(ChainKey(b"x" * 32), HEAD))
    with pytest.raises(LogCorrupt, match="key"):
        read_witness(KEY, path)
    path.write_bytes(encode_witness(KEY, HEAD).replace(b'"seq": 7', b'"seq": 6'))
    with pytest.raises(LogCorrupt, match="key"):
        read_witness(KEY, path)


async def appended(disk: MemoryDisk, path: Path, numbers: range) -> None:
    """Open a journal, append one record for each number, close."""
    journal = Journal(MemoryStore(disk), KEY, path)
    await journal.open()
    for number in numbers:
        await journal.append_soon([entry(number, request_id=f"r{number}")])
    await journal.close()


async def test_a_journal_moves_the_witness_and_refuses_a_log_that_was_cut(path: Path) -> None:
    disk = MemoryDisk()
    await appended(disk, path, range(1, 4))
    seen = read_witness(KEY, path)
    assert seen is not None
    assert (seen.seq, seen.hash, seen.request_number) == (3, disk.records[-1].hash, 3)
    disk.records.pop()
    with pytest.raises(LogCorrupt, match=r"cut: .* has seen record 3"):
        await appended(disk, path, range(0))
    assert not disk.locked


async def test_a_witness_that_lags_does_not_stop_the_start(path: Path) -> None:
    disk = MemoryDisk()
    await appended(disk, path, range(1, 3))
    old = read_witness(KEY, path)
    assert old is not None
    await appended(disk, path, range(3, 6))
    with WitnessFile(KEY, path) as file:
        file.write(old)
    await appended(disk, path, range(6, 7))
    seen = read_witness(KEY, path)
    assert seen is not None
    assert seen.seq == 6


async def test_a_log_with_other_records_of_the_same_number_is_refused(path: Path, tmp_path: Path) -> None:
    await appended(MemoryDisk(), path, range(1, 4))
    rival = MemoryDisk()
    await appended(rival, tmp_path / "other.head", range(11, 14))
    with pytest.raises(LogCorrupt, match="not the one"):
        await appended(rival, path, range(0))
