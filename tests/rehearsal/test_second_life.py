"""A stack that is destroyed with its data kept, and made again under the same name."""

from __future__ import annotations

from pathlib import Path

import pytest

from leftovers.account import Kept
from leftovers.adoption import adopt
from leftovers.listing import of_stack
from rehearsal.harness import Rehearsal
from rehearsal.standin.cloud import Resource
from tests.support.applied import Applied
from workspace.stack_files import SETTINGS

pytestmark = pytest.mark.rehearsal

HOME = "eu-central-1"
COPIES = "eu-west-1"


def _destroyed(stack: Rehearsal) -> list[Resource]:
    """Destroy a stack, its data kept; what is left."""
    stack.set(f"{SETTINGS}.foundation.protect", False)
    stack.up()
    stack.destroy()
    # EKS writes the last logs after the cluster is gone.
    (late,) = (each for each in of_stack(stack.stack) if each.kind == "log group")
    given = {"name": late.name}
    stack.cloud.put(Resource(late.name, "aws:cloudwatch/logGroup:LogGroup", "::late", given, given, HOME))
    return stack.cloud.resources()


def _there(stack: Rehearsal) -> list[Kept]:
    """What `leftovers.account` finds in a real account, here in the stand-in's."""
    kinds = {"Bucket": "bucket", "Repository": "repository", "LogGroup": "log group", "Alias": "key alias"}
    names = {(each.type.rpartition(":")[2], each.id, each.place) for each in stack.cloud.resources()}
    found = [
        Kept(kind=each.kind, name=each.name, region=each.region, id=each.name)
        for each in of_stack(stack.stack)
        if any((type_, each.name, each.region) in names for type_, kind in kinds.items() if kind == each.kind)
    ]
    keys = stack.cloud.of_type("aws:kms/key:Key")
    return [
        *found,
        *(Kept(kind="key", name="alias/spark-prod-buckets", region=key.place, id=key.id) for key in keys),
    ]


def test_a_stack_made_again_goes_on_with_the_data_that_was_kept(applied: Applied, tmp_path: Path) -> None:
    stack = applied.stack("prod").copy(tmp_path / "rehearsal")
    left = {(each.type, each.id, each.place) for each in _destroyed(stack)}
    without = stack.copy(tmp_path / "without")
    assert "exists already" in without.up(fails=True).text, "AWS takes each of these names once"
    imported = adopt(stack.pulumi, _there(stack), home=HOME)
    assert {"acme-spark-prod-data", f"acme-spark-prod-data-{COPIES}@{COPIES}"} <= set(imported)
    stack.cloud.clear_log()
    stack.up()
    assert stack.cloud.operations("delete", "refused") == [], "nothing that was kept is replaced"
    now = {(each.type, each.id, each.place) for each in stack.cloud.resources()}
    assert left <= now, "every bucket, key and repository is the one that was there"
    holding = ("aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository")
    made = {(each.type, each.id) for each in stack.cloud.operations("create") if each.type in holding}
    assert not made & {(type_, id_) for type_, id_, _ in left}, "and none of them was made anew"
    assert {each.place for each in stack.cloud.of_type("aws:kms/key:Key")} == {HOME, COPIES}
    assert len(stack.cloud.of_type("aws:kms/key:Key")) == 3, (
        "the buckets' two keys, and the cluster's new one"
    )
    assert stack.unchanged().changes == ()
