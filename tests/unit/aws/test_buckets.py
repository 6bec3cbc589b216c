"""The buckets under the recording monitor: what makes each safe, what becomes of old versions, the copies."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from components.aws_plans.storage_plan import NONCURRENT_DAYS, UPLOAD_DAYS
from tests.support.recorder import Landed, World
from tests.unit.aws.examples import KINDS, world


@pytest.mark.parametrize("kind", KINDS)
def test_every_bucket_has_one_of_each_thing_that_makes_it_safe(kind: str) -> None:
    made = world(kind)
    for bucket in made.of("aws:s3/bucket:Bucket"):
        (parent,) = (each for each in made.components() if each.urn == bucket.parent)
        around = Counter(each.type.rsplit(":", 1)[-1] for each in made.children(parent))
        assert around == Counter(
            [
                "Bucket",
                "BucketOwnershipControls",
                "BucketPublicAccessBlock",
                "BucketServerSideEncryptionConfiguration",
                "BucketVersioning",
                "BucketLifecycleConfiguration",
                "BucketPolicy",
            ]
        ), f"{bucket.name} lacks something"


def _around(made: World, type_: str) -> list[Landed]:
    """What there is of a kind around each bucket: one, and about that bucket."""
    found = made.of(f"aws:s3/{type_[0].lower()}{type_[1:]}:{type_}")
    buckets = made.of("aws:s3/bucket:Bucket")
    assert buckets
    assert {each.parent for each in found} == {each.parent for each in buckets}
    own = {bucket.parent: f"{bucket.name}-id" for bucket in buckets}
    for each in found:
        assert each.inputs["bucket"] == own[each.parent], f"{each.name} is about another bucket"
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_no_bucket_can_be_opened_to_the_public(kind: str) -> None:
    for each in _around(world(kind), "BucketPublicAccessBlock"):
        flags = {key: value for key, value in each.inputs.items() if key not in ("bucket", "region")}
        assert flags == {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }, each.name


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_belongs_to_the_buckets_owner_whoever_wrote_it(kind: str) -> None:
    for each in _around(world(kind), "BucketOwnershipControls"):
        assert each.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}, (
            f"{each.name}: lists of access could open single objects"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_every_bucket_is_encrypted_by_the_key_of_its_region(kind: str) -> None:
    made = world(kind)
    keys = {each.inputs.get("region"): f"arn:aws:made:::{each.name}" for each in made.of("aws:kms/key:Key")}
    for each in _around(made, "BucketServerSideEncryptionConfiguration"):
        (rule,) = each.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {
            "sseAlgorithm": "aws:kms",
            "kmsMasterKeyId": keys[each.inputs.get("region")],
        }
        assert rule["bucketKeyEnabled"] is True, f"{each.name}: KMS would be paid by object"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_overwritten_can_be_brought_back_for_a_while(kind: str) -> None:
    for each in _around(world(kind), "BucketVersioning"):
        assert each.inputs["versioningConfiguration"] == {"status": "Enabled"}, each.name


@pytest.mark.parametrize("kind", KINDS)
def test_old_versions_and_unfinished_uploads_go_from_every_bucket(kind: str) -> None:
    for each in _around(world(kind), "BucketLifecycleConfiguration"):
        assert all(rule["status"] == "Enabled" for rule in each.inputs["rules"]), each.name
        (tidy,) = (rule for rule in each.inputs["rules"] if rule["filter"]["prefix"] == "")
        (days,) = (days for role, days in NONCURRENT_DAYS.items() if f"-{role}-" in each.name)
        assert tidy["noncurrentVersionExpiration"] == {"noncurrentDays": days}
        assert tidy["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": UPLOAD_DAYS}
        assert tidy["expiration"] == {"expiredObjectDeleteMarker": True}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bucket_answers_to_nobody_without_tls(kind: str) -> None:
    for each in _around(world(kind), "BucketPolicy"):
        (statement,) = json.loads(each.inputs["policy"])["Statement"]
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", ["s3:*"])
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        (bucket,) = (one for one in world(kind).of("aws:s3/bucket:Bucket") if one.parent == each.parent)
        arn = f"arn:aws:s3:::{bucket.inputs['bucket']}"
        assert statement["Resource"] == [arn, f"{arn}/*"]


def test_the_copies_lie_in_the_other_region_under_a_key_of_that_region() -> None:
    made = world()
    copies = [each for each in made.of("aws:s3/bucket:Bucket") if each.inputs.get("region")]
    assert {each.inputs["bucket"] for each in copies} == {
        f"acme-prod-{role}-eu-west-1" for role in ("data", "events", "artifacts")
    }
    assert {each.inputs["region"] for each in copies} == {"eu-west-1"}
    key = made.one("aws:kms/key:Key", "foundation-storage-copy-key")
    assert key.inputs["region"] == "eu-west-1", "a key serves its own region only"
    for each in made.of("aws:s3/bucketReplicationConfig:BucketReplicationConfig"):
        assert "region" not in each.inputs, "the configuration belongs to the source"
        (rule,) = each.inputs["rules"]
        assert rule["destination"]["bucket"].endswith("-eu-west-1")
        assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
    assert not world("dev").of("aws:s3/bucketReplicationConfig:BucketReplicationConfig")


def test_the_folders_of_event_logs_are_there_before_their_logs() -> None:
    made = world()
    markers = {each.inputs["key"] for each in made.of("aws:s3/bucketObjectv2:BucketObjectv2")}
    assert {"spark/", "spark/data-prod/", "spark/science-prod/", "spark/spark-canary/"} == markers
