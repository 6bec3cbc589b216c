"""Single components where the whole foundation doesn't show enough: adoption, access, transforms, outputs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.aws.cluster import Cluster, ClusterArgs, _completed, _further
from components.aws.foundation import AwsFoundation
from components.aws.network import NetworkIds
from components.aws.nodes import KarpenterCloud, KarpenterCloudArgs
from components.aws_plans.access import AccessEntry, Level
from components.aws_plans.kubeconfig import AwsLogin
from components.foundation.outputs import FoundationOutputs
from tests.support.aws_answers import answer, look_up
from tests.support.recorder import World, build
from tests.unit.aws.examples import CLUSTER, OWNER, aws_settings, settings, whole_foundation

ADOPTED = NetworkIds(vpc_id="vpc-0", private_subnet_ids=["subnet-p"], pod_subnet_ids=["subnet-q"])


def _cluster(**changes: object) -> World:
    arguments: Any = {**CLUSTER, **changes}
    return build(lambda: Cluster("cluster", ClusterArgs(**arguments)), answer=answer)


def test_people_and_ci_get_entries_with_their_groups_and_at_most_one_policy() -> None:
    access = [
        AccessEntry(name="ops", principal="arn:aws:iam::111122223333:role/ops", level=Level.ADMIN),
        AccessEntry(name="data", principal="arn:aws:iam::111122223333:role/data", groups=("data-engineers",)),
    ]
    entries = _cluster(access=access).one("eks:index:Cluster").inputs["accessEntries"]
    assert entries["ops"]["accessPolicies"]["admin"]["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")
    assert entries["data"]["kubernetesGroups"] == ["data-engineers"]
    assert not entries["data"].get("accessPolicies"), "a group's rights are its tenant's, nothing more"


def test_the_api_is_public_only_for_the_addresses_named() -> None:
    inside = _cluster().one("eks:index:Cluster").inputs
    assert (inside["endpointPrivateAccess"], inside["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in inside, "pulumi-eks refuses a list without a public endpoint"
    outside = _cluster(public_access=["203.0.113.0/24"]).one("eks:index:Cluster").inputs
    assert outside["endpointPublicAccess"] is True
    assert outside["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_the_kubeconfig_opens_the_cluster_as_the_program_made_it() -> None:
    credentials = AwsLogin(profile="data-prod", role_arn="arn:aws:iam::111122223333:role/deploy")
    made = _cluster(credentials=credentials)
    cluster = made.one("eks:index:Cluster")
    assert cluster.inputs["providerCredentialOpts"] == {
        "profileName": "data-prod",
        "roleArn": "arn:aws:iam::111122223333:role/deploy",
    }
    assert '"--profile", "data-prod"' in made.outputs[made.one("sparkeks:index:Cluster").urn]["kubeconfig"]


@pytest.mark.parametrize("support", ["standard", "extended"])
def test_extended_support_is_paid_for_only_by_those_who_ask(support: str) -> None:
    made = _cluster(support=support).one("eks:index:Cluster")
    assert made.inputs["upgradePolicy"] == {"supportType": support.upper()}


def test_the_role_that_pulumi_eks_makes_gets_the_boundary_and_nothing_else_changes() -> None:
    def args(type_: str) -> pulumi.ResourceTransformArgs:
        return pulumi.ResourceTransformArgs(
            custom=True, type_=type_, name="n", props={"path": "/"}, opts=pulumi.ResourceOptions()
        )

    transform = _completed({"aws:iam/role:Role": {"permissionsBoundary": "arn:boundary"}})
    result = transform(args("aws:iam/role:Role"))
    assert not asyncio.isfuture(result)
    assert isinstance(result, pulumi.ResourceTransformResult)
    assert result.props == {"path": "/", "permissionsBoundary": "arn:boundary"}
    assert transform(args("aws:eks/cluster:Cluster")) is None


def test_what_pulumi_eks_does_not_take_is_added_to_what_it_makes() -> None:
    chosen: dict[str, Any] = {**CLUSTER, "own_role_name": True, "zonal_shift": True, "tier": "tier-xl"}
    assert _further(ClusterArgs(**chosen)) == {
        "aws:iam/role:Role": {"name": "spark-prod-control-plane-eu-central-1"},
        "aws:eks/cluster:Cluster": {
            "zonalShiftConfig": {"enabled": True},
            "controlPlaneScalingConfig": {"tier": "tier-xl"},
        },
    }
    assert _further(ClusterArgs(**CLUSTER)) == {}, "unless it is asked for: a new name replaces the cluster"


def test_every_other_role_carries_the_companys_boundary() -> None:
    owner = replace(OWNER, boundary="arn:aws:iam::111122223333:policy/boundary")
    args = KarpenterCloudArgs(owner=owner, cluster_name="spark-prod", repositories="spark-on-eks")
    roles = build(lambda: KarpenterCloud("karpenter", args), answer=answer).of("aws:iam/role:Role")
    assert len(roles) == 2, "of the controller and of its nodes"
    assert {each.inputs["permissionsBoundary"] for each in roles} == {owner.boundary}


def test_an_adopted_network_is_used_and_left_alone() -> None:
    zones = [
        {
            "private": f"subnet-{number:017x}",
            "pods": f"subnet-{number + 8:017x}",
            "podCidr": f"10.{number}.0.0/16",
        }
        for number in (1, 2)
    ]
    chosen = aws_settings(network={"adopt": {"vpcId": "vpc-0123456789abcdef0", "zones": zones}})
    made = build(
        lambda: whole_foundation(chosen, settings()),
        answer=answer,
        look_up=look_up,
    )
    assert not [each.name for each in made.landed if each.type.startswith(("aws:ec2/vpc", "aws:ec2/subnet"))]
    cluster = made.one("eks:index:Cluster").inputs
    assert cluster["vpcId"] == "vpc-0123456789abcdef0"
    assert cluster["subnetIds"] == [zone["private"] for zone in zones]
    group = made.one("aws:eks/nodeGroup:NodeGroup").inputs
    assert group["subnetIds"] == [zone["pods"] for zone in zones]


def test_ec2s_own_spot_role_is_made_on_request_and_outlives_the_stack() -> None:
    def made(make: bool) -> World:
        args = KarpenterCloudArgs(
            owner=OWNER, cluster_name="spark-prod", repositories="spark-on-eks", make_spot_role=make
        )
        return build(lambda: KarpenterCloud("karpenter", args), answer=answer)

    role = made(True).one("aws:iam/serviceLinkedRole:ServiceLinkedRole")
    assert role.options["retainOnDelete"], "others of the account use it too"
    assert not made(False).of("aws:iam/serviceLinkedRole:ServiceLinkedRole"), "an account has it once"


def test_the_platform_gets_what_every_foundation_gives() -> None:
    found: list[FoundationOutputs] = []
    original = AwsFoundation.__init__

    def watched(self: AwsFoundation, *args: object) -> None:
        original(self, *args)  # type: ignore[arg-type]
        found.append(self.outputs(self))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsFoundation, "__init__", watched)
        build(lambda: whole_foundation(aws_settings(), settings()), answer=answer, look_up=look_up)
    (outputs,) = found
    assert outputs.storage.endpoint is None, "None means AWS itself"
    assert not outputs.storage.static_credentials, "pods have an identity"
    assert outputs.credentials == {}
    assert outputs.enforces_network_policy
    assert outputs.storage_class == "gp3"
    assert outputs.registry == "111122223333.dkr.ecr.eu-central-1.amazonaws.com/spark-prod"
    assert outputs.pages is None, "no page has a login of its own"
