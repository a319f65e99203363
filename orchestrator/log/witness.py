"""The head witness: a small file outside the database folder that says how long the log was at least.

A chain whose tail was cut off is a valid shorter chain; only something outside the database can tell. The
witness holds the head (seq, hash, and the same of the requests) under the key. It is written *after* each
commit, in one block, without a sync of its own: so it may lag (a crash between commit and write; a power cut
that takes the page back), and a lagging witness is never an alarm. The rule is: the log must contain what the
witness has seen.

What it cannot detect: a cut of only those records that are newer than the witness, and somebody who puts back
an old log together with the old witness, or who has the key. Against these, send the head to an outsider now
and then (`muster audit head`). Called by the journal; read by verification.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType

from orchestrator.log.chain import ChainKey
from orchestrator.log.errors import LogCorrupt
from orchestrator.log.record import Head

# One block, aligned at 0: written by one call it is never seen half old and half new.
WITNESS_BYTES = 512


def _mac(key: ChainKey, head: Head) -> str:
    text = f"witness|{head.seq}|{head.hash.hex()}|{head.request_number}|{head.request_hash.hex()}"
    return key.mac(text.encode()).hex()


def encode_witness(key: ChainKey, head: Head) -> bytes:
    """The file's content for a head: one JSON object, padded with blanks to `WITNESS_BYTES`."""
    fields = {
        "seq": head.seq,
        "hash": head.hash.hex(),
        "request_number": head.request_number,
        "request_hash": head.request_hash.hex(),
        "mac": _mac(key, head),
    }
    return json.dumps(fields).encode().ljust(WITNESS_BYTES - 1) + b"\n"


def read_witness(key: ChainKey, path: Path) -> Head | None:
    """The head in the file, None when there is no file. A file that is not ours is `LogCorrupt`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        fields = json.loads(content)
        head = Head(
            seq=int(fields["seq"]),
            hash=bytes.fromhex(fields["hash"]),
            request_number=int(fields["request_number"]),
            request_hash=bytes.fromhex(fields["request_hash"]),
        )
        written = str(fields["mac"])
    except (KeyError, TypeError, ValueError) as error:
        raise LogCorrupt(f"head witness {path} is damaged: it does not parse") from error
    if written != _mac(key, head):
        raise LogCorrupt(f"head witness {path} is damaged: it was not written with this log's key")
    return head


class WitnessFile:
    """Keeps the file open and overwrites it. Used by the writer thread only."""

    def __init__(self, key: ChainKey, path: Path) -> None:
        self._key = key
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, head: Head, *, sync: bool = False) -> None:
        """Say that the log has come this far; `sync` waits until the disk has it."""
        os.pwrite(self._descriptor, encode_witness(self._key, head), 0)
        if sync:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> WitnessFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
