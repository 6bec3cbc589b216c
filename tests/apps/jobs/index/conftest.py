"""A real PostgreSQL, and in it an index for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import Engine, text

from apps.jobs.index.migrating import migrate
from tests.support.postgres import Postgres

_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[Engine]:
    """A database with nothing in it."""
    name = f"empty{next(_NUMBERS)}"
    engine = postgres.create(name)
    yield engine
    engine.dispose()
    postgres.drop(name)


@pytest.fixture
def index(_indexes: tuple[Engine, Engine]) -> Iterator[Engine]:
    """An index without runs."""
    yield _indexes[0]
    _clear(_indexes[0])


@pytest.fixture
def another(_indexes: tuple[Engine, Engine]) -> Iterator[Engine]:
    """One more index without runs."""
    yield _indexes[1]
    _clear(_indexes[1])


@pytest.fixture(scope="session")
def _indexes(postgres: Postgres) -> Iterator[tuple[Engine, Engine]]:
    engines = postgres.create("index"), postgres.create("another")
    for engine in engines:
        migrate(engine)
    yield engines
    for engine in engines:
        engine.dispose()


def _clear(index: Engine) -> None:
    with index.begin() as connection:
        connection.execute(text("TRUNCATE runs, rebuilds"))
