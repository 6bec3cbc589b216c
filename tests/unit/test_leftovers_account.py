"""What AWS is asked of leftovers, and what is deleted; botocore holds both against its own models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from boto3.session import Session
from botocore.stub import Stubber

from components.aws_plans.leftovers import Kind, Leftover
from leftovers.account import Kept, kept, remove
from workspace.errors import ReportedError

REGION = "eu-central-1"
KEY = "11111111-2222-3333-4444-555555555555"


class _Session:
    """A session whose clients answer what a test wrote down, in that order, and nothing else."""

    def __init__(self) -> None:
        own = Session("key", "secret", region_name=REGION)
        self.clients = {name: own.client(name) for name in ("s3", "ecr", "logs", "kms", "rds")}
        self.answers: dict[str, Any] = {
            name: Stubber(client)  # type: ignore[no-untyped-call]
            for name, client in self.clients.items()
        }

    def client(self, name: str, region_name: str) -> Any:
        assert region_name == REGION
        return self.clients[name]


@contextmanager
def _aws() -> Iterator[Any]:
    session = _Session()
    for each in session.answers.values():
        each.activate()
    yield session
    for each in session.answers.values():
        each.assert_no_pending_responses()


def _leftover(kind: Kind, name: str) -> Leftover:
    return Leftover(kind=kind, name=name, region=REGION, why="", look="", remove="")


def _refuses(session: Any, service: str, call: str, code: str) -> None:
    session.answers[service].add_client_error(call, service_error_code=code)


@pytest.mark.parametrize(
    ("kind", "service", "call", "code"),
    [
        ("bucket", "s3", "head_bucket", "404"),
        ("repository", "ecr", "describe_repositories", "RepositoryNotFoundException"),
        ("key alias", "kms", "describe_key", "NotFoundException"),
    ],
)
def test_what_is_not_there_is_not_there(kind: Kind, service: str, call: str, code: str) -> None:
    with _aws() as session:
        _refuses(session, service, call, code)
        assert kept(session, [_leftover(kind, "alias/spark" if kind == "key alias" else "spark")]) == []


def test_a_log_group_is_there_only_by_its_whole_name() -> None:
    with _aws() as session:
        other = {"logGroups": [{"logGroupName": "/aws/eks/spark/cluster-2"}]}
        session.answers["logs"].add_response("describe_log_groups", other)
        assert kept(session, [_leftover("log group", "/aws/eks/spark/cluster")]) == []


def test_a_bucket_of_somebody_else_is_told_as_that() -> None:
    with _aws() as session:
        _refuses(session, "s3", "head_bucket", "403")
        with pytest.raises(ReportedError, match="403 belongs to somebody else"):
            kept(session, [_leftover("bucket", "acme-data")])


def test_the_key_of_the_buckets_is_found_by_a_bucket_as_its_alias_is_gone() -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:{REGION}:111122223333:key/{KEY}"}
    with _aws() as session:
        session.answers["s3"].add_response("head_bucket", {}, {"Bucket": "acme-data"})
        _refuses(session, "kms", "describe_key", "NotFoundException")
        session.answers["s3"].add_response(
            "get_bucket_encryption",
            {
                "ServerSideEncryptionConfiguration": {
                    "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
                }
            },
        )
        found = kept(
            session, [_leftover("bucket", "acme-data"), _leftover("key alias", "alias/spark-buckets")]
        )
    assert [(each.kind, each.id) for each in found] == [("bucket", "acme-data"), ("key", KEY)]


def _snapshot(name: str, instance: str, day: int) -> dict[str, Any]:
    return {
        "DBSnapshotIdentifier": name,
        "DBInstanceIdentifier": instance,
        "SnapshotCreateTime": datetime(2026, 1, day, tzinfo=UTC),
    }


def test_the_last_snapshots_of_every_life_are_found_the_newest_first_and_nobody_elses() -> None:
    own = "spark-database"
    others = _snapshot(f"{own}-database-0bbb", f"{own}-database", 2)
    first = {"DBSnapshots": [_snapshot(f"{own}-0aaa", own, 1), others], "Marker": "more"}
    second = {"DBSnapshots": [_snapshot(f"{own}-0ccc", own, 3), _snapshot("before-the-upgrade", own, 4)]}
    with _aws() as session:
        asked = {"SnapshotType": "manual"}
        session.answers["rds"].add_response("describe_db_snapshots", first, asked)
        session.answers["rds"].add_response("describe_db_snapshots", second, {**asked, "Marker": "more"})
        found = kept(session, [_leftover("snapshot", f"{own}-")])
    assert [(each.kind, each.id) for each in found] == [
        ("snapshot", f"{own}-0ccc"),
        ("snapshot", f"{own}-0aaa"),
    ]


def test_a_snapshot_is_removed_by_its_name() -> None:
    with _aws() as session:
        session.answers["rds"].add_response("delete_db_snapshot", {}, {"DBSnapshotIdentifier": "spark-1"})
        remove(session, Kept(kind="snapshot", name="spark-1", region=REGION, id="spark-1"))


def test_a_bucket_goes_with_every_version_and_every_marker() -> None:
    version, marker = {"Key": "a", "VersionId": "1"}, {"Key": "b", "VersionId": "2"}
    with _aws() as session:
        s3 = session.answers["s3"]
        s3.add_response("list_object_versions", {"Versions": [version], "DeleteMarkers": [marker]})
        wanted = {"Bucket": "acme-data", "Delete": {"Objects": [version, marker], "Quiet": True}}
        s3.add_response("delete_objects", {}, wanted)
        s3.add_response("delete_bucket", {}, {"Bucket": "acme-data"})
        remove(session, Kept(kind="bucket", name="acme-data", region=REGION, id="acme-data"))


def test_a_bucket_of_which_something_stays_is_not_called_removed() -> None:
    refused = {"Key": "a", "Message": "it is locked"}
    with _aws() as session:
        s3 = session.answers["s3"]
        s3.add_response("list_object_versions", {"Versions": [{"Key": "a", "VersionId": "1"}]})
        s3.add_response("delete_objects", {"Errors": [refused]})
        with pytest.raises(ReportedError, match="acme-data/a can't be deleted: it is locked"):
            remove(session, Kept(kind="bucket", name="acme-data", region=REGION, id="acme-data"))
