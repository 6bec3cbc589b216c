"""What a driver takes until its first task has ended, and how long its executor takes to be there."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kubernetes import client, config, watch

from bench.submissions import cpu_seconds
from components.spark.conf_java import ONE_COMPILER, THRESHOLDS
from components.versions import SPARK
from flights.platform import Platform
from flights.store import open_store
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

PROGRAM: Final = Path(__file__).parent / "programs" / "first_task.py"

AS_JAVA_COMES: Final = " ".join(
    (
        "-XX:SharedArchiveFile=/opt/java/lib/server/classes.jsa",
        *(f"-XX:{name}={runs}" for name, runs in THRESHOLDS.items()),
    )
)
"""Java's own classes alone, and code compiled when it would: of an option that is given twice, Java takes
the later."""

LIMIT_SECONDS: Final = 300
MARK: Final = "first task "


@dataclass(frozen=True, kw_only=True)
class FirstTask:
    """One run.

    Args:
        cpu: CPU seconds of the driver's container, from its start to the end of the first task.
        running: seconds from the executor's pod to its container.
        registered: seconds from the executor's pod until the driver has the executor.
    """

    cpu: float
    running: float
    registered: float


@dataclass
class Seen:
    """When this machine saw what, in seconds since the epoch; 0 is not yet.

    Args:
        requested: its executor's pod.
        running: that pod's container, running.
    """

    requested: float = 0.0
    running: float = 0.0


class FirstTasks:
    """Runs of a job of one task, on one platform. Its nodes' clocks have to agree with this machine's.

    Args:
        platform: where.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._kubectl = Kubectl(platform.kubeconfig)
        connect: Any = config.new_client_from_config
        self._core: Any = client.CoreV1Api(connect(str(platform.kubeconfig)))
        self._key = f"{platform.namespace}/bench/{PROGRAM.name}"
        with open_store(platform) as store:
            store.upload(PROGRAM, platform.artifacts_bucket, self._key)

    def round(self) -> tuple[FirstTask, FirstTask, FirstTask]:
        """A run as Java comes, one as every job is, one without the second compiler.

        Raises:
            ReportedError: a run fails, or does not end in time.
        """
        return self._run(AS_JAVA_COMES), self._run(""), self._run(ONE_COMPILER)

    def _run(self, java_options: str) -> FirstTask:
        name = f"bench-first-{secrets.token_hex(3)}"
        self._kubectl.create(self._job(name, java_options))
        try:
            seen = self._watched(name)
            log = self._core.read_namespaced_pod_log(f"{name}-driver", self._platform.namespace)
            return measured(log, seen)
        finally:
            self._kubectl.delete("sparkapplication", name, self._platform.namespace)

    def _watched(self, name: str) -> Seen:
        of_this = {
            "namespace": self._platform.namespace,
            "label_selector": f"sparkoperator.k8s.io/app-name={name}",
            "timeout_seconds": LIMIT_SECONDS,
        }
        stream: Any = watch.Watch
        events = stream().stream(self._core.list_namespaced_pod, **of_this)
        return follow((event["object"] for event in events), name)

    def _job(self, name: str, java_options: str) -> dict[str, Any]:
        sizes = {"cores": 1, "coreRequest": "250m", "memory": "1g"}
        options = {"javaOptions": java_options} if java_options else {}
        return {
            "apiVersion": "sparkoperator.k8s.io/v1beta2",
            "kind": "SparkApplication",
            "metadata": {"name": name, "namespace": self._platform.namespace},
            "spec": {
                "type": "Python",
                "mode": "cluster",
                "sparkVersion": SPARK,
                "mainApplicationFile": f"s3a://{self._platform.artifacts_bucket}/{self._key}",
                "restartPolicy": {"type": "Never"},
                # One executor, asked for when the driver starts.
                "dynamicAllocation": {"enabled": False},
                "driver": {**sizes, **options, "serviceAccount": "spark-driver"},
                "executor": {**sizes, **options, "instances": 1, "serviceAccount": "spark-executor"},
            },
        }


def follow(pods: Iterable[Any], name: str) -> Seen:
    """Note when the executor's pod and its container came, until the driver ends.

    Args:
        pods: a job's, whenever one changes.
        name: of the job.

    Raises:
        ReportedError: the driver fails, or `pods` ends before the driver does.
    """
    seen = Seen()
    for pod in pods:
        if pod.metadata.labels.get("spark-role") == "executor":
            _note(pod, seen)
        elif pod.status.phase == "Succeeded":
            return seen
        elif pod.status.phase == "Failed":
            raise ReportedError(
                f"the driver of {name} failed", hint="its stored log says why, see docs/logs.md"
            )
    raise ReportedError(f"{name} had not ended after {LIMIT_SECONDS} s")


def _note(pod: Any, seen: Seen) -> None:
    now = time.time()
    seen.requested = seen.requested or now
    statuses = pod.status.container_statuses or []
    if any(status.state.running for status in statuses):
        seen.running = seen.running or now


def measured(log: str, seen: Seen) -> FirstTask:
    """What a run took.

    Args:
        log: of its driver, with what the program said.
        seen: of its executor.

    Raises:
        ReportedError: the program said nothing, or its executor was not seen.
    """
    said = [line.removeprefix(MARK) for line in log.splitlines() if line.startswith(MARK)]
    if not said or not seen.running:
        missing = "the time of its first task" if not said else "a running executor"
        raise ReportedError(f"a job of one task ended without {missing}", hint="run make bench again")
    found = json.loads(said[-1])
    return FirstTask(
        cpu=cpu_seconds(found["cpu"]),
        running=seen.running - seen.requested,
        registered=found["registered"] - seen.requested,
    )
