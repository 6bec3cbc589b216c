"""Whoever makes something asks the guard rules first: the same that the policy pack asks of a whole stack."""

from __future__ import annotations

from typing import Any

import pytest

from components.aws import buckets, in_cluster
from components.aws.buckets import SafeBucket, SafeBucketArgs
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.in_cluster import ClusterServices, ClusterServicesArgs
from components.aws.roles import PlatformRole, PlatformRoleArgs
from components.aws_plans import node_classes
from components.aws_plans.iam import service_trust
from components.aws_plans.node_classes import system_template
from components.aws_plans.tags import tags
from components.object_store.pods import server_pod
from components.rules.model import RuleError
from components.wiring.aws import provider_args
from tests.support.aws_answers import answer
from tests.support.recorder import build
from tests.unit.aws.examples import ACCOUNT, CLUSTER, KEY_ARN, OWNER, aws_settings, settings

TAGS = tags(environment="prod", cluster="spark-prod", further={})


def _cluster(**changes: Any) -> None:
    args = ClusterArgs(**{**CLUSTER, **changes})
    build(lambda: Cluster("cluster", args), answer=answer)


def test_a_cluster_for_everybody_is_refused() -> None:
    with pytest.raises(
        RuleError, match=r"eks-endpoint: cluster spark-prod: .*publicAccessCidrs has 0\.0\.0\.0/0"
    ):
        _cluster(public_access=["203.0.113.0/24", "0.0.0.0/0"])


def test_a_cluster_for_some_is_made() -> None:
    _cluster(public_access=["203.0.113.0/24"])
    _cluster()


def test_a_role_with_one_of_awss_broad_policies_is_refused() -> None:
    args = PlatformRoleArgs(
        owner=OWNER,
        purpose="reader",
        trust=service_trust("ec2.amazonaws.com"),
        managed=["AmazonEKSWorkerNodePolicy", "AmazonS3FullAccess"],
    )
    with pytest.raises(RuleError, match="iam-managed-policy: role reader: AmazonS3FullAccess is attached"):
        build(lambda: PlatformRole("reader", args), answer=answer)


def test_nodes_whose_tags_are_not_all_there_are_refused() -> None:
    with pytest.raises(
        RuleError, match=r"launch-template-tags: system nodes: .*instance lack Project, Environment"
    ):
        system_template({"Cluster": "spark-prod", "ManagedBy": "pulumi"})
    assert system_template(TAGS)["tagSpecifications"]


def test_nodes_that_give_their_credentials_away_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        node_classes, "METADATA_OPTIONS", {**node_classes.METADATA_OPTIONS, "httpTokens": "optional"}
    )
    with pytest.raises(RuleError, match=r"imdsv2: system nodes: metadataOptions.httpTokens is optional"):
        system_template(TAGS)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (
            "_PRIVATE",
            {"blockPublicAcls": True},
            "bucket-public-access-block: bucket acme-data: blockPublicPolicy",
        ),
        (
            "_encryption",
            lambda key: {},
            r"bucket-encryption: bucket acme-data: rules\[0\] encrypts with nothing",
        ),
    ],
)
def test_a_bucket_that_is_not_safe_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, says: str
) -> None:
    monkeypatch.setattr(buckets, name, value)
    args = SafeBucketArgs(account=ACCOUNT, bucket="acme-data", key_arn=KEY_ARN, rules=[])
    with pytest.raises(RuleError, match=says):
        build(lambda: SafeBucket("data", args), answer=answer)


def test_volumes_that_are_not_encrypted_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_cluster, "VOLUMES", {**in_cluster.VOLUMES, "parameters": {"type": "gp3"}})
    with pytest.raises(RuleError, match="storage-class-encryption: storage class gp3"):
        build(lambda: ClusterServices("services", ClusterServicesArgs(karpenter=None)))  # type: ignore[arg-type]


def test_a_provider_that_would_not_tag_everything_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.wiring.aws.tags", lambda **_: {"Project": "spark-on-eks"})
    with pytest.raises(RuleError, match="provider-tags: the AWS provider: tags lack Environment, Cluster"):
        provider_args(settings(), aws_settings())


def test_a_pod_of_an_image_that_moves_is_refused() -> None:
    with pytest.raises(
        RuleError, match=r"pod-image: pod of the object-store: .* is whatever was pushed last"
    ):
        server_pod(image="localhost/object-store:latest", memory_mib=512, annotations={})


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_classes, "METADATA_OPTIONS", {})
    with pytest.raises(RuleError) as caught:
        system_template({})
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "imdsv2",
        "launch-template-tags",
    ]
