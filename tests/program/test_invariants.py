"""What holds for every stack, whatever it is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from components.domain import check_dns_name, size_bytes
from components.naming import (
    CLUSTER_NAMESPACES,
    JOBS_NAMESPACE,
    LOG_COLLECTOR_ACCOUNT,
    LOG_NODES_NAMESPACE,
    MONITORING_NAMESPACE,
    NODE_METRICS_NAMESPACE,
    PROJECT,
    TENANT_LABEL,
)
from components.observability.rights import GRANTS
from components.records.jobs import WEB, WORKER
from components.records.monitoring import KUBELET_NAMESPACE
from tests.support.kube import (
    CLUSTER_SCOPED,
    containers,
    is_chart,
    is_group,
    is_kubernetes,
    kind_of,
    pod_of,
    restricted_faults,
)
from tests.support.recorder import Landed, World
from tests.support.stacks import STACKS, world_of

OPEN_NAMESPACES = {NODE_METRICS_NAMESPACE: "privileged", LOG_NODES_NAMESPACE: "privileged"}
"""Namespaces whose pods may have more than the restricted standard gives."""

SEES_ITS_NODE = {
    "observability-monitoring-nodes-node-exporter-daemonset": {
        "hostNetwork is on",
        "volume proc is a hostPath",
        "volume root is a hostPath",
        "volume sys is a hostPath",
    },
    "run-logs-collector": {
        "volume pod-logs is a hostPath",
        "volume state is a hostPath",
        "log-collector may run as root",
    },
}
"""Pods that can't do their work within the restricted standard, and exactly what they break of it."""

ASKS_THE_API_SERVER = {
    "observability-kube-state-metrics-deployment",
    "observability-prometheus-operator-deployment",
    "run-logs-collector",
    "canary-checker",
    "jobs-worker",
    "jobs-web",
}
"""Pods whose work it is to ask the API server."""

LOOKS_AROUND = {
    *(f"{MONITORING_NAMESPACE}-{account}" for account in GRANTS),
    LOG_COLLECTOR_ACCOUNT,
    f"{JOBS_NAMESPACE}-{WORKER}",
}
"""Roles in the whole cluster of what may look and change nothing."""

ACTS_AS_VIEWERS = f"{JOBS_NAMESPACE}-{WEB}"
"""The one further role in the whole cluster: the pages of the runs ask as the people who look at them."""

SERVES_TENANTS = {(JOBS_NAMESPACE, WORKER)}
"""Accounts of the platform that have rights in the tenants' namespaces: what makes the runs."""


@pytest.fixture(params=STACKS)
def world(request: pytest.FixtureRequest) -> World:
    return world_of(request.param)


def _objects(world: World) -> list[Landed]:
    return [
        each for each in world.landed if is_kubernetes(each) and not is_chart(each) and not is_group(each)
    ]


def test_the_stack_builds_and_says_where_to_look(world: World) -> None:
    assert world.landed, "nothing was made"
    for name in ("namespaces", "historyUrl", "networkPolicies", "prometheusUrl", "signalsUrl"):
        assert world.exports.get(name), f"{name} must be exported: people look there first"


def test_no_resource_has_the_name_and_type_of_another(world: World) -> None:
    assert world.duplicates() == [], "a real engine refuses two resources with one URN"


def test_only_components_and_providers_stand_at_the_top(world: World) -> None:
    for each in world.landed:
        if each.at_top:
            assert each.is_component or each.type.startswith("pulumi:providers:"), (
                f"{each.name} has no parent: it would stay when its component moves"
            )
        assert each.parent, f"{each.name} hangs nowhere"


def test_a_child_carries_the_name_of_its_parent(world: World) -> None:
    names = {each.urn: each.name for each in world.landed}
    for each in world.landed:
        if each.parent in names:
            assert each.name.startswith(f"{names[each.parent]}-"), f"{each.name} does not say whose it is"


def test_every_component_registers_the_outputs_that_it_has(world: World) -> None:
    for each in world.components():
        assert each.urn in world.outputs, f"{each.name} never finishes: register_outputs is missing"


def test_every_kubernetes_object_has_an_explicit_provider(world: World) -> None:
    for each in world.landed:
        if is_kubernetes(each):
            assert each.provider, f"{each.name} would go to whatever cluster is at hand"
            assert "default" not in each.provider.split("::")[-2]


def test_every_object_has_an_explicit_legal_name(world: World) -> None:
    for each in _objects(world):
        assert each.metadata.get("name"), f"{each.name} would get a random name that no policy can mention"
        check_dns_name(each.metadata["name"])


