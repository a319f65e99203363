"""The three places a log can be, one PostgreSQL for the whole run."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestrator.log.chain import ChainKey
from tests.conformance.places import MemoryPlace, Place, PostgresPlace, SqlitePlace
from tests.postgres import postgres_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real server, started from a wheel in a folder of its own, gone after the run."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind."""
    if request.param == "memory":
        return MemoryPlace()
    if request.param == "sqlite":
        return SqlitePlace(tmp_path)
    return new_postgres_place(request.getfixturevalue("postgres_url"))


@pytest.fixture
def key() -> ChainKey:
    """A key of a chain."""
    return ChainKey(bytes(range(32)))


def new_postgres_place(server_url: str) -> PostgresPlace:
    """The server's database, emptied: one for each test would cost its shutdown many syncs."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return PostgresPlace(server_url)
