"""Jobs: an ordinary one, what somebody who means harm would write, and any number of mixtures."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from components.spark.submission import FILE_LISTS, LAUNCHER_CLASSES
from components.versions import SPARK

SECRET: Final = "only-the-operator-may-read-this"
"""What stands in a file of the operator's pod, in place of its token."""

SECRETS: Final = Path("/tmp/spark-operator-secrets")
"""The folder of that file. A folder `conf` is what spark.home would look for."""

TOKEN: Final = SECRETS / "conf" / "token"


def plant() -> None:
    """Write the file."""
    TOKEN.parent.mkdir(parents=True, exist_ok=True)
    TOKEN.write_text(SECRET)


_BUCKETS: Final = count()


def jar() -> str:
    """A dependency in a bucket that no job before had: Hadoop keeps what it has opened."""
    return f"s3a://bucket-{next(_BUCKETS)}/a.jar"


def job(kind: str = "SparkApplication", **changes: Any) -> dict[str, Any]:
    """A plain job in data-dev.

    Args:
        kind: or a ScheduledSparkApplication.
        changes: fields of its spec that are added or replaced.
    """
    spec: dict[str, Any] = {
        "type": "Python",
        "mode": "cluster",
        "sparkVersion": SPARK,
        "mainApplicationFile": "s3a://artifacts/data-dev/job.py",
        "restartPolicy": {"type": "Never"},
        "deps": {"jars": [jar()], "files": ["https://example.com/a", "local:///b"]},
        "driver": {"cores": 1, "memory": "1g", "serviceAccount": "spark-driver"},
        "executor": {"cores": 1, "instances": 1, "memory": "1g"},
        **copy.deepcopy(changes),
    }
    if kind == "ScheduledSparkApplication":
        spec = {"schedule": "@every 5m", "concurrencyPolicy": "Forbid", "template": spec}
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": kind,
        "metadata": {"name": "j1", "namespace": "data-dev", "uid": "92bc35c8", "labels": {"team": "data"}},
        "spec": spec,
    }


_FILES: Final = (
    str(TOKEN),
    f"file://{TOKEN}",
    f"s3a://a/b.jar,{TOKEN}",
    f"s3a:// /../../../../../../../../..{TOKEN}",
    f"s3a://#/../../../../../../../../..{TOKEN}",
    f"local://a/%zz/../../../../../../../../..{TOKEN}",
    f"s3a://a/b.jar, {TOKEN}",
    f"{SECRETS}/*/*",
    "https://192.0.2.7/a.jar",
    "spark-internal",
)
_OPTIONS: Final = (
    "--deploy-mode",
    "--deploy-mode=client",
    "client",
    "--master",
    "--master=local[1]",
    "local[1]",
    "--class",
    "org.apache.spark.deploy.PythonRunner",
    "--conf",
    "-c",
    "spark.submit.deployMode=client",
    "--driver-java-options=-Da=b",
    "--properties-file",
    "--packages",
    "--proxy-user",
    "--verbose",
    "--version",
    "--kill",
    "--",
    "",
    " ",
    "\n",
    "$(id)",
    "`id`",
    "a'b\"c",
    "ä\u2028\U0001f600",
    "x" * 3000,
    "${env:PATH}",
    "${system:user.home}",
)
_OTHERS: Final = (
    "Canary",
    "kube-system",
    "science-dev",
    "../kube-system",
    "true",
    "-1",
    "x=y",
    "spark.kubernetes.namespace=kube-system",
    "data-dev\nspark.master=local",
)
_KEYS: Final = (
    *FILE_LISTS,
    "spark.master",
    "spark.remote",
    "spark.home",
    "spark.submit.deployMode",
    "spark.app.name",
    "spark.jars.packages",
    "spark.jars.ivySettings",
    "spark.jars.repositories",
    "spark.kerberos.keytab",
    "spark.kerberos.principal",
    "spark.yarn.keytab",
    "spark.driver.defaultExtraClassPath",
    "spark.driver.extraClassPath",
    "spark.driver.extraJavaOptions",
    "spark.driver.userClassPathFirst",
    "spark.executorEnv.PATH",
    "spark.hadoop.fs.s3a.impl",
    "spark.hadoop.fs.s3.impl",
    "spark.hadoop.fs.file.impl",
    "spark.hadoop.fs.local.impl",
    "spark.hadoop.fs.https.impl",
    "spark.hadoop.fs.defaultFS",
    "spark.hadoop.fs.s3a.aws.credentials.provider",
    "spark.hadoop.hadoop.security.authentication",
    "spark.hadoop.hadoop.security.group.mapping",
    "spark.hadoop.hadoop.security.credential.provider.path",
    "spark.hadoop.net.topology.script.file.name",
    "spark.kubernetes.namespace",
    "spark.kubernetes.context",
    "spark.kubernetes.driver.master",
    "spark.kubernetes.driver.pod.name",
    "spark.kubernetes.driver.pod.featureSteps",
    "spark.kubernetes.driver.podTemplateFile",
    "spark.kubernetes.executor.podTemplateFile",
    "spark.kubernetes.executor.pod.featureSteps",
    "spark.kubernetes.driver.resourceNamePrefix",
    "spark.kubernetes.driver.label.spark-role",
    "spark.kubernetes.file.upload.path",
    "spark.kubernetes.hadoop.configMapName",
    "spark.kubernetes.kerberos.krb5.path",
    "spark.kubernetes.submission.waitAppCompletion",
    "spark.kubernetes.trust.certificates",
    "spark.kubernetes.authenticate.caCertFile",
    "spark.kubernetes.authenticate.driver.caCertFile",
    "spark.kubernetes.authenticate.driver.oauthToken",
    "spark.kubernetes.authenticate.submission.oauthTokenFile",
    "spark.kubernetes.authenticate.submission.caCertFile",
    "spark.sql.extensions",
    "spark.plugins",
    "spark.eventLog.dir",
)
TEXTS: Final = (*_FILES, *_OPTIONS, *_OTHERS, *LAUNCHER_CLASSES)
"""Texts that somebody who means harm would try."""

