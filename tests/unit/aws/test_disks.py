"""Disks of nodes: what EBS takes, the key that they are under, and how images come onto them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.aws_plans.disk_requests import disk_request, least_disk
from components.aws_plans.disks import VOLUMES, Volume
from components.aws_plans.node_classes import FAST_PULL
from components.aws_plans.node_pools import DAEMON_CPU, KINDS, Pool
from components.domain import size_bytes
from components.tenants.limits import DISK_LIMIT
from tests.support.aws_answers import answer, look_up
from tests.support.recorder import Landed, World, build
from tests.unit.aws.examples import ACCOUNT, aws_settings, settings, whole_foundation, world

KEY = ACCOUNT.arn("kms", f"key/{'1' * 8}-2222-3333-4444-555555555555")
GIB = 1024**3
POOLS = {"driver": {"cpu": 64}, "executor": {"cpu": 512}, "nvme": {"cpu": 64}}


@cache
def _chosen() -> World:
    """A foundation with a key of the company's own and faster disks."""
    chosen = aws_settings(
        nodes={
            "pools": POOLS,
            "diskKey": KEY,
            "fastImagePull": True,
            "disks": {
                "system": {"gib": 60, "throughput": 250},
                "standard": {"iops": 4000},
                "spill": {"throughput": 700},
            },
        }
    )
    return build(lambda: whole_foundation(chosen, settings()), answer=answer, look_up=look_up)


def _ebs(made: World, name: str) -> dict[str, Any]:
    """The disk of a node class."""
    found = made.one("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", f"services-karpenter-class-{name}")
    (disk,) = found.inputs["spec"]["blockDeviceMappings"]
    return dict(disk["ebs"])


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        ({"gib": 20, "iops": 16_000}, "need 32 GiB"),
        ({"gib": 200, "iops": 3000, "throughput": 800}, "need 3200 operations a second"),
    ],
)
def test_a_disk_that_ebs_does_not_make_is_refused_with_what_it_needs(
    volume: dict[str, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Volume(**volume)


def test_disks_are_as_written_and_what_is_not_written_stays() -> None:
    spill, standard = _ebs(_chosen(), "spill"), _ebs(_chosen(), "standard")
    assert (spill["volumeSize"], spill["iops"], spill["throughput"]) == ("200Gi", 6000, 700)
    assert (standard["volumeSize"], standard["iops"], standard["throughput"]) == ("80Gi", 4000, 125)
    template = _chosen().one("aws:ec2/launchTemplate:LaunchTemplate").inputs["blockDeviceMappings"]
    assert (template[0]["ebs"]["volumeSize"], template[0]["ebs"]["throughput"]) == (60, 250)


@pytest.mark.parametrize("pool", [Pool.DRIVER, Pool.EXECUTOR])
@given(millicores=st.integers(250, 15_000))
def test_the_pods_that_a_nodes_cpu_holds_fit_its_disk_whatever_their_size(
    pool: Pool, millicores: int
) -> None:
    request = f"{millicores}m"
    pods = (KINDS[pool].cpu[1] * 1000 - DAEMON_CPU) // millicores
    reserved = pods * size_bytes(disk_request(pool, request))
    # The kubelet keeps 10 % for itself and its images have their share (eviction threshold; Linux and Spark).
    free = VOLUMES[KINDS[pool].disk].gib * GIB * 0.9 - 8 * GIB
    assert reserved <= free, "else CPU stays idle, or shuffles fill the disk of all"
    least = least_disk(pool, request, KINDS[pool].cpu[1])
    assert least <= VOLUMES[KINDS[pool].disk].gib, "what is usual is never refused"


@pytest.mark.parametrize(
    ("pool", "cpu", "reserved"),
    [
        (Pool.DRIVER, "1", "4Gi"),
        (Pool.EXECUTOR, "4", "20Gi"),
        (Pool.EXECUTOR, "1", "5Gi"),
        (Pool.EXECUTOR, "500m", "2560Mi"),
        # No container may write more (tenants.limits.DISK_LIMIT).
        (Pool.EXECUTOR, "28", DISK_LIMIT),
    ],
)
def test_a_pod_reserves_disk_by_the_cores_that_it_reserves(pool: Pool, cpu: str, reserved: str) -> None:
    assert disk_request(pool, cpu) == reserved


def test_everything_that_has_a_disk_names_the_key() -> None:
    made = _chosen()
    assert {_ebs(made, name)["kmsKeyID"] for name in ("standard", "spill", "nvme")} == {KEY}
    (system,) = made.one("aws:ec2/launchTemplate:LaunchTemplate").inputs["blockDeviceMappings"]
    assert system["ebs"]["kmsKeyId"] == KEY
    assert made.one("kubernetes:storage.k8s.io/v1:StorageClass").inputs["parameters"]["kmsKeyId"] == KEY


@pytest.mark.parametrize("role", ["foundation-karpenter-controller-role", "foundation-addons-disks"])
def test_whoever_makes_disks_may_use_the_key_and_let_ec2_go_on(role: str) -> None:
    def rights(made: World) -> list[Landed]:
        found = made.of("aws:iam/rolePolicy:RolePolicy")
        return [
            each for each in found if each.name.startswith(role) and "kms:CreateGrant" in str(each.inputs)
        ]

    (given,) = rights(_chosen())
    assert KEY in given.inputs["policy"]
    assert rights(world("prod")) == [], "without a key of one's own nobody needs rights to any"


def test_only_nodes_of_executors_pull_side_by_side() -> None:
    classes = _chosen().of("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
    pulls = {each.metadata["name"]: each.inputs["spec"].get("userData") for each in classes}
    assert pulls == {"standard": None, "spill": FAST_PULL, "nvme": FAST_PULL}
    assert yaml.safe_load(FAST_PULL)["spec"] == {"featureGates": {"FastImagePull": True}}
