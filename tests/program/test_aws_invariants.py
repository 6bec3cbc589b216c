"""What holds for every stack on AWS, whatever its file says: providers, tags, protection, addresses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.naming import POOL_LABEL
from components.rules.tags import REQUIRED_TAGS
from components.settings import parse
from rehearsal.teardown import HARMLESS, NETWORK
from tests.support.golden import Golden
from tests.support.recorder import Landed, World
from tests.support.stacks import ROOT, STACKS, build_stack, stack_settings, world_of

ON_AWS = [stack for stack in STACKS if stack_settings(stack)["foundation"]["kind"] == "aws"]
HELD = ("eks:index:Cluster", "aws:kms/key:Key", "aws:s3/bucket:Bucket")
"""What can't be made again: the cluster with everything in it, and data with the keys that open it."""

KEPT = (
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:ecr/repository:Repository",
)
"""What stays behind with its data when a stack keeps it, and what makes that safe."""


@pytest.fixture(params=ON_AWS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(stack: str) -> World:
    return world_of(stack)


def _foundation(stack: str) -> dict[str, Any]:
    found: dict[str, Any] = stack_settings(stack)["foundation"]
    return found


def test_there_are_the_three_stacks_on_aws() -> None:
    assert sorted(ON_AWS) == ["dev", "prod", "staging"]


def test_nothing_goes_to_a_default_provider(world: World) -> None:
    for each in world.landed:
        if (each.custom or each.remote) and not each.type.startswith("pulumi:providers:"):
            package = each.type.partition(":")[0]
            # Neither talks to anybody by itself: a component, and what is made in Pulumi's own process.
            own = package in ("eks", "pulumi-python")
            assert f"pulumi:providers:{package}" in each.provider or (own and not each.provider), (
                f"{each.name} would use whatever credentials are at hand"
            )


def test_the_one_aws_provider_is_of_the_stacks_account_and_region_and_tags_everything(
    stack: str, world: World
) -> None:
    given = world.one("pulumi:providers:aws").inputs
    assert given["region"] == _foundation(stack)["region"]
    assert json.loads(given["allowedAccountIds"]) == [_foundation(stack)["accountId"]], (
        "credentials of another account are refused"
    )
    tags = json.loads(given["defaultTags"])["tags"]
    assert all(tags.get(key) for key in REQUIRED_TAGS)
    assert tags["Environment"] == stack_settings(stack)["environment"]


def test_a_cluster_on_aws_changes_configmaps_in_place_as_every_other_one(world: World) -> None:
    there, here = (
        each.one("pulumi:providers:kubernetes", "cluster").inputs for each in (world, world_of("local"))
    )
    for flag in ("enableConfigMapMutable", "enableSecretMutable"):
        assert there[flag] == here[flag], f"{flag}: running tenants would lose what is replaced"


def test_no_resource_says_otherwise_in_its_own_tags(world: World) -> None:
    for each in world.landed:
        if each.type.startswith("aws:"):
            assert not set(each.inputs.get("tags") or {}) & set(REQUIRED_TAGS), (
                f"{each.name}: a tag that is given twice differs at every preview"
            )


def test_no_object_has_the_stacks_tags(world: World) -> None:
    objects = world.of("aws:s3/bucketObjectv2:BucketObjectv2")
    assert objects, "the markers of event logs are objects"
    for each in objects:
        assert each.inputs["overrideProvider"] == {"defaultTags": {"tags": {}}}, "S3 takes 10, a stack has 40"


def test_what_aws_makes_for_us_has_the_tags_as_well(world: World) -> None:
    template = world.one("aws:ec2/launchTemplate:LaunchTemplate").inputs["tagSpecifications"]
    tagged = {each["resourceType"]: each["tags"] for each in template}
    classes = {each.name: each.inputs["spec"]["tags"] for each in world.of("EC2NodeClass")}
    assert {"instance", "volume", "network-interface"} == set(tagged)
    assert classes
    for where, tags in {**tagged, **classes}.items():
        assert set(REQUIRED_TAGS) <= set(tags), f"{where}: no default tag of the provider gets there"


def _says(foundation: dict[str, Any], key: str) -> bool:
    return bool(foundation.get(key, True))


def test_cluster_keys_and_buckets_are_held_where_the_stack_asks_for_it(stack: str, world: World) -> None:
    protect = _says(_foundation(stack), "protect")
    for type_ in HELD:
        found = world.of(type_)
        assert found, f"{type_} is missing"
        for each in found:
            assert each.protect is protect, f"{each.name} of {stack}"
    assert world.one("eks:index:Cluster").inputs["deletionProtection"] is protect, "EKS holds it, too"


def test_tenants_namespaces_are_held_where_the_stack_asks_for_it(stack: str, world: World) -> None:
    held = {each.inputs["metadata"]["name"]: each.protect for each in world.of("Namespace") if each.protect}
    namespaces = {tenant.namespace for tenant in parse(stack_settings(stack)).all_tenants}
    assert set(held) == (namespaces if _says(_foundation(stack), "protect") else set())


def test_data_stays_where_the_stack_keeps_it_and_goes_where_not(stack: str, world: World) -> None:
    keep = _says(_foundation(stack), "keepData")
    for type_ in KEPT:
        for each in world.of(type_):
            assert bool(each.options.get("retainOnDelete")) is keep, f"{each.name} of {stack}"
    for each in world.of("aws:s3/bucket:Bucket"):
        assert each.inputs["forceDestroy"] is not keep, f"{each.name}: a kept bucket is never emptied"


def test_stacks_differ_by_data_and_by_no_line_of_the_program() -> None:
    for path in [ROOT / "__main__.py", *(ROOT / "components").rglob("*.py")]:
        text = path.read_text()
        # Messages name the stack: the settings' reader's its file, the registry's what to run for it.
        for_messages = path.name in ("loading.py", "foundations.py")
        assert "get_stack" not in text or for_messages, f"{path.name} asks which stack it is in"
        for stack in ON_AWS:
            assert not re.search(rf"""==\s*["']{stack}["']""", text), f"{path.name} compares with {stack}"


def test_every_pod_role_is_taken_by_its_own_pods_alone(world: World) -> None:
    asked = {}
    for each in world.of("aws:iam/role:Role"):
        (statement,) = json.loads(each.inputs["assumeRolePolicy"])["Statement"]
        if statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}:
            asked[each.name] = statement["Condition"]["StringEquals"]
    assert len(asked) > len(world.exports["namespaces"]), "one of each tenant and of the platform's parts"
    for name, tags in asked.items():
        missing = {"eks-cluster-arn", "kubernetes-namespace", "kubernetes-service-account"}
        assert missing == {key.rpartition("/")[2] for key in tags}, f"{name} could be given to other pods"


