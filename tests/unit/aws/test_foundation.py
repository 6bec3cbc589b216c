"""The whole foundation under the recording monitor: order, protection, tags, providers, what is made when."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from components.aws.network import INTERFACE_ENDPOINTS
from components.aws_plans.images import FOR_JOBS
from components.aws_plans.node_pools import Pool
from components.naming import CANARY_NAMESPACE, DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, SUBMITTER_ACCOUNT
from tests.support.aws_answers import answer, look_up, pushed_digest
from tests.support.golden import Golden
from tests.support.recorder import Landed, World, build
from tests.unit.aws.examples import (
    ACCOUNT,
    KINDS,
    TENANTS,
    ZONES,
    aws_settings,
    settings,
    whole_foundation,
    world,
)


def _needs(made: World, resource: Landed) -> set[str]:
    """URNs of everything that must be there before a resource, as the engine would work it out."""
    by_urn = {each.urn: each for each in made.landed}
    children: dict[str, list[str]] = {}
    for each in made.landed:
        children.setdefault(each.parent, []).append(each.urn)
    seen: set[str] = set()
    open_ = [resource.urn]
    while open_:
        found = by_urn.get(open_.pop())
        if found is None:
            continue
        provider = found.provider.rpartition("::")[0]
        for urn in (*found.depends_on, *((provider,) if provider else ())):
            if urn not in seen:
                seen.add(urn)
                open_ += [urn, *children.get(urn, [])]
    return seen


def _before(made: World, first: Landed, then: Landed) -> bool:
    return first.urn in _needs(made, then)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_hangs_on_its_component_and_is_made_once(kind: str) -> None:
    made = world(kind)
    assert made.duplicates() == [], "the engine refuses two resources of one name"
    tops = {each.name for each in made.landed if each.parent.endswith(f"::spark-on-eks-{made.stack}")}
    assert tops == {"aws", "cluster", "foundation", "services"}, "all else must have a parent"
    for component in made.components():
        assert made.outputs.get(component.urn) is not None, f"{component.name} registered no outputs"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_uses_credentials_that_happen_to_lie_around(kind: str) -> None:
    made = world(kind)
    for each in made.landed:
        if each.custom and not each.type.startswith("pulumi:providers:"):
            assert each.provider, f"{each.type} {each.name} would use a default provider"
    provider = made.one("pulumi:providers:aws")
    assert json.loads(provider.inputs["allowedAccountIds"]) == [ACCOUNT.id], "prod is not dev's account"
    assert json.loads(provider.inputs["defaultTags"])["tags"]["Environment"] == "prod"


def test_the_way_up_is_network_control_plane_add_ons_nodes_karpenter_pools() -> None:
    made = world()
    order = [
        made.one("aws:ec2/vpc:Vpc"),
        made.one("eks:index:Cluster"),
        made.one("aws:eks/addon:Addon", "foundation-node-addons-network"),
        made.one("aws:eks/nodeGroup:NodeGroup"),
        made.one("aws:eks/addon:Addon", "foundation-addons-dns"),
        made.one("pulumi:providers:kubernetes"),
        made.one("kubernetes:helm.sh/v4:Chart", "services-karpenter-crds"),
        made.one("kubernetes:helm.sh/v4:Chart", "services-karpenter-controller"),
        made.one("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "services-karpenter-class-spill"),
        made.one("kubernetes:karpenter.sh/v1:NodePool", "services-karpenter-pool-executor"),
    ]
    for first, then in itertools.pairwise(order):
        assert _before(made, first, then), f"{then.name} must come after {first.name}, and go before it"


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        (
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            "foundation-karpenter-controller-karpenter",
        ),
        ("aws:iam/rolePolicy:RolePolicy", "foundation-karpenter-controller-role-nodes"),
        ("aws:sqs/queuePolicy:QueuePolicy", "foundation-karpenter-interruptions"),
        ("aws:eks/accessEntry:AccessEntry", "foundation-karpenter-nodes"),
        ("aws:eks/nodeGroup:NodeGroup", "foundation-system-group"),
    ],
)
def test_a_pool_goes_while_karpenter_can_still_drain_it(type_: str, name: str) -> None:
    made = world()
    needed = made.one(type_, name)
    for pool in made.of("kubernetes:karpenter.sh/v1:NodePool"):
        assert _before(made, needed, pool), f"{pool.name} would wait for ever once {name} is gone"


def test_nodes_start_where_they_can_reach_aws() -> None:
    made = world()
    group = made.one("aws:eks/nodeGroup:NodeGroup")
    needed = _needs(made, group)
    for kind in ("aws:ec2/route:Route", "aws:ec2/vpcEndpoint:VpcEndpoint"):
        missing = [
            each.name for each in made.of(kind) if each.urn not in needed and "public" not in each.name
        ]
        assert not missing, f"a node without {missing} never joins"


def test_logs_are_kept_for_a_time_because_their_group_is_there_first() -> None:
    made = world()
    group = made.one("aws:cloudwatch/logGroup:LogGroup", "foundation-cluster-logs")
    assert group.inputs["name"] == "/aws/eks/spark-prod/cluster", "EKS writes to this name and no other"
    assert group.inputs["retentionInDays"] == 90
    assert _before(made, group, made.one("eks:index:Cluster"))


def test_the_control_plane_is_what_was_reviewed(golden: Golden) -> None:
    cluster = world().one("eks:index:Cluster")
    assert cluster.inputs["authenticationMode"] == "API"
    assert cluster.inputs["upgradePolicy"] == {"supportType": "STANDARD"}, "extended support costs six times"
    assert cluster.inputs["endpointPublicAccess"] is False
    assert cluster.inputs["skipDefaultNodeGroup"] is True
    assert "providerCredentialOpts" in cluster.inputs, "pulumi-eks refuses explicit providers without it"
    golden("aws/cluster.json", cluster.inputs)


def test_add_ons_are_pinned_and_only_those_with_rights_have_a_role() -> None:
    made = world()
    addons = {each.inputs["addonName"]: each.inputs for each in made.of("aws:eks/addon:Addon")}
    assert set(addons) == {
        "vpc-cni",
        "kube-proxy",
        "coredns",
        "eks-pod-identity-agent",
        "aws-ebs-csi-driver",
        "eks-node-monitoring-agent",
        "metrics-server",
    }
    assert all("-eksbuild." in each["addonVersion"] for each in addons.values())
    identified = {name for name, each in addons.items() if each.get("podIdentityAssociations")}
    assert identified == {"vpc-cni", "aws-ebs-csi-driver"}
    settings = json.loads(addons["vpc-cni"]["configurationValues"])
    assert settings["enableNetworkPolicy"] == "true", "tenants would not be separated"
    assert settings["env"]["ENABLE_PREFIX_DELEGATION"] == "true", "the address plan counts on it"


def test_what_needs_nodes_before_karpenter_makes_some_bears_the_system_nodes_taint() -> None:
    made = world()
    (taint,) = made.one("aws:eks/nodeGroup:NodeGroup").inputs["taints"]
    addons = {each.inputs["addonName"]: each.inputs for each in made.of("aws:eks/addon:Addon")}
    borne = json.loads(addons["metrics-server"]["configurationValues"])["tolerations"]
    assert borne == [{"key": taint["key"], "operator": "Exists"}], "`up` would wait for pods without a node"


def test_system_nodes_are_small_repaired_and_keep_their_credentials() -> None:
    made = world()
    group = made.one("aws:eks/nodeGroup:NodeGroup").inputs
    assert group["nodeRepairConfig"] == {"enabled": True}
    assert group["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 3}
    assert group["amiType"] == "AL2023_ARM_64_STANDARD", "m7g is Graviton"
    assert group["releaseVersion"] == "1.36.2-20260818"
    assert group["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
    options = made.one("aws:ec2/launchTemplate:LaunchTemplate").inputs["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_karpenter_hears_of_interruptions_before_they_come() -> None:
    made = world()
    queue = made.one("aws:sqs/queue:Queue").inputs
    assert queue["name"] == "spark-prod", "Karpenter's rights name the queue after the cluster"
    assert queue["sqsManagedSseEnabled"] is True
    rules = [
        json.loads(each.inputs["eventPattern"]) for each in made.of("aws:cloudwatch/eventRule:EventRule")
    ]
    assert "EC2 Spot Instance Interruption Warning" in {
        kind for rule in rules for kind in rule["detail-type"]
    }
    assert len(made.of("aws:cloudwatch/eventTarget:EventTarget")) == len(rules) == 5
    values = made.one("kubernetes:helm.sh/v4:Chart", "services-karpenter-controller").inputs
    assert values["values"]["settings"]["interruptionQueue"] == "spark-prod"
    assert values["values"]["settings"]["featureGates"] == {"nodeRepair": False}, "alpha"
    assert values["skipCrds"] is True, "the CRDs are a chart of their own, which Helm does update"


WITH_JOBS = (*TENANTS, CANARY_NAMESPACE)
"""Namespaces in which jobs run; the canary is a tenant like the others."""


def test_each_tenant_has_a_role_for_its_jobs_and_one_for_what_submits_them() -> None:
    made = world()
    found = Counter(
        (each.inputs["namespace"], each.inputs["serviceAccount"])
        for each in made.of("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    )
    assert found == Counter(
        [
            *((tenant, account) for tenant in WITH_JOBS for account in (DRIVER_ACCOUNT, EXECUTOR_ACCOUNT)),
            *((tenant, SUBMITTER_ACCOUNT) for tenant in WITH_JOBS),
            ("spark-history", "spark-history"),
            ("spark-logs-nodes", "log-collector"),
            ("spark-logs", "log-page"),
            ("kube-system", "karpenter"),
        ]
    )
    assert set(made.exports["roles"]) == {*WITH_JOBS, "spark-history"}
    assert len(set(made.exports["roles"].values())) == len(WITH_JOBS) + 1, "each has its own"


def _inline_policies(made: World) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in made.of("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(each.inputs["policy"])["Statement"]:
            yield each.name, statement


def test_every_endpoint_has_a_user_among_the_roles_and_no_pod_or_node_writes_to_cloudwatch() -> None:
    made = world()
    used = {action.partition(":")[0] for _, each in _inline_policies(made) for action in each["Action"]}
    managed = {"ec2", "ecr", "eks", "eks-auth", "sts"}  # NODE_POLICIES and CNI_POLICIES, and Pod Identity
    assert {name.partition(".")[0] for name in INTERFACE_ENDPOINTS} <= used | managed
    assert "logs" not in INTERFACE_ENDPOINTS, "it costs by the hour and zone"
    writers = {name for name, each in _inline_policies(made) if "logs:PutLogEvents" in each["Action"]}
    assert writers == {"foundation-network-flow-logs-role-write"}, "AWS itself, from outside of the network"


def test_what_copies_buckets_is_taken_by_s3_alone_and_handed_to_it_by_the_stacks_deployer_alone() -> None:
    made = world()
    role = made.one("aws:iam/role:Role", "foundation-storage-copier-role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert "Condition" not in trust, (
        "S3 is not known to say for whom it copies: see components/aws/storage.py"
    )
    named = {each.inputs["role"] for each in made.of("BucketReplicationConfig")}
    assert len(named) == 1, (
        "and a bucket of another account can't name it: handing a role on stays in its own"
    )


def test_no_role_may_do_everything() -> None:
    for name, statement in _inline_policies(world()):
        actions = statement["Action"]
        assert isinstance(actions, list)
        assert not any("*" in action for action in actions), f"{name} has an action with a wildcard"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_rotated_and_can_be_saved_from_deletion_for_a_month(kind: str) -> None:
    keys = world(kind).of("aws:kms/key:Key")
    assert keys
    for each in keys:
        assert each.inputs["enableKeyRotation"] is True, each.name
        assert each.inputs["deletionWindowInDays"] == 30, each.name


def test_in_prod_cluster_keys_and_buckets_refuse_to_go_and_data_stays() -> None:
    made = world()
    guarded = ("eks:index:Cluster", "aws:kms/key:Key", "aws:s3/bucket:Bucket")
    for kind in guarded:
        assert all(each.protect for each in made.of(kind)), f"an unprotected {kind}"
    assert made.one("eks:index:Cluster").inputs["deletionProtection"] is True
    for kind in ("aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy", "aws:ecr/repository:Repository"):
        assert all(each.options.get("retainOnDelete") for each in made.of(kind)), f"{kind} would go"
    assert not any(each.inputs["forceDestroy"] for each in made.of("aws:s3/bucket:Bucket"))


def test_in_dev_nothing_is_left_behind() -> None:
    made = world("dev")
    assert not any(each.protect for each in made.landed)
    assert not any(each.options.get("retainOnDelete") for each in made.landed)
    assert all(each.inputs["forceDestroy"] for each in made.of("aws:s3/bucket:Bucket"))
    assert made.one("eks:index:Cluster").inputs["deletionProtection"] is False


def test_zones_have_a_nat_gateway_each_or_share_one() -> None:
    for kind, gateways in (("prod", 3), ("dev", 1)):
        made = world(kind)
        assert len(made.of("aws:ec2/natGateway:NatGateway")) == gateways
        zones = len(made.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"))
        assert len(made.of("aws:ec2/routeTable:RouteTable")) == zones + 1, (
            "a table for each zone in any case: more gateways later change routes, not tables"
        )


def test_other_networks_see_an_address_that_they_can_answer() -> None:
    beyond = ["10.50.0.0/16", "192.168.0.0/16"]
    chosen = aws_settings(network={"zones": list(ZONES), "routable": beyond, "privateEndpoints": False})
    made = build(lambda: whole_foundation(chosen, settings()), answer=answer, look_up=look_up)
    private = [each for each in made.of("aws:ec2/natGateway:NatGateway") if "connectivityType" in each.inputs]
    assert {each.inputs["connectivityType"] for each in private} == {"private"}
    assert [each.inputs["subnetId"] for each in private] == [
        f"foundation-network-private-{zone}-id" for zone in ZONES
    ], "its address has to be one that others route to"
    assert not any("allocationId" in each.inputs for each in private), "and none of the internet's"
    routes = {
        (each.inputs["routeTableId"], each.inputs["destinationCidrBlock"]): each.inputs["natGatewayId"]
        for each in made.of("aws:ec2/route:Route")
        if "natGatewayId" in each.inputs
    }
    for zone in ZONES:
        pods, nodes = f"foundation-network-routable-{zone}-id", f"foundation-network-{zone}-id"
        assert {block for table, block in routes if table == pods} == {"0.0.0.0/0", *beyond}
        assert {block for table, block in routes if table == nodes} == {"0.0.0.0/0"}, (
            "a gateway's own packets must not come back to it"
        )
        assert routes[pods, beyond[0]] == f"foundation-network-routable-{zone}-id"
    (endpoint,) = made.of("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert len(endpoint.inputs["routeTableIds"]) == 2 * len(ZONES), "S3 stays inside for nodes and pods"


def test_s3_is_always_reached_inside_the_network_and_other_services_if_asked() -> None:
    def services(kind: str) -> set[str]:
        return {
            each.inputs["serviceName"].removeprefix("com.amazonaws.eu-central-1.")
            for each in world(kind).of("aws:ec2/vpcEndpoint:VpcEndpoint")
        }

    assert services("dev") == {"s3"}
    assert services("prod") > {"s3", "ecr.api", "ecr.dkr", "sts", "ec2", "eks", "eks-auth"}


def test_flow_logs_are_made_only_if_asked_for() -> None:
    assert world().one("aws:ec2/flowLog:FlowLog").inputs["trafficType"] == "REJECT"
    assert not world("dev").of("aws:ec2/flowLog:FlowLog")


def test_controllers_find_subnets_by_tags() -> None:
    tags = {each.name: each.inputs["tags"] for each in world().of("aws:ec2/subnet:Subnet")}
    assert tags["foundation-network-public-eu-central-1a"]["kubernetes.io/role/elb"] == "1"
    assert tags["foundation-network-private-eu-central-1a"]["kubernetes.io/role/internal-elb"] == "1"
    assert tags["foundation-network-pods-eu-central-1a"]["karpenter.sh/discovery"] == "spark-prod"
    assert not any(each.inputs["mapPublicIpOnLaunch"] for each in world().of("aws:ec2/subnet:Subnet")), (
        "a node must not get a public address by where it is"
    )


def test_images_are_named_by_tag_and_by_the_digest_that_the_registry_has() -> None:
    for kind in ("prod", "dev"):
        images = world(kind).exports["images"]
        assert set(images) == {*FOR_JOBS, "spark-operator", "history_exporter", "run-logs", "canary_checker"}
        for reference in images.values():
            tag, _, digest = reference.partition("@")
            assert digest == pushed_digest(tag.rpartition("/")[2].partition(":")[0])


def test_repositories_scan_and_refuse_to_move_a_tag() -> None:
    for each in world().of("aws:ecr/repository:Repository"):
        assert each.inputs["imageTagMutability"] == "IMMUTABLE"
        assert each.inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_the_pools_of_the_settings_are_made_and_no_others() -> None:
    pools = world().of("kubernetes:karpenter.sh/v1:NodePool")
    assert {each.metadata["name"] for each in pools} == {Pool.PLATFORM, Pool.DRIVER, Pool.EXECUTOR}
    assert {each.metadata["name"] for each in world().of("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")} == {
        "standard",
        "spill",
    }, "a class that no pool uses is not made"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_is_what_was_reviewed(kind: str, golden: Golden) -> None:
    made = world(kind)
    golden(
        f"aws/resources-{kind}.json",
        sorted(f"{each.type} {each.name}" for each in made.landed),
    )
