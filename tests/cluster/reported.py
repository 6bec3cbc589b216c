"""Jobs of public reports, and what becomes of a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flights import Platform, open_store
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

FOLDER = Path(__file__).parents[1] / "data" / "reported-cases"

END_SECONDS = 420.0
"""From the object's creation to the end, on a busy machine; half a minute on an idle one."""

ENDED = ("COMPLETED", "FAILED", "SUBMISSION_FAILED")


def upload_programs(platform: Platform) -> None:
    """Put what the cases run where they look for it."""
    with open_store(platform) as store:
        for path in sorted((FOLDER / "programs").glob("*/*")):
            key = f"{platform.namespace}/cases/{path.parent.name}/{path.name}"
            store.upload(path, platform.artifacts_bucket, key)


def role(pod: dict[str, Any]) -> str:
    """What a pod of Spark is."""
    return str(pod["metadata"]["labels"]["spark-role"])


def pods(kubectl: Kubectl, namespace: str, name: str) -> list[dict[str, Any]]:
    """Driver and executors of a job."""
    return kubectl.list("pods", namespace, f"sparkoperator.k8s.io/app-name={name}")


def driver_log(kubectl: Kubectl, namespace: str, name: str) -> str:
    """What a job's driver has written."""
    return kubectl.logs(f"{name}-driver", namespace, "-c", "spark-kubernetes-driver")


def ended(kubectl: Kubectl, namespace: str, name: str) -> dict[str, Any]:
    """The state of a job at its end."""

    def state() -> dict[str, Any] | None:
        job = kubectl.get("sparkapplication", name, namespace) or {}
        found: dict[str, Any] = job.get("status", {}).get("applicationState", {})
        return found if found.get("state") in ENDED else None

    return eventually("the job ends", state, timeout=END_SECONDS)
