"""From settings to the databases of the platform's own services."""

from __future__ import annotations

from components.aws_plans.database_plan import DatabaseChoice, DatabaseUser
from components.naming import MONITORING_NAMESPACE
from components.records.database import SERVER
from components.records.every import RECORDS
from components.records.model import DatabaseClient
from components.services.database.component import DatabaseServer, DatabaseServerArgs
from components.services.database.roles import DatabaseRoles, DatabaseRolesArgs
from components.settings import Settings
from components.wiring.ground import Ground
from components.wiring.presence import Presence, presence


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    if not is_in_cluster(settings):
        return None
    chosen = settings.database
    return Presence(memory={SERVER: chosen.memory}, volumes={"the database": chosen.storage})


def clients(settings: Settings) -> list[DatabaseClient]:
    """List the services of a stack that have a database.

    Args:
        settings: the stack's settings.
    """
    return [
        record.client
        for name, record in RECORDS.items()
        if record.client is not None and presence(name, settings) is not None
    ]


def is_in_cluster(settings: Settings) -> bool:
    """Say whether a stack has a server in its cluster.

    Args:
        settings: the stack's settings.
    """
    return bool(clients(settings)) and settings.database.rds is None


def managed(settings: Settings) -> DatabaseChoice | None:
    """What a stack says of a server of RDS; None if no service wants one, or it is in the cluster.

    Args:
        settings: the stack's settings.
    """
    chosen, users = settings.database.rds, clients(settings)
    if chosen is None or not users:
        return None
    return chosen.plain(
        DatabaseChoice,
        users=tuple(
            # Each of these pods has a service account of its own name.
            DatabaseUser(namespace=client.namespace, service_account=pod, name=client.database)
            for client in users
            for pod in client.pods
        ),
    )


def database(ground: Ground) -> DatabaseServer | DatabaseRoles | None:
    """Make the server, or databases in one of the cloud's, if a service of the stack has a database in it.

    Args:
        ground: what every service is wired with.
    """
    users = clients(ground.settings)
    if not users:
        return None
    server = ground.foundation.database
    if server is not None:
        return DatabaseRoles(
            "database",
            DatabaseRolesArgs(
                image=ground.image("jobs"), clients=users, server=server, after=[*ground.foundation.ready]
            ),
            ground.options_with_digests,
        )
    chosen = ground.settings.database
    return DatabaseServer(
        "database",
        chosen.plain(
            DatabaseServerArgs,
            image=ground.image("postgres"),
            clients=users,
            storage_class=ground.foundation.storage_class,
            monitoring=MONITORING_NAMESPACE if ground.settings.observability.enabled else None,
            protect=ground.settings.foundation.protect,
        ),
        ground.options_with_digests,
    )
