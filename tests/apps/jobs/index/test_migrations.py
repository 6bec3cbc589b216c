"""The tables become what this release works with, from whatever was there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from apps.jobs.index.migrating import NewerIndexError, head, migrate, revision
from apps.jobs.index.schema import METADATA
from tests.support.postgres import Postgres

pytestmark = pytest.mark.store


def test_migrated_tables_are_those_of_the_models(postgres: Postgres, empty: Engine) -> None:
    """By their dumps, which have what alembic does not compare as well: expressions, classes of indexes."""
    name = str(empty.url.database)
    with empty.begin() as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        METADATA.create_all(connection)
    modelled = _statements(postgres.dump(name))
    with empty.begin() as connection:
        METADATA.drop_all(connection)
    migrate(empty)
    with empty.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        connection.execute(text("DROP TABLE alembic_version"))
    migrated = _statements(postgres.dump(name))
    assert modelled == migrated
    assert any("gin_trgm_ops" in statement for statement in migrated)


def _statements(dump: str) -> list[str]:
    """Without what is new in every dump: the key of `\\restrict`."""
    return [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]


def test_a_migration_that_is_taken_back_leaves_nothing(empty: Engine) -> None:
    migrate(empty)
    migrate(empty, to="base")
    assert inspect(empty).get_table_names() == ["alembic_version"]
    with empty.connect() as connection:
        assert revision(connection) is None
        assert not list(connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")))
    migrate(empty)
    assert inspect(empty).has_table("runs")


def test_a_migrated_index_stays_as_it_is(index: Engine) -> None:
    migrate(index)
    with index.connect() as connection:
        assert revision(connection) == head()


def test_of_pods_that_migrate_at_once_one_does_and_all_find_it_done(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: migrate(empty), range(4))) == [None] * 4
    assert inspect(empty).has_table("runs")


def test_an_index_of_a_later_release_is_refused_and_left_as_it_is(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerIndexError, match=r"9999.*run the release that made it, or drop it"):
        migrate(empty)
    assert inspect(empty).has_table("runs")


def test_the_owner_of_a_database_who_is_no_superuser_can_migrate_it(
    postgres: Postgres, empty: Engine
) -> None:
    database = empty.url.database
    with empty.begin() as connection:
        connection.execute(text("CREATE ROLE jobs LOGIN"))
        connection.execute(text(f"ALTER DATABASE {database} OWNER TO jobs"))
    owner = postgres.engine(str(database), role="jobs")
    migrate(owner)
    owner.dispose()
    assert inspect(empty).has_table("runs")
    with empty.begin() as connection:
        connection.execute(text("REASSIGN OWNED BY jobs TO CURRENT_USER"))
        connection.execute(text("DROP OWNED BY jobs"))
        connection.execute(text("DROP ROLE jobs"))
