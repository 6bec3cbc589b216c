"""What the three cases of a rule don't show: other ways to write the same, and what a rule leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from components.rules.cluster import API_ENDPOINT, METADATA_SERVICE, SECRETS_ENCRYPTION, same_as_eks
from components.rules.model import UNKNOWN, Registered, RuleError, enforce, parts
from components.rules.pods import POD_IMAGES, POD_RESOURCES
from components.rules.storage import (
    BUCKET_ACL,
    BUCKET_ENCRYPTION,
    BUCKET_GUARDS,
    NODE_DISK_ENCRYPTION,
    STORAGE_CLASS_ENCRYPTION,
)
from components.rules.tags import RESOURCE_TAGS
from tests.policy.cases import IMAGE, encryption, pod

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    "image", [IMAGE, "spark:4.1.2", f"spark@{DIGEST}", f"registry:5000/spark:latest@{DIGEST}"]
)
def test_a_tag_or_a_digest_pins_an_image(image: str) -> None:
    assert POD_IMAGES.faults(pod(image=image)) == []


@pytest.mark.parametrize(
    "image", ["spark", "spark:latest", "registry:5000/spark", "registry:5000/a/spark:latest"]
)
def test_a_registrys_port_is_no_tag_and_latest_is_no_version(image: str) -> None:
    assert POD_IMAGES.faults(pod(image=image)), f"{image} may be another one tomorrow"


def test_an_init_container_is_a_container() -> None:
    spec = {**pod(), "initContainers": [{"name": "first", "image": "spark"}]}
    assert POD_IMAGES.faults(spec) == ["container first: spark has no tag"]
    assert len(POD_RESOURCES.faults(spec)) == 1, "it takes room on the node as well"


def test_a_limit_is_a_request_where_there_is_none() -> None:
    limits = {"limits": {"cpu": "1", "memory": "1Gi"}}
    assert POD_RESOURCES.faults(pod(resources=limits)) == [], "that is how Kubernetes reads it"


@pytest.mark.parametrize("block", ["0.0.0.0/0", "::/0", "1.2.3.4/0"])
def test_the_whole_internet_is_no_allow_list(block: str) -> None:
    assert API_ENDPOINT.faults({"endpointPublicAccess": True, "publicAccessCidrs": [block]})


def test_a_private_endpoint_needs_no_list() -> None:
    assert API_ENDPOINT.faults({"endpointPublicAccess": False}) == []


def test_the_component_of_pulumi_eks_is_judged_as_the_cluster_that_it_makes() -> None:
    good = {"encryptionConfigKeyArn": "arn:aws:kms:key", "endpointPublicAccess": False}
    made = same_as_eks(good)
    assert SECRETS_ENCRYPTION.faults(made) == []
    assert API_ENDPOINT.faults(made["vpcConfig"]) == []
    bare = same_as_eks({})
    assert SECRETS_ENCRYPTION.faults(bare), "without a key it encrypts nothing with ours"
    assert API_ENDPOINT.faults(bare["vpcConfig"]), "its default is a public endpoint"


def test_a_metadata_service_that_is_off_needs_no_version() -> None:
    assert METADATA_SERVICE.faults({"metadataOptions": {"httpEndpoint": "disabled"}}) == []


def test_a_disk_that_belongs_to_the_instance_is_no_volume() -> None:
    local = {"blockDeviceMappings": [{"deviceName": "/dev/sdb", "virtualName": "ephemeral0"}]}
    assert NODE_DISK_ENCRYPTION.faults(local) == []


def test_encryption_by_aws_own_key_is_not_ours() -> None:
    assert BUCKET_ENCRYPTION.faults(encryption(sseAlgorithm="aws:kms")) == ["rules[0] names no key"]


def test_a_grant_to_everybody_is_found_in_a_written_out_acl() -> None:
    everybody = {"grantee": {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}
    assert BUCKET_ACL.faults({"accessControlPolicy": {"grants": [everybody]}}) == [
        "grants[0] lets in AllUsers"
    ]


def test_a_class_of_another_driver_is_not_ours_to_judge() -> None:
    assert STORAGE_CLASS_ENCRYPTION.faults({"provisioner": "rancher.io/local-path"}) == []


def test_what_aws_cannot_tag_needs_no_tags() -> None:
    assert RESOURCE_TAGS.faults({"role": "any", "policyArn": "arn:x"}) == [], "it has no tagsAll"


# Rules about several resources


def _registered(kind: str, name: str, *, needs: str = "", **properties: Any) -> Registered:
    return Registered(
        type=f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
        urn=f"urn:{name}",
        properties=properties,
        needs={"bucket": frozenset({f"urn:{needs}"})} if needs else {},
    )


ENCRYPTED = "BucketServerSideEncryptionConfiguration"
BLOCKED = "BucketPublicAccessBlock"


def test_a_bucket_with_its_guards_passes_whether_they_name_it_or_take_its_name() -> None:
    seen = [
        _registered("Bucket", "data", bucket="acme-data"),
        _registered(ENCRYPTED, "a", needs="data", bucket=UNKNOWN),
        _registered(BLOCKED, "b", bucket="acme-data"),
    ]
    assert list(BUCKET_GUARDS.check(seen)) == []


def test_a_bucket_without_its_guards_is_named_once_for_each_that_it_lacks() -> None:
    seen = [
        _registered("Bucket", "data", bucket=UNKNOWN),
        _registered("Bucket", "open", bucket=UNKNOWN),
        _registered(ENCRYPTED, "a", needs="data", bucket=UNKNOWN),
        _registered(BLOCKED, "b", needs="data", bucket=UNKNOWN),
    ]
    assert list(BUCKET_GUARDS.check(seen)) == [
        ("urn:open", f"it has no {ENCRYPTED}"),
        ("urn:open", f"it has no {BLOCKED}"),
    ], "two names that are not known yet are not the same name"


@pytest.mark.parametrize(("has", "lacks"), [(ENCRYPTED, BLOCKED), (BLOCKED, ENCRYPTED)])
def test_a_bucket_with_one_guard_lacks_the_other(has: str, lacks: str) -> None:
    seen = [
        _registered("Bucket", "half", bucket=UNKNOWN),
        _registered(has, "a", needs="half", bucket=UNKNOWN),
    ]
    assert list(BUCKET_GUARDS.check(seen)) == [("urn:half", f"it has no {lacks}")]


# What rules have in common


def test_a_constructor_refuses_what_breaks_a_rule_and_says_what_to_do() -> None:
    with pytest.raises(
        RuleError, match=r"imdsv2: system nodes: metadataOptions.httpTokens is missing; set httpTokens"
    ):
        enforce(METADATA_SERVICE, part={"metadataOptions": {}}, what="system nodes")
    enforce(METADATA_SERVICE, part={"metadataOptions": {"httpTokens": "required"}}, what="system nodes")


def test_the_parts_of_a_resource_say_where_they_stand() -> None:
    properties = {"spec": {"disks": [{"size": 1}, {"size": 2}]}}
    assert list(parts(properties, "")) == [("", properties)]
    assert list(parts(properties, "spec.disks.*.size")) == [
        ("spec.disks[0].size", 1),
        ("spec.disks[1].size", 2),
    ]
    assert list(parts(properties, "spec.other")) == [("spec.other", None)], "a missing part is judged as well"
    assert list(parts(properties, "spec.others.*")) == [], "a list that is missing has nothing to judge"
    assert list(parts({"spec": UNKNOWN}, "spec.disks.*")) == [("spec.disks", UNKNOWN)]
