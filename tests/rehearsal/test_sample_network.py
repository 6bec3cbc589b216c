"""The stand-in proves itself on plain AWS resources: checks, plans, changes, protection, drift."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rehearsal.harness import Rehearsal, RehearsalError
from tests.rehearsal.conftest import SETTINGS, MakeSample
from tests.rehearsal.handling import import_state

pytestmark = pytest.mark.rehearsal


def test_a_preview_makes_nothing_and_knows_no_id_yet(sample: MakeSample) -> None:
    stack = sample(cluster=False)
    plan = stack.preview()
    assert set(plan.by_op()) == {"create"}, "a first preview only creates"
    assert stack.cloud.resources() == [], "a preview leaves the cloud as it was"
    assert stack.cloud.operations("create") == [], "and asks for nothing to be made"


def test_an_applied_stack_has_nothing_left_to_do(network: Rehearsal) -> None:
    assert network.unchanged().changes == (), "what was applied is what the program says"
    vpc = network.outputs()["vpc"]
    assert re.fullmatch(r"vpc-[0-9a-f]{17}", vpc), f"{vpc} looks like AWS's own ids"


def test_a_misspelt_property_inside_a_plain_dictionary_fails_the_preview(sample: MakeSample) -> None:
    plan = sample(cluster=False, expirationKey="expiratoin").preview(fails=True)
    assert "rules[0].expiratoin is not a property; did you mean expiration?" in plan.text, (
        "the place, and the word that was meant"
    )


def test_a_value_of_the_wrong_type_fails_the_preview(sample: MakeSample) -> None:
    plan = sample(cluster=False, expirationDays="soon").preview(fails=True)
    assert "rules[0].expiration.days is 'soon'; write a whole number" in plan.text, "the place and the type"


def test_a_type_that_nobody_described_fails_and_says_where_to_describe_it(sample: MakeSample) -> None:
    plan = sample(cluster=False, exotic=True).preview(fails=True)
    assert "aws:athena/workgroup:Workgroup: write into rehearsal/standin/types.yaml" in plan.text, (
        "no plan may rest on a guess about what replaces a resource"
    )


@pytest.mark.parametrize("tagged", [True, False])
def test_an_object_with_more_tags_than_s3_takes_fails_the_preview(sample: MakeSample, tagged: bool) -> None:
    tags = {f"tag-{number}": "x" for number in range(10)}
    plan = sample(cluster=False, defaultTags=tags, objectTags=tagged).preview(fails=tagged)
    refused = "are 11 with the provider's default ones; 10 are allowed" in plan.text
    assert refused == tagged, "default tags count, unless the object leaves them out"


def test_one_changed_tag_changes_one_resource(network: Rehearsal) -> None:
    network.set(f"{SETTINGS}.tableName", "renamed")
    changes = network.preview().changes
    assert [(step.op, step.name) for step in changes] == [("update", "table")], "nothing else has that tag"
    assert changes[0].changed == ("tags.Name", "tagsAll"), "the tag, and the sum of all tags that it is in"


def test_a_changed_default_tag_updates_what_has_tags_and_replaces_nothing(network: Rehearsal) -> None:
    network.set(f"{SETTINGS}.defaultTags.owner", "data")
    found = network.preview().by_op()
    assert set(found) == {"update"}, "tags never replace"
    assert {"vpc", "subnet-0", "table", "events", "reader"} <= set(found["update"]), "whatever has tags"
    assert not {"default-route", "events-lifecycle"} & set(found["update"]), "and nothing that has none"


def test_a_change_that_cannot_be_made_in_place_is_called_a_replacement(network: Rehearsal) -> None:
    network.set(f"{SETTINGS}.cidr", "10.0.0.0/15")
    plan = network.preview()
    replaced = {step.name: step.replacing for step in plan.changes if step.op == "replace"}
    assert replaced["vpc"] == ("cidrBlock",), "AWS can't change a network's range, and the plan names it"
    assert {"subnet-0", "subnet-1", "table"} <= set(replaced), "what lives in it goes with it"
    assert "gateway" in plan.by_op()["update"], "a gateway can move to another network"


def test_a_given_name_is_freed_before_the_new_resource_takes_it(network: Rehearsal) -> None:
    network.set(f"{SETTINGS}.objectLock", True)
    network.cloud.clear_log()
    network.up()
    bucket = [op.verb for op in network.cloud.operations("create", "delete") if op.name == "events"]
    assert bucket == ["delete", "create"], "two buckets can't have one name at a time"


def test_protection_holds_against_destroy(sample: MakeSample) -> None:
    stack = sample(cluster=False, protect=True)
    stack.up()
    run = stack.destroy(fails=True)
    assert "protected" in run.text, "the engine says why"
    assert stack.cloud.named("events").outputs["bucket"] == "sample-events", "and the bucket is still there"


def test_a_rename_without_an_alias_would_replace_and_is_refused_where_that_is_protected(
    network: Rehearsal,
) -> None:
    network.set(f"{SETTINGS}.protect", True)
    network.up()
    network.set(f"{SETTINGS}.bucketIsCalled", "log")
    assert "protected" in network.preview(fails=True).text, "a new bucket, and the old one deleted"
    network.set(f"{SETTINGS}.alias", True)
    assert network.unchanged().changes == (), "with the old name as an alias it stays the same bucket"


def test_a_program_can_not_call_out(sample: MakeSample) -> None:
    plan = sample(cluster=False, callsHome=True).preview(fails=True)
    assert "no other machine" in plan.text, "not by the program that is rehearsed either"


def test_destroy_leaves_nothing_and_goes_from_users_to_what_they_use(network: Rehearsal) -> None:
    network.cloud.clear_log()
    network.destroy()
    assert network.cloud.resources() == [], "an empty account"
    assert network.cloud.operations("refused") == [], "no resource went while another still named it"
    order = [op.name for op in network.cloud.operations("delete")]
    for first, later in (("subnet-0", "vpc"), ("default-route", "table"), ("events-lifecycle", "events")):
        assert order.index(first) < order.index(later), f"{first} uses {later}"


def test_the_cloud_refuses_to_drop_what_is_still_used(network: Rehearsal) -> None:
    target = next(r.urn for r in network.cloud.resources() if r.name == "vpc")
    # The engine forgets everything but the network, as a wrong `pulumi state delete` would.
    state = network.exported()
    kept = [
        r for r in state["deployment"]["resources"] if r["urn"] == target or r["type"].startswith("pulumi:")
    ]
    import_state(network, {**state, "deployment": {**state["deployment"], "resources": kept}})
    run = network.destroy(fails=True)
    assert "DependencyViolation" in run.text, "AWS says the same"
    assert "Subnet subnet-0" in run.text, "and the stand-in says who uses it"


def test_drift_is_found_and_put_right(network: Rehearsal) -> None:
    network.cloud.drift("table", tags={"Name": "by hand"})
    network.refresh()
    assert network.preview().by_op() == {"update": ["table"]}, "the console's change is seen, and only that"
    network.up()
    assert network.cloud.named("table").outputs["tags"] == {"Name": "table"}, "and undone"


def test_a_vanished_resource_is_made_again(network: Rehearsal) -> None:
    network.cloud.remove(network.cloud.named("default-route"))
    network.refresh()
    assert network.preview().by_op() == {"create": ["default-route"]}, "someone deleted it by hand"


def test_a_run_that_should_have_failed_is_an_error_of_the_test(network: Rehearsal) -> None:
    with pytest.raises(RehearsalError, match="succeeded"):
        network.preview(fails=True)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)", "no other machine"),
        ("import urllib.request; urllib.request.urlopen('https://sts.amazonaws.com', timeout=5)", ""),
        ("import boto3", "no AWS SDK"),
    ],
)
def test_nothing_in_a_rehearsal_can_reach_a_real_account(sample: MakeSample, code: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=sample().process_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, f"{code} has to fail"
    assert said in done.stderr, "and by the guard, not by luck"


def test_no_credential_of_the_caller_is_passed_on(
    sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "leaked")
    monkeypatch.setenv("AWS_PROFILE", "leaked")
    given = sample().process_environment()
    assert "leaked" not in given.values(), "the environment is built from nothing"
    assert not given["HOME"].startswith(("/root", "/home")), "and there is no ~/.aws in its home"


def test_the_executables_say_what_they_are_when_used_outside_of_the_tests(sample: MakeSample) -> None:
    environment = sample().process_environment()
    del environment["SPARK_STANDIN_CLOUD"]
    done = subprocess.run(
        ["pulumi-resource-aws"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, "without a folder to play in it does not start"
    assert "stand-in, not a provider" in done.stderr, "and nobody takes it for the real one"