KEYS: Final = (
    *_KEYS,
    *(f"{key}=x" for key in ("spark.master", "spark.kubernetes.namespace", "spark.hadoop.fs.s3a.impl")),
    *(key.removeprefix("spark.hadoop.") for key in _KEYS if key.startswith("spark.hadoop.")),
    "fs.s3a.impl=Canary",
    "a b",
    "",
)
"""Names that such a person would set."""


SHARP: Final = (
    *("arguments", "deps", "driver", "executor", "hadoopConf", "mainApplicationFile", "mainClass"),
    *("mode", "proxyUser", "sparkConf", "volumes"),
)
"""Fields that become options of spark-submit: half of what is tried."""


class Mixtures:
    """Jobs that are ordinary but for one to three hostile places, anywhere that the CRD has one."""

    def __init__(self, schema: Mapping[str, Any], random: Random) -> None:
        """Take the places from a schema.

        Args:
            schema: of a SparkApplication's spec, as the CRD has it.
            random: seeded, so that a finding can be had again.
        """
        self._schema = schema
        self._sharp = {"properties": {name: schema["properties"][name] for name in SHARP}}
        self._random = random

    def make(self) -> dict[str, Any]:
        """A SparkApplication, or one time in five a ScheduledSparkApplication."""
        random = self._random
        made = job("ScheduledSparkApplication" if random.random() < 0.2 else "SparkApplication")
        spec = made["spec"].get("template", made["spec"])
        for _ in range(random.randint(1, 3)):
            self._spoil(spec, self._schema if random.random() < 0.5 else self._sharp)
        return made

    def _spoil(self, place: dict[str, Any], schema: Mapping[str, Any]) -> None:
        """Descend to a place of the schema, and put something hostile there."""
        name, below = self._random.choice(sorted(schema["properties"].items()))
        if "properties" in below:
            inner = place.setdefault(name, {})
            self._spoil(inner, below)
        else:
            place[name] = self._value(below)

    def _value(self, schema: Mapping[str, Any]) -> Any:
        random = self._random
        kind = schema.get("type")
        if "properties" in schema:
            chosen = [*schema.get("required", []), random.choice(sorted(schema["properties"]))]
            return {name: self._value(schema["properties"][name]) for name in chosen}
        if kind == "array":
            return [self._value(schema["items"]) for _ in range(random.randint(1, 4))]
        if kind == "object":
            return {random.choice(KEYS): random.choice(TEXTS) for _ in range(random.randint(1, 3))}
        if "enum" in schema:
            return random.choice(schema["enum"])
        simple: dict[str, Any] = {
            "integer": random.choice((-1, 0, 1, 2**31)),
            "boolean": random.random() < 0.5,
        }
        return simple.get(str(kind), random.choice(TEXTS))
