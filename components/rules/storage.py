"""Rules about what is stored: buckets are encrypted and private, disks are encrypted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from components.rules.iam import DocumentError, is_public, statements
from components.rules.model import UNKNOWN, Registered, Rule, StackRule, at, is_true, items

KMS_ALGORITHMS: Final = frozenset({"aws:kms", "aws:kms:dsse"})

PUBLIC_ACLS: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
"""Canned ACLs that let in people of other accounts ("authenticated" means any AWS account at all)."""

PUBLIC_GROUPS: Final = ("/AllUsers", "/AuthenticatedUsers")
"""Ends of the URIs by which an ACL names those groups."""

BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

EBS_DRIVERS: Final = frozenset(
    {"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"},
)
"""Provisioners whose volumes are EBS volumes: the driver, that of EKS Auto Mode, the one of old clusters."""

_BUCKETS: Final = frozenset({"aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"})
_BUCKET_GUARDS: Final = (
    (
        frozenset(
            {
                "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
                "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
            }
        ),
        "BucketServerSideEncryptionConfiguration",
    ),
    (
        frozenset({"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"}),
        "BucketPublicAccessBlock",
    ),
)


def _bucket_encryption(part: Any) -> Iterator[str]:
    rules = items(part, "rules")
    if not rules and at(part, "rules") is not UNKNOWN:
        yield "it has no rules"
    for number, rule in enumerate(rules):
        default = at(rule, "applyServerSideEncryptionByDefault")
        algorithm = at(default, "sseAlgorithm")
        if algorithm is not UNKNOWN and algorithm not in KMS_ALGORITHMS:
            yield f"rules[{number}] encrypts with {algorithm or 'nothing'}"
        elif not at(default, "kmsMasterKeyId"):
            yield f"rules[{number}] names no key"


BUCKET_ENCRYPTION: Final = Rule(
    id="bucket-encryption",
    reason="A key of our own shows in the audit log who read what, and whoever loses it loses access.",
    remedy="set sseAlgorithm to aws:kms and kmsMasterKeyId to the platform's key",
    check=_bucket_encryption,
)


def _bucket_block(part: Any) -> Iterator[str]:
    for key in BLOCKS:
        if not is_true(at(part, key)):
            yield f"{key} is not on"


BUCKET_BLOCK: Final = Rule(
    id="bucket-public-access-block",
    reason="One wrong ACL or policy on one object is enough to publish data; the block overrules both.",
    remedy=f"set {', '.join(BLOCKS)} to true",
    check=_bucket_block,
)


def _bucket_acl(part: Any) -> Iterator[str]:
    acl = at(part, "acl")
    if isinstance(acl, str) and acl in PUBLIC_ACLS:
        yield f"its ACL is {acl}"
    for number, grant in enumerate(items(part, "accessControlPolicy", "grants")):
        uri = at(grant, "grantee", "uri")
        if isinstance(uri, str) and uri.endswith(PUBLIC_GROUPS):
            yield f"grants[{number}] lets in {uri.rpartition('/')[2]}"


BUCKET_ACL: Final = Rule(
    id="bucket-acl",
    reason="A public ACL shows objects to everybody, or to everybody with any AWS account.",
    remedy="remove the ACL: bucket policies and roles say who reads",
    check=_bucket_acl,
)


def _bucket_policy(part: Any) -> Iterator[str]:
    try:
        found = statements(part)
    except DocumentError as error:
        yield str(error)
        return
    for statement in found:
        if at(statement, "Effect") == "Allow" and is_public(statement) and not at(statement, "Condition"):
            yield f"statement {at(statement, 'Sid') or 'without Sid'} lets everybody in"


BUCKET_POLICY: Final = Rule(
    id="bucket-policy",
    reason="A statement for everybody publishes the bucket.",
    remedy="name the principals, or add a condition that only ours meet, such as aws:PrincipalOrgID",
    check=_bucket_policy,
)


def _encrypted(part: Any) -> Iterator[str]:
    if not is_true(at(part, "encrypted")):
        yield "encrypted is not on"


VOLUME_ENCRYPTION: Final = Rule(
    id="volume-encryption",
    reason="Shuffle files and spilled rows are data too, and a snapshot of a disk can be shared.",
    remedy="set encrypted to true",
    check=_encrypted,
)


def _node_disks(part: Any) -> Iterator[str]:
    mappings = items(part, "blockDeviceMappings")
    if not mappings and at(part, "blockDeviceMappings") is not UNKNOWN:
        yield "blockDeviceMappings says nothing about the root disk, so the image decides"
    for number, mapping in enumerate(mappings):
        if at(mapping, "noDevice") or at(mapping, "virtualName"):
            continue
        for fault in _encrypted(at(mapping, "ebs")):
            yield f"blockDeviceMappings[{number}].ebs: {fault}"


NODE_DISK_ENCRYPTION: Final = Rule(
    id="node-disk-encryption",
    reason="Shuffle files and spilled rows are data too, and lie on the nodes' disks.",
    remedy="write a mapping for each disk with ebs.encrypted true",
    check=_node_disks,
)


def _storage_class(part: Any) -> Iterator[str]:
    provisioner = at(part, "provisioner")
    if provisioner in EBS_DRIVERS and not is_true(at(part, "parameters", "encrypted")):
        yield f"volumes of {provisioner} would not be encrypted"


STORAGE_CLASS_ENCRYPTION: Final = Rule(
    id="storage-class-encryption",
    reason="Every volume that a pod asks for is made after the class.",
    remedy='set parameters.encrypted to "true"',
    check=_storage_class,
)


def _database(part: Any) -> Iterator[str]:
    if not is_true(at(part, "storageEncrypted")):
        yield "storageEncrypted is not on"
    if at(part, "publiclyAccessible") not in (None, False, UNKNOWN):
        yield "publiclyAccessible is on"


DATABASE: Final = Rule(
    id="database",
    reason="A snapshot can be shared, and whoever finds an address on the internet tries it.",
    remedy="set storageEncrypted to true, and publiclyAccessible to false",
    check=_database,
)


def _unguarded(resources: Iterable[Registered]) -> Iterator[tuple[str, str]]:
    seen = list(resources)
    for bucket in (each for each in seen if each.type in _BUCKETS):
        for types, name in _BUCKET_GUARDS:
            if not any(each.type in types and _is_about(each, bucket) for each in seen):
                yield bucket.urn, f"it has no {name}"


def _is_about(guard: Registered, bucket: Registered) -> bool:
    """Whether a configuration is that of a bucket: its name comes from it, or is the same text."""
    if bucket.urn in guard.needs.get("bucket", frozenset()):
        return True
    names = guard.properties.get("bucket"), bucket.properties.get("bucket")
    return names[0] == names[1] and isinstance(names[0], str)


BUCKET_GUARDS: Final = StackRule(
    id="bucket-guards",
    reason="A bucket says itself neither how it is encrypted nor that it is private: other resources do.",
    remedy="make it as a SafeBucket (components/aws/buckets.py), which brings all of them",
    types=_BUCKETS.union(*(types for types, _ in _BUCKET_GUARDS)),
    check=_unguarded,
)
