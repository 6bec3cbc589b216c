"""What RDS refuses, the stand-in refuses: each rule of the API reference with its least change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.standin.cloud import Cloud, Resource
from rehearsal.standin.database_rules import (
    INSTANCE,
    PARAMETERS,
    SNAPSHOT,
    SUBNETS,
    cannot_be_made,
    cannot_go,
    leave_snapshot,
    refused,
)
from rehearsal.standin.values import UNKNOWN

GOOD: dict[str, Any] = {
    "identifier": "spark-database",
    "instanceClass": "db.t4g.small",
    "engineVersion": "15",
    "allocatedStorage": 20,
    "maxAllocatedStorage": 22,
    "backupRetentionPeriod": 7,
    "username": "postgres",
    "manageMasterUserPassword": True,
    "masterUserSecretKmsKeyId": UNKNOWN,
    "storageEncrypted": True,
    "kmsKeyId": UNKNOWN,
    "multiAz": True,
    "finalSnapshotIdentifier": UNKNOWN,
}


def faults(token: str, **changes: Any) -> list[str]:
    given = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return [f"{each.path} {each.reason}" for each in refused(token, given)]


def test_what_a_stack_asks_for_is_taken() -> None:
    assert faults(INSTANCE) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"identifier": "spark--database"}, "identifier is 'spark--database'; write up to 63"),
        ({"identifier": "1-spark"}, "identifier is '1-spark'"),
        ({"identifier": "spark-"}, "identifier is 'spark-'"),
        ({"identifier": "s" * 64}, "identifier is"),
        ({"finalSnapshotIdentifier": "last_one"}, "finalSnapshotIdentifier is 'last_one'"),
        ({"finalSnapshotIdentifier": None}, "finalSnapshotIdentifier is missing"),
        ({"instanceClass": "t4g.small"}, "instanceClass is 't4g.small'; write one such as db.t4g.small"),
        ({"engineVersion": "latest"}, "engineVersion is 'latest'"),
        ({"allocatedStorage": 19}, "allocatedStorage is 19; 20 to 65536 GiB"),
        ({"maxAllocatedStorage": 21}, "maxAllocatedStorage is 21; it has to be 10 % above 20"),
        ({"backupRetentionPeriod": 36}, "backupRetentionPeriod is 36; 0 to 35"),
        ({"username": "rdsadmin"}, "username is 'rdsadmin'"),
        ({"username": "user"}, "username is 'user'"),
        ({"username": "a" * 17}, "username is"),
        ({"username": None}, "username is missing"),
        ({"password": "p"}, "password can't be said beside manageMasterUserPassword"),
        ({"manageMasterUserPassword": None}, "masterUserSecretKmsKeyId is for a password that RDS keeps"),
        ({"storageEncrypted": None}, "storageEncrypted is not on, and a key is named"),
        ({"availabilityZone": "eu-west-1a"}, "availabilityZone can't be said"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_an_instance_that_rds_would_refuse_is_refused(changes: dict[str, Any], said: str) -> None:
    (fault,) = faults(INSTANCE, **changes)
    assert fault.startswith(said)


def test_a_snapshot_brings_its_master_along() -> None:
    assert faults(INSTANCE, username=None, snapshotIdentifier="earlier") == []


def test_groups_have_names_that_rds_takes() -> None:
    assert faults(SUBNETS, name="default") == ["name is default, which is RDS' own"]
    assert faults(PARAMETERS, name="a--b")[0].startswith("name is 'a--b'")
    assert faults(SUBNETS, name="spark-database") == faults(PARAMETERS, name="spark-database") == []


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    made = Cloud(tmp_path / "cloud")
    for number, zone in enumerate(("a", "b", "b")):
        given = {"availabilityZone": f"eu-west-1{zone}"}
        made.put(Resource(f"subnet-{number}", "aws:ec2/subnet:Subnet", f"::s{number}", given, given))
    made.put(Resource("spark-15", PARAMETERS, "::group", {"family": "postgres15"}, {}))
    return made


def test_a_subnet_group_needs_two_zones_and_not_only_two_subnets(cloud: Cloud) -> None:
    assert cannot_be_made(SUBNETS, {"subnetIds": ["subnet-0", "subnet-1"]}, cloud) == ""
    said = cannot_be_made(SUBNETS, {"subnetIds": ["subnet-1", "subnet-2"]}, cloud)
    assert said.startswith("DBSubnetGroupDoesNotCoverEnoughAZs")


def test_a_parameter_group_is_of_one_major_release(cloud: Cloud) -> None:
    asked = {"identifier": "one", "engineVersion": "15", "parameterGroupName": "spark-15"}
    assert cannot_be_made(INSTANCE, asked, cloud) == ""
    said = cannot_be_made(INSTANCE, {**asked, "engineVersion": "16.4"}, cloud)
    assert said == "InvalidParameterCombination: spark-15 is of postgres15, not of postgres16"


def test_a_name_is_taken_once_whatever_its_case_and_a_snapshot_has_to_be_there(cloud: Cloud) -> None:
    cloud.put(Resource("db-1", INSTANCE, "::i", {"identifier": "one"}, {}))
    assert cannot_be_made(INSTANCE, {"identifier": "ONE", "engineVersion": "15"}, cloud).startswith(
        "DBInstanceAlreadyExists"
    )
    said = cannot_be_made(
        INSTANCE, {"identifier": "two", "engineVersion": "15", "snapshotIdentifier": "gone"}, cloud
    )
    assert said == "DBSnapshotNotFound: gone"


def test_an_instance_stays_if_its_last_snapshots_name_is_taken(cloud: Cloud) -> None:
    instance = Resource("db-1", INSTANCE, "::i", {"finalSnapshotIdentifier": "last"}, {})
    assert cannot_go(instance, cloud) == ""
    leave_snapshot(instance, cloud)
    assert [each.id for each in cloud.of_type(SNAPSHOT)] == ["last"]
    assert cannot_go(instance, cloud) == "DBSnapshotAlreadyExists: last"
    assert cannot_go(Resource("db-1", INSTANCE, "::i", {"skipFinalSnapshot": True}, {}), cloud) == ""
    assert "name a final snapshot" in cannot_go(Resource("db-1", INSTANCE, "::i", {}, {}), cloud)
