"""What an earlier stack left is listed before it stops a `pulumi up`."""

from __future__ import annotations

import pytest

from leftovers.listing import of_stack
from tests.support.stacks import STACKS, stack_settings, world_of
from workspace.errors import ReportedError

ON_AWS = [stack for stack in STACKS if stack_settings(stack)["foundation"]["kind"] == "aws"]

NAMED = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ecr/repository:Repository": "name",
    "aws:kms/alias:Alias": "name",
}
"""Types that a stack may leave behind, and the argument with the name that only one can have."""


@pytest.mark.parametrize("stack", ON_AWS)
def test_all_that_a_stack_may_leave_under_its_name_is_listed(stack: str) -> None:
    listed = {each.name for each in of_stack(stack)}
    world = world_of(stack)
    taken = {
        each.inputs[key]
        for type_, key in NAMED.items()
        for each in world.of(type_)
        if each.options.get("retainOnDelete")
    }
    assert taken <= listed
    assert f"/aws/eks/{stack_settings(stack)['foundation']['name']}/cluster" in listed, "EKS makes it again"


def test_each_comes_with_a_look_and_a_way_to_remove_it() -> None:
    for each in of_stack("prod"):
        assert each.look.startswith("aws "), f"{each.name}: nobody removes what they have not seen"
        assert each.name in each.remove


def test_copies_of_buckets_are_removed_where_they_are() -> None:
    (copy,) = [each for each in of_stack("prod") if each.name == "acme-spark-prod-data-eu-west-1"]
    assert "--region eu-west-1" in copy.remove


@pytest.mark.parametrize(("stack", "said"), [("local", "not on AWS"), ("nowhere", "Pulumi.nowhere.yaml")])
def test_a_stack_that_leaves_nothing_is_told_so(stack: str, said: str) -> None:
    with pytest.raises(ReportedError, match=said):
        of_stack(stack)
