"""Every field that works becomes an option of the real operator, or a part of the pod of the real Spark.

A field that is silently left out fails here. Those that act without a submission stand in `ELSEWHERE`, with
the test that sees them act.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from components.spark.job_fields import Effect, effects
from tests.admission.test_fields import BESIDE, VALUES
from tests.submission.conftest import Chain
from tests.submission.jobs import job
from tests.submission.test_pods import spark_pods
from tests.support.spark_pods import SparkPods

__all__ = ["spark_pods"]

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

NAMED: dict[str, str] = {
    "arguments": "--day=2026-11-27",
    "deps.archives": "--archives s3a://a/b.zip",
    "deps.files": "--files s3a://a/b",
    "deps.jars": "--jars s3a://a/b.jar",
    "deps.pyFiles": "--py-files s3a://a/b.py",
    "hadoopConf": "--conf spark.hadoop.fs.s3a.threads.max=20",
    "image": "--conf spark.kubernetes.container.image=registry.example/spark:1",
    "imagePullPolicy": "--conf spark.kubernetes.container.image.pullPolicy=IfNotPresent",
    "imagePullSecrets": "--conf spark.kubernetes.container.image.pullSecrets=a",
    "mainApplicationFile": "s3a://a/b.py",
    "mainClass": "--class a.B",
    "memoryOverheadFactor": "--conf spark.kubernetes.memoryOverheadFactor=0.3",
    "mode": "--deploy-mode cluster",
    "nodeSelector": "--conf spark.kubernetes.node.selector.disk=ssd",
    "pythonVersion": "--conf spark.kubernetes.pyspark.pythonVersion=3",
    "sparkConf": "--conf spark.sql.ansi.enabled=false",
    "dynamicAllocation.enabled": "--conf spark.dynamicAllocation.enabled=true",
    "dynamicAllocation.initialExecutors": "--conf spark.dynamicAllocation.initialExecutors=1",
    "dynamicAllocation.maxExecutors": "--conf spark.dynamicAllocation.maxExecutors=1",
    "dynamicAllocation.minExecutors": "--conf spark.dynamicAllocation.minExecutors=1",
    "dynamicAllocation.shuffleTrackingEnabled": "--conf spark.dynamicAllocation.shuffleTracking.enabled=true",
    "dynamicAllocation.shuffleTrackingTimeout": "--conf spark.dynamicAllocation.shuffleTracking.timeout=1000",
    "driver.kubernetesMaster": "--conf spark.kubernetes.driver.master=https://kubernetes.default.svc",
    "driver.podName": "--conf spark.kubernetes.driver.pod.name=a-driver",
    "driver.serviceAnnotations": "--conf spark.kubernetes.driver.service.annotation.a=b",
    "driver.serviceLabels": "--conf spark.kubernetes.driver.service.label.a=b",
    "executor.deleteOnTermination": "--conf spark.kubernetes.executor.deleteOnTermination=true",
    "executor.instances": "--conf spark.executor.instances=1",
}
"""Field -> the options of spark-submit that it becomes."""

BY_ROLE: dict[str, str] = {
    "annotations": "--conf spark.kubernetes.{role}.annotation.a=b",
    "coreLimit": "--conf spark.kubernetes.{role}.limit.cores=1",
    "coreRequest": "--conf spark.kubernetes.{role}.request.cores=100m",
    "cores": "--conf spark.{role}.cores=1",
    "envSecretKeyRefs": "--conf spark.kubernetes.{role}.secretKeyRef.A=a:b",
    "envVars": "A=1",
    "image": "--conf spark.kubernetes.{role}.container.image=registry.example/spark:1",
    "javaOptions": "--conf spark.{role}.extraJavaOptions=-Da=b",
    "labels": "--conf spark.kubernetes.{role}.label.a=b",
    "memory": "--conf spark.{role}.memory=512m",
    "memoryOverhead": "--conf spark.{role}.memoryOverhead=400m",
    "secrets": "--conf spark.kubernetes.{role}.secrets.a=/mnt",
    "serviceAccount": "--conf spark.kubernetes.authenticate.{role}.serviceAccountName=own",
}
"""The same of fields that both roles have."""

ELSEWHERE: dict[str, str] = {
    "sparkVersion": "chooses the image (tests/unit/test_spark_submit.py)",
    "type": "has to go with the program's name (tests/admission/test_definitions.py)",
    "suspend": "the operator's controller starts nothing (tests/cluster)",
    "timeToLiveSeconds": "the operator's controller removes the job (tests/admission/test_time_to_live.py)",
    **dict.fromkeys(
        (
            "restartPolicy.onFailureRetries",
            "restartPolicy.onFailureRetryInterval",
            "restartPolicy.onSubmissionFailureRetries",
            "restartPolicy.onSubmissionFailureRetryInterval",
            "restartPolicy.type",
        ),
        "the operator's controller tries again",
    ),
    **dict.fromkeys(
        (
            "sparkUIOptions.serviceAnnotations",
            "sparkUIOptions.serviceLabels",
            "sparkUIOptions.servicePort",
            "sparkUIOptions.servicePortName",
            "sparkUIOptions.serviceType",
        ),
        "the operator's controller makes the Service of the page",
    ),
    **dict.fromkeys(
        (
            "monitoring.metricsProperties",
            "monitoring.metricsPropertiesFile",
            "monitoring.prometheus.configFile",
            "monitoring.prometheus.configuration",
            "monitoring.prometheus.jmxExporterJar",
        ),
        "the operator's controller fills a ConfigMap; tests/apps/job_pods/test_templates.py sees it mounted",
    ),
}
"""Field -> who acts on it, where that is not the submission."""

OTHERS = {
    "executor.lifecycle": {"sparkConf": {"spark.decommission.enabled": "false"}},
    **{f"{role}.volumeMounts": {"volumes": VALUES["volumes"]} for role in ("driver", "executor")},
    "volumes": {"driver": {"volumeMounts": VALUES["volumeMounts"]}},
}
"""What a field needs beside it."""

SECTIONS = {**BESIDE, "dynamicAllocation": {"enabled": True}}
"""What a section needs beside it."""

OWN = {
    "arguments": ["--day=2026-11-27"],
    "priorityClassName": "spark-high",
    "serviceAccount": "own",
    "template": {"spec": {"dnsPolicy": "ClusterFirst", "containers": [{"name": "a"}]}},
}
"""Values that differ from what a job has anyway."""


def expected(path: str) -> str:
    role, _, field = path.partition(".")
    return NAMED.get(path) or BY_ROLE[field].format(role=role)


def fields(effect: Effect) -> Iterator[str]:
    return (path for path, found in effects().items() if found is effect and path not in ELSEWHERE)


def with_field(path: str) -> dict[str, Any]:
    """A job with one field more, or another value of one."""
    *sections, field = path.split(".")
    made = job(**OTHERS.get(path, {}))
    for role in ("driver", "executor"):
        made["spec"][role] = {"serviceAccount": f"spark-{role}", **made["spec"][role]}
    part = made["spec"]
    for section in sections:
        part[section] = {**SECTIONS.get(section, {}), **part.get(section, {})}
        part = part[section]
    part[field] = OWN.get(field) or VALUES.get(path, VALUES.get(field))
    return made


def test_every_field_has_its_row() -> None:
    roles = {f"{role}.{field}" for role in ("driver", "executor") for field in BY_ROLE}
    by_operator = {path for path, effect in effects().items() if effect is Effect.OPERATOR}
    assert by_operator == {*NAMED, *roles, *ELSEWHERE}


@pytest.mark.parametrize("path", fields(Effect.OPERATOR))
def test_the_operator_hands_it_on(chain: Chain, path: str) -> None:
    (arguments,) = chain.operator.arguments([with_field(path)])
    assert arguments is not None
    assert expected(path) in " ".join(arguments)


@pytest.mark.parametrize("path", fields(Effect.PODS))
def test_it_is_in_the_pod_that_spark_makes(chain: Chain, spark_pods: SparkPods, path: str) -> None:
    """Of a field the pod has the value; of one that names a file or a port, the mount or the number."""
    made = with_field(path)
    role = "executor" if path.startswith("executor.") or "Executor" in path else "driver"
    _, properties = chain.tried(made)
    pod = spark_pods.make(role, properties)
    text = json.dumps(pod["spec"], sort_keys=True)
    assert [part for part in PARTS[path.rpartition(".")[2]] if part not in text] == [], text


PARTS: dict[str, tuple[str, ...]] = {
    "affinity": ('"nodeAffinity"',),
    "configMaps": ('"mountPath": "/mnt/a"', '"configMap": {"name": "a"}'),
    "dnsConfig": ('"options": [{"name": "ndots"}]',),
    "env": ('{"name": "A", "value": "1"}',),
    "envFrom": ('"configMapRef": {"name": "a"}',),
    "exposeDriverMetrics": ('"mountPath": "/etc/metrics/conf"', '"containerPort": 8090'),
    "exposeExecutorMetrics": ('"mountPath": "/etc/metrics/conf"', '"containerPort": 8090'),
    "gpu": ('"nvidia.com/gpu": "1"',),
    "hadoopConfigMap": ('"mountPath": "/etc/hadoop/conf"',),
    "hostAliases": ('"ip": "192.0.2.1"',),
    "initContainers": ('"initContainers": [{', '"name": "side"'),
    "lifecycle": ('"preStop": {"exec": {"command": ["true"]}}',),
    "nodeSelector": ('"disk": "ssd"',),
    "podSecurityContext": ('"runAsUser": 1000',),
    "port": ('"containerPort": 8090',),
    "portName": ('"name": "jmx"',),
    "ports": ('"containerPort": 5005',),
    "priorityClassName": ('"priorityClassName": "spark-high"',),
    "schedulerName": ('"schedulerName": "default-scheduler"',),
    "securityContext": ('"runAsUser": 1000',),
    "shareProcessNamespace": ('"shareProcessNamespace": true',),
    "sidecars": ('"name": "side"',),
    "template": ('"dnsPolicy": "ClusterFirst"',),
    "terminationGracePeriodSeconds": ('"terminationGracePeriodSeconds": 60',),
    "tolerations": ('"key": "spark-on-eks/pool"',),
    "volumeMounts": ('"mountPath": "/mnt"', '"emptyDir": {}'),
    "volumes": ('"mountPath": "/mnt"', '"emptyDir": {}'),
}
"""Field of a pod -> what stands in it."""
