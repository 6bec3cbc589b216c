"""Asks AWS which leftovers are in the account, and removes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from boto3.session import Session
from botocore.exceptions import BotoCoreError, ClientError

from components.aws_plans.leftovers import Kind, Leftover
from components.settings.aws import AwsFoundationSettings
from workspace.errors import ReportedError

_ABSENT: Final = frozenset({"404", "NotFoundException", "RepositoryNotFoundException"})
"""Codes with which S3, KMS and ECR say that something is not there."""

_LATEST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Something that is in the account.

    Args:
        kind: what it is.
        name: its name; of a key, that of the alias it belongs to.
        region: where it is.
        id: what Pulumi imports it by.
    """

    kind: Kind
    name: str
    region: str
    id: str


def session(chosen: AwsFoundationSettings) -> Session:
    """Sign in as the stack does.

    Args:
        chosen: the stack's foundation.

    Raises:
        ReportedError: there are no credentials, or they are of another account.
    """
    try:
        own = Session(profile_name=chosen.profile, region_name=chosen.region)
        if chosen.deploy_role is not None:
            own = _taken(own, chosen.deploy_role)
        account = own.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise ReportedError(
            f"AWS can't be asked: {error}", hint="sign in with the credentials that `pulumi up` has"
        ) from error
    if account != chosen.account_id:
        raise ReportedError(
            f"these credentials are of account {account}, and the stack is in {chosen.account_id}",
            hint="sign in to that account",
        )
    return own


def _taken(own: Session, role: str) -> Session:
    given = own.client("sts").assume_role(RoleArn=role, RoleSessionName="spark-on-eks")["Credentials"]
    return Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=own.region_name,
    )


def kept(own: Session, listed: Iterable[Leftover]) -> list[Kept]:
    """Say which of the leftovers are there, the buckets' keys among them.

    A key's alias goes with its stack, so the key is found by a bucket that is encrypted with it: without it
    a new stack would encrypt with another key, and nobody could read what was kept.

    Args:
        own: who asks.
        listed: what may be there.

    Raises:
        ReportedError: AWS refused to say.
    """
    found = [
        Kept(kind=each.kind, name=name, region=each.region, id=name)
        for each in listed
        for name in _asked(own, each)
    ]
    return [*found, *_keys(own, listed, found)]


def _keys(own: Session, listed: Iterable[Leftover], there: Iterable[Kept]) -> Iterator[Kept]:
    aliases = {each.region: each.name for each in listed if each.kind == "key alias"}
    buckets = {each.region: each.name for each in there if each.kind == "bucket"}
    for region, alias in aliases.items():
        if region in buckets:
            yield Kept(kind="key", name=alias, region=region, id=_key_of(own, buckets[region], region))


def _key_of(own: Session, bucket: str, region: str) -> str:
    try:
        answer = own.client("s3", region_name=region).get_bucket_encryption(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        raise _unsaid(bucket, error) from error
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    arn: str = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    return arn.rpartition("/")[2]


def _asked(own: Session, leftover: Leftover) -> Sequence[str]:
    """Names under which it is there; none if it is not."""
    try:
        return _LOOKS[leftover.kind](own, leftover)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return ()
        raise _unsaid(leftover.name, error) from error
    except BotoCoreError as error:
        raise _unsaid(leftover.name, error) from error


def _unsaid(name: str, error: Exception) -> ReportedError:
    return ReportedError(
        f"AWS does not say whether {name} is there: {error}",
        hint="a bucket that answers 403 belongs to somebody else; otherwise see `spark-on-eks rights`",
    )


def _bucket(own: Session, leftover: Leftover) -> Sequence[str]:
    own.client("s3", region_name=leftover.region).head_bucket(Bucket=leftover.name)
    return (leftover.name,)


def _repository(own: Session, leftover: Leftover) -> Sequence[str]:
    own.client("ecr", region_name=leftover.region).describe_repositories(repositoryNames=[leftover.name])
    return (leftover.name,)


def _log_group(own: Session, leftover: Leftover) -> Sequence[str]:
    answer = own.client("logs", region_name=leftover.region).describe_log_groups(
        logGroupNamePrefix=leftover.name
    )
    return [group["logGroupName"] for group in answer["logGroups"] if group["logGroupName"] == leftover.name]


def _key_alias(own: Session, leftover: Leftover) -> Sequence[str]:
    own.client("kms", region_name=leftover.region).describe_key(KeyId=leftover.name)
    return (leftover.name,)


def _snapshots(own: Session, leftover: Leftover) -> Sequence[str]:
    """Those that the stack's instance left as it went, the newest first: a new database goes on with it."""
    rds = own.client("rds", region_name=leftover.region)
    pages = rds.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual")
    instance = leftover.name.removesuffix("-")
    found = [
        each
        for page in pages
        for each in page["DBSnapshots"]
        if each["DBInstanceIdentifier"] == instance and each["DBSnapshotIdentifier"].startswith(leftover.name)
    ]
    # One that is still being made has no time yet.
    found.sort(key=lambda each: each.get("SnapshotCreateTime", _LATEST), reverse=True)
    return [each["DBSnapshotIdentifier"] for each in found]


_LOOKS: Final[Mapping[Kind, Callable[[Session, Leftover], Sequence[str]]]] = MappingProxyType(
    {
        "bucket": _bucket,
        "repository": _repository,
        "log group": _log_group,
        "key alias": _key_alias,
        "snapshot": _snapshots,
    }
)
"""How AWS is asked for each kind, and under which names it is there."""


def remove(own: Session, gone: Kept) -> None:
    """Remove one thing with all that is in it; nothing brings it back.

    Args:
        own: who removes it.
        gone: what goes. A key is left: it is the only way to what it encrypted.

    Raises:
        ReportedError: AWS refused.
    """
    try:
        _remove(own, gone)
    except (BotoCoreError, ClientError) as error:
        raise ReportedError(f"{gone.kind} {gone.name} is still there: {error}") from error


def _remove(own: Session, gone: Kept) -> None:
    def client(service: str) -> Any:
        return own.client(service, region_name=gone.region)

    if gone.kind == "bucket":
        _empty(client("s3"), gone.name)
        client("s3").delete_bucket(Bucket=gone.name)
    elif gone.kind == "repository":
        client("ecr").delete_repository(repositoryName=gone.name, force=True)
    elif gone.kind == "log group":
        client("logs").delete_log_group(logGroupName=gone.name)
    elif gone.kind == "key alias":
        client("kms").delete_alias(AliasName=gone.name)
    elif gone.kind == "snapshot":
        client("rds").delete_db_snapshot(DBSnapshotIdentifier=gone.name)


def _empty(s3: Any, bucket: str) -> None:
    """Delete every version, and every marker of a deletion: a bucket is not empty before."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if not versions:
            continue
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        for refused in answer.get("Errors", ()):
            raise ReportedError(f"{bucket}/{refused['Key']} can't be deleted: {refused['Message']}")