def test_the_node_pools_of_a_stack_are_what_was_reviewed(stack: str, world: World, golden: Golden) -> None:
    pools = {each.metadata["name"]: each.inputs["spec"] for each in world.of("NodePool")}
    assert set(pools) == {"platform", *_foundation(stack)["nodes"]["pools"]}
    golden(f"aws/node-pools-{stack}.json", pools)


def test_pods_of_another_size_reserve_disk_by_it() -> None:
    small = {"executor": {"cores": 2, "cpuRequest": "1"}, "driver": {"cpuRequest": "500m"}}
    made = build_stack("dev", {**stack_settings("dev"), "spark": small})
    reserved = set()
    for each in made.of("ConfigMap"):
        for role in ("driver", "executor"):
            if template := each.inputs["data"].get(f"{role}-pod.yaml"):
                (container,) = json.loads(template)["spec"]["containers"]
                reserved.add((role, container["resources"]["requests"]["ephemeral-storage"]))
    assert reserved == {("driver", "2Gi"), ("executor", "5Gi")}, "31 executors of 20Gi would need three disks"


def _after_all(world: World, resource: Landed) -> set[str]:
    """URNs of all that a resource is made after and deleted before, at any distance."""
    by_urn = {each.urn: each for each in world.landed}
    found: set[str] = set()
    open_ = [resource]
    while open_:
        further = world.waits_for(open_.pop()) - found
        found |= further
        open_ += [by_urn[urn] for urn in further if urn in by_urn]
    return found


