"""How a pod gets to its database: its environment, and the volume with what it needs to get in.

A program of ours reads `DATABASE_HOST`, `DATABASE_PORT` and `DATABASE_NAME`, and `DATABASE_PASSWORD_FILE` or,
for a server of RDS, `DATABASE_REGION` and `DATABASE_AUTHORITIES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

PASSWORD: Final = "password"  # noqa: S105 - a key of the Secret, and the file that it becomes
AUTHORITIES: Final = "authorities.pem"
FOLDER: Final = "/etc/database"
_VOLUME: Final = "database"


@dataclass(frozen=True, kw_only=True)
class DatabaseAccess:
    """A service's own database.

    Args:
        host: the server's name, known once the database is there.
        port: of the server.
        name: of the database, and of the role that owns it.
        files: what the service's Secret for it has: a password, which is a Pulumi secret, or the certificates
            that the server's is checked by.
        revision: another text with each password, which says nothing about it: to restart what reads it.
        region: region of the server of RDS, which takes a token in a password's place; None for a password.
    """

    host: pulumi.Input[str]
    port: int
    name: str
    files: Mapping[str, pulumi.Input[str]]
    revision: pulumi.Input[str]
    region: str | None = None

    @property
    def password(self) -> pulumi.Output[str]:
        """The password of the role; none where the server takes tokens.

        Raises:
            KeyError: it takes tokens.
        """
        return pulumi.Output.from_input(self.files[PASSWORD])


def environment(access: DatabaseAccess) -> list[dict[str, Any]]:
    """The variables of a container that uses the database.

    Args:
        access: to the database.
    """
    way = (
        {"DATABASE_PASSWORD_FILE": f"{FOLDER}/{PASSWORD}"}
        if access.region is None
        else {"DATABASE_REGION": access.region, "DATABASE_AUTHORITIES": f"{FOLDER}/{AUTHORITIES}"}
    )
    said = {
        "DATABASE_HOST": access.host,
        "DATABASE_PORT": str(access.port),
        "DATABASE_NAME": access.name,
        **way,
    }
    return [{"name": name, "value": value} for name, value in said.items()]


def mount() -> dict[str, Any]:
    """Where such a container sees what it needs to get in."""
    return {"name": _VOLUME, "mountPath": FOLDER, "readOnly": True}


def volume(secret: str) -> dict[str, Any]:
    """The volume of a pod that has such a container.

    Args:
        secret: name of the Secret with the `files` of the access, in the pod's namespace.
    """
    return {"name": _VOLUME, "secret": {"secretName": secret, "defaultMode": 0o440}}
