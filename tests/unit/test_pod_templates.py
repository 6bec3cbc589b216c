"""Pod templates: what the restricted standard and Spark need of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from components.domain import size_bytes
from components.kube.placement import Placement
from components.spark.conf_values import SCRATCH_DIR
from components.spark.pod_templates import (
    DRIVER_CONTAINER,
    EXECUTOR_CONTAINER,
    ScratchSizes,
    driver_template,
    executor_template,
    render_template,
)
from components.spark.zones import beside_driver
from tests.support.golden import Golden
from tests.support.kube import restricted_faults

TEMPLATES = {
    "driver": driver_template(priority_class="spark-normal"),
    "executor": executor_template(priority_class="spark-normal"),
}
BOTH = pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)


def container(template: dict[str, Any]) -> dict[str, Any]:
    (only,) = template["spec"]["containers"]
    assert isinstance(only, dict)
    return only


@BOTH
def test_the_pod_is_admitted_by_the_restricted_standard(template: dict[str, Any]) -> None:
    assert list(restricted_faults(template["spec"])) == []


@BOTH
def test_the_root_file_system_is_read_only_and_spark_may_write_where_it_must(
    template: dict[str, Any],
) -> None:
    only = container(template)
    assert only["securityContext"]["readOnlyRootFilesystem"] is True
    assert {mount["mountPath"] for mount in only["volumeMounts"]} == {
        "/tmp",
        "/opt/spark/work-dir",
        SCRATCH_DIR,
    }
    assert not [mount for mount in only["volumeMounts"] if mount.get("readOnly")]


@BOTH
def test_every_volume_is_mounted_and_bounded(template: dict[str, Any]) -> None:
    mounted = {mount["name"] for mount in container(template)["volumeMounts"]}
    assert mounted == {volume["name"] for volume in template["spec"]["volumes"]}
    for volume in template["spec"]["volumes"]:
        assert size_bytes(volume["emptyDir"]["sizeLimit"]) > 0, "a job could fill the node's disk"


@BOTH
def test_the_scratch_volume_is_a_local_directory_of_spark_and_leaves_the_usual_name_free(
    template: dict[str, Any],
) -> None:
    names = {mount["mountPath"]: mount["name"] for mount in container(template)["volumeMounts"]}
    assert names[SCRATCH_DIR].startswith("spark-local-dir-"), "Spark goes by this beginning of the name"
    assert names[SCRATCH_DIR] != "spark-local-dir-1", "jobs give their own volumes this name"
    others = [name for path, name in names.items() if path != SCRATCH_DIR]
    assert not [name for name in others if name.startswith("spark-local-dir-")]


@BOTH
def test_a_dying_pod_gets_the_notice_of_a_spot_node_and_leaves_its_last_words(
    template: dict[str, Any],
) -> None:
    assert template["spec"]["terminationGracePeriodSeconds"] == 120
    assert container(template)["terminationMessagePolicy"] == "FallbackToLogsOnError"


@BOTH
def test_services_of_the_namespace_stay_out_of_the_environment(template: dict[str, Any]) -> None:
    assert template["spec"]["enableServiceLinks"] is False, "else: argument list too long"


def test_containers_have_the_names_that_spark_and_the_operator_expect() -> None:
    assert container(TEMPLATES["driver"])["name"] == DRIVER_CONTAINER == "spark-kubernetes-driver"
    assert container(TEMPLATES["executor"])["name"] == EXECUTOR_CONTAINER == "spark-kubernetes-executor"


def test_only_the_driver_gets_a_token() -> None:
    assert TEMPLATES["executor"]["spec"]["automountServiceAccountToken"] is False
    assert "automountServiceAccountToken" not in TEMPLATES["driver"]["spec"]


def test_pods_run_anywhere_unless_told_otherwise() -> None:
    taint = {"key": "spark", "operator": "Equal", "value": "driver", "effect": "NoSchedule"}
    placement = Placement(node_selector={"spark-on-eks/pool": "driver"}, tolerations=[taint])
    spec = driver_template(priority_class="spark-high", placement=placement)["spec"]
    assert spec["nodeSelector"] == {"spark-on-eks/pool": "driver"}
    assert spec["tolerations"] == [taint]
    assert spec["priorityClassName"] == "spark-high"
    assert not {"nodeSelector", "tolerations"} & TEMPLATES["driver"]["spec"].keys()


def test_executors_ask_for_the_zone_of_their_own_driver() -> None:
    spec = executor_template(priority_class="p", placement=Placement(affinity=beside_driver()))["spec"]
    (wish,) = spec["affinity"]["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    term = wish["podAffinityTerm"]
    assert term["topologyKey"] == "topology.kubernetes.io/zone"
    assert term["labelSelector"] == {"matchLabels": {"spark-role": "driver"}}
    assert term["matchLabelKeys"] == ["spark-app-selector"], "any driver's zone would do otherwise"


def test_what_a_pod_reserves_on_the_disk_stands_in_its_template() -> None:
    only = container(driver_template(priority_class="p", placement=Placement(disk="4Gi")))
    assert only["resources"] == {"requests": {"ephemeral-storage": "4Gi"}}
    assert "resources" not in container(TEMPLATES["driver"]), "elsewhere the namespace's default holds"


def test_scratch_can_be_sized() -> None:
    spec = executor_template(priority_class="p", sizes=ScratchSizes(scratch="500Gi", work="1Gi", tmp="3Gi"))[
        "spec"
    ]
    limits = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in spec["volumes"]}
    assert limits == {"spark-local-dir-scratch": "500Gi", "work-dir": "1Gi", "tmp": "3Gi"}


@pytest.mark.parametrize("role", TEMPLATES)
def test_the_rendered_templates_are_the_reviewed_ones(role: str, golden: Golden) -> None:
    text = render_template(TEMPLATES[role])
    assert yaml.safe_load(text) == TEMPLATES[role]
    assert json.loads(text) == TEMPLATES[role], "the operator's programs have no reader of YAML"
    golden(f"spark/{role}-pod.yaml", text)
