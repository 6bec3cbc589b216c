"""Settings of the databases of the platform's own services: a server in the cluster, or one of RDS."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.aws_plans.database_plan import (
    BACKUP_DAYS_MAX,
    CLASSES,
    STORAGE_MAX_GIB,
    STORAGE_MIN_GIB,
)
from components.domain import MIB, size_bytes
from components.settings.fields import Flag, Section, SizeQuantity, why

_LEAST_MIB: Final = 256
"""A quarter of it is 64 MB of cache, half of PostgreSQL's own default."""


def _check_memory(quantity: str) -> str:
    if size_bytes(quantity) < _LEAST_MIB * MIB:
        raise ValueError(f"must be {_LEAST_MIB}Mi or more: a quarter of it is the cache")
    return quantity


ServerMemory = Annotated[
    SizeQuantity,
    AfterValidator(_check_memory),
    WithJsonSchema({"type": "string", "$comment": f"{_LEAST_MIB}Mi or more, such as `384Mi` or `1Gi`"}),
]


_SNAPSHOT: Final = r"(rds:)?[A-Za-z](-?[A-Za-z0-9])*"
"""Letters, digits and single hyphens inside (RDS API, RestoreDBInstanceFromDBSnapshot); `rds:` begins those
that RDS takes by itself."""


def _check_class(name: str) -> str:
    if name not in CLASSES:
        raise ValueError(f"is not a class that is known here; write one of {', '.join(CLASSES)}")
    return name


def _check_snapshot(name: str) -> str:
    if not re.fullmatch(_SNAPSHOT, name):
        raise ValueError("is not the name of a snapshot: write letters, digits and single hyphens")
    return name


DatabaseClass = Annotated[
    str,
    Strict(),
    AfterValidator(_check_class),
    WithJsonSchema({"type": "string", "enum": list(CLASSES)}),
]
SnapshotName = Annotated[
    str,
    Strict(),
    AfterValidator(_check_snapshot),
    WithJsonSchema({"type": "string", "pattern": f"^{_SNAPSHOT}$", "$comment": "name of a DB snapshot"}),
]
StorageGib = Annotated[int, Strict(), Field(ge=STORAGE_MIN_GIB, le=STORAGE_MAX_GIB)]


class RdsSettings(Section):
    """PostgreSQL by RDS, on AWS: backups, a second zone, and no password for those who use it."""

    instance_class: DatabaseClass = Field(
        "db.t4g.small",
        description="Class of the instance.",
        json_schema_extra=why("A quarter of 2 GiB is cache, for 200,000 runs; questions come in bursts."),
    )
    storage_gib: StorageGib = Field(
        STORAGE_MIN_GIB,
        description="Storage at first, in GiB.",
        json_schema_extra=why("RDS' least. Storage never shrinks."),
    )
    storage_limit_gib: StorageGib = Field(
        100,
        description="Up to which RDS grows it by itself, in GiB.",
        json_schema_extra=why("A full disk stops the database; a bound keeps a fault from becoming a bill."),
    )
    multi_az: Flag = Field(
        True,
        description="Whether a second instance in another zone follows, and takes over.",
        json_schema_extra=why("A zone, an upgrade or a new class is then a pause; it doubles the price."),
    )
    backup_days: Annotated[int, Strict(), Field(ge=0, le=BACKUP_DAYS_MAX)] = Field(
        7,
        description="Days that one can go back to any second; 0 for none.",
        json_schema_extra=why(
            "The index is rebuilt from the bucket, and what else is kept here is not: a week to see a fault."
        ),
    )
    snapshot: SnapshotName | None = Field(
        None,
        description="Snapshot that a new instance is made from; an instance that exists stays.",
        json_schema_extra=why("A stack that is made again goes on with the data that the last one left."),
    )


class DatabaseSettings(Section):
    """PostgreSQL, with a database for each service that wants one; none, if none does."""

    storage: SizeQuantity = Field(
        "5Gi",
        description="Size of the server's volume in the cluster.",
        json_schema_extra=why("A run takes 2 KB with its indexes: two million fit. Volumes rarely shrink."),
    )
    memory: ServerMemory = Field(
        "384Mi",
        description="Memory of the server, request and limit; a quarter of it is its cache.",
        json_schema_extra=why("Its cache holds the newest 40,000 runs, at 2 KB each with their indexes."),
    )
    generation: Annotated[int, Strict(), Field(ge=1, le=10_000)] = Field(
        1,
        description="Which passwords these are; raise it by one, and every service gets a new one.",
        json_schema_extra=why("Server and services restart with it; nobody types one."),
    )
    rds: RdsSettings | None = Field(
        None,
        description="A server of RDS instead of one in the cluster.",
        json_schema_extra=why("In the cluster a lost zone takes the server with it; RDS is one more bill."),
    )
