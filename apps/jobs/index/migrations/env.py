"""How alembic runs our migrations: on the connection that `migrating.migrate` holds, in its transaction."""

from __future__ import annotations

from alembic import context

from apps.jobs.index.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
