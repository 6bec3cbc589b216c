"""Labels by which Spark's own pods are found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ROLE_LABEL: Final = "spark-role"
"""Label that Spark puts on its pods (k8s Constants.SPARK_ROLE_LABEL)."""

APP_LABEL: Final = "spark-app-selector"
"""Label that Spark puts on all pods of a job, with its application id (k8s Constants.SPARK_APP_ID_LABEL)."""

RESERVED: Final = (
    APP_LABEL,
    ROLE_LABEL,
    "spark-app-name",
    "spark-exec-id",
    "spark-exec-resourceprofile-id",
    "spark-version",
)
"""Labels that Spark sets itself. A job that sets one fails at its submission, or its driver never gets an
executor ("reserved for Spark bookkeeping operations", KubernetesDriverConf and KubernetesExecutorConf)."""

DRIVER: Final[Mapping[str, str]] = MappingProxyType({ROLE_LABEL: "driver"})
EXECUTOR: Final[Mapping[str, str]] = MappingProxyType({ROLE_LABEL: "executor"})

SUBMITTER: Final[Mapping[str, str]] = MappingProxyType({"app.kubernetes.io/component": "spark-submit"})
"""Label of pods that run spark-submit themselves: without it such a pod reaches nothing but DNS."""
