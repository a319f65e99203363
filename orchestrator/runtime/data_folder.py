"""The data folder of one server: held by one process, and where others read its addresses. Called by `bootstrap`."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO

ENDPOINTS_FILE = "endpoints.json"
LOCK_FILE = "lock"


class DataDirInUse(OSError):
    """Another core holds this data folder."""


def lock_data_dir(data_dir: Path) -> IO[str]:
    """Hold the data folder for this process; raises `DataDirInUse` naming who has it. The kernel lets go for us."""
    file = (data_dir / LOCK_FILE).open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise DataDirInUse(f"data folder {data_dir} is in use by the server with pid {holder}") from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def write_endpoints(data_dir: Path, endpoints: dict[str, object]) -> None:
    """Tell others where this server is, all at once."""
    draft = data_dir / f"{ENDPOINTS_FILE}.{os.getpid()}.tmp"
    draft.write_text(json.dumps(endpoints) + "\n", encoding="utf-8")
    draft.replace(data_dir / ENDPOINTS_FILE)
