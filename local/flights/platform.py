"""Which platform, tenant and store a run of the flights belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What a run has to know about the platform: all of it is in the stack's outputs.

    Args:
        kubeconfig: of the cluster.
        namespace: the tenant's.
        image: reference of the Spark image.
        data_bucket: bucket of the tenants' data.
        artifacts_bucket: bucket of the tenants' job files.
        region: of the object store.
        endpoint: URL of the object store as pods know it; None is AWS, reached as this machine's own user.
        history_url: where people open the history server; empty if they can't.
    """

    kubeconfig: Path
    namespace: str
    image: str
    data_bucket: str = "data"
    artifacts_bucket: str = "artifacts"
    region: str = "us-east-1"
    endpoint: str | None = "http://object-store.object-store.svc:7070"
    history_url: str = ""

    @property
    def input_prefix(self) -> str:
        """Where in the data bucket the job's input is."""
        return f"{self.namespace}/flights/input"

    @property
    def code_key(self) -> str:
        """Where in the artifacts bucket the job's code is."""
        return f"{self.namespace}/flights/flights.py"

    def run_prefix(self, run: str) -> str:
        """Where in the data bucket a run's results are."""
        return f"{self.namespace}/flights/runs/{run}"
