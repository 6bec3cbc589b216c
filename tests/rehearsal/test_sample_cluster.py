"""The stand-in proves itself on a cluster: the remote component, objects, charts and custom resources."""

from __future__ import annotations

import json

import pytest

from rehearsal.harness import Rehearsal
from tests.rehearsal.conftest import SETTINGS, MakeSample

pytestmark = pytest.mark.rehearsal


def test_the_component_makes_the_children_that_the_real_one_makes(cluster: Rehearsal) -> None:
    made = {resource["urn"].rpartition("::")[2] for resource in cluster.exported()["deployment"]["resources"]}
    expected = {
        "cluster-eksCluster",
        "cluster-eksRole-role",
        "cluster-eksClusterSecurityGroup",
        "cluster-nodeSecurityGroup",
        "cluster-vpc-cni",
        "cluster-kube-proxy",
        "cluster-admin",
        "cluster-admin-view",
        "cluster-eks-k8s",
    }
    assert expected <= made, "names as pulumi-eks 4.x gives them"
    assert "cluster-coredns" not in made, "without a node group the real one makes no coredns add-on either"
    addon = next(
        r for r in cluster.cloud.of_type("aws:eks/addon:Addon") if r.inputs["addonName"] == "vpc-cni"
    )
    environment = json.loads(addon.inputs["configurationValues"])["env"]
    assert environment["ENABLE_PREFIX_DELEGATION"] == "true", "options become the add-on's environment"


def test_its_outputs_let_a_program_speak_to_the_cluster(cluster: Rehearsal) -> None:
    outputs = cluster.outputs()
    kubeconfig = json.loads(outputs["kubeconfig"])
    endpoint = cluster.cloud.named("cluster-eksCluster").outputs["endpoint"]
    assert kubeconfig["clusters"][0]["cluster"]["server"] == endpoint, "the cluster that was made"
    assert kubeconfig["users"][0]["user"]["exec"]["command"] == "aws", "credentials come from the AWS command"
    assert outputs["nodeSecurityGroup"].startswith("sg-"), "ids come out of the component"
    assert outputs["oidcIssuer"].startswith("oidc.eks.eu-west-1"), "and the issuer without its scheme"


def test_an_applied_cluster_has_nothing_left_to_do(cluster: Rehearsal) -> None:
    assert cluster.unchanged().changes == (), "component, objects, chart and custom resource are as applied"


def test_a_first_preview_shows_no_chart_objects_because_there_is_no_cluster_yet(sample: MakeSample) -> None:
    names = {step.name for step in sample().preview().steps}
    assert {"widgets", "team", "settings", "widget"} <= names, "chart and plain objects are announced"
    assert not any(name.startswith("widgets:") for name in names), "what is in the chart can't be known"


def test_a_chart_is_rendered_by_helm_for_the_clusters_version(cluster: Rehearsal) -> None:
    found = cluster.cloud.named("widgets:data-dev/widgets")
    assert found.inputs["metadata"]["labels"]["kube"] == "v1.34.0", (
        "the version of the cluster, not Helm's own"
    )
    assert cluster.cloud.named("widgets:widgets").inputs["kind"] == "ClusterRole", "names as the real ones"
    names = {resource.name for resource in cluster.cloud.resources()}
    assert "widgets:data-dev/dropped" not in names, "hooks are dropped, as pulumi-kubernetes does"


def test_a_value_of_a_chart_changes_the_object_that_it_is_in(cluster: Rehearsal) -> None:
    cluster.set(f"{SETTINGS}.replicas", 2)
    changes = cluster.preview().changes
    assert [(step.op, step.name) for step in changes] == [("update", "widgets:data-dev/widgets")]
    assert changes[0].changed == ("spec.replicas",), "and the plan names the field"


def test_an_upgrade_of_the_cluster_changes_it_in_place(cluster: Rehearsal) -> None:
    cluster.set(f"{SETTINGS}.version", "1.35")
    found = cluster.preview().by_op()
    assert found.get("update") == ["cluster-eksCluster"], "one setting, one resource"
    assert "replace" not in found, "a cluster that is replaced takes everything with it"


def test_a_config_map_is_replaced_and_its_name_freed_first(cluster: Rehearsal) -> None:
    cluster.set(f"{SETTINGS}.greeting", "bonjour")
    step = next(step for step in cluster.preview().changes if step.name == "settings")
    assert (step.op, step.replacing) == ("replace", ("data.greeting",)), "immutable unless told otherwise"
    cluster.cloud.clear_log()
    cluster.up()
    verbs = [op.verb for op in cluster.cloud.operations("create", "delete") if op.name == "settings"]
    assert verbs == ["delete", "create"], "its name is given"


def test_a_custom_resource_is_checked_against_its_definition(cluster: Rehearsal) -> None:
    cluster.set(f"{SETTINGS}.widgetKey", "sise")
    plan = cluster.preview(fails=True)
    assert "'sise'" in plan.text, "a field that the definition does not have"
    cluster.set(f"{SETTINGS}.widgetKey", None)
    cluster.set(f"{SETTINGS}.widgetSize", 0)
    assert "minimum" in cluster.preview(fails=True).text, "a value below the definition's bound"


def test_a_custom_resource_that_does_not_wait_for_its_definition_is_refused(sample: MakeSample) -> None:
    stack = sample(widgetWaits=False)
    run = stack.up(fails=True)
    assert "no matches for" in run.text or "not found" in run.text, "as an API server says"
    assert "widget" in {operation.name for operation in stack.cloud.operations("refused")}


def test_an_object_in_a_namespace_that_is_not_there_is_refused(cluster: Rehearsal) -> None:
    cluster.set(f"{SETTINGS}.configNamespace", "nowhere")
    assert 'namespaces "nowhere" not found' in cluster.up(fails=True).text, "as an API server says"


def test_destroy_empties_the_cluster_before_the_cluster_goes(cluster: Rehearsal) -> None:
    cluster.cloud.clear_log()
    cluster.destroy()
    assert cluster.cloud.resources() == [], "an empty account"
    assert cluster.cloud.operations("cascade", "refused") == [], (
        "nothing disappeared with what it lived in, and nothing was still used"
    )
    order = [operation.name for operation in cluster.cloud.operations("delete")]
    for first, later in (
        ("widget", "widgets:widgets.example.com"),
        ("widgets:data-dev/widgets", "team"),
        ("team", "cluster-eksCluster"),
        ("reader-identity", "cluster-eksCluster"),
        ("cluster-vpc-cni", "cluster-eksCluster"),
        ("cluster-eksCluster", "cluster-eksRole-role"),
        ("cluster-eksCluster", "cluster-eksClusterSecurityGroup"),
        ("cluster-eksClusterSecurityGroup", "vpc"),
    ):
        assert order.index(first) < order.index(later), f"{first} needs {later} while it goes"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("authenticationMode", "CONFIG_MAP", "accessEntries needs authenticationMode API"),
        ("skipNodes", False, "skipDefaultNodeGroup is not set"),
    ],
)
def test_the_component_refuses_what_the_real_one_refuses_or_the_stand_in_does_not_build(
    sample: MakeSample, setting: str, value: object, said: str
) -> None:
    assert said in sample(**{setting: value}).preview(fails=True).text, "never silently ignored"
