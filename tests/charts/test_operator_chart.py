"""The upstream operator chart with the platform's values: what it makes, and in whose namespaces."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
import yaml

from components import versions
from components.services.spark_operator.chart_values import JOB_PODS_DIR, OperatorValues, chart_values
from components.services.spark_operator.kinds_first import KINDS
from tests.charts.conftest import Helm
from tests.data.generate import value_kinds
from tests.support.kube import restricted_faults
from workspace.paths import ROOT

pytestmark = pytest.mark.charts

CHART: Final = ROOT / "charts" / ".upstream" / "spark-operator-chart"
NAMESPACES: Final = ("data-dev", "science-dev")
OPERATOR: Final = "spark-operator"

Object = dict[str, Any]


@pytest.fixture(scope="module")
def objects(helm: Helm) -> list[Object]:
    """What the chart makes with the platform's values."""
    assert CHART.is_dir(), f"{CHART} is missing; run `make tools`, which puts the upstream chart there"
    values = OperatorValues(cpu="250m", image="localhost/spark-operator:1", namespaces=NAMESPACES, workers=2)
    place = ("--namespace", OPERATOR, "--kube-version", versions.KUBERNETES_LOCAL)
    done = helm("template", OPERATOR, str(CHART), *place, values=chart_values(values))
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def of(objects: list[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def rights(rules: list[Object]) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_committed_keys_are_those_of_the_chart() -> None:
    path = ROOT / "tests" / "data" / f"spark-operator-values-{versions.SPARK_OPERATOR}.json"
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert json.loads(path.read_text())["values"] == value_kinds(values), "run tests/data/generate.py again"
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["version"] == versions.SPARK_OPERATOR


def test_the_deployment_waits_for_the_charts_own_kinds() -> None:
    names = [yaml.load(path.read_text(), yaml.CSafeLoader) for path in (CHART / "crds").glob("*.yaml")]
    assert sorted(each["metadata"]["name"] for each in names) == sorted(KINDS)


def test_in_the_whole_cluster_the_operator_may_only_read_definitions_of_resources(
    objects: list[Object],
) -> None:
    (role,) = of(objects, "ClusterRole")
    assert rights(role["rules"]) == {("apiextensions.k8s.io", "customresourcedefinitions", "get")}
    (binding,) = of(objects, "ClusterRoleBinding")
    assert [each["namespace"] for each in binding["subjects"]] == [OPERATOR]


def test_its_rights_end_at_the_tenants_namespaces_and_its_own(objects: list[Object]) -> None:
    roles = {each["metadata"]["namespace"]: rights(each["rules"]) for each in of(objects, "Role")}
    assert set(roles) == {OPERATOR, *NAMESPACES}
    for namespace, granted in roles.items():
        resources = {resource for _, resource, _ in granted}
        assert not resources & {"secrets", "*", "pods/exec", "roles", "rolebindings", "namespaces"}, namespace
    assert {resource for _, resource, _ in roles[OPERATOR]} == {"leases", "events"}


def test_it_may_apply_what_spark_submit_applies(objects: list[Object]) -> None:
    (role,) = [each for each in of(objects, "Role") if each["metadata"]["namespace"] == "data-dev"]
    needed = {("", kind, verb) for kind in ("configmaps", "services") for verb in ("create", "patch")}
    needed |= {("", "pods", verb) for verb in ("get", "list", "watch", "create", "delete")}
    assert needed <= rights(role["rules"]), "spark-submit's server-side apply takes create and patch"


def test_it_makes_nothing_for_jobs_and_no_webhook(objects: list[Object]) -> None:
    assert {(each["kind"], each["metadata"]["name"]) for each in of(objects, "ServiceAccount")} == {
        ("ServiceAccount", "spark-operator-controller")
    }
    kinds = {each["kind"] for each in objects}
    assert kinds == {
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "Deployment",
    }


def test_no_object_is_a_hook(objects: list[Object]) -> None:
    hooks = [
        each["metadata"]["name"]
        for each in objects
        if "helm.sh/hook" in (each["metadata"].get("annotations") or {})
    ]
    assert hooks == [], "helm.v4.Chart drops hooks without running them"


def test_the_pod_is_restricted_and_has_what_the_values_say(objects: list[Object]) -> None:
    (deployment,) = of(objects, "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    assert list(restricted_faults(pod)) == []
    (container,) = pod["containers"]
    assert container["image"] == "localhost/spark-operator:1"
    assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]
    arguments = container["args"]
    assert "--namespaces=data-dev,science-dev" in arguments
    assert "--controller-threads=2" in arguments
    assert "--leader-election=true" in arguments
    assert "--metrics-labels=namespace" in arguments
    paths = {mount["mountPath"] for mount in container["volumeMounts"]}
    ours = {"/opt/spark/conf", "/opt/spark-submit", "/opt/spark/bin/spark-submit", JOB_PODS_DIR}
    assert paths == {"/tmp", *ours}


def test_metrics_are_announced_where_the_policies_let_them_be_scraped(objects: list[Object]) -> None:
    (deployment,) = of(objects, "Deployment")
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/port"] == "8080"
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert [port["containerPort"] for port in container["ports"]] == [8080]


def test_the_definitions_of_the_resources_come_with_the_chart() -> None:
    names = {path.name for path in (CHART / "crds").iterdir()}
    assert names == {
        "sparkoperator.k8s.io_scheduledsparkapplications.yaml",
        "sparkoperator.k8s.io_sparkapplications.yaml",
        "sparkoperator.k8s.io_sparkconnects.yaml",
    }
