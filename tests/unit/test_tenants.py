"""A tenant's namespace as it lands: limits, accounts, rights, walls, secrets, configuration."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
import yaml

from components.domain import SPARK_SIZE, ContainerLimits, Priority, Quota, Tenant, size_bytes
from components.kube.credentials import Credentials
from components.kube.network_rules import NetworkPlan
from components.spark.conf import JobDefaults
from components.spark.pod_templates import executor_template
from components.tenants.job_counts import JobCounts, JobCountsArgs
from components.tenants.limits import DISK_LIMIT
from components.tenants.namespace import (
    JobRules,
    JobRulesArgs,
    PriorityClasses,
    PriorityClassesArgs,
    TenantNamespace,
    TenantNamespaceArgs,
)
from components.tenants.rbac import EXECUTOR_RULES, PEOPLE_ROLE
from tests.support.object_storages import IN_CLUSTER
from tests.support.recorder import World, build

TENANT = Tenant(
    team="data",
    environment="dev",
    quota=Quota(cpu="8", memory="16Gi", pods=30, pvcs=4, storage="100Gi"),
    priority=Priority.HIGH,
    groups=("data-people", "on-call"),
    limits=ContainerLimits(default_cpu="250m", default_memory="512Mi", max_cpu="4", max_memory="8Gi"),
)


def world_of(credentials: bool = True, **changes: Any) -> World:
    """Build a tenant's namespace."""

    def program() -> None:
        keys = Credentials(access_key="data-dev", secret_key="hidden") if credentials else None
        arguments: dict[str, Any] = {
            "tenant": TENANT,
            "network": NetworkPlan(api_server_port=6443, storage=IN_CLUSTER),
            "spark_defaults": JobDefaults(properties={"spark.a": "1"}),
            "credentials": keys,
        }
        made = TenantNamespace("data-dev", TenantNamespaceArgs(**arguments | changes))
        pulumi.export("namespace", made.namespace)

    return build(program)


@pytest.fixture(scope="module")
def world() -> World:
    return world_of()


def test_every_child_hangs_on_the_component_and_comes_after_the_namespace(world: World) -> None:
    component = world.one("TenantNamespace")
    namespace = world.one("Namespace")
    assert world.duplicates() == []
    assert world.outputs[component.urn] == {"namespace": "data-dev"}
    for each in world.children(component):
        assert each.name.startswith("data-dev-")
        if each is not namespace:
            assert each.metadata["namespace"] == "data-dev"
            assert namespace.urn in each.depends_on, f"{each.name} could come before its namespace"


def test_the_namespace_enforces_audits_and_warns_by_the_restricted_standard(world: World) -> None:
    labels = world.one("Namespace").metadata["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"]
    assert labels["spark-on-eks/tenant"] == "data-dev"
    assert labels["spark-on-eks/team"] == "data"
    assert labels["spark-on-eks/environment"] == "dev"


def test_the_quota_limits_requests_memory_pods_and_claims_and_opens_no_port(world: World) -> None:
    hard = world.one("ResourceQuota", "quota").inputs["spec"]["hard"]
    assert hard == {
        "requests.cpu": "8",
        "requests.memory": "16Gi",
        "limits.memory": "16Gi",
        "pods": "30",
        "persistentvolumeclaims": "4",
        "requests.storage": "100Gi",
        "services.nodeports": "0",
        "services.loadbalancers": "0",
        "count/pods": "430",
        "count/configmaps": "1200",
        "count/services": "800",
        "count/secrets": "50",
    }
    assert "limits.cpu" not in hard, "every executor without a CPU limit would be refused"


def test_the_quota_counts_no_kinds_that_may_be_younger_than_itself(world: World) -> None:
    for quota in world.of("ResourceQuota"):
        counted = [key for key in quota.inputs["spec"]["hard"] if key.startswith("count/") and "." in key]
        assert counted == [], "a new platform would refuse its first jobs for up to five minutes"


