"""Which platform, tenant and store a run of the flights belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from components import naming
from components.spark.conf import DEFAULTS_FILE
from components.spark.conf_values import DRIVER_TEMPLATE_FILE
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What a run has to know about the platform.

    Args:
        kubeconfig: of the cluster.
        namespace: the tenant's.
        image: reference of the Spark image.
        endpoint: URL of the object store as pods know it; None is AWS, reached as this machine's own user.
        region: of the object store.
        data_bucket: bucket of the tenants' data.
        artifacts_bucket: bucket of the tenants' job files.
        priority_class: PriorityClass of the tenant's pods.
        history_url: where people open the history server; empty if they can't.
        follows_git: whether jobs come from a repository in the cluster.
    """

    kubeconfig: Path
    namespace: str
    image: str
    endpoint: str | None
    region: str = "us-east-1"
    data_bucket: str = "data"
    artifacts_bucket: str = "artifacts"
    priority_class: str = "spark-normal"
    history_url: str = ""
    follows_git: bool = False

    @property
    def input_prefix(self) -> str:
        """Where in the data bucket the job's input is."""
        return f"{self.namespace}/flights/input"

    @property
    def code_key(self) -> str:
        """Where in the artifacts bucket the job's code is."""
        return f"{self.namespace}/flights/flights.py"

    def run_prefix(self, run: str) -> str:
        """Where in the data bucket a run's results are.

        Args:
            run: its name.
        """
        return f"{self.namespace}/flights/runs/{run}"


def find(kubectl: Kubectl, outputs: Mapping[str, Any], namespace: str = "") -> Platform:
    """The platform that a stack made, as one of its tenants sees it.

    Image and store are read where every job of the tenant reads them: its `spark-defaults`.

    Args:
        kubectl: the cluster.
        outputs: of the stack: `namespaces`, `historyUrl` and `dataBucket`.
        namespace: the tenant's; the stack's first if empty.

    Raises:
        ReportedError: the stack has no tenant, or none of that name.
    """
    tenants = list(outputs.get("namespaces", ()))
    if not tenants or (namespace and namespace not in tenants):
        raise ReportedError(
            f"there is no tenant {namespace or 'at all'}; the stack has {', '.join(tenants) or 'none'}",
            hint="name one of them, or add one below `tenants` in the stack file",
        )
    tenant = namespace or str(tenants[0])
    files = _spark_defaults(kubectl, tenant)
    conf = _properties(files[DEFAULTS_FILE])
    return Platform(
        kubeconfig=kubectl.kubeconfig,
        namespace=tenant,
        image=conf["spark.kubernetes.container.image"],
        endpoint=conf.get("spark.hadoop.fs.s3a.endpoint"),
        region=conf["spark.hadoop.fs.s3a.endpoint.region"],
        data_bucket=str(outputs.get("dataBucket", "data")),
        artifacts_bucket=urlsplit(conf["spark.kubernetes.file.upload.path"]).netloc,
        priority_class=str(yaml.safe_load(files[DRIVER_TEMPLATE_FILE])["spec"]["priorityClassName"]),
        history_url=str(outputs.get("historyUrl") or ""),
        follows_git=bool(outputs.get("jobsRepository")),
    )


def _spark_defaults(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    config = kubectl.get("configmap", naming.DEFAULTS_CONFIG_MAP, namespace)
    if config is None:
        raise ReportedError(
            f"namespace {namespace} has no ConfigMap {naming.DEFAULTS_CONFIG_MAP}",
            hint="was the stack applied to this cluster? `pulumi up` makes it",
        )
    return dict(config["data"])


def _properties(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}
