"""What RDS is asked for, as plain values: names, the engine, its parameters, its classes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from components import versions

MASTER: Final = "postgres"
"""The master user, of 16 characters at most (RDS API, CreateDBInstance): it makes databases and roles."""

FAMILY: Final = f"postgres{versions.POSTGRES}"
"""Family of the parameter group: one for each major release."""

PARAMETERS: Final[Mapping[str, str]] = MappingProxyType({"rds.force_ssl": "1"})
"""Nobody connects without TLS. It is the default from 15 on (RDS User Guide, "SSL with PostgreSQL"); written
down, so that a later default changes nothing."""

AUTHORITY: Final = "rds-ca-rsa2048-g1"
"""Whose certificate the server shows: RDS's default, which renews it by itself before it ends."""

NO_EXTENDED_SUPPORT: Final = "open-source-rds-extended-support-disabled"
"""After the release's standard support RDS upgrades, and charges nothing for an old one. It is said when the
instance is made, and can't be changed later (RDS API, CreateDBInstance)."""

STORAGE_MIN_GIB: Final = 20
STORAGE_MAX_GIB: Final = 65_536
"""Bounds of gp3 (RDS API, CreateDBInstance, AllocatedStorage)."""

GROWTH_PERCENT: Final = 10
"""Least room to grow: RDS refuses a limit that is less above the storage (User Guide, "Managing capacity
automatically with storage autoscaling")."""

BACKUP_DAYS_MAX: Final = 35

IDENTIFIER_MAX: Final = 63
"""Characters of an instance's name."""

SUFFIX: Final = "-database"
"""What follows the cluster's name in the instance's."""


CLASSES: Final = (
    *(f"db.t4g.{size}" for size in ("micro", "small", "medium", "large")),
    *(f"db.{family}.{size}" for family in ("m7g", "r7g") for size in ("large", "xlarge")),
)
"""Classes that a stack may name: Graviton alone, which PostgreSQL does not notice and which costs less."""


@dataclass(frozen=True, kw_only=True)
class DatabaseUser:
    """Whose pods become which role of the database.

    Args:
        namespace: the pods' namespace.
        service_account: their service account.
        name: the role, and its database.
    """

    namespace: str
    service_account: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DatabaseChoice:
    """What a stack says of its instance.

    Args:
        instance_class: one of `CLASSES`.
        storage_gib: storage at first.
        storage_limit_gib: up to which it grows by itself.
        multi_az: True for a second instance in another zone, which takes over.
        backup_days: days that one can go back.
        snapshot: what it is made from; None for an empty one.
        users: who gets in.
    """

    instance_class: str
    storage_gib: int
    storage_limit_gib: int
    multi_az: bool
    backup_days: int
    snapshot: str | None
    users: tuple[DatabaseUser, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The databases, each with a role of its name."""
        return tuple(sorted({user.name for user in self.users}))


def instance_name(cluster: str) -> str:
    """Name of the instance, its subnets and its last snapshots' beginning.

    Args:
        cluster: the cluster's name.
    """
    return f"{cluster}{SUFFIX}"


def snapshot_name(cluster: str, group_id: str) -> str:
    """Name of the snapshot that is taken when the instance goes.

    A second one under the same name would be refused (RDS API, DeleteDBInstance, DBSnapshotAlreadyExists),
    and the instance would stay. The security group is another one in each life of a stack.

    Args:
        cluster: the cluster's name.
        group_id: id of the instance's security group.
    """
    return f"{instance_name(cluster)}-{group_id.removeprefix('sg-')}"
