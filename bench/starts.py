"""How long from creating an object to a running driver: a SparkApplication, and the same pod by hand."""

from __future__ import annotations

import copy
import time
from typing import Any, Final

from kubernetes import client, config

from flights.platform import Platform
from flights.submit import Kind, Submission, new_name, remove, render
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

POLL_SECONDS: Final = 0.05
LIMIT_SECONDS: Final = 180.0

BARE: Final = "spark-on-eks-bench"
"""Name and label of the pod made by hand."""


class Starts:
    """Starts, measured both ways on one platform.

    Args:
        platform: where.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._kubectl = Kubectl(platform.kubeconfig)
        connect: Any = config.new_client_from_config
        self._core: Any = client.CoreV1Api(connect(str(platform.kubeconfig)))
        self._driver: dict[str, Any] | None = None

    def round(self) -> tuple[float, float]:
        """Seconds of a pod made by hand, and of a SparkApplication; the latter comes first in time.

        Raises:
            ReportedError: one of them does not start in time.
        """
        application = self._application()
        return self._bare_pod(), application

    def _application(self) -> float:
        name = new_name()
        manifest = render(Kind.OPERATOR, self._platform, name)
        begun = time.monotonic()
        self._kubectl.create(manifest)
        try:
            pod = self._running(f"{name}-driver", begun)
            seconds = time.monotonic() - begun
            self._driver = self._kubectl.get("pod", pod, self._platform.namespace)
            return seconds
        finally:
            remove(Submission(name, self._platform.namespace, Kind.OPERATOR), self._platform)

    def _bare_pod(self) -> float:
        if self._driver is None:
            raise ReportedError("no driver pod has been seen to copy")
        pod = bare(self._driver)
        self._kubectl.delete("pod", BARE, self._platform.namespace)
        begun = time.monotonic()
        self._kubectl.create(pod)
        try:
            self._running(BARE, begun)
            return time.monotonic() - begun
        finally:
            self._kubectl.delete("pod", BARE, self._platform.namespace, "--grace-period=1")

    def _running(self, name: str, begun: float) -> str:
        selector = f"metadata.name={name}"
        while time.monotonic() - begun < LIMIT_SECONDS:
            pods = self._core.list_namespaced_pod(self._platform.namespace, field_selector=selector).items
            if pods and pods[0].status.phase != "Pending":
                return name
            time.sleep(POLL_SECONDS)
        raise ReportedError(f"pod {name} was not running after {LIMIT_SECONDS:.0f} s")


def bare(driver: dict[str, Any]) -> dict[str, Any]:
    """The same pod without Spark's doing: image, resources and security kept, the command a sleep.

    What only a live application has (its ConfigMap, its labels, its owner) is left out.

    Args:
        driver: a driver's pod as the API server gives it.
    """
    spec = copy.deepcopy(driver["spec"])
    gone = {volume["name"] for volume in spec.get("volumes", []) if _made_for_one_run(volume)}
    spec["volumes"] = [volume for volume in spec.get("volumes", []) if volume["name"] not in gone]
    for key in ("nodeName", "serviceAccount"):
        spec.pop(key, None)
    spec["terminationGracePeriodSeconds"] = 1
    for container in spec["containers"]:
        mounts = container.get("volumeMounts", [])
        container["volumeMounts"] = [mount for mount in mounts if mount["name"] not in gone]
        container["command"], container["args"] = ["sleep"], ["60"]
    metadata = {"name": BARE, "namespace": driver["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _made_for_one_run(volume: dict[str, Any]) -> bool:
    return "configMap" in volume or volume["name"].startswith("kube-api-access")
