"""The operator's component: namespace, configuration and chart, in this order."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
import yaml

from components.kube.network_rules import NetworkPlan
from components.services.spark_operator.release import (
    SparkOperator,
    SparkOperatorArgs,
    defaults_data,
    submit_data,
)
from components.spark.conf import JobDefaults
from tests.support.object_storages import IN_CLUSTER
from tests.support.recorder import World, build

ARGUMENTS: dict[str, Any] = {
    "chart": "./charts/.upstream/spark-operator-chart",
    "image": "localhost/spark-operator:1",
    "namespaces": ("data-dev", "science-dev"),
    "spark_defaults": JobDefaults(properties={"spark.a": "1"}),
    "network": NetworkPlan(api_server_port=6443, storage=IN_CLUSTER),
    "priorities": {"data-dev": "spark-high"},
    "workers": 2,
    "cpu": "250m",
    "keep_seconds": 3600,
}


def world_of(**changes: Any) -> World:
    """Build the operator, after a tenant's namespace."""

    def program() -> None:
        tenant = k8s.core.v1.Namespace("tenant", metadata={"name": "data-dev"})
        made = SparkOperator("spark-operator", SparkOperatorArgs(**ARGUMENTS | {"after": [tenant]} | changes))
        pulumi.export("namespace", made.namespace)

    return build(program)


@pytest.fixture(scope="module")
def world() -> World:
    return world_of()


def test_every_child_hangs_on_the_component(world: World) -> None:
    component = world.one("SparkOperator")
    assert world.duplicates() == []
    assert set(world.outputs[component.urn]) == {"namespace"}
    children = world.children(component)
    assert len(children) >= 6
    assert all(each.name.startswith("spark-operator-") for each in children)


def test_the_chart_comes_after_all_that_its_pods_and_rights_need(world: World) -> None:
    chart = world.one("kubernetes:helm.sh/v4:Chart")
    before = {
        each.urn
        for each in world.landed
        if each.type
        in (
            "kubernetes:core/v1:Namespace",
            "kubernetes:core/v1:ConfigMap",
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        )
    }
    assert before <= set(chart.depends_on), "the tenants' namespaces, the configuration and the walls"
    assert chart.inputs["chart"] == ARGUMENTS["chart"]
    assert chart.inputs["namespace"] == "spark-operator"
    assert "repositoryOpts" not in chart.inputs
    assert "version" not in chart.inputs


def test_a_chart_of_a_repository_has_its_version(world: World) -> None:
    changed = world_of(chart="spark-operator", chart_version="2.5.2", repository="https://charts.example")
    chart = changed.one("kubernetes:helm.sh/v4:Chart")
    assert chart.inputs["repositoryOpts"] == {"repo": "https://charts.example"}
    assert chart.inputs["version"] == "2.5.2"
    same = world.one("kubernetes:helm.sh/v4:Chart")
    assert chart.inputs["values"] == same.inputs["values"], "one chart, wherever it is from"


def test_both_config_maps_are_where_the_pod_looks(world: World) -> None:
    maps = {each.metadata["name"]: each for each in world.of("ConfigMap")}
    assert set(maps) == {"spark-defaults", "spark-submit", "job-pods"}
    assert {each.metadata["namespace"] for each in maps.values()} == {"spark-operator"}
    assert set(maps["spark-submit"].inputs["data"]) == {
        *("spark-submit", "java.sh", "resident", "core-site.xml", "priorities", "rules")
    }
    volumes = world.one("kubernetes:helm.sh/v4:Chart").inputs["values"]["controller"]["volumes"]
    named = {each["configMap"]["name"] for each in volumes if "configMap" in each}
    assert named == set(maps)


def annotation(world: World) -> str:
    values = world.one("kubernetes:helm.sh/v4:Chart").inputs["values"]
    found = values["controller"]["annotations"]["spark-on-eks/configuration"]
    assert isinstance(found, str)
    return found


def test_changed_configuration_restarts_the_operator(world: World) -> None:
    assert annotation(world_of()) == annotation(world), "and an unchanged one does not"
    assert annotation(world_of(spark_defaults=JobDefaults(properties={"spark.a": "2"}))) != annotation(world)
    assert annotation(world_of(priorities={})) != annotation(world), "a file mounted alone is never renewed"


def test_the_operator_has_no_place_to_upload_to() -> None:
    data = defaults_data(SparkOperatorArgs(**ARGUMENTS))
    assert data["spark-defaults.conf"] == "spark.a=1\n"
    assert "upload" not in data["spark-defaults.conf"]
    template = yaml.safe_load(data["driver-pod.yaml"])
    assert template["spec"]["priorityClassName"] == "spark-normal", "the script puts the tenant's class there"


def test_every_namespace_has_a_priority() -> None:
    data = submit_data(["science-dev", "data-dev"], {"data-dev": "spark-high"})
    assert data["priorities"] == "data-dev spark-high\nscience-dev spark-normal\n"


def test_a_priority_for_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="priorities name other-dev, not among the namespaces; add it there"):
        submit_data(["data-dev"], {"other-dev": "spark-high"})


def test_the_namespace_is_restricted_and_closed(world: World) -> None:
    (namespace,) = [each for each in world.of("Namespace") if each.metadata["name"] == "spark-operator"]
    assert namespace.metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    policies = {each.metadata["name"] for each in world.of("NetworkPolicy")}
    assert policies == {"default-deny", "dns", "spark-operator"}
