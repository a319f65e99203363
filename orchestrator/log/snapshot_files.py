"""Snapshots as files beside a SQLite log: writing megabytes must not hold up a commit.

One file a snapshot, `SEQ.snapshot`: a JSON line with the small fields and the lengths, then the state, then
the filter. Written aside and renamed, so that a reader never meets half of one. A damaged file is left out
with a warning: the log is the truth. Called by the SQLite store, also from the snapshot process.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import structlog

from orchestrator.log.record import Snapshot
from orchestrator.log.store import SNAPSHOTS_KEPT

SUFFIX = ".snapshot"
DRAFT_SUFFIX = ".draft"
_log = structlog.get_logger("muster.log")


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Add a file and delete all but the newest `SNAPSHOTS_KEPT`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    header = {
        "seq": snapshot.seq,
        "record_hash": snapshot.record_hash.hex(),
        "request_number": snapshot.request_number,
        "version": snapshot.version,
        "state_bytes": len(snapshot.state),
        "seen_bytes": len(snapshot.seen),
        "hash": snapshot.hash.hex(),
    }
    target = folder / f"{snapshot.seq:020d}{SUFFIX}"
    # Named by process: a snapshot process whose core was killed may still be writing one.
    draft = target.with_suffix(f".{os.getpid()}{DRAFT_SUFFIX}")
    with draft.open("wb") as file:
        file.write(json.dumps(header).encode() + b"\n")
        file.write(snapshot.state)
        file.write(snapshot.seen)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    for old in snapshot_paths(folder)[SNAPSHOTS_KEPT:]:
        old.unlink(missing_ok=True)


def clear_drafts(folder: Path) -> None:
    """Delete what killed processes left half written."""
    for draft in folder.glob(f"*{DRAFT_SUFFIX}"):
        draft.unlink(missing_ok=True)


def snapshot_paths(folder: Path) -> list[Path]:
    """The snapshot files, newest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), reverse=True)


def read_snapshots(folder: Path) -> list[Snapshot]:
    """All readable snapshots, newest first."""
    found = (_read(path) for path in snapshot_paths(folder))
    return [snapshot for snapshot in found if snapshot is not None]


def _read(path: Path) -> Snapshot | None:
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        fields = json.loads(head)
        state_bytes, seen_bytes = int(fields["state_bytes"]), int(fields["seen_bytes"])
        if len(body) != state_bytes + seen_bytes:
            raise ValueError(f"body has {len(body)} bytes, not {state_bytes + seen_bytes}")
        return Snapshot(
            seq=int(fields["seq"]),
            record_hash=bytes.fromhex(fields["record_hash"]),
            request_number=int(fields["request_number"]),
            version=str(fields["version"]),
            state=body[:state_bytes],
            seen=body[state_bytes:],
            hash=bytes.fromhex(fields["hash"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        _log.warning("snapshot left out", file=path.name, reason=str(error))
        return None