@pytest.mark.parametrize("holder", ["NodePool", "EC2NodeClass", "aws:eks/nodeGroup:NodeGroup"])
def test_no_route_or_rule_of_the_network_can_go_before_what_ends_by_calls_to_aws(
    world: World, holder: str
) -> None:
    network = [each for each in world.landed if each.type.startswith(NETWORK) and each.type not in HARMLESS]
    assert len(network) > 20, "subnets, routes, associations, gateways and endpoints"
    for each in world.of(holder):
        after = _after_all(world, each)
        loose = [part.urn for part in network if part.urn not in after]
        assert loose == [], f"a destroy may take these from {each.name} while its nodes end"


CHOOSES = ("nodeselector", "tolerations", "affinity")
"""How the names of fields end by which a pod chooses its nodes; charts put a part's name before them."""


def _node_choices(spec: Any) -> list[Any]:
    """Each nodeSelector, toleration and affinity in a manifest or a chart's values, at any depth."""
    if isinstance(spec, list):
        return [found for each in spec for found in _node_choices(each)]
    if not isinstance(spec, dict):
        return []
    own = [value for key, value in spec.items() if key.lower().endswith(CHOOSES) and value]
    return [*own, *(found for each in spec.values() for found in _node_choices(each))]


STEADY = ("Deployment", "StatefulSet", "CronJob", "Chart")
"""What runs at all times or again and again; of a chart its values say where."""


def test_what_runs_steadily_needs_no_node_of_a_pool_for_jobs(world: World) -> None:
    assert len(world.of("Chart")) > 3, "operator, history server and what measures them"
    for each in (found for kind in STEADY for found in world.of(kind)):
        chosen = json.dumps(_node_choices(each.inputs))
        assert POOL_LABEL not in chosen, f"{each.name} would keep a node of that pool for ever"


def test_what_comes_again_and_again_leaves_time_for_its_node_to_go(world: World) -> None:
    for each in world.of("ScheduledSparkApplication"):
        minute, hour = each.inputs["spec"]["schedule"].split()[:2]
        assert minute.isdigit(), f"{each.name} runs more than once an hour: the node of one run stays for all"
        assert hour == "*"


def _defaults(world: World) -> list[dict[str, str]]:
    """Spark's properties in each namespace that jobs are submitted from."""
    maps = [each for each in world.of("ConfigMap") if each.metadata["name"] == "spark-defaults"]
    assert maps
    files = [each.inputs["data"]["spark-defaults.conf"].splitlines() for each in maps]
    return [dict(line.split("=", 1) for line in lines) for lines in files]


def test_karpenter_is_told_of_every_driver_that_it_must_not_move_it(world: World) -> None:
    for conf in _defaults(world):
        assert conf["spark.kubernetes.driver.annotation.karpenter.sh/do-not-disrupt"] == "true"


def test_jobs_give_up_a_connection_from_before_the_network_policies_act(world: World) -> None:
    for conf in _defaults(world):
        found = conf["spark.hadoop.fs.s3a.connection.timeout"], conf["spark.rpc.lookupTimeout"]
        assert found == ("30000", "30s"), "the agent drops answers to what it did not see, and nobody is told"


def test_the_addresses_of_a_stack_are_what_was_reviewed(world: World, stack: str, golden: Golden) -> None:
    subnets = {each.name: each.inputs["cidrBlock"] for each in world.of("aws:ec2/subnet:Subnet")}
    further = world.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    reserved = world.of("aws:ec2/subnetCidrReservation:SubnetCidrReservation")
    golden(
        f"aws/addresses-{stack}.json",
        {
            "vpc": world.one("aws:ec2/vpc:Vpc").inputs["cidrBlock"],
            "further": {each.name: each.inputs["cidrBlock"] for each in further},
            "subnets": subnets,
            "forPods": {each.name: each.inputs["cidrBlock"] for each in reserved},
            "services": world.one("eks:index:Cluster").inputs["kubernetesServiceIpAddressRange"],
        },
    )