def test_job_definitions_are_counted_once_their_kinds_are_there_and_waited_for() -> None:
    def program() -> None:
        kinds = k8s.core.v1.ConfigMap("kinds")
        JobCounts("job-counts", JobCountsArgs(tenants=[TENANT], after=[kinds]))

    quota = build(program).one("ResourceQuota")
    assert quota.inputs["spec"]["hard"] == {
        "count/sparkapplications.sparkoperator.k8s.io": "430",
        "count/scheduledsparkapplications.sparkoperator.k8s.io": "100",
    }
    assert [urn.rpartition("::")[2] for urn in quota.depends_on] == ["kinds"]
    assert json.loads(quota.metadata["annotations"]["pulumi.com/waitFor"]) == [
        "jsonpath={.status.used['count/sparkapplications.sparkoperator.k8s.io']}",
        "jsonpath={.status.used['count/scheduledsparkapplications.sparkoperator.k8s.io']}",
    ]


def test_a_tenant_has_its_share_of_devices_and_none_of_the_others() -> None:
    quota = replace(TENANT.quota, devices={"nvidia.com/gpu": 2})
    made = world_of(tenant=replace(TENANT, quota=quota), devices=["amd.com/gpu", "nvidia.com/gpu"])
    hard = made.one("ResourceQuota", "quota").inputs["spec"]["hard"]
    assert hard["requests.nvidia.com/gpu"] == "2"
    assert hard["requests.amd.com/gpu"] == "0"


@pytest.mark.parametrize("priority", list(Priority))
def test_a_tenant_can_use_no_priority_but_its_own(priority: Priority) -> None:
    tenant = Tenant(team="data", environment="dev", quota=TENANT.quota, priority=priority)
    spec = world_of(tenant=tenant).one("ResourceQuota", "other-priorities").inputs["spec"]
    (expression,) = spec["scopeSelector"]["matchExpressions"]
    assert spec["hard"] == {"pods": "0"}
    assert expression["operator"] == "In", "NotIn would also refuse pods that name no class"
    assert set(expression["values"]) == {
        *(f"spark-{other}" for other in Priority if other != priority),
        "system-cluster-critical",
        "system-node-critical",
    }


def test_a_container_that_names_nothing_gets_small_requests_and_may_use_idle_cores(world: World) -> None:
    limits, _ = world.one("LimitRange").inputs["spec"]["limits"]
    assert limits["type"] == "Container"
    assert limits["defaultRequest"] == {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "256Mi"}
    assert limits["max"] == {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "128Gi"}
    assert limits["default"] == {"cpu": "4", "memory": "512Mi", "ephemeral-storage": "128Gi"}, (
        "with a maximum and no default, Kubernetes refuses a container without a limit"
    )


def test_a_pods_containers_share_a_bound_of_disk(world: World) -> None:
    _, pod = world.one("LimitRange").inputs["spec"]["limits"]
    assert pod == {"type": "Pod", "max": {"ephemeral-storage": "256Gi"}}, "or twenty containers had 2.5 TiB"


def test_executors_have_neither_rights_nor_a_token(world: World) -> None:
    accounts = {each.metadata["name"]: each.inputs for each in world.of("ServiceAccount")}
    assert set(accounts) == {"spark-driver", "spark-executor", "spark-submitter"}
    assert accounts["spark-executor"]["automountServiceAccountToken"] is False
    assert accounts["spark-driver"]["automountServiceAccountToken"] is True
    assert EXECUTOR_RULES == ()
    assert not [each for each in world.of("Role") if each.metadata["name"] == "spark-executor"]


def test_every_role_is_bound_to_its_own_subjects_in_this_namespace(world: World) -> None:
    roles = {each.metadata["name"] for each in world.of("Role")}
    bindings = {each.metadata["name"]: each.inputs for each in world.of("RoleBinding")}
    assert roles == set(bindings) == {"spark-driver", "spark-submitter", PEOPLE_ROLE}
    for name, binding in bindings.items():
        assert binding["roleRef"] == {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": name,
        }
    assert bindings["spark-driver"]["subjects"] == [
        {"kind": "ServiceAccount", "name": "spark-driver", "namespace": "data-dev"}
    ]
    assert [each["name"] for each in bindings[PEOPLE_ROLE]["subjects"]] == ["data-people", "on-call"]
    assert {each["kind"] for each in bindings[PEOPLE_ROLE]["subjects"]} == {"Group"}


