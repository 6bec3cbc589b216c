"""Fields of a job's definition that the operator leaves to its webhook, as parts of a pod.

What each becomes is the webhook's own doing (sparkpod_defaulter.go of operator 2.5.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

Json = dict[str, Any]

CONTAINERS: Final = {"driver": "spark-kubernetes-driver", "executor": "spark-kubernetes-executor"}
"""Role -> name of its container (Spark's k8s Constants)."""

LOCAL_DIR: Final = "spark-local-dir-"
"""Volumes of such names are Spark's: the operator makes properties of them."""

HADOOP_DIR: Final = "/etc/hadoop/conf"
METRICS_DIR: Final = "/etc/metrics/conf"
METRICS_PORT: Final = 8090
LONGEST_NAME: Final = 63

SAME_IN_POD: Final = {
    "hostAliases": "hostAliases",
    "initContainers": "initContainers",
    "dnsConfig": "dnsConfig",
    "nodeSelector": "nodeSelector",
    "affinity": "affinity",
    "tolerations": "tolerations",
    "podSecurityContext": "securityContext",
    "terminationGracePeriodSeconds": "terminationGracePeriodSeconds",
    "shareProcessNamespace": "shareProcessNamespace",
    "priorityClassName": "priorityClassName",
    "schedulerName": "schedulerName",
}
"""Field of a role -> field of its pod's spec, with the same value."""

SAME_IN_CONTAINER: Final = ("env", "envFrom", "ports", "securityContext", "lifecycle")
"""Fields of a role that are its container's, under the same name."""


def pod_of(application: Json, role: str) -> Json:
    """Make the part of a pod's spec that the definition asks for.

    Args:
        application: the SparkApplication.
        role: "driver" or "executor".
    """
    spec = application["spec"]
    given: Json = spec.get(role) or {}
    container: Json = {"name": CONTAINERS[role]}
    container |= {field: given[field] for field in SAME_IN_CONTAINER if given.get(field)}
    pod: Json = {
        target: given[field] for field, target in SAME_IN_POD.items() if given.get(field) not in (None, "")
    }
    volumes: list[Json] = []
    mounts: list[Json] = []
    for volume, mount in _mounted(application, role, given):
        mounts.append(mount)
        if volume not in volumes:
            volumes.append(volume)
    others = [each for kind in ("initContainers", "sidecars") for each in given.get(kind) or []]
    named = {mount["name"] for each in others for mount in each.get("volumeMounts") or []}
    volumes += [each for each in _own_volumes(spec) if each["name"] in named and each not in volumes]
    if mounts:
        container["volumeMounts"] = mounts
    if volumes:
        pod["volumes"] = volumes
    if spec.get("hadoopConfigMap"):
        container["env"] = [*container.get("env", []), {"name": "HADOOP_CONF_DIR", "value": HADOOP_DIR}]
    if _metrics(spec, role):
        container["ports"] = [*container.get("ports", []), _metrics_port(spec)]
    if (gpu := given.get("gpu")) and gpu.get("name") and gpu.get("quantity", 0) > 0:
        container["resources"] = {"limits": {gpu["name"]: str(gpu["quantity"])}}
    return pod | {"containers": [container, *given.get("sidecars", [])]}


def _mounted(application: Json, role: str, given: Json) -> Iterable[tuple[Json, Json]]:
    """The volumes that a role mounts, each with how."""
    spec = application["spec"]
    template = (given.get("template") or {}).get("spec") or {}
    volumes = {each["name"]: each for each in (*(template.get("volumes") or []), *_own_volumes(spec))}
    for mount in given.get("volumeMounts") or []:
        # What has no volume was refused when the job was created, or is a property of Spark.
        if mount["name"] in volumes:
            yield volumes[mount["name"]], mount
    for each in given.get("configMaps") or []:
        yield _config_map(each["name"], f"{each['name']}-vol"[:LONGEST_NAME], each["path"])
    if name := spec.get("hadoopConfigMap"):
        yield _config_map(name, "hadoop-configmap-volume", HADOOP_DIR)
    if _metrics(spec, role):
        name = f"{application['metadata']['name']}-prom-conf"
        yield _config_map(name, f"{name}-vol"[:LONGEST_NAME], METRICS_DIR)


def _own_volumes(spec: Json) -> list[Json]:
    return [each for each in spec.get("volumes") or [] if not each["name"].startswith(LOCAL_DIR)]


def _config_map(name: str, volume: str, path: str) -> tuple[Json, Json]:
    return (
        {"name": volume, "configMap": {"name": name}},
        {"name": volume, "mountPath": path, "readOnly": True},
    )


def _metrics(spec: Json, role: str) -> bool:
    """Whether the operator has made a ConfigMap for the metrics of a role."""
    monitoring = spec.get("monitoring") or {}
    prometheus = monitoring.get("prometheus")
    files = monitoring.get("metricsPropertiesFile") and (prometheus or {}).get("configFile")
    return bool(prometheus and not files and monitoring.get(f"expose{role.capitalize()}Metrics"))


def _metrics_port(spec: Json) -> Json:
    prometheus = spec["monitoring"]["prometheus"]
    return {
        "name": prometheus.get("portName") or "jmx-exporter",
        "containerPort": prometheus.get("port") or METRICS_PORT,
        "protocol": "TCP",
    }
