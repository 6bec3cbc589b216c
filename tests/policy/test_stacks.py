"""Every stack of this project keeps the rules that it ships with.

Charts are opaque here; `test_engine.py` has the real engine open them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.aws_plans.tags import tags
from components.naming import PROJECT
from components.rules.cluster import same_as_eks
from components.rules.model import Registered
from components.rules.tags import REQUIRED_TAGS
from policy.judging import concerns, judge_all
from policy.targets import EKS_CLUSTER, STACK_RULES
from tests.support.recorder import Landed, World
from tests.support.stacks import STACKS, world_of


@pytest.fixture(params=STACKS)
def world(request: pytest.FixtureRequest) -> World:
    return world_of(str(request.param))


def _as_the_engine_sees(resource: Landed) -> tuple[str, dict[str, Any]]:
    if resource.type == "eks:index:Cluster":
        return EKS_CLUSTER, same_as_eks(resource.inputs)
    return resource.type, resource.inputs


def test_no_resource_of_the_stack_breaks_a_rule(world: World) -> None:
    found = [
        f"{each.name}: {rule.message(fault)}"
        for each in world.landed
        for rule, fault in judge_all(*_as_the_engine_sees(each))
    ]
    assert found == [], "`pulumi preview` would stop at our own stack"


def _registered(world: World) -> Iterator[Registered]:
    """What landed; the recorder makes ids of names, so a bucket's id leads back to the bucket."""
    by_id = {f"{each.name}-id": each.urn for each in world.landed if each.type == "aws:s3/bucket:Bucket"}
    for each in world.landed:
        owner = by_id.get(str(each.inputs.get("bucket")))
        needs = {"bucket": frozenset({owner})} if owner else {}
        yield Registered(type=each.type, urn=each.urn, properties=each.inputs, needs=needs)


def test_nothing_that_a_resource_needs_beside_it_is_missing(world: World) -> None:
    seen = list(_registered(world))
    assert [found for rule in STACK_RULES for found in rule.check(seen)] == []


def test_the_platforms_tags_are_those_that_the_rules_ask_for() -> None:
    made = tags(environment="dev", cluster="spark", further={})
    assert set(REQUIRED_TAGS) <= set(made), "the rules would stop what the platform tags"
    assert made["Project"] == PROJECT


def test_there_is_something_for_the_rules_to_look_at() -> None:
    looked_at = {each.type for stack in STACKS for each in world_of(stack).landed if concerns(each.type)}
    for type_ in (
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
        "kubernetes:storage.k8s.io/v1:StorageClass",
        "pulumi:providers:aws",
    ):
        assert type_ in looked_at, f"without {type_} the tests above prove less than they seem to"
