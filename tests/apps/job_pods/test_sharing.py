"""A job may write to a disk that all its pods share, where they share it and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.fields import pod_of
from apps.job_pods.sharing import FOLDERS, KNOWS_FOLDERS, ON_A_DISK, REFUSES, RENAMES, shared_disk
from apps.job_pods.spark_pod import spark_pod
from components.spark.conf_places import place_settings
from images import fetch
from tests.support.definitions import definition
from tests.support.object_storages import AWS

IMAGE = "spark.kubernetes.container.image"
USUAL = "registry:5000/spark:4.1.2-0123456789ab"
DEFAULTS = {
    ON_A_DISK: KNOWS_FOLDERS,
    IMAGE: USUAL,
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
}
CLAIM = {"name": "shared", "persistentVolumeClaim": {"claimName": "tables"}}
NFS = {"name": "shared", "nfs": {"server": "files", "path": "/"}}
OWN = {"name": "shared", "emptyDir": {}}
VOLUME = "spark.kubernetes.{role}.volumes.{kind}.v.{option}"


def found(
    spec: dict[str, Any], given: dict[str, str] | None = None, defaults: dict[str, str] | None = None
) -> dict[str, str]:
    """What a job gets with such fields and properties."""
    given, defaults = given or {}, defaults or DEFAULTS
    conf = {**defaults, **given}
    application = definition(**spec)
    pods = {
        role: spark_pod(
            {"metadata": {}, "spec": pod_of(application, role)}, role, conf, python=False, ids_in_labels=True
        )
        for role in ("driver", "executor")
    }
    return shared_disk(pods, conf, given, defaults)


def mounted(volume: dict[str, Any], driver: Any, executor: Any) -> dict[str, Any]:
    """Fields of a job whose pods mount a volume so; None for a role that does not."""
    roles = {"driver": driver, "executor": executor}
    mounts = {role: [{"name": "shared", **how}] if how else [] for role, how in roles.items()}
    return {"volumes": [volume]} | {role: {"volumeMounts": mounts[role]} for role in roles}


def by_properties(kind: str, options: dict[str, str]) -> dict[str, str]:
    """Properties that mount a volume in driver and executors."""
    return {
        VOLUME.format(role=role, kind=kind, option=option): value
        for role in ("driver", "executor")
        for option, value in options.items()
    }


AT = {"mountPath": "/shared"}


@pytest.mark.parametrize("volume", [CLAIM, NFS])
def test_it_is_told_where_driver_and_executors_have_the_same_disk(volume: dict[str, Any]) -> None:
    assert found(mounted(volume, AT, {"mountPath": "/shared/"})) == {FOLDERS: "/shared"}
    part = {**AT, "subPath": "a"}
    assert found(mounted(volume, part, part)) == {FOLDERS: "/shared"}


@pytest.mark.parametrize(
    "spec",
    [
        mounted(OWN, AT, AT),
        mounted(CLAIM, None, AT),
        mounted(CLAIM, AT, None),
        mounted(CLAIM, AT, {"mountPath": "/elsewhere"}),
        mounted(CLAIM, {**AT, "subPath": "a"}, {**AT, "subPath": "b"}),
        mounted(CLAIM, {**AT, "subPathExpr": "$(POD)"}, {**AT, "subPathExpr": "$(POD)"}),
    ],
    ids=["of a pod", "of executors", "of the driver", "of two places", "of two folders", "of each pod"],
)
def test_a_disk_that_one_pod_has_is_none_that_they_share(spec: dict[str, Any]) -> None:
    assert found(spec) == {}


def test_a_disk_that_properties_mount_counts_but_for_a_claim_of_each_executor() -> None:
    claim = {"mount.path": "/shared", "options.claimName": "tables"}
    nfs = {"mount.path": "/files", "options.server": "files", "options.path": "/"}
    assert found({}, by_properties("persistentVolumeClaim", claim)) == {FOLDERS: "/shared"}
    assert found({}, by_properties("nfs", nfs)) == {FOLDERS: "/files"}
    assert found({}, by_properties("persistentVolumeClaim", {**claim, "options.claimName": "OnDemand"})) == {}


@pytest.mark.parametrize("given", [{ON_A_DISK: "own"}, {FOLDERS: "/a"}])
def test_what_a_job_says_itself_stays(given: dict[str, str]) -> None:
    assert found(mounted(CLAIM, AT, AT), given) == {}


def test_a_stack_that_does_not_refuse_needs_nothing() -> None:
    assert found(mounted(CLAIM, AT, AT), {}, {IMAGE: USUAL}) == {}


@pytest.mark.parametrize(
    ("image", "ours"),
    [
        ("registry:5000/spark:4.1.2-python-0123456789ab", True),
        ("registry:5000/spark@sha256:00", True),
        ("registry:5000/own/spark:4", False),
        ("apache/spark:4.1.2", False),
        ("spark", False),
    ],
)
def test_an_image_that_has_no_class_of_ours_gets_hadoops_own(image: str, ours: bool) -> None:
    shared = {FOLDERS: "/shared"} if ours else {ON_A_DISK: RENAMES}
    alone = {} if ours else {ON_A_DISK: REFUSES}
    for key in (IMAGE, "spark.kubernetes.executor.container.image"):
        assert found(mounted(CLAIM, AT, AT), {key: image}) == shared
        assert found(mounted(OWN, AT, AT), {key: image}) == alone


def test_the_image_of_a_stack_that_we_did_not_build_gets_hadoops_own() -> None:
    defaults = {**DEFAULTS, ON_A_DISK: REFUSES}
    assert found(mounted(CLAIM, AT, AT), {}, defaults) == {ON_A_DISK: RENAMES}


def test_the_class_that_reads_it_has_these_names() -> None:
    source = (fetch.SPARK_FOLDER / "commit" / "SharedDisksOnly.java").read_text()
    assert f'"{FOLDERS.removeprefix("spark.hadoop.")}"' in source
    settings = {each.key: each.value for each in place_settings(AWS, own_image=False)}
    assert settings[ON_A_DISK] == KNOWS_FOLDERS
