"""Brings the tables of the index to what this release of the program works with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_FOLDER: Final = Path(__file__).parent / "migrations"

LOCK: Final = 0x0A_11_0B_5D
"""Key of the advisory lock that whoever changes the index as a whole holds; no other program of this database
may take it."""


class NewerIndexError(Exception):
    """The tables are those of a release that this one does not know."""


def head() -> str:
    """The revision that this release works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision(connection: Connection) -> str | None:
    """The revision that the tables have; None if there are none.

    Args:
        connection: to the index.
    """
    return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the tables to a revision; of several that try at once, one does it and the others wait for it.

    Args:
        engine: of the index, as its owner.
        to: the revision; `base` removes all.

    Raises:
        NewerIndexError: the tables are from a later release.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        here = revision(connection)
        known = {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}
        if here is not None and here not in known:
            raise NewerIndexError(
                f"the index has revision {here}, which this release does not know (its own is {head()}): run "
                "the release that made it, or drop it: it is rebuilt from the bucket"
            )
        config = _config(connection)
        if to == "base" or (here is not None and to != "head" and _is_before(to, here)):
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)


def _is_before(wanted: str, here: str) -> bool:
    script = ScriptDirectory.from_config(_config())
    return wanted in {each.revision for each in script.iterate_revisions(here, "base")} - {here}


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
