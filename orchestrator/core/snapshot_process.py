"""Snapshots made by a process of their own, so that the core's loop never waits for one.

The child opens the log read-only, folds the last snapshot and the records after it, and writes the new one: it
takes no time and no memory from the core, its state cannot be torn, and every snapshot is a replay of the log
whose hashes were checked. It runs niced. Started by the core; `python -m orchestrator.core.snapshot_process`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from orchestrator.core.ports import Domain, SnapshotFailed
from orchestrator.core.recovery import recover, snapshot_of
from orchestrator.log.chain import load_key
from orchestrator.log.open_store import open_store

MUSTER_DOMAIN = "orchestrator.core.model:muster_domain"
MAKE_S_MAX = 600
NICENESS = 10


class SnapshotProcess:
    """`Snapshots` by a child process. `domain` names a function without arguments, as "module:function"."""

    def __init__(self, log_url: str, key_path: Path, data_dir: Path | None = None, domain: str = MUSTER_DOMAIN) -> None:
        self._arguments = ["--key", str(key_path), "--domain", domain]
        if data_dir is not None:
            self._arguments += ["--data-dir", str(data_dir)]
        self._log_url = log_url

    async def make(self) -> int:
        """Run the child once; the seq its snapshot stands for."""
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-m", "orchestrator.core.snapshot_process", *self._arguments]
        try:
            child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise SnapshotFailed(f"the process did not start: {error}") from error
        try:
            # The address goes by standard input: it may hold a password, and arguments can be seen by anybody.
            talk = child.communicate(self._log_url.encode())
            out, err = await asyncio.wait_for(talk, MAKE_S_MAX)
        except TimeoutError as error:
            raise SnapshotFailed(f"it took more than {MAKE_S_MAX} s") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            last_line = err.decode(errors="replace").strip().rpartition("\n")[2]
            raise SnapshotFailed(f"the process ended with {child.returncode}: {last_line}")
        return int(json.loads(out)["seq"])


def make_snapshot(log_url: str, data_dir: Path | None, key_path: Path, domain: Domain[Any]) -> int:
    """Make one in this process; the seq it stands for."""
    store = open_store(log_url, data_dir, read_only=True)
    store.open()
    try:
        key = load_key(key_path)
        recovered = recover(store, domain, key)
        store.put_snapshot(snapshot_of(recovered, domain, key))
        return recovered.head.seq
    finally:
        store.close()


def load_domain(name: str) -> Domain[Any]:
    """The domain that "module:function" gives."""
    module, _, function = name.partition(":")
    maker: Callable[[], Domain[Any]] = getattr(import_module(module), function)
    return maker()


def main() -> int:
    """Entry point of the child: the log's address on standard input, one JSON object on standard output."""
    parser = argparse.ArgumentParser(prog="python -m orchestrator.core.snapshot_process")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--domain", required=True)
    options = parser.parse_args()
    os.nice(NICENESS)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is data
    seq = make_snapshot(sys.stdin.read().strip(), options.data_dir, options.key, load_domain(options.domain))
    print(json.dumps({"seq": seq}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
