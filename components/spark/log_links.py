"""Links from the Spark pages to the stored logs of a run. Pure.

Spark fills a URL with what an executor said of itself when it registered: every variable of its environment
that begins with SPARK_EXECUTOR_ATTRIBUTE_ (CoarseGrainedExecutorBackend.extractAttributes). A driver says
nothing of itself on Kubernetes, so each executor has a second link, to the log of its driver. An application
without executors has no link; its logs are found by namespace and name.
"""

from __future__ import annotations

from typing import Any, Final

_ATTRIBUTE: Final = "SPARK_EXECUTOR_ATTRIBUTE_"

APP_NAME_LABEL: Final = "sparkoperator.k8s.io/app-name"
"""Label that the operator puts on driver and executors: the SparkApplication's name.

Not Spark's own label spark-app-name: a driver has the name that was submitted, its executors the one that the
program then gave itself, and the two pods of one run would be taken for two applications."""

SUBMITTED_NAME: Final = r"^(?P<submitted>.+?)(?:-[0-9a-f]{16})?-(?:driver|exec-[0-9]+)$"
"""Names of pods: spark-submit's name of the application, an id of the submission, and the pod's role
(KubernetesConf.getResourceNamePrefix; the operator's drivers have no id). For runs without the label."""

APP_ID_LABEL: Final = "spark-app-selector"
"""Label that Spark puts on its pods: the application's id (k8s Constants.SPARK_APP_ID_LABEL)."""

LOG_FILES: Final = ("log", "driver")
"""Names of an executor's links, and last part of their addresses: its own log, and that of its driver."""

_FIELDS: Final = {
    "NAMESPACE": "metadata.namespace",
    "APP": f"metadata.labels['{APP_NAME_LABEL}']",
    "RUN": f"metadata.labels['{APP_ID_LABEL}']",
    "POD": "metadata.name",
}

LIVE_URL: Final = "spark.ui.custom.executor.log.url"
"""Property of a job: links of the page of a running application, and kept in its event log."""

HISTORY_URL: Final = "spark.history.custom.executor.log.url"
"""Property of the history server: links of finished applications, wherever the log page was when they ran."""


def executor_environment() -> list[dict[str, Any]]:
    """Make the variables by which an executor says which pod of which run it is, for its template."""
    return [
        *(
            {"name": f"{_ATTRIBUTE}{name}", "valueFrom": {"fieldRef": {"fieldPath": path}}}
            for name, path in _FIELDS.items()
        ),
        {"name": f"{_ATTRIBUTE}LOG_FILES", "value": ",".join(LOG_FILES)},
    ]


def executor_log_url(address: str) -> str:
    """Make the pattern of an executor's links.

    Args:
        address: URL of the log page as a browser reaches it; a slash at its end is ignored.
    """
    parts = "/".join(f"{{{{{name}}}}}" for name in (*_FIELDS, "FILE_NAME"))
    return f"{address.rstrip('/')}/{parts}"
