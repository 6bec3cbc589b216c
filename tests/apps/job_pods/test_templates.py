"""A job's pods are the platform's, with the job's own template and fields laid over them."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.merging import merge
from apps.job_pods.templates import template_of
from components.spark.conf_values import SCRATCH_DIR
from components.spark.pod_templates import WORK_DIR, driver_template, executor_template
from tests.support.definitions import definition

PLATFORM = {
    "driver": driver_template(priority_class="spark-normal"),
    "executor": executor_template(priority_class="spark-normal"),
}
MAIN = {"driver": "spark-kubernetes-driver", "executor": "spark-kubernetes-executor"}
VOLUME = {"name": "rates", "configMap": {"name": "rates"}}


def made(role: str = "driver", **spec: Any) -> dict[str, Any]:
    """The template that a definition leads to."""
    options = {key: spec.pop(key) for key in ("local_dirs", "in_memory") if key in spec}
    return template_of(definition(**spec), role, PLATFORM[role], "spark-high", **options)


def main_container(template: dict[str, Any], role: str = "driver") -> dict[str, Any]:
    (found,) = (each for each in template["spec"]["containers"] if each["name"] == MAIN[role])
    return dict(found)


@pytest.mark.parametrize("role", MAIN)
def test_a_definition_that_asks_for_nothing_gets_the_platforms_pod_in_its_class(role: str) -> None:
    expected = {**PLATFORM[role]["spec"], "priorityClassName": "spark-high"}
    assert made(role)["spec"] == expected


@pytest.mark.parametrize(
    ("field", "value", "target"),
    [
        ("hostAliases", [{"ip": "192.0.2.1", "hostnames": ["a"]}], "hostAliases"),
        ("dnsConfig", {"options": [{"name": "ndots", "value": "2"}]}, "dnsConfig"),
        ("nodeSelector", {"disk": "ssd"}, "nodeSelector"),
        ("affinity", {"nodeAffinity": {}}, "affinity"),
        ("tolerations", [{"key": "a", "operator": "Exists"}], "tolerations"),
        ("terminationGracePeriodSeconds", 5, "terminationGracePeriodSeconds"),
        ("shareProcessNamespace", True, "shareProcessNamespace"),
        ("priorityClassName", "spark-low", "priorityClassName"),
        ("schedulerName", "default-scheduler", "schedulerName"),
    ],
)
@pytest.mark.parametrize("role", MAIN)
def test_a_field_that_is_the_pods_reaches_the_pod_of_its_role_alone(
    role: str, field: str, value: Any, target: str
) -> None:
    other = "executor" if role == "driver" else "driver"
    assert made(role, **{role: {field: value}})["spec"][target] == value
    assert made(role, **{other: {field: value}})["spec"] == made(role)["spec"]


@pytest.mark.parametrize("role", MAIN)
def test_a_field_that_is_the_containers_reaches_the_container(role: str) -> None:
    fields: dict[str, Any] = {
        "env": [{"name": "DAY", "value": "1"}],
        "envFrom": [{"secretRef": {"name": "a"}}],
        "ports": [{"name": "debug", "containerPort": 5005, "protocol": "TCP"}],
        "lifecycle": {"preStop": {"exec": {"command": ["true"]}}},
        "gpu": {"name": "nvidia.com/gpu", "quantity": 2},
    }
    container = main_container(made(role, **{role: fields}), role)
    assert {"name": "DAY", "value": "1"} in container["env"]
    assert container["envFrom"] == fields["envFrom"]
    assert container["ports"] == fields["ports"]
    assert container["lifecycle"] == fields["lifecycle"]
    assert container["resources"] == {"limits": {"nvidia.com/gpu": "2"}}
    if role == "executor":
        names = [each["name"] for each in container["env"]]
        assert len(names) == len(set(names)) > 1, "what the platform gives executors stays"


def test_volumes_are_there_where_they_are_mounted() -> None:
    mount = {"name": "rates", "mountPath": "/mnt/rates"}
    fields: dict[str, Any] = {
        "volumes": [VOLUME, {"name": "unused", "emptyDir": {}}],
        "driver": {"volumeMounts": [mount]},
    }
    driver = made(**fields)
    assert VOLUME in driver["spec"]["volumes"]
    assert mount in main_container(driver)["volumeMounts"]
    assert "unused" not in [each["name"] for each in driver["spec"]["volumes"]]
    assert made("executor", **fields)["spec"] == made("executor")["spec"]


@pytest.mark.parametrize("kind", ["sidecars", "initContainers"])
def test_a_volume_is_there_for_a_further_container_alone(kind: str) -> None:
    extra = {"name": "gate", "image": "a:1", "volumeMounts": [{"name": "rates", "mountPath": "/mnt"}]}
    driver = made(driver={kind: [extra]}, volumes=[VOLUME, {"name": "unused", "emptyDir": {}}])
    assert VOLUME in driver["spec"]["volumes"]
    assert "unused" not in [each["name"] for each in driver["spec"]["volumes"]]
    assert "rates" not in [each["name"] for each in main_container(driver)["volumeMounts"]]


@pytest.mark.parametrize("name", ["rates", "spark-local-dir-ssd"])
def test_a_volume_of_the_jobs_own_template_is_mounted_like_another(name: str) -> None:
    volume, mount = {"name": name, "emptyDir": {}}, {"name": name, "mountPath": "/mnt/rates"}
    driver = made(driver={"template": {"spec": {"volumes": [volume]}}, "volumeMounts": [mount]})
    assert driver["spec"]["volumes"].count(volume) == 1
    assert mount in main_container(driver)["volumeMounts"]


def test_config_maps_are_mounted_at_their_paths() -> None:
    template = made(driver={"configMaps": [{"name": "rates", "path": "/mnt"}]}, hadoopConfigMap="hive")
    sources = {each["name"]: each.get("configMap") for each in template["spec"]["volumes"]}
    assert sources["rates-vol"] == {"name": "rates"}
    assert sources["hadoop-configmap-volume"] == {"name": "hive"}
    container = main_container(template)
    paths = {each["name"]: (each["mountPath"], each.get("readOnly")) for each in container["volumeMounts"]}
    assert paths["rates-vol"] == ("/mnt", True)
    assert paths["hadoop-configmap-volume"] == ("/etc/hadoop/conf", True)
    assert {"name": "HADOOP_CONF_DIR", "value": "/etc/hadoop/conf"} in container["env"]


@pytest.mark.parametrize(
    ("monitoring", "mounted"),
    [
        ({"exposeDriverMetrics": True, "prometheus": {"jmxExporterJar": "/a.jar", "port": 9000}}, True),
        ({"exposeDriverMetrics": False, "prometheus": {"jmxExporterJar": "/a.jar"}}, False),
        ({"exposeDriverMetrics": True}, False),
        (
            {
                "exposeDriverMetrics": True,
                "metricsPropertiesFile": "/a",
                "prometheus": {"jmxExporterJar": "/a.jar", "configFile": "/b"},
            },
            False,
        ),
    ],
)
def test_the_operators_files_of_metrics_are_mounted_where_it_makes_them(
    monitoring: dict[str, Any], mounted: bool
) -> None:
    container = main_container(made(monitoring=monitoring))
    paths = [each["mountPath"] for each in container["volumeMounts"]]
    assert ("/etc/metrics/conf" in paths) is mounted
    ports = [each["containerPort"] for each in container.get("ports", [])]
    assert ports == ([9000] if mounted else [])


@pytest.mark.parametrize("kind", ["sidecars", "initContainers"])
def test_further_containers_are_confined_as_the_namespace_demands(kind: str) -> None:
    extra = {
        "name": "gate",
        "image": "a:1",
        "securityContext": {"runAsUser": 1000, "capabilities": {"add": ["X"]}},
    }
    spec = made(driver={kind: [extra]})["spec"]
    (found,) = (
        each
        for each in spec["initContainers" if kind == "initContainers" else "containers"]
        if each["name"] == "gate"
    )
    assert found["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": ["X"]},
        "runAsUser": 1000,
    }


@pytest.mark.parametrize("role", MAIN)
def test_a_template_of_the_jobs_own_is_laid_over_the_platforms(role: str) -> None:
    own: dict[str, Any] = {
        "metadata": {
            "labels": {"a": "b"},
            "annotations": {"c": "d"},
            "namespace": "kube-system",
            "name": "x",
            "creationTimestamp": None,
        },
        "spec": {
            "containers": [
                {
                    "name": MAIN[role],
                    "resources": {},
                    "env": [{"name": "A", "value": "1"}],
                    "volumeMounts": [{"name": "shm", "mountPath": "/tmp"}],
                },
                {"name": "sidecar", "image": "a:1"},
            ],
            "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}],
            "securityContext": {"runAsUser": 1000},
            "terminationGracePeriodSeconds": 30,
        },
    }
    template = made(role, **{role: {"template": own, "env": [{"name": "A", "value": "2"}]}})
    assert set(template["metadata"]) == {"labels", "annotations", "ownerReferences"}, "Spark names the pod"
    spec, platform = template["spec"], PLATFORM[role]["spec"]
    assert spec["securityContext"] == {**platform["securityContext"], "runAsUser": 1000}
    assert spec["terminationGracePeriodSeconds"] == 30
    container = main_container(template, role)
    assert container["securityContext"] == platform["containers"][0]["securityContext"]
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    assert mounts == {SCRATCH_DIR: "spark-local-dir-scratch", WORK_DIR: "work-dir", "/tmp": "shm"}
    assert [each["value"] for each in container["env"] if each["name"] == "A"] == ["2"], "the field counts"
    assert [each["name"] for each in spec["containers"]] == [MAIN[role], "sidecar"]


def test_the_first_container_of_a_template_is_sparks_whatever_its_name() -> None:
    own: dict[str, Any] = {
        "spec": {"containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}, {"name": "b"}]}
    }
    template = made(driver={"template": own})
    assert [each["name"] for each in template["spec"]["containers"]] == [MAIN["driver"], "b"]
    assert {"name": "A", "value": "1"} in main_container(template)["env"]


@pytest.mark.parametrize(
    "options",
    [
        {"local_dirs": ("spark-local-dir-1",)},
        {"driver": {"template": {"spec": {"volumes": [{"name": "spark-local-dir-ssd", "emptyDir": {}}]}}}},
    ],
)
def test_a_job_with_local_directories_of_its_own_shuffles_there_alone(options: dict[str, Any]) -> None:
    template = made(**options)
    names = [each["name"] for each in template["spec"]["volumes"]]
    assert "scratch" in names
    assert "spark-local-dir-scratch" not in names
    mounts = {each["name"]: each["mountPath"] for each in main_container(template)["volumeMounts"]}
    assert mounts["scratch"] == SCRATCH_DIR, "the buffers of uploads lie there"


def test_the_driver_controls_its_executors_and_the_job_its_driver() -> None:
    (driver,) = made()["metadata"]["ownerReferences"]
    (executor,) = made("executor")["metadata"]["ownerReferences"]
    assert driver["controller"] is True
    assert "controller" not in executor
    assert driver["uid"] == executor["uid"] == definition()["metadata"]["uid"]


def test_neither_side_of_a_merge_is_changed() -> None:
    lower: dict[str, Any] = {
        "a": {"b": [1]},
        "volumes": [{"name": "x", "emptyDir": {}}],
        "tolerations": [{"key": "a"}],
    }
    upper = {
        "a": {"c": 2},
        "volumes": [{"name": "x", "secret": {}}],
        "tolerations": [{"key": "a"}],
        "d": None,
    }
    merged = merge(lower, upper)
    assert merged == {
        "a": {"b": [1], "c": 2},
        "volumes": [{"name": "x", "secret": {}}],
        "tolerations": [{"key": "a"}],
    }
    merged["a"]["b"].append(2)
    assert lower["a"]["b"] == [1]


@pytest.mark.parametrize("role", MAIN)
def test_sparks_own_local_directories_are_in_memory_where_the_job_says_so(role: str) -> None:
    volumes = {each["name"]: each["emptyDir"] for each in made(role, in_memory=True)["spec"]["volumes"]}
    plain = {each["name"]: each["emptyDir"] for each in PLATFORM[role]["spec"]["volumes"]}
    scratch = "spark-local-dir-scratch"
    assert volumes == {**plain, scratch: {**plain[scratch], "medium": "Memory"}}


def test_local_directories_of_the_jobs_own_are_what_it_says() -> None:
    volumes = made(in_memory=True, local_dirs=("spark-local-dir-1",))["spec"]["volumes"]
    assert not any("medium" in each["emptyDir"] for each in volumes)
