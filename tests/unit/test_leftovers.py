"""What an earlier stack left is listed before it stops a `pulumi up`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from leftovers.listing import of_stack
from tests.support.database_on_aws import with_database
from tests.support.stacks import STACKS, build_stack, stack_settings, world_of
from workspace.errors import ReportedError
from workspace.stack_files import SETTINGS

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


def test_the_last_snapshot_of_a_database_is_listed_as_it_costs_until_somebody_removes_it(
    tmp_path: Path,
) -> None:
    settings = with_database()
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {SETTINGS: settings}}))
    (listed,) = [each for each in of_stack("prod", tmp_path) if each.kind == "snapshot"]
    (instance,) = build_stack("prod", settings).of("aws:rds/instance:Instance")
    assert instance.inputs["finalSnapshotIdentifier"].startswith(listed.name), "RDS calls it so"
    assert instance.inputs["identifier"] in listed.look
    assert "database.rds.snapshot" in listed.why, "a new database is made from it"
    assert "snapshot" not in {each.kind for each in of_stack("prod")}, "there is no database"


@pytest.mark.parametrize(("stack", "said"), [("local", "not on AWS"), ("nowhere", "Pulumi.nowhere.yaml")])
def test_a_stack_that_leaves_nothing_is_told_so(stack: str, said: str) -> None:
    with pytest.raises(ReportedError, match=said):
        of_stack(stack)
