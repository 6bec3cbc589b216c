"""The API server refuses what the table of fields says is refused, and takes all else."""

from __future__ import annotations

from typing import Any

import pytest

from components.spark.job_fields import REFUSED, effects
from tests.admission.jobs import DRIVER, EXECUTOR
from tests.walls.attack import job
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

CONTAINER = {"name": "side", "image": "registry.example/a:1"}
NAMED = [{"name": "a", "path": "/mnt/a"}]
STRINGS = {"a": "b"}

VALUES: dict[str, Any] = {
    "affinity": {"nodeAffinity": {}},
    "annotations": STRINGS,
    "arguments": ["a"],
    "batchScheduler": "volcano",
    "batchSchedulerOptions": {"queue": "a"},
    "configMaps": NAMED,
    "coreLimit": "1",
    "coreRequest": "100m",
    "cores": 1,
    "deleteOnTermination": True,
    "deps.archives": ["s3a://a/b.zip"],
    "deps.excludePackages": ["a:b"],
    "deps.files": ["s3a://a/b"],
    "deps.jars": ["s3a://a/b.jar"],
    "deps.packages": ["a:b:1"],
    "deps.pyFiles": ["s3a://a/b.py"],
    "deps.repositories": ["https://a"],
    "dnsConfig": {"options": [{"name": "ndots"}]},
    "driverIngressOptions": [{"servicePort": 1, "ingressURLFormat": "a"}],
    "dynamicAllocation.enabled": True,
    "dynamicAllocation.initialExecutors": 1,
    "dynamicAllocation.maxExecutors": 1,
    "dynamicAllocation.minExecutors": 1,
    "dynamicAllocation.shuffleTrackingEnabled": True,
    "dynamicAllocation.shuffleTrackingTimeout": 1000,
    "env": [{"name": "A", "value": "1"}],
    "envFrom": [{"configMapRef": {"name": "a"}}],
    "envSecretKeyRefs": {"A": {"name": "a", "key": "b"}},
    "envVars": {"A": "1"},
    "failureRetries": 1,
    "gpu": {"name": "nvidia.com/gpu", "quantity": 1},
    "hadoopConf": {"fs.s3a.threads.max": "20"},
    "hadoopConfigMap": "a",
    "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["a"]}],
    "hostNetwork": True,
    "image": "registry.example/spark:1",
    "imagePullPolicy": "IfNotPresent",
    "imagePullSecrets": ["a"],
    "initContainers": [CONTAINER],
    "instances": 1,
    "javaOptions": "-Da=b",
    "kubernetesMaster": "https://kubernetes.default.svc",
    "labels": STRINGS,
    "lifecycle": {"preStop": {"exec": {"command": ["true"]}}},
    "mainApplicationFile": "s3a://a/b.py",
    "mainClass": "a.B",
    "memory": "512m",
    "memoryLimit": "1g",
    "memoryOverhead": "400m",
    "memoryOverheadFactor": "0.3",
    "mode": "cluster",
    "monitoring.exposeDriverMetrics": True,
    "monitoring.exposeExecutorMetrics": True,
    "monitoring.metricsProperties": "a=b",
    "monitoring.metricsPropertiesFile": "/a",
    "monitoring.prometheus.configFile": "/a",
    "monitoring.prometheus.configuration": "a: b",
    "monitoring.prometheus.jmxExporterJar": "/a.jar",
    "monitoring.prometheus.port": 8090,
    "monitoring.prometheus.portName": "jmx",
    "nodeSelector": {"disk": "ssd"},
    "podName": "a-driver",
    "podSecurityContext": {"runAsUser": 1000},
    "ports": [{"name": "a", "protocol": "TCP", "containerPort": 5005}],
    "priorityClassName": "spark-normal",
    "proxyUser": "root",
    "pythonVersion": "3",
    "restartPolicy.onFailureRetries": 1,
    "restartPolicy.onFailureRetryInterval": 10,
    "restartPolicy.onSubmissionFailureRetries": 1,
    "restartPolicy.onSubmissionFailureRetryInterval": 10,
    "restartPolicy.type": "OnFailure",
    "retryInterval": 1,
    "schedulerName": "default-scheduler",
    "secrets": [{"name": "a", "path": "/mnt", "secretType": "Generic"}],
    "securityContext": {"runAsUser": 1000},
    "serviceAccount": None,
    "serviceAnnotations": STRINGS,
    "serviceLabels": STRINGS,
    "shareProcessNamespace": True,
    "sidecars": [CONTAINER],
    "sparkConf": {"spark.sql.ansi.enabled": "false"},
    "sparkConfigMap": "a",
    "sparkUIOptions.ingressAnnotations": STRINGS,
    "sparkUIOptions.ingressTLS": [{"hosts": ["a"]}],
    "sparkUIOptions.serviceAnnotations": STRINGS,
    "sparkUIOptions.serviceLabels": STRINGS,
    "sparkUIOptions.servicePort": 4040,
    "sparkUIOptions.servicePortName": "ui",
    "sparkUIOptions.serviceType": "ClusterIP",
    "sparkVersion": "4.1.2",
    "suspend": True,
    "template": {"spec": {"containers": [CONTAINER]}},
    "terminationGracePeriodSeconds": 60,
    "timeToLiveSeconds": 60,
    "tolerations": [{"key": "spark-on-eks/pool", "operator": "Exists"}],
    "type": "Python",
    "volumeMounts": [{"name": "a", "mountPath": "/mnt"}],
    "volumes": [{"name": "a", "emptyDir": {}}],
}
"""Field, without its role -> what people write into it."""

BESIDE: dict[str, dict[str, Any]] = {
    "monitoring": {
        "exposeDriverMetrics": True,
        "exposeExecutorMetrics": True,
        "prometheus": {"jmxExporterJar": "/a.jar"},
    },
    "prometheus": {"jmxExporterJar": "/a.jar"},
    "restartPolicy": {
        "type": "OnFailure",
        "onFailureRetries": 1,
        "onFailureRetryInterval": 10,
        "onSubmissionFailureRetryInterval": 10,
    },
}
"""What a section needs besides the field that is tried."""


def with_field(path: str) -> dict[str, Any]:
    """A job that fits, with one field more."""
    *sections, field = path.split(".")
    value = VALUES.get(path, VALUES.get(field))
    made = job(driver=dict(DRIVER), executor=dict(EXECUTOR))
    if path.startswith(("driver.", "executor.")) and field == "serviceAccount":
        return made
    part = made["spec"]
    for section in sections:
        part[section] = {**part.get(section, {}), **BESIDE.get(section, {})}
        part = part[section]
    part[field] = value
    if field == "volumeMounts":
        made["spec"]["volumes"] = VALUES["volumes"]
    if path == "executor.lifecycle":
        made["spec"]["sparkConf"] = {"spark.decommission.enabled": "false"}
    return made


@pytest.mark.parametrize("path", sorted(effects()))
def test_a_field_is_taken_or_refused_as_the_table_says(world: World, path: str) -> None:
    refusal = world.create(with_field(path)).refusal
    if path not in REFUSED:
        assert refusal == ""
        return
    named = path.removeprefix("driver.").removeprefix("executor.")
    section = "deps.packages" if named.startswith("deps.") else named.rpartition(".")[2]
    assert section in refusal, refusal or "it was taken"