def test_every_object_that_can_be_in_a_namespace_names_one_that_is_made(world: World) -> None:
    made = {each.metadata["name"] for each in world.of("kubernetes:core/v1:Namespace")}
    made.add(KUBELET_NAMESPACE)
    for each in _objects(world):
        if kind_of(each) not in CLUSTER_SCOPED:
            assert each.metadata.get("namespace") in made, f"{each.name} must be in one of our namespaces"


def test_what_is_in_a_namespace_comes_after_it(world: World) -> None:
    namespaces = {each.metadata["name"]: each.urn for each in world.of("kubernetes:core/v1:Namespace")}
    for each in world.landed:
        namespace = each.metadata.get("namespace") or each.inputs.get("namespace")
        if is_kubernetes(each) and namespace in namespaces:
            assert namespaces[namespace] in each.depends_on, f"{each.name} could come before its namespace"


def test_a_job_comes_after_the_quota_that_counts_it(world: World) -> None:
    quotas = {
        each.metadata["namespace"]: each.urn for each in world.of("ResourceQuota") if _counts_jobs(each)
    }
    for each in world.landed:
        if kind_of(each) in ("SparkApplication", "ScheduledSparkApplication"):
            # Kubernetes refuses what a quota names and has not counted yet.
            assert quotas[each.metadata["namespace"]] in world.waits_for(each), (
                f"{each.name} could be refused"
            )


def _counts_jobs(quota: Landed) -> bool:
    return any(key.startswith("count/sparkapplications") for key in quota.inputs["spec"]["hard"])


def test_every_object_is_labelled_as_ours(world: World) -> None:
    for each in _objects(world):
        labels = each.metadata.get("labels") or {}
        assert labels.get("app.kubernetes.io/part-of") == PROJECT, f"{each.name} could not be found again"
        for key in ("name", "component", "managed-by"):
            assert labels.get(f"app.kubernetes.io/{key}"), f"{each.name} lacks app.kubernetes.io/{key}"


def test_everything_of_a_tenant_says_which_tenant(world: World) -> None:
    for each in _objects(world):
        if each.metadata.get("namespace") in world.exports["namespaces"]:
            labels = each.metadata.get("labels") or {}
            assert labels.get(TENANT_LABEL) == each.metadata["namespace"], f"{each.name} can't be charged"


def test_every_namespace_admits_only_restricted_pods(world: World) -> None:
    for each in world.of("kubernetes:core/v1:Namespace"):
        labels = each.metadata["labels"]
        level = OPEN_NAMESPACES.get(each.metadata["name"], "restricted")
        assert labels.get("pod-security.kubernetes.io/enforce") == level, each.name


def test_a_namespace_that_admits_more_holds_nothing_but_what_needs_it(world: World) -> None:
    pods = {
        each.name for each in world.landed if pod_of(each) and each.metadata["namespace"] in OPEN_NAMESPACES
    }
    assert pods <= set(SEES_ITS_NODE), "put it elsewhere"


def test_every_namespace_denies_traffic_by_default(world: World) -> None:
    policies = world.of("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    closed = {
        each.metadata["namespace"]
        for each in policies
        if each.inputs["spec"].get("podSelector", {}) == {}
        and sorted(each.inputs["spec"].get("policyTypes", ())) == ["Egress", "Ingress"]
        and not each.inputs["spec"].get("ingress")
        and not each.inputs["spec"].get("egress")
    }
    for each in world.of("kubernetes:core/v1:Namespace"):
        assert each.metadata["name"] in closed, f"{each.metadata['name']} is open to every pod"


def _containers(resource: Landed) -> list[dict[str, Any]]:
    pod = pod_of(resource)
    return list(containers(pod)) if pod else []


def test_every_container_has_requests_and_a_memory_limit(world: World) -> None:
    for each in world.landed:
        for container in _containers(each):
            resources = container.get("resources") or {}
            for key in ("cpu", "memory"):
                assert resources.get("requests", {}).get(key), f"{each.name}: {container['name']} lacks {key}"
            limit = resources.get("limits", {}).get("memory")
            assert limit, f"{each.name}: {container['name']} could take the node's memory"
            assert size_bytes(limit) >= size_bytes(resources["requests"]["memory"])


def test_every_pod_is_restricted(world: World) -> None:
    for each in world.landed:
        if pod := pod_of(each):
            assert set(restricted_faults(pod)) == SEES_ITS_NODE.get(each.name, set()), each.name


