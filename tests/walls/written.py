"""Manifests that people have written, and what the API server says to each: one table for tests and docs.

Upstream's examples are read from the operator's sources. The others are of kinds that public reports tell of,
in words of our own; where a report has a number, it is the operator's or Spark's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from tests.submission.operator import source
from tests.walls.attack import job, schedule

Object = dict[str, Any]

TAKEN: Final = ""
"""What is said to a manifest that is taken."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One manifest.

    Args:
        what: what it is, for the table.
        manifest: the object.
        said: a part of the API server's answer; empty if the manifest is taken.
    """

    what: str
    manifest: Object
    said: str = TAKEN


_NO_BATCH: Final = "spec.batchScheduler and spec.batchSchedulerOptions can not be used"

UPSTREAM: Final[Mapping[str, str]] = {
    "spark-pi-configmap": TAKEN,
    "spark-pi-custom-resource": TAKEN,
    "spark-pi-dynamic-allocation": TAKEN,
    "spark-pi-emptydir": TAKEN,
    "spark-pi-kube-scheduler": _NO_BATCH,
    "spark-pi-pod-template": "tolerations may name spark-on-eks/pool and no other taint, not every taint",
    "spark-pi-prometheus": TAKEN,
    "spark-pi-prometheus-servlet": TAKEN,
    "spark-pi-python": TAKEN,
    "spark-pi-scheduled": TAKEN,
    "spark-pi-ttl": TAKEN,
    "spark-pi-volcano": _NO_BATCH,
    "spark-pi-yunikorn": _NO_BATCH,
    "spark-pi": TAKEN,
}
"""Upstream's examples of jobs, by file, and what is said to each."""


def upstream() -> Iterator[Written]:
    """Upstream's examples, with the namespace changed."""
    for path in sorted((source() / "examples").glob("*.yaml")):
        # One has words to fill in, in braces, which YAML takes for a map.
        text = re.sub(r"\{[A-Z_]+\}", "filled-in", path.read_text())
        for document in yaml.safe_load_all(text):
            if document and str(document["kind"]).endswith("SparkApplication"):
                manifest = {**document, "metadata": {"name": document["metadata"]["name"]}}
                yield Written(what=path.stem, manifest=manifest, said=UPSTREAM[path.stem])


def _named(name: str, manifest: Object) -> Object:
    return {**manifest, "metadata": {"name": name}}