def test_without_groups_nobody_is_bound() -> None:
    tenant = Tenant(team="data", environment="dev", quota=TENANT.quota)
    names = {each.metadata["name"] for each in world_of(tenant=tenant).of("RoleBinding")}
    assert names == {"spark-driver", "spark-submitter"}


def test_the_secret_is_secret_and_only_there(world: World) -> None:
    secret = world.one("Secret")
    assert secret.metadata["name"] == "s3-credentials"
    assert secret.inputs["stringData"] == {"access-key": "data-dev", "secret-key": "hidden"}
    assert world.secret(secret, "stringData.secret-key"), "it would be in the state in clear"
    assert not [each for each in world.landed if each is not secret and "hidden" in str(each.inputs)]


def test_where_pods_have_an_identity_there_is_no_secret() -> None:
    assert world_of(credentials=False).of("Secret") == []


def test_a_spark_submit_in_the_namespace_finds_its_configuration(world: World) -> None:
    config = world.one("ConfigMap")
    assert config.metadata["name"] == "spark-defaults"
    data = config.inputs["data"]
    assert set(data) == {
        "spark-defaults.conf",
        "images",
        "driver-pod.yaml",
        "executor-pod.yaml",
        "sql_check.py",
    }
    assert data["spark-defaults.conf"].splitlines() == [
        "spark.a=1",
        "spark.kubernetes.file.upload.path=s3a://artifacts/data-dev/uploads",
        "spark.kubernetes.namespace=data-dev",
    ]
    for role in ("driver", "executor"):
        assert yaml.safe_load(data[f"{role}-pod.yaml"])["spec"]["priorityClassName"] == "spark-high"


def test_priorities_are_ordered_and_only_the_highest_drives_others_out() -> None:
    world = build(lambda: PriorityClasses("priorities", PriorityClassesArgs()))
    classes = {each.metadata["name"]: each.inputs for each in world.of("PriorityClass")}
    values = [
        classes[f"spark-{priority}"]["value"] for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH)
    ]
    assert set(classes) == {f"spark-{priority}" for priority in Priority}
    assert values == sorted(values)
    assert values[-1] < 0, "pods without a class have 0: the platform's own, and anybody's services"
    assert values[0] > -10, "the cluster autoscaler adds no node for lower ones"
    assert not [each for each in classes.values() if each["globalDefault"]], "others' pods are not ours"
    preempting = {name for name, each in classes.items() if each["preemptionPolicy"] != "Never"}
    assert preempting == {"spark-high"}, "a driver that is driven out loses its whole job"
    assert world.outputs[world.one("PriorityClasses").urn] == {}


@pytest.mark.parametrize(("deny", "action"), [(True, "Deny"), (False, "Warn")])
def test_rules_for_jobs_are_bound_once_they_exist(deny: bool, action: str) -> None:
    world = build(
        lambda: JobRules("job-rules", JobRulesArgs(deny=deny, driver=SPARK_SIZE, executor=SPARK_SIZE))
    )
    policies = {each.metadata["name"]: each.urn for each in world.of("ValidatingAdmissionPolicy")}
    bindings = world.of("ValidatingAdmissionPolicyBinding")
    assert len(policies) == len(bindings) == 26
    for binding in bindings:
        always = binding.metadata["name"] == "spark-on-eks-connect"
        assert binding.inputs["spec"]["validationActions"] == (["Deny"] if always else [action])
        assert policies[binding.inputs["spec"]["policyName"]] in binding.depends_on


def test_the_namespace_names_the_class_that_its_pods_must_have(world: World) -> None:
    assert world.one("Namespace").metadata["labels"]["spark-on-eks/priority-class"] == "spark-high"


def test_an_executors_whole_scratch_fits_into_its_disk_limit() -> None:
    volumes = executor_template(priority_class="spark-high")["spec"]["volumes"]
    scratch = sum(size_bytes(each["emptyDir"]["sizeLimit"]) for each in volumes)
    assert scratch < size_bytes(DISK_LIMIT), "the pod would be evicted before its volumes are full"