def test_no_pod_gets_a_token_that_it_does_not_need(world: World) -> None:
    for each in world.landed:
        if pod := pod_of(each):
            if each.name in ASKS_THE_API_SERVER:
                continue
            assert pod.get("automountServiceAccountToken") is not True, f"{each.name} asks for a token"
            account = pod.get("serviceAccountName")
            accounts = [
                one
                for one in world.of("kubernetes:core/v1:ServiceAccount")
                if one.metadata["name"] == account and one.metadata["namespace"] == each.metadata["namespace"]
            ]
            closed = pod.get("automountServiceAccountToken") is False or any(
                one.inputs.get("automountServiceAccountToken") is False for one in accounts
            )
            assert closed, f"{each.name} carries a token of the API server without need"


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


def test_every_image_has_a_fixed_tag(world: World) -> None:
    images = [(each.name, container["image"]) for each in world.landed for container in _containers(each)]
    images += [
        (each.name, text)
        for each in world.landed
        if is_chart(each)
        for text in _texts(each.inputs)
        if re.fullmatch(r"[a-z0-9.:-]+/[a-z0-9/._-]+:[\w.-]+", text) and "://" not in text
    ]
    assert images, "no image was found: the search is wrong"
    for name, image in images:
        assert re.search(r":[\w][\w.-]*$|@sha256:[0-9a-f]{64}$", image), f"{name}: {image} has no tag"
        assert not image.endswith(":latest"), f"{name}: nobody knows what {image} is tomorrow"


def test_tenants_have_roles_and_never_rights_in_the_whole_cluster(world: World) -> None:
    whole = [each for each in world.landed if kind_of(each) in ("ClusterRole", "ClusterRoleBinding")]
    known = {*LOOKS_AROUND, ACTS_AS_VIEWERS}
    assert {each.metadata["name"] for each in whole} <= known, "rights end at the namespace"
    for each in whole:
        subjects = {subject["namespace"] for subject in each.inputs.get("subjects", ())}
        assert subjects <= {MONITORING_NAMESPACE, LOG_NODES_NAMESPACE, JOBS_NAMESPACE}, (
            f"{each.name} gives a tenant rights in every namespace"
        )
        viewers = each.metadata["name"] == ACTS_AS_VIEWERS
        verbs = {"impersonate"} if viewers else {"get", "list", "watch"}
        for rule in each.inputs.get("rules", ()):
            assert set(rule["verbs"]) <= verbs, f"{each.name} may change what it sees"
            assert not {"*", "secrets", "configmaps"} & set(rule.get("resources", ())), each.name
    for each in world.of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"):
        assert each.inputs["roleRef"]["kind"] == "Role", f"{each.name} lends out a ClusterRole"
        for subject in each.inputs["subjects"]:
            if subject["kind"] == "ServiceAccount":
                place = {each.metadata["namespace"], MONITORING_NAMESPACE}
                tenant = each.metadata["namespace"] in world.exports["namespaces"]
                if (subject["namespace"], subject["name"]) in SERVES_TENANTS:
                    continue
                assert subject["namespace"] in (place if not tenant else {each.metadata["namespace"]}), (
                    f"{each.name} lets another tenant in"
                )
            else:
                assert not subject["name"].startswith("system:"), f"{each.name} lets everybody in"
    for each in world.of("kubernetes:rbac.authorization.k8s.io/v1:Role"):
        for rule in each.inputs["rules"]:
            cells = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert "*" not in cells, f"{each.name} gives more than anyone asked for"


def test_secrets_are_secret_all_the_way(world: World) -> None:
    for each in world.of("kubernetes:core/v1:Secret"):
        for key, value in (each.inputs.get("stringData") or {}).items():
            public = key in ("access-key", "admin-user", "username")
            assert public or world.secret(each, f"stringData.{key}"), (
                f"{each.name}: {key} would be in the state"
            )
            assert public or not _shown(world, each, value), f"{each.name}: {key} is in clear somewhere else"


def test_grafana_has_the_user_that_its_page_is_opened_with() -> None:
    (secret,) = (each for each in world_of("prod").landed if each.name.endswith("-grafana-account"))
    assert secret.inputs["stringData"]["admin-user"] == "admin"


def _shown(world: World, owner: Landed, value: str) -> bool:
    return any(
        value in json.dumps(each.inputs)
        for each in world.landed
        if each.urn != owner.urn and kind_of(each) != "Secret" and not each.secrets
    )


def test_what_a_chart_needs_is_there_before_it(world: World) -> None:
    for each in world.landed:
        if is_chart(each) and each.inputs.get("namespace") not in CLUSTER_NAMESPACES:
            assert each.depends_on, f"{each.name} depends on nothing, not even on its namespace"


def test_a_chart_is_given_its_version_or_lies_in_the_project(world: World) -> None:
    for each in world.landed:
        if is_chart(each):
            local = each.inputs["chart"].startswith("./")
            assert local or each.inputs.get("version"), f"{each.name} would change with every release"
