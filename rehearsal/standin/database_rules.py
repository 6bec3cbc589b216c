"""What RDS refuses of a PostgreSQL instance and its groups, as far as its API reference and guide say so.

Source: the descriptions in botocore's model of the API (rds, 2014-10-31: CreateDBInstance, DeleteDBInstance,
CreateDBSubnetGroup, CreateDBParameterGroup, RestoreDBInstanceFromDBSnapshot), the user guide where it is
named, and the AWS provider's own checks. What nobody could check without an account: which classes a region
has for a release of PostgreSQL, quotas, and how long anything takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rehearsal.standin import values
from rehearsal.standin.check import Failure
from rehearsal.standin.cloud import Cloud, Operation, Resource

INSTANCE: Final = "aws:rds/instance:Instance"
SUBNETS: Final = "aws:rds/subnetGroup:SubnetGroup"
PARAMETERS: Final = "aws:rds/parameterGroup:ParameterGroup"
SNAPSHOT: Final = "aws:rds/snapshot:Snapshot"

MASTER_MAX: Final = 16
RESERVED: Final = frozenset({"admin", "all", "any", "default", "rdsadmin", "table", "user"})
"""Some that no master may be called: RDS' own account and words of the engine (CreateDBInstance,
MasterUsername: "Can't be a reserved word"; PostgreSQL 15, appendix C)."""

STORAGE: Final = (20, 65_536)
"""GiB of gp3 for PostgreSQL (CreateDBInstance, AllocatedStorage)."""

BACKUP_DAYS: Final = (0, 35)
ZONES_MIN: Final = 2
GROWTH_PERCENT: Final = 10

_NAME: Final = re.compile(r"[A-Za-z](-?[A-Za-z0-9])*")
_CLASS: Final = re.compile(r"db\.[a-z0-9-]+\.[a-z0-9]+")
_MASTER: Final = re.compile(r"[A-Za-z]\w*", re.ASCII)
_VERSION: Final = re.compile(r"\d+(\.\d+)?")


def refused(token: str, given: Mapping[str, Any]) -> list[Failure]:
    """Find what is refused of a resource's arguments; nothing for types that are no part of a database.

    Args:
        token: type of the resource.
        given: its arguments; what is not known yet passes.
    """
    rules = _RULES.get(token)
    known = {key: value for key, value in values.reveal(dict(given)).items() if value != values.UNKNOWN}
    return list(rules(known, given)) if rules else []


def cannot_be_made(token: str, given: Mapping[str, Any], cloud: Cloud) -> str:
    """Say why something can not be made beside what there is; empty if it can.

    Args:
        token: type of the resource.
        given: its arguments.
        cloud: what there is.
    """
    if token == SUBNETS:
        zones = {
            each.inputs.get("availabilityZone")
            for each in cloud.of_type("aws:ec2/subnet:Subnet")
            if each.id in given["subnetIds"]
        }
        if len(zones) < ZONES_MIN:
            return (
                f"DBSubnetGroupDoesNotCoverEnoughAZs: {len(zones)} zone; name subnets of {ZONES_MIN} at least"
            )
    if token != INSTANCE:
        return ""
    name = given["identifier"].lower()
    if any(each.inputs["identifier"].lower() == name for each in cloud.of_type(INSTANCE)):
        return f"DBInstanceAlreadyExists: {name}"
    origin = given.get("snapshotIdentifier")
    if origin and not any(each.id == origin for each in cloud.of_type(SNAPSHOT)):
        return f"DBSnapshotNotFound: {origin}"
    return _family_differs(given, cloud)


def cannot_go(resource: Resource, cloud: Cloud) -> str:
    """Say why an instance stays; empty if it may go. Protection against it is asked for elsewhere.

    Args:
        resource: what is to go.
        cloud: what there is.
    """
    if resource.type != INSTANCE or resource.inputs.get("skipFinalSnapshot"):
        return ""
    name = resource.inputs.get("finalSnapshotIdentifier")
    if not name:
        return "InvalidParameterCombination: name a final snapshot, or skip it"
    if not _NAME.fullmatch(name):
        return f"InvalidParameterValue: {name} is no name for a snapshot"
    if any(each.id == name for each in cloud.of_type(SNAPSHOT)):
        return f"DBSnapshotAlreadyExists: {name}"
    return ""


def leave_snapshot(resource: Resource, cloud: Cloud) -> None:
    """Keep the last snapshot of an instance that goes, if it is to leave one.

    Args:
        resource: what goes.
        cloud: where the snapshot is kept.
    """
    if resource.type != INSTANCE or resource.inputs.get("skipFinalSnapshot"):
        return
    name = str(resource.inputs["finalSnapshotIdentifier"])
    given = {key: resource.inputs.get(key) for key in ("engineVersion", "kmsKeyId", "identifier")}
    cloud.put(Resource(name, SNAPSHOT, "::snapshot", {}, given, resource.place))
    cloud.record(Operation("snapshot", SNAPSHOT, name, resource.urn))


def _instance(given: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Failure]:
    yield from _named(given, "identifier", 63)
    yield from _named(given, "finalSnapshotIdentifier", 255)
    yield from _sizes(given)
    yield from _master(given, said)
    if "instanceClass" in given and not _CLASS.fullmatch(str(given["instanceClass"])):
        yield Failure("instanceClass", f"is {given['instanceClass']!r}; write one such as db.t4g.small")
    if "engineVersion" in given and not _VERSION.fullmatch(str(given["engineVersion"])):
        yield Failure("engineVersion", f"is {given['engineVersion']!r}; write a release, such as 15")
    if given.get("multiAz") and given.get("availabilityZone"):
        yield Failure("availabilityZone", "can't be said of an instance in several zones")
    if "kmsKeyId" in said and not given.get("storageEncrypted"):
        yield Failure("storageEncrypted", "is not on, and a key is named; a key is for an encrypted disk")
    # The provider's own check, before it deletes an instance.
    if not given.get("skipFinalSnapshot") and "finalSnapshotIdentifier" not in said:
        yield Failure("finalSnapshotIdentifier", "is missing; name it, or set skipFinalSnapshot")


def _sizes(given: Mapping[str, Any]) -> Iterator[Failure]:
    storage, limit = given.get("allocatedStorage"), given.get("maxAllocatedStorage")
    days = given.get("backupRetentionPeriod")
    if storage is not None and not STORAGE[0] <= storage <= STORAGE[1]:
        yield Failure("allocatedStorage", f"is {storage}; {STORAGE[0]} to {STORAGE[1]} GiB are allowed")
    # Guide, "Managing capacity automatically with storage autoscaling".
    if storage and limit and limit * 100 < storage * (100 + GROWTH_PERCENT):
        yield Failure("maxAllocatedStorage", f"is {limit}; it has to be {GROWTH_PERCENT} % above {storage}")
    if days is not None and not BACKUP_DAYS[0] <= days <= BACKUP_DAYS[1]:
        yield Failure("backupRetentionPeriod", f"is {days}; {BACKUP_DAYS[0]} to {BACKUP_DAYS[1]} are allowed")


def _master(given: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Failure]:
    name = given.get("username")
    if name is None and "username" not in said and "snapshotIdentifier" not in said:
        yield Failure("username", "is missing; only an instance made from a snapshot has one already")
    if name is not None and (
        not _MASTER.fullmatch(name) or len(name) > MASTER_MAX or name.lower() in RESERVED
    ):
        yield Failure(
            "username",
            f"is {name!r}; write up to {MASTER_MAX} letters, digits and underscores, and no reserved word",
        )
    if given.get("manageMasterUserPassword") and "password" in said:
        yield Failure("password", "can't be said beside manageMasterUserPassword")
    if "masterUserSecretKmsKeyId" in said and not given.get("manageMasterUserPassword"):
        yield Failure("masterUserSecretKmsKeyId", "is for a password that RDS keeps")


def _subnet_group(given: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Failure]:
    name = str(given.get("name", ""))
    if name and not re.fullmatch(r"[A-Za-z][\w. -]{0,254}", name, re.ASCII):
        yield Failure("name", f"is {name!r}; write up to 255 letters, digits and . _ - from a letter on")
    if name.lower() == "default":
        yield Failure("name", "is default, which is RDS' own")


def _parameter_group(given: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Failure]:
    yield from _named(given, "name", 255)


def _named(given: Mapping[str, Any], key: str, longest: int) -> Iterator[Failure]:
    name = given.get(key)
    if isinstance(name, str) and (len(name) > longest or not _NAME.fullmatch(name)):
        yield Failure(
            key,
            f"is {name!r}; write up to {longest} letters, digits and single inner hyphens from a letter on",
        )


def _family_differs(given: Mapping[str, Any], cloud: Cloud) -> str:
    """A group is of one family, and fits releases of that alone (CreateDBParameterGroup)."""
    wanted = f"postgres{str(given.get('engineVersion', '')).partition('.')[0]}"
    for group in cloud.of_type(PARAMETERS):
        if group.id == given.get("parameterGroupName") and group.inputs["family"] != wanted:
            return f"InvalidParameterCombination: {group.id} is of {group.inputs['family']}, not of {wanted}"
    return ""


_RULES: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[Failure]]]] = {
    INSTANCE: _instance,
    SUBNETS: _subnet_group,
    PARAMETERS: _parameter_group,
}
