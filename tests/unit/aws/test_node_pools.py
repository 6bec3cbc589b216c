"""The node pools: what jobs get, what they cost at most, and what may be done to their nodes."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.aws_plans.disks import VOLUMES
from components.aws_plans.node_classes import METADATA_OPTIONS, node_class
from components.aws_plans.node_pools import (
    DO_NOT_DISRUPT,
    KINDS,
    Disk,
    Pool,
    PoolSize,
    QuietHours,
    node_pool,
    placement,
)
from components.aws_plans.tags import tags
from components.naming import POOL_LABEL
from tests.support.golden import Golden

BOTH = ("arm64", "amd64")
TAGS = tags(environment="prod", cluster="spark-prod", further={})
JOB_POOLS = [pool for pool in Pool if KINDS[pool].jobs]


def _pool(pool: Pool, *, spot: bool = False) -> dict[str, Any]:
    return node_pool(PoolSize(pool=pool, cpu=256, spot=spot), BOTH)


def _requirement(spec: dict[str, Any], key: str, operator: str = "In") -> list[str]:
    found = [
        each["values"]
        for each in spec["template"]["spec"]["requirements"]
        if each["key"] == key and each["operator"] == operator
    ]
    assert len(found) == 1, f"{key} {operator} stands there {len(found)} times"
    return list(found[0])


def _class(disk: Disk) -> dict[str, Any]:
    return node_class(
        disk,
        cluster="spark-prod",
        role="spark-prod-nodes",
        ami_alias="al2023@v20260818",
        subnet_ids=["subnet-0123456789abcdef0"],
        security_group_id="sg-0123456789abcdef0",
        tags=TAGS,
    )


def test_executors_may_run_on_spot_but_drivers_never_do() -> None:
    assert _requirement(_pool(Pool.EXECUTOR, spot=True), "karpenter.sh/capacity-type") == [
        "on-demand",
        "spot",
    ], "both, so that a job goes on when there is no spot capacity"
    assert _requirement(_pool(Pool.DRIVER), "karpenter.sh/capacity-type") == ["on-demand"]
    for pool in (Pool.DRIVER, Pool.PLATFORM):
        with pytest.raises(ValueError, match="remove spot"):
            PoolSize(pool=pool, cpu=64, spot=True)


def test_nothing_but_its_end_takes_a_node_from_a_driver() -> None:
    disruption = _pool(Pool.DRIVER)["disruption"]
    assert disruption["consolidationPolicy"] == "WhenEmpty"
    (budget,) = (each for each in disruption["budgets"] if "Drifted" in each["reasons"])
    assert budget["nodes"] == "0", (
        "with a grace period set, Karpenter would replace an outdated node under a running driver"
    )
    assert _pool(Pool.DRIVER)["template"]["spec"]["terminationGracePeriod"] == "48h", (
        "a two weeks old node goes whatever runs on it, so drivers get two days to end"
    )


def test_a_running_driver_is_never_moved() -> None:
    assert DO_NOT_DISRUPT == {"karpenter.sh/do-not-disrupt": "true"}, (
        "the expiry of a node asks no budget, and a driver would have 120 seconds"
    )


@pytest.mark.parametrize("pool", [pool for pool in Pool if KINDS[pool].consolidation != "WhenEmpty"])
def test_no_pod_moves_for_a_cent(pool: Pool) -> None:
    policy = _pool(pool)["disruption"]["consolidationPolicy"]
    assert policy == "Balanced", "WhenEmptyOrUnderutilized evicts for any saving, however small"


def test_a_pool_for_long_jobs_loses_empty_nodes_only() -> None:
    spec = node_pool(PoolSize(pool=Pool.EXECUTOR, cpu=256, long_jobs=True), BOTH)
    assert spec["disruption"]["consolidationPolicy"] == "WhenEmpty"


def test_in_quiet_hours_no_node_is_replaced_while_pods_run_on_it_and_empty_ones_go() -> None:
    night = QuietHours(schedule="0 1 * * *", duration="5h")
    spec = node_pool(PoolSize(pool=Pool.EXECUTOR, cpu=256, quiet=(night,)), BOTH)
    timed = [each for each in spec["disruption"]["budgets"] if "schedule" in each]
    assert timed == [
        {"nodes": "0", "reasons": ["Underutilized", "Drifted"], "schedule": "0 1 * * *", "duration": "5h"}
    ]


@pytest.mark.parametrize("pool", list(Pool))
def test_every_pool_scales_to_zero_at_once_and_replaces_running_nodes_slowly(pool: Pool) -> None:
    budgets = {
        reason: each["nodes"] for each in _pool(pool)["disruption"]["budgets"] for reason in each["reasons"]
    }
    assert budgets["Empty"] == "100%", "an empty node only costs"
    assert budgets["Drifted"] == budgets["Underutilized"] in {"0", "1", "10%"}
    assert set(budgets) == {"Empty", "Underutilized", "Drifted"}, "a reason without budget has none"


@pytest.mark.parametrize("pool", list(Pool))
def test_every_pool_has_a_limit_an_end_and_nitro(pool: Pool) -> None:
    spec = _pool(pool)
    assert spec["limits"] == {"cpu": "256"}, "a pool without a limit has none on the bill either"
    assert spec["template"]["spec"]["expireAfter"] == "336h"
    assert _requirement(spec, "karpenter.k8s.aws/instance-hypervisor") == ["nitro"], "/28 blocks need it"


def test_executors_wait_longer_than_dynamic_allocation_before_nodes_are_emptied() -> None:
    seconds = int(_pool(Pool.EXECUTOR)["disruption"]["consolidateAfter"].removesuffix("s"))
    assert seconds > 60, "spark.dynamicAllocation.executorIdleTimeout is 60 s: both would evict"


@pytest.mark.parametrize("pool", JOB_POOLS)
def test_a_job_that_names_a_pool_gets_it_and_pods_that_name_none_do_not(pool: Pool) -> None:
    template = _pool(pool)["template"]
    usual = placement(Pool.EXECUTOR, disk="20Gi")
    (taint,) = template["spec"]["taints"]
    (toleration,) = usual.tolerations
    assert toleration["operator"] == "Exists", "a job's property can change the selector, not the toleration"
    assert (toleration["key"], toleration["effect"]) == (taint["key"], taint["effect"])
    assert yaml.safe_load(yaml.safe_dump(dict(usual.node_selector))), "templates are written as plain YAML"
    selector = {**usual.node_selector, POOL_LABEL: pool.value}
    assert selector.items() <= template["metadata"]["labels"].items(), "Spark's property replaces the label"


def test_the_platforms_pods_need_no_toleration_and_jobs_cannot_name_their_pool() -> None:
    assert "taints" not in _pool(Pool.PLATFORM)["template"]["spec"]
    for name in ("platform", "system", "gpu"):
        with pytest.raises(ValueError, match="name one of driver, executor, memory, nvme"):
            placement(name, disk="4Gi")


def test_memory_and_disk_pools_take_machines_that_have_them() -> None:
    assert _requirement(_pool(Pool.MEMORY), "karpenter.k8s.aws/instance-category") == ["r", "x"]
    assert _requirement(_pool(Pool.NVME), "karpenter.k8s.aws/instance-local-nvme", "Gt") == ["399"]
    assert _class(Disk.NVME)["instanceStorePolicy"] == "RAID0", "without it Kubernetes ignores the disks"
    assert "instanceStorePolicy" not in _class(Disk.SPILL)


@given(st.sampled_from(list(Pool)), st.integers(-10, 200))
def test_a_pool_too_small_for_a_node_is_refused(pool: Pool, cpu: int) -> None:
    least = KINDS[pool].cpu[0]
    if cpu >= least:
        assert PoolSize(pool=pool, cpu=cpu).cpu == cpu
    else:
        with pytest.raises(ValueError, match=f"write {least} or more"):
            PoolSize(pool=pool, cpu=cpu)


@pytest.mark.parametrize("disk", list(Disk))
def test_every_node_has_an_encrypted_disk_and_keeps_its_credentials_from_pods(disk: Disk) -> None:
    spec = _class(disk)
    assert spec["metadataOptions"]["httpTokens"] == "required"
    assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1, "a second hop is a pod"
    (device,) = spec["blockDeviceMappings"]
    assert device["ebs"]["encrypted"] is True
    assert spec["associatePublicIPAddress"] is False
    assert spec["tags"]["ebs.csi.aws.com/cluster-name"] == "spark-prod", "or no volume can be attached"


def test_an_image_that_changes_by_itself_is_refused() -> None:
    for alias in ("al2023@latest", "al2023"):
        with pytest.raises(ValueError, match="no fixed release"):
            node_class(
                Disk.STANDARD,
                cluster="c",
                role="r",
                ami_alias=alias,
                subnet_ids=[],
                security_group_id="sg",
                tags=TAGS,
            )


def test_gp3_disks_are_within_what_ebs_takes() -> None:
    for disk, volume in VOLUMES.items():
        assert 3000 <= volume.iops <= min(16_000, 500 * volume.gib), f"{disk}: EBS allows 500 a GiB"
        assert 125 <= volume.throughput <= volume.iops / 4, f"{disk}: EBS allows 0.25 MiB/s an operation"


TEXT = {"type": "string"}
REQUIREMENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key", "operator", "values"],
    "properties": {
        "key": TEXT,
        "operator": {"enum": ["In", "NotIn", "Gt", "Lt"]},
        "values": {"type": "array", "items": TEXT, "minItems": 1},
    },
}
TAINT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"key": TEXT, "value": TEXT, "effect": {"enum": ["NoSchedule"]}},
}
DURATION = {"type": "string", "pattern": "^([0-9]+(s|m|h))+$"}
NODE_POOL: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["template", "limits", "disruption"],
    "properties": {
        "limits": {"type": "object", "additionalProperties": False, "properties": {"cpu": TEXT}},
        "disruption": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "consolidationPolicy": {"enum": ["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"]},
                "consolidateAfter": DURATION,
                "budgets": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "nodes": {"type": "string", "pattern": "^((100|[0-9]{1,2})%|[0-9]+)$"},
                            "reasons": {"items": {"enum": ["Underutilized", "Empty", "Drifted"]}},
                        },
                    },
                },
            },
        },
        "template": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "metadata": {"type": "object", "additionalProperties": False, "properties": {"labels": {}}},
                "spec": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["nodeClassRef", "requirements"],
                    "properties": {
                        "nodeClassRef": {"required": ["group", "kind", "name"]},
                        "expireAfter": DURATION,
                        "terminationGracePeriod": DURATION,
                        "requirements": {"type": "array", "items": REQUIREMENT, "maxItems": 100},
                        "taints": {"type": "array", "items": TAINT},
                    },
                },
            },
        },
    },
}
"""The part of Karpenter's NodePool that is used here, so that a misspelt key fails (its API reference,
v1)."""

NODE_CLASS_KEYS = {
    "amiSelectorTerms",
    "associatePublicIPAddress",
    "blockDeviceMappings",
    "instanceStorePolicy",
    "kubelet",
    "metadataOptions",
    "role",
    "securityGroupSelectorTerms",
    "subnetSelectorTerms",
    "tags",
}
EBS_KEYS = {"deleteOnTermination", "encrypted", "iops", "throughput", "volumeSize", "volumeType"}


@pytest.mark.parametrize("pool", list(Pool))
def test_node_pools_are_written_as_karpenter_reads_them(pool: Pool) -> None:
    jsonschema.validate(_pool(pool, spot=KINDS[pool].spot), NODE_POOL)


@pytest.mark.parametrize("disk", list(Disk))
def test_node_classes_are_written_as_karpenter_reads_them(disk: Disk) -> None:
    spec = _class(disk)
    assert set(spec) <= NODE_CLASS_KEYS
    assert set(spec["metadataOptions"]) == set(METADATA_OPTIONS)
    assert set(spec["blockDeviceMappings"][0]["ebs"]) == EBS_KEYS
    assert POOL_LABEL not in spec["tags"], "Karpenter reserves some tags; labels are not among ours"


def test_the_pools_are_what_was_reviewed(golden: Golden) -> None:
    for pool in Pool:
        golden(f"aws/node-pool-{pool}.json", _pool(pool, spot=KINDS[pool].spot))
    for disk in Disk:
        golden(f"aws/node-class-{disk}.json", _class(disk))