_JOB: Final = job()["spec"]
_DRIVER: Final = _JOB["driver"]
_EXECUTOR: Final = {**_JOB["executor"], "serviceAccount": "spark-executor"}
_ENVIRONMENT: Final = [
    {"name": "JOB_DATE", "value": "2026-07-26"},
    {"name": "HOST_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
]
_MOUNT: Final = [{"name": "settings", "mountPath": "/mnt/settings"}]
_CLAIM: Final = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1"
_TOLERATION: Final = {"key": "dedicated", "operator": "Equal", "value": "spark", "effect": "NoSchedule"}
_LABELLED: Final = {
    "metadata": {"labels": {"cost-centre": "4711"}},
    "spec": {"containers": [{"name": "spark-kubernetes-executor"}]},
}
_TOLERANT: Final = {
    "spec": {"tolerations": [_TOLERATION], "containers": [{"name": "spark-kubernetes-executor"}]}
}

REPORTED: Final = (
    Written(
        what="a name that begins with a date",
        manifest=_named("20260726-sales", job()),
        said="metadata.name must begin with a letter and have only a-z, 0-9 and -, not 20260726-sales",
    ),
    Written(
        what="a name with a version behind a dot",
        manifest=_named("sales.v2", job()),
        said="metadata.name must begin with a letter and have only a-z, 0-9 and -, not sales.v2",
    ),
    Written(
        what="a job with a name of 67 characters",
        manifest=_named("finance-orders-to-warehouse-hourly-partitions-eu-central-1-run-v2-b", job()),
        said="metadata.name must have 63 characters or fewer, not 67",
    ),
    Written(
        what="a schedule with a name of 51 characters",
        manifest=_named("finance-orders-to-warehouse-hourly-partitions-eu-v2", schedule("* * * * *")),
        said="metadata.name must have 43 characters or fewer, not 51",
    ),
    Written(
        what="the page of a running job on a NodePort",
        manifest=job(sparkUIOptions={"serviceType": "NodePort", "servicePort": 4040}),
        said="spec.sparkUIOptions.serviceType must be ClusterIP, not NodePort",
    ),
    Written(
        what="the same by an internal load balancer of AWS",
        manifest=job(
            sparkUIOptions={
                "serviceType": "LoadBalancer",
                "serviceAnnotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
            }
        ),
        said="spec.sparkUIOptions.serviceType must be ClusterIP, not LoadBalancer",
    ),
    Written(
        what="one executor, dynamic allocation off",
        manifest=job(dynamicAllocation={"enabled": False}, executor=_EXECUTOR),
    ),
    Written(
        what="a floor of three executors and no ceiling",
        manifest=job(dynamicAllocation={"enabled": True, "initialExecutors": 1, "minExecutors": 3}),
    ),
    Written(what="cores and memory alone", manifest=job()),
    Written(what="a factor for memory beside the heap", manifest=job(memoryOverheadFactor="0.5")),
    Written(
        what="variables as a list", manifest=job(driver={**_DRIVER, "env": _ENVIRONMENT}, executor=_EXECUTOR)
    ),
    Written(
        what="variables as the older map",
        manifest=job(driver={**_DRIVER, "envVars": {"JOB_DATE": "2026-07-26"}}),
    ),
    Written(
        what="a ConfigMap mounted into driver and executors",
        manifest=job(
            volumes=[{"name": "settings", "configMap": {"name": "spark-defaults"}}],
            driver={**_DRIVER, "volumeMounts": _MOUNT},
            executor={**_EXECUTOR, "volumeMounts": _MOUNT},
        ),
    ),
    Written(
        what="an init container and a sidecar",
        manifest=job(
            driver={
                **_DRIVER,
                "initContainers": [{"name": "wait", "image": "localhost/spark:1", "command": ["true"]}],
                "sidecars": [{"name": "help", "image": "localhost/spark:1", "command": ["sleep", "60"]}],
            }
        ),
    ),
    Written(
        what="a node selector and a toleration of the driver alone",
        manifest=job(
            driver={
                **_DRIVER,
                "nodeSelector": {"example.org/lifecycle": "on-demand"},
                "tolerations": [_TOLERATION],
            }
        ),
        said="tolerations may name spark-on-eks/pool and no other taint, not dedicated",
    ),
    Written(
        what="executors' template with a label",
        manifest=job(executor={**_EXECUTOR, "template": _LABELLED}),
    ),
    Written(
        what="executors' template with a toleration",
        manifest=job(executor={**_EXECUTOR, "template": _TOLERANT}),
        said="tolerations may name spark-on-eks/pool and no other taint, not dedicated",
    ),
    Written(
        what="retries of the submission without their interval",
        manifest=job(
            restartPolicy={
                "type": "OnFailure",
                "onFailureRetries": 1,
                "onFailureRetryInterval": 10,
                "onSubmissionFailureRetries": 3,
            }
        ),
        said="spec.restartPolicy.onSubmissionFailureRetries needs onSubmissionFailureRetryInterval",
    ),
    Written(
        what="a stream with `restartPolicy: Always`",
        manifest=job(restartPolicy={"type": "Always", "onFailureRetryInterval": 10}),
        said="For a stream write OnFailure, with onFailureRetries: 1000",
    ),
    Written(
        what="the same stream, as it is answered",
        manifest=job(
            restartPolicy={
                "type": "OnFailure",
                "onFailureRetries": 1000,
                "onFailureRetryInterval": 10,
                "onSubmissionFailureRetries": 1000,
                "onSubmissionFailureRetryInterval": 10,
            }
        ),
    ),
    Written(
        what="SparkPi from the examples' jar",
        manifest=job(
            type="Scala",
            mainClass="org.apache.spark.examples.SparkPi",
            mainApplicationFile="local:///opt/spark/examples/jars/spark-examples.jar",
        ),
    ),
    Written(
        what="a main file by `s3://`, as on EMR",
        manifest=job(mainApplicationFile="s3://artifacts/data-dev/job.py"),
    ),
    Written(
        what="`fs.s3.impl` mapped to S3A",
        manifest=job(hadoopConf={"fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}),
    ),
    Written(
        what="dynamic partition overwrite without the magic committer",
        manifest=job(
            sparkConf={
                "spark.sql.sources.partitionOverwriteMode": "dynamic",
                "spark.hadoop.fs.s3a.committer.magic.enabled": "false",
            }
        ),
    ),
    Written(
        what="a volume claimed for each executor, where the quota has as many",
        manifest=job(
            sparkConf={
                f"{_CLAIM}.options.claimName": "OnDemand",
                f"{_CLAIM}.options.storageClass": "standard",
                f"{_CLAIM}.options.sizeLimit": "1Gi",
                f"{_CLAIM}.mount.path": "/data1",
                f"{_CLAIM}.mount.readOnly": "false",
            }
        ),
    ),
    Written(
        what="event logs to a bucket of one's own",
        manifest=job(sparkConf={"spark.eventLog.dir": "s3a://data/data-dev/event-logs"}),
        said="sparkConf must not set spark.eventLog.dir: the platform does",
    ),
    Written(
        what="no event log",
        manifest=job(sparkConf={"spark.eventLog.enabled": "false"}),
        said="spec.sparkConf must not switch spark.eventLog.enabled off",
    ),
    Written(
        what="modules and a file beside the main file",
        manifest=job(
            mainApplicationFile="s3a://artifacts/data-dev/job.py",
            deps={
                "pyFiles": ["s3a://artifacts/data-dev/helper.py"],
                "files": ["s3a://artifacts/data-dev/rates.csv"],
            },
        ),
    ),
    Written(
        what="Delta by its coordinates",
        manifest=job(deps={"packages": ["io.delta:delta-spark_2.13:4.0.0"]}),
        said="spec.deps.packages can not be used: put the jars into the artifacts bucket",
    ),
    Written(
        what="Prometheus' annotations on the driver's service",
        manifest=job(
            sparkConf={
                "spark.kubernetes.driver.service.annotation.prometheus.io/scrape": "true",
                "spark.kubernetes.driver.annotation.prometheus.io/port": "4040",
            }
        ),
    ),
)
"""What public reports tell of."""
