"""From settings to the databases of the platform's own services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from components.naming import MONITORING_NAMESPACE
from components.records.model import DatabaseClient
from components.services.database.component import DatabaseServer, DatabaseServerArgs
from components.settings import Settings
from components.wiring.ground import Ground

CLIENTS: Final[Mapping[DatabaseClient, Callable[[Settings], bool]]] = {}
"""Services that have a database, and whether a stack has the service: a further one is a further line."""


def clients(settings: Settings) -> list[DatabaseClient]:
    """List the services of a stack that have a database.

    Args:
        settings: the stack's settings.
    """
    return [client for client, wanted in CLIENTS.items() if wanted(settings)]


def database(ground: Ground) -> DatabaseServer | None:
    """Make the server, if a service of the stack has a database in it.

    Args:
        ground: what every service is wired with.
    """
    wanted = clients(ground.settings)
    if not wanted:
        return None
    chosen = ground.settings.database
    return DatabaseServer(
        "database",
        DatabaseServerArgs(
            image=ground.image("postgres"),
            clients=wanted,
            storage=chosen.storage,
            memory=chosen.memory,
            storage_class=ground.foundation.storage_class,
            monitoring=MONITORING_NAMESPACE if ground.settings.observability.enabled else None,
            protect=ground.settings.foundation.protect,
            generation=chosen.generation,
        ),
        ground.options_with_digests,
    )
