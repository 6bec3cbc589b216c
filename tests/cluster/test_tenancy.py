"""Tenants are kept apart by their keys; test_reach.py looks at their packets, and into their pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

import flights

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

FORBIDDEN = 403
"""HTTP status of a refusal for lack of rights."""

OWN, OTHER = "mine", "theirs"


@pytest.fixture(scope="module")
def keys(mine: flights.Platform, theirs: flights.Platform) -> Iterator[dict[str, Any]]:
    """S3 clients of two tenants, with the keys that their jobs use; each has an object in its prefix."""
    with flights.open_store(mine) as own, flights.open_store(theirs) as other:
        for store, platform in ((own, mine), (other, theirs)):
            store.write(platform.data_bucket, f"{platform.namespace}/probe/object", b"x")
            store.write(platform.artifacts_bucket, f"{platform.namespace}/probe/object", b"x")
        yield {OWN: own.client, OTHER: other.client}


ATTEMPTS: dict[str, Callable[[Any, str, str], Any]] = {
    "read": lambda s3, bucket, home: s3.get_object(Bucket=bucket, Key=f"{home}/probe/object"),
    "look": lambda s3, bucket, home: s3.head_object(Bucket=bucket, Key=f"{home}/probe/object"),
    "list": lambda s3, bucket, home: s3.list_objects_v2(Bucket=bucket, Prefix=f"{home}/"),
    "write": lambda s3, bucket, home: s3.put_object(Bucket=bucket, Key=f"{home}/probe/new", Body=b"x"),
    "upload": lambda s3, bucket, home: s3.create_multipart_upload(Bucket=bucket, Key=f"{home}/probe/parts"),
    "delete": lambda s3, bucket, home: s3.delete_object(Bucket=bucket, Key=f"{home}/probe/object"),
}


@pytest.mark.parametrize("bucket", ["data", "artifacts"])
@pytest.mark.parametrize("attempt", list(ATTEMPTS))
def test_a_tenants_key_opens_nothing_of_another_tenant(
    keys: dict[str, Any], theirs: flights.Platform, bucket: str, attempt: str
) -> None:
    with pytest.raises(ClientError) as refused:
        ATTEMPTS[attempt](keys[OWN], bucket, theirs.namespace)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == FORBIDDEN, str(refused.value)


@pytest.mark.parametrize("bucket", ["data", "artifacts"])
@pytest.mark.parametrize("attempt", list(ATTEMPTS))
def test_a_tenants_key_opens_its_own_prefix(
    keys: dict[str, Any], theirs: flights.Platform, bucket: str, attempt: str
) -> None:
    ATTEMPTS[attempt](keys[OTHER], bucket, theirs.namespace)


def test_a_tenant_can_not_copy_another_tenants_object_into_its_own_prefix(
    keys: dict[str, Any], mine: flights.Platform, theirs: flights.Platform
) -> None:
    source = {"Bucket": "data", "Key": f"{theirs.namespace}/probe/new"}
    keys[OTHER].put_object(**source, Body=b"x")
    with pytest.raises(ClientError) as refused:
        keys[OWN].copy_object(Bucket="data", Key=f"{mine.namespace}/probe/stolen", CopySource=source)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == FORBIDDEN, str(refused.value)
