"""Ids, names and replacements of the stand-in, without an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.standin.behaviour import Behaviour, Template, all_behaviours, replacements
from rehearsal.standin.cloud import Cloud, Operation, Resource
from rehearsal.standin.invokes import UnknownFunctionError, answer
from rehearsal.standin.kubernetes_rules import cluster_scoped, custom_resource_problems, type_token
from rehearsal.standin.properties import filled_in
from rehearsal.standin.values import UNKNOWN

CLUSTER = all_behaviours()["aws:eks/cluster:Cluster"]


def test_the_same_seed_gives_the_same_id_and_another_one_another() -> None:
    ids = [Template(seed, {}).fill("vpc-{hex17}") for seed in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2], "tests are repeatable, and a replacement has an id of its own"


def test_a_template_takes_arguments_and_refuses_what_it_does_not_know() -> None:
    assert Template("a", {"name": "x"}).fill({"a": ["{name}!"]}) == {"a": ["x!"]}, "at any depth"
    with pytest.raises(KeyError):
        Template("a", {}).fill("{name}")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"version": "1.34"}, {"version": "1.35"}, []),
        ({"roleArn": "a"}, {"roleArn": "b"}, ["roleArn"]),
        ({"roleArn": "a"}, {"roleArn": UNKNOWN}, ["roleArn"]),
        (
            {"kubernetesNetworkConfig": {"ipFamily": "ipv4"}},
            {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
            ["kubernetesNetworkConfig.ipFamily"],
        ),
        ({}, {"encryptionConfig": {"resources": ["secrets"]}}, []),
        ({"encryptionConfig": {"resources": ["secrets"]}}, {}, ["encryptionConfig"]),
        ({}, {"region": "eu-west-1"}, ["region"]),
    ],
)
def test_a_cluster_is_replaced_only_by_what_cannot_be_changed(
    old: dict[str, object], new: dict[str, object], expected: list[str]
) -> None:
    assert replacements(CLUSTER, old, new) == expected, f"{old} becomes {new}"


def test_a_given_name_has_to_be_freed_and_a_made_up_one_does_not() -> None:
    bucket = Behaviour(id="{bucket}", autoname="bucket")
    assert bucket.holds_name({"bucket": "a"}, {"bucket": "a"}), "two resources can't have it"
    assert not bucket.holds_name({"bucket": "a"}, {"bucket": "b"}), "the new one has a name of its own"
    assert not bucket.holds_name({"bucket": "a"}, {"bucket": "a-1", "__defaults": ["bucket"]}), "made up anew"


def test_what_aws_filled_in_survives_a_change_of_the_arguments_around_it() -> None:
    outputs = {"arn": "a", "name": "n", "vpcConfig": {"subnetIds": ["s"], "clusterSecurityGroupId": "sg"}}
    inputs = {"name": "n", "vpcConfig": {"subnetIds": ["s"]}}
    assert filled_in(outputs, inputs) == {"arn": "a", "vpcConfig": {"clusterSecurityGroupId": "sg"}}, (
        "and nothing of the arguments is left"
    )


def test_the_cloud_keeps_logs_and_forgets(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    vpc = Resource(id="vpc-1", type="aws:ec2/vpc:Vpc", urn="u::vpc", inputs={}, outputs={"arn": "arn:vpc-1"})
    subnet = Resource(
        id="subnet-1",
        type="aws:ec2/subnet:Subnet",
        urn="u::subnet",
        inputs={"vpcId": "vpc-1", "tags": {"vpc": "vpc-2"}},
        outputs={},
    )
    cloud.put(vpc)
    cloud.put(subnet)
    assert [user.name for user in cloud.users({"vpc-1"}, vpc.urn)] == ["subnet"], "it names the network"
    assert cloud.users({"vpc-2"}, vpc.urn) == [], "a tag is only text"
    cloud.record(Operation("create", vpc.type, vpc.id, vpc.urn))
    cloud.cascade([subnet])
    assert [operation.verb for operation in cloud.operations()] == ["create", "cascade"], "in their order"
    assert [resource.name for resource in cloud.resources()] == ["vpc"], "and one is left"


def test_zones_follow_the_region_and_an_unknown_function_says_where_to_answer(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    zones = answer("aws:index/getAvailabilityZones:getAvailabilityZones", {}, region="eu-west-3", cloud=cloud)
    assert zones["names"] == ["eu-west-3a", "eu-west-3b", "eu-west-3c"], "three, as most regions have"
    with pytest.raises(UnknownFunctionError, match=r"rehearsal/standin/invokes\.py"):
        answer("aws:ec2/getAmi:getAmi", {}, region="eu-west-3", cloud=cloud)


def test_object_types_and_scopes_are_those_of_kubernetes() -> None:
    assert type_token("v1", "Pod") == "kubernetes:core/v1:Pod", "the core group has a name in Pulumi"
    assert type_token("apps/v1", "Deployment") == "kubernetes:apps/v1:Deployment"
    assert cluster_scoped("Namespace", None), "built in"
    assert cluster_scoped("NodePool", {"spec": {"scope": "Cluster"}}), "as its definition says"
    assert not cluster_scoped("ConfigMap", None), "most live in a namespace"


def definition(spec: dict[str, object]) -> dict[str, object]:
    schema = {"type": "object", "properties": {"spec": spec}}
    return {
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
        }
    }


@pytest.mark.parametrize(
    ("spec", "given", "problem"),
    [
        ({"type": "object", "properties": {"size": {"type": "integer"}}}, {"size": 1}, ""),
        ({"type": "object", "properties": {"size": {"type": "integer"}}}, {"sise": 1}, "sise"),
        ({"type": "object", "properties": {"size": {"type": "integer"}}}, {"size": "1"}, "not of type"),
        (
            {"type": "object", "properties": {"port": {"x-kubernetes-int-or-string": True}}},
            {"port": "http"},
            "",
        ),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {}}, {"any": 1}, ""),
        (
            {"type": "object", "properties": {"size": {"type": "integer", "nullable": True}}},
            {"size": None},
            "",
        ),
        ({"type": "object", "properties": {"properties": {"type": "string"}}}, {"properties": "a"}, ""),
    ],
)
def test_a_custom_resource_is_held_against_its_schema(
    spec: dict[str, object], given: dict[str, object], problem: str
) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": given}
    found = " ".join(reason for _, reason in custom_resource_problems(custom, definition(spec)))
    assert (problem in found) if problem else not found, f"{given} against {spec}"
