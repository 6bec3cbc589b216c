"""What each guard rule finds in what it may be given: every fault word for word, and nothing else."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from components.rules.cluster import API_ENDPOINT, METADATA_SERVICE, SECRETS_ENCRYPTION, same_as_eks
from components.rules.iam import MANAGED_POLICY, Explained, conditions, is_public, wildcard_rule, wildcards
from components.rules.model import UNKNOWN, Rule, RuleError, at, enforce, is_true, items
from components.rules.pods import POD_IMAGES, POD_PRIVILEGED, POD_RESOURCES
from components.rules.storage import (
    BUCKET_ACL,
    BUCKET_BLOCK,
    BUCKET_ENCRYPTION,
    BUCKET_POLICY,
    DATABASE,
    NODE_DISK_ENCRYPTION,
    STORAGE_CLASS_ENCRYPTION,
    VOLUME_ENCRYPTION,
)
from components.rules.tags import LAUNCH_TEMPLATE_TAGS, NODE_CLASS_TAGS, PROVIDER_TAGS, RESOURCE_TAGS

WILDCARDS: Final = wildcard_rule(
    [
        Explained(
            sid="Known",
            actions=frozenset({"s3:List*", "s3:Get*"}),
            wildcards=frozenset({"s3:List*", "*"}),
            conditions=frozenset({("StringEquals", "aws:a")}),
            why="a test",
        )
    ]
)
KNOWN: Final = {
    "Sid": "Known",
    "Action": "s3:List*",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:a": "1", "aws:b": "2"}},
}
TAGGED: Final = {"Project": "a", "Environment": "b", "Cluster": "c", "ManagedBy": "d"}
SECRET: Final = {"resources": ["secrets"], "provider": {"keyArn": "arn"}}


def _one(statement: object) -> str:
    return json.dumps({"Statement": [statement]})


JUDGED: Final[list[tuple[Rule, Any, list[str]]]] = [
    (SECRETS_ENCRYPTION, None, ["encryptionConfig does not cover secrets"]),
    (SECRETS_ENCRYPTION, {"encryptionConfig": SECRET}, []),
    (SECRETS_ENCRYPTION, {"encryptionConfig": {"resources": "secrets"}}, ["encryptionConfig names no key"]),
    (SECRETS_ENCRYPTION, {"encryptionConfig": {**SECRET, "resources": [UNKNOWN]}}, []),
    (SECRETS_ENCRYPTION, {"encryptionConfig": {**SECRET, "resources": UNKNOWN}}, []),
    (
        SECRETS_ENCRYPTION,
        {"encryptionConfig": {**SECRET, "resources": ["other"]}},
        ["encryptionConfig does not cover secrets"],
    ),
    (API_ENDPOINT, {"endpointPublicAccess": False}, []),
    (API_ENDPOINT, {"endpointPublicAccess": UNKNOWN}, []),
    (API_ENDPOINT, {"publicAccessCidrs": UNKNOWN}, []),
    (API_ENDPOINT, {"publicAccessCidrs": ["203.0.113.0/24", UNKNOWN, "prefix-list"]}, []),
    (API_ENDPOINT, {}, ["the API is reached from everywhere: publicAccessCidrs is empty"]),
    (
        API_ENDPOINT,
        {"publicAccessCidrs": ["203.0.113.0/24", "1.2.3.4/0"]},
        ["the API is reached from everywhere: publicAccessCidrs has 1.2.3.4/0"],
    ),
    (METADATA_SERVICE, {"metadataOptions": UNKNOWN}, []),
    (METADATA_SERVICE, {}, ["metadataOptions.httpTokens is missing"]),
    (METADATA_SERVICE, {"metadataOptions": {"httpTokens": UNKNOWN}}, []),
    (METADATA_SERVICE, {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}}, []),
    (
        METADATA_SERVICE,
        {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 2.0}},
        ["metadataOptions.httpTokens is optional", "metadataOptions.httpPutResponseHopLimit is 2"],
    ),
    (WILDCARDS, None, []),
    (WILDCARDS, "", []),
    (WILDCARDS, UNKNOWN, []),
    (WILDCARDS, _one(KNOWN), []),
    (WILDCARDS, _one({**KNOWN, "Effect": "Deny", "Sid": "No", "Action": "*"}), []),
    (WILDCARDS, _one({**KNOWN, "Sid": "Other"}), ["statement Other allows s3:List*, *"]),
    (WILDCARDS, _one({**KNOWN, "Action": ["s3:List*", "s3:Put"]}), ["statement Known allows s3:List*, *"]),
    (WILDCARDS, _one({**KNOWN, "Action": "s3:Get*"}), ["statement Known allows s3:Get*, *"]),
    (WILDCARDS, _one({**KNOWN, "Condition": {}}), ["statement Known allows s3:List*, *"]),
    (
        WILDCARDS,
        {"Statement": [KNOWN, {"NotAction": "a", "Principal": {"AWS": ["*", "b"]}}]},
        ["statement number 2, without Sid, allows *, NotAction"],
    ),
    (
        WILDCARDS,
        "{",
        ["it is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
    ),
    *(
        (WILDCARDS, text, ["it is not a policy document: an object with a list of statements is wanted"])
        for text in ("[]", '"a"', '{"Statement": ["a"]}')
    ),
    (MANAGED_POLICY, UNKNOWN, []),
    (MANAGED_POLICY, "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", []),
    (MANAGED_POLICY, "arn:aws:iam::111122223333:policy/IAMFullAccess", []),
    (
        MANAGED_POLICY,
        "arn:aws:iam::aws:policy/job-function/SystemAdministrator",
        ["SystemAdministrator is attached"],
    ),
    (MANAGED_POLICY, "arn:aws:iam::aws:policy/AmazonSQSFullAccess", ["AmazonSQSFullAccess is attached"]),
    (BUCKET_ENCRYPTION, None, ["it has no rules"]),
    (BUCKET_ENCRYPTION, {"rules": UNKNOWN}, []),
    (
        BUCKET_ENCRYPTION,
        {
            "rules": [
                {},
                {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyId": "a"}},
                {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms:dsse"}},
                {"applyServerSideEncryptionByDefault": {"sseAlgorithm": UNKNOWN, "kmsMasterKeyId": UNKNOWN}},
                {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "a"}},
            ]
        },
        ["rules[0] encrypts with nothing", "rules[1] encrypts with AES256", "rules[2] names no key"],
    ),
    (
        BUCKET_BLOCK,
        {"blockPublicAcls": True, "blockPublicPolicy": "TRUE", "ignorePublicAcls": UNKNOWN},
        ["restrictPublicBuckets is not on"],
    ),
    (BUCKET_ACL, {"acl": UNKNOWN}, []),
    (BUCKET_ACL, {"acl": "private", "accessControlPolicy": {"grants": [{"grantee": {"id": "a"}}]}}, []),
    (
        BUCKET_ACL,
        {
            "acl": "authenticated-read",
            "accessControlPolicy": {
                "grants": [{"grantee": {"uri": UNKNOWN}}, {"grantee": {"uri": "http://a/AuthenticatedUsers"}}]
            },
        },
        ["its ACL is authenticated-read", "grants[1] lets in AuthenticatedUsers"],
    ),
    (BUCKET_POLICY, "[", ["it is not JSON: Expecting value: line 1 column 2 (char 1)"]),
    (BUCKET_POLICY, _one({"Effect": "Deny", "Principal": "*"}), []),
    (BUCKET_POLICY, _one({"Effect": "Allow", "Principal": {"AWS": "arn"}}), []),
    (BUCKET_POLICY, _one({"Effect": "Allow", "Principal": "*", "Condition": {"a": {"b": "c"}}}), []),
    (BUCKET_POLICY, _one({"Effect": "Allow", "Principal": "*"}), ["statement without Sid lets everybody in"]),
    (
        BUCKET_POLICY,
        _one({"Sid": "Open", "Effect": "Allow", "Principal": {"AWS": ["*"]}}),
        ["statement Open lets everybody in"],
    ),
    (VOLUME_ENCRYPTION, None, ["encrypted is not on"]),
    (VOLUME_ENCRYPTION, {"encrypted": "true"}, []),
    (VOLUME_ENCRYPTION, {"encrypted": False}, ["encrypted is not on"]),
    (NODE_DISK_ENCRYPTION, {"blockDeviceMappings": UNKNOWN}, []),
    (
        NODE_DISK_ENCRYPTION,
        {},
        ["blockDeviceMappings says nothing about the root disk, so the image decides"],
    ),
    (
        NODE_DISK_ENCRYPTION,
        {
            "blockDeviceMappings": [
                {"noDevice": "true"},
                {"virtualName": "ephemeral0"},
                {"deviceName": "a"},
                {"ebs": {"encrypted": UNKNOWN}},
                {"ebs": {"encrypted": "false"}},
            ]
        },
        [
            "blockDeviceMappings[2].ebs: encrypted is not on",
            "blockDeviceMappings[4].ebs: encrypted is not on",
        ],
    ),
    (STORAGE_CLASS_ENCRYPTION, {"provisioner": "other"}, []),
    (STORAGE_CLASS_ENCRYPTION, {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}}, []),
    (
        STORAGE_CLASS_ENCRYPTION,
        {"provisioner": "ebs.csi.eks.amazonaws.com"},
        ["volumes of ebs.csi.eks.amazonaws.com would not be encrypted"],
    ),
    (DATABASE, {"storageEncrypted": True, "publiclyAccessible": UNKNOWN}, []),
    (DATABASE, {"storageEncrypted": True, "publiclyAccessible": False}, []),
    (DATABASE, {"publiclyAccessible": True}, ["storageEncrypted is not on", "publiclyAccessible is on"]),
    (
        POD_RESOURCES,
        {
            "initContainers": [{"resources": UNKNOWN}, {}],
            "containers": [
                {"name": "a", "resources": {"requests": {"cpu": 1}, "limits": {"memory": 1}}},
                {"resources": {"requests": {"cpu": 1, "memory": 1}}},
                UNKNOWN,
            ],
        },
        [
            "container initContainers[1] lacks resources.requests.cpu, resources.requests.memory, "
            "resources.limits.memory",
            "container containers[1] lacks resources.limits.memory",
        ],
    ),
    (
        POD_IMAGES,
        {
            "containers": [
                {"name": "a", "image": UNKNOWN},
                {"name": "b", "image": ""},
                {"name": "c", "image": "d"},
            ]
        },
        ["container b has no image", "container c: d has no tag"],
    ),
    (
        POD_IMAGES,
        {"containers": [{"name": "a", "image": "r:5000/b:latest"}, {"name": "b", "image": "r:5000/b:1"}]},
        ["container a: r:5000/b:latest is whatever was pushed last"],
    ),
    (
        POD_PRIVILEGED,
        {
            "containers": [
                {"name": each, "securityContext": {"privileged": value}}
                for each, value in (("a", True), ("b", "true"), ("c", False), ("d", None), ("e", UNKNOWN))
            ]
        },
        ["container a is privileged", "container b is privileged"],
    ),
    (RESOURCE_TAGS, {"tagsAll": UNKNOWN}, []),
    (RESOURCE_TAGS, {}, []),
    (RESOURCE_TAGS, {"tagsAll": {**TAGGED, "Cluster": ""}}, ["tags lack Cluster"]),
    (RESOURCE_TAGS, {"tagsAll": None}, ["tags lack Project, Environment, Cluster, ManagedBy"]),
    (PROVIDER_TAGS, json.dumps({"tags": TAGGED}), []),
    (PROVIDER_TAGS, {"tags": UNKNOWN}, []),
    (PROVIDER_TAGS, None, ["tags lack Project, Environment, Cluster, ManagedBy"]),
    (NODE_CLASS_TAGS, {key: "a" for key in TAGGED if key != "ManagedBy"}, ["tags lack ManagedBy"]),
    (LAUNCH_TEMPLATE_TAGS, {"tagSpecifications": UNKNOWN}, []),
    (LAUNCH_TEMPLATE_TAGS, {"tagSpecifications": [{"resourceType": UNKNOWN, "tags": {}}]}, []),
    (
        LAUNCH_TEMPLATE_TAGS,
        {"tagSpecifications": [{"resourceType": "instance", "tags": {**TAGGED, "Project": None}}]},
        [
            "tagSpecifications: tags of each instance lack Project",
            "tagSpecifications: tags of each volume lack Project, Environment, Cluster, ManagedBy",
        ],
    ),
]


@pytest.mark.parametrize(
    ("rule", "part", "faults"), JUDGED, ids=[f"{rule.id}-{at}" for at, (rule, *_) in enumerate(JUDGED)]
)
def test_a_rule_finds_what_is_wrong_and_no_more(rule: Rule, part: Any, faults: list[str]) -> None:
    assert rule.faults(part) == faults


def test_a_constructor_names_every_rule_that_is_broken() -> None:
    with pytest.raises(RuleError) as caught:
        enforce(METADATA_SERVICE, DATABASE, VOLUME_ENCRYPTION, part={"encrypted": True}, what="it")
    assert str(caught.value).splitlines() == [
        METADATA_SERVICE.message("it: metadataOptions.httpTokens is missing"),
        DATABASE.message("it: storageEncrypted is not on"),
    ]


def test_arguments_of_the_eks_component_are_those_of_the_cluster() -> None:
    given = {"encryptionConfigKeyArn": "arn", "endpointPublicAccess": True, "publicAccessCidrs": ["a"]}
    assert same_as_eks(given) == {
        "encryptionConfig": SECRET,
        "vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["a"]},
    }
    assert same_as_eks({}) == {
        "encryptionConfig": None,
        "vpcConfig": {"endpointPublicAccess": None, "publicAccessCidrs": None},
    }


def test_values_are_found_by_their_path() -> None:
    part = {"a": {"b": [1], "c": 2, "d": UNKNOWN, "e": (3,)}}
    assert [at(part, "a", key) for key in "bcdx"] == [[1], 2, UNKNOWN, None]
    assert at(part, "a", "d", "further") is UNKNOWN
    assert at(part, "a", "c", "further") is None
    assert [items(part, "a", key) for key in "bcdex"] == [[1], [2], [], [3], []]


@pytest.mark.parametrize(
    ("value", "on"),
    [(True, True), ("True", True), (UNKNOWN, True), (False, False), (None, False), ("no", False), (1, False)],
)
def test_a_switch_is_on_where_it_says_so_or_is_not_known(value: object, on: bool) -> None:
    assert is_true(value) is on


def test_what_a_statement_allows_without_naming_it_is_listed() -> None:
    statement = {
        "Action": ["s3:*", "s3:Get"],
        "Resource": ["*", "arn:*"],
        "Principal": {"AWS": ["*"], "Service": "b"},
        "NotResource": "x",
    }
    assert wildcards(statement) == ("s3:*", "*", "*", "NotResource")
    assert wildcards({**statement, "Effect": "Deny"}) == ()
    assert (is_public(statement), is_public({"Principal": {"AWS": "b"}}), is_public({})) == (
        True,
        False,
        False,
    )
    assert conditions({"a": {"b": 1, "c": 2}}) == {("a", "b"), ("a", "c")}
    assert conditions(None) == frozenset()
