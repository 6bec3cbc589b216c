"""What a stack's own properties say counts for a job that says nothing, and the job's word before it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from components.tenants.namespace import admission_policies
from tests.admission.jobs import HOOK, conf, sized
from tests.walls.world import ADMISSION, IMAGES, SETTLE_SECONDS, World

pytestmark = pytest.mark.apiserver

HOOKED = sized(executor={"lifecycle": HOOK})
RELATIVE = conf(sql__warehouse__dir="team-dev/tables")
PROVIDER = "fs.s3a.aws.credentials.provider"
PROPERTIES = {
    "spark.decommission.enabled": "False",
    "spark.hadoop.fs.defaultFS": "s3a://data.b",
    f"spark.hadoop.{PROVIDER}": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "spark.sql.warehouse.dir": "s3a://data.b/${spark.kubernetes.namespace}/warehouse",
}


def land(world: World, defaults: dict[str, str], *, taken: bool) -> None:
    """Have the rules of a stack with some properties, and wait until they act."""
    for each in admission_policies(pools=False, images=IMAGES, defaults=defaults):
        if each.subject in {"fields", "places", "releases"}:
            body = {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicy",
                "metadata": {"name": each.name},
                "spec": each.spec(),
            }
            path = f"{ADMISSION}/validatingadmissionpolicies/{each.name}"
            assert world.server.apply(path, body).refusal == ""
    deadline = time.monotonic() + SETTLE_SECONDS
    while any((world.create(each).refusal == "") != taken for each in (HOOKED, RELATIVE)):
        assert time.monotonic() < deadline, [world.create(each).refusal for each in (HOOKED, RELATIVE)]
        time.sleep(0.2)


@pytest.fixture(scope="module")
def stack(world: World) -> Iterator[World]:
    """A stack whose executors hand on nothing, and whose default file system is a bucket."""
    land(world, PROPERTIES, taken=True)
    yield world
    land(world, {}, taken=False)


def test_a_hook_is_refused_where_the_job_has_its_executors_hand_on_blocks(stack: World) -> None:
    on = sized(executor={"lifecycle": HOOK}, sparkConf={"spark.decommission.enabled": "true"})
    assert "spec.executor.lifecycle can not be used" in stack.create(on).refusal


def test_a_relative_folder_is_refused_where_the_job_names_a_disk(stack: World) -> None:
    disk = conf(sql__warehouse__dir="team-dev/tables", hadoop__fs__defaultFS="file:///")
    assert "must be an s3a:// address" in stack.create(disk).refusal


def staged(place: str, **hadoop: str) -> Any:
    """A job whose committer keeps what waits for the commit in a place."""
    return sized(
        hadoopConf={
            "fs.s3a.committer.name": "directory",
            "fs.s3a.committer.staging.tmp.path": place,
            **{f"fs.{key}": value for key, value in hadoop.items()},
        }
    )


@pytest.mark.parametrize("place", ["/data-dev/staging", "s3a://data.b/data-dev/tmp"])
def test_a_staging_committer_may_keep_its_lists_in_the_namespaces_folder(stack: World, place: str) -> None:
    assert stack.create(staged(place)).refusal == ""


@pytest.mark.parametrize(
    "place", ["/staging", "/data-dev", "/data-dev-2/staging", "s3a://data.b/tmp/data-dev/", "tmp/staging"]
)
def test_it_may_not_keep_them_where_the_store_refuses_the_namespace(stack: World, place: str) -> None:
    said = stack.create(staged(place)).refusal
    assert f"must be a folder of the namespace in fs.defaultFS, not {place}. Write magic" in said
    assert "or write s3a://data.b/data-dev/staging" in said


@pytest.mark.parametrize("place", ["/staging", "s3a://other/staging"])
def test_a_bucket_that_is_not_the_tenants_own_has_other_folders(stack: World, place: str) -> None:
    assert stack.create(staged(place, defaultFS="s3a://other")).refusal == ""


SDK = "software.amazon.awssdk.auth.credentials"


def test_where_a_tenant_has_a_key_an_identity_of_the_cloud_finds_nothing(stack: World) -> None:
    there = sized(hadoopConf={PROVIDER: f"{SDK}.ContainerCredentialsProvider"})
    assert "the pods have a key of their namespace, which that does not find" in stack.create(there).refusal
    key = sized(hadoopConf={PROVIDER: f"{SDK}.EnvironmentVariableCredentialsProvider"})
    assert stack.create(key).refusal == ""
