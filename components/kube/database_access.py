"""How a pod gets to its database: its environment, and the volume with the password.

A program of ours reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME` and `DATABASE_PASSWORD_FILE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

PASSWORD: Final = "password"  # noqa: S105 - a key of the Secret, and the file that it becomes
FOLDER: Final = "/etc/database"
_VOLUME: Final = "database"


@dataclass(frozen=True, kw_only=True)
class DatabaseAccess:
    """A service's own database.

    Args:
        host: the server's name.
        port: of the server.
        name: of the database, and of the role that owns it.
        password: of the role; always a Pulumi secret.
        revision: another text with each password, which says nothing about it: to restart what reads it.
    """

    host: str
    port: int
    name: str
    password: pulumi.Output[str]
    revision: pulumi.Output[str]


def environment(access: DatabaseAccess) -> list[dict[str, Any]]:
    """The variables of a container that uses the database.

    Args:
        access: to the database.
    """
    said = {
        "DATABASE_HOST": access.host,
        "DATABASE_PORT": str(access.port),
        "DATABASE_NAME": access.name,
        "DATABASE_PASSWORD_FILE": f"{FOLDER}/{PASSWORD}",
    }
    return [{"name": name, "value": value} for name, value in said.items()]


def mount() -> dict[str, Any]:
    """Where such a container sees the password."""
    return {"name": _VOLUME, "mountPath": FOLDER, "readOnly": True}


def volume(secret: str) -> dict[str, Any]:
    """The volume of a pod that has such a container.

    Args:
        secret: name of the Secret with the password, in the pod's namespace, under the key `PASSWORD`.
    """
    return {"name": _VOLUME, "secret": {"secretName": secret, "defaultMode": 0o440}}
