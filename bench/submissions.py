"""CPU time of submissions in the operator's pod: the platform's way, and the chart's, a JVM for each."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any, Final

from components.naming import OPERATOR_NAMESPACE
from components.versions import SPARK
from flights.platform import Platform
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

JOBS: Final = 10
"""SparkApplications of a round: enough that what the operator does besides is a small part."""

BY_CHART: Final = 2
"""Submissions of a round by a JVM of their own: each takes seconds, and they differ little."""

LIMIT_SECONDS: Final = 180.0
DEPLOYMENT: Final = "deployment/spark-operator-controller"

CPU: Final = "cat /sys/fs/cgroup/cpu.stat || cat /sys/fs/cgroup/cpuacct/cpuacct.usage"
"""Of cgroup 2, or of 1."""

CHARTS_WAY: Final = """
set -e
conf="${SPARK_CONF_DIR:-$SPARK_HOME/conf}" template="$(mktemp)"
python3 - "$conf/driver-pod.yaml" "$3" > "$template" <<'PYTHON'
import json, sys
pod = json.load(open(sys.argv[1]))
pod["spec"]["priorityClassName"] = sys.argv[2]
pod["spec"]["containers"][0]["command"] = ["true"]
print(json.dumps(pod))
PYTHON
unset SPARK_SUBMIT_OPTS
"$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.SparkSubmit \\
  --master "k8s://https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" \\
  --deploy-mode cluster --name "$1" \\
  --conf "spark.kubernetes.namespace=$2" --conf "spark.kubernetes.driver.pod.name=$1-driver" \\
  --conf "spark.kubernetes.driver.podTemplateFile=$template" \\
  --conf spark.kubernetes.submission.waitAppCompletion=false \\
  --conf spark.driver.memory=512m --conf spark.kubernetes.driver.request.cores=10m local:///nothing.py
rm "$template"
"""
"""What the image's own spark-submit runs, with arguments name, namespace and PriorityClass."""


def cpu_seconds(printed: str) -> float:
    """Read what `CPU` prints: microseconds among other lines in cgroup 2, nanoseconds alone in 1.

    Args:
        printed: by the command.

    Raises:
        ReportedError: it is neither.
    """
    if found := re.search(r"^usage_usec (\d+)$", printed, re.MULTILINE):
        return int(found[1]) / 1e6
    if printed.strip().isdecimal():
        return int(printed) / 1e9
    raise ReportedError(f"the operator's container does not say its CPU time, but {printed!r}")


def idle_job(name: str, platform: Platform, command: list[str]) -> dict[str, Any]:
    """A SparkApplication whose driver runs a command instead of Spark: its submission is what counts.

    Args:
        name: its name.
        platform: gives the namespace.
        command: of the driver's container.
    """
    container = {"name": "spark-kubernetes-driver", "command": command}
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": name, "namespace": platform.namespace},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": SPARK,
            "mainApplicationFile": "local:///nothing.py",
            "restartPolicy": {"type": "Never"},
            "driver": {
                "cores": 1,
                "coreRequest": "10m",
                "memory": "512m",
                # There is no JVM, and all of a round may be there at once.
                "memoryOverhead": "64m",
                "serviceAccount": "spark-driver",
                "template": {"spec": {"containers": [container]}},
            },
            "executor": {"cores": 1, "coreRequest": "10m", "instances": 1, "memory": "512m"},
        },
    }


class Submissions:
    """Submissions, measured both ways in the operator's pod of one platform.

    Args:
        platform: where.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._kubectl = Kubectl(platform.kubeconfig)

    def round(self) -> tuple[float, float]:
        """CPU seconds of a submission: by the chart's spark-submit, and of a SparkApplication, all included.

        Raises:
            ReportedError: a submission fails, or a driver does not come in time.
        """
        return self._by_chart(), self._applications()

    def _by_chart(self) -> float:
        names = self._names(BY_CHART)
        begun = self._cpu_seconds()
        try:
            for name in names:
                self._execute(CHARTS_WAY, name, self._platform.namespace, self._platform.priority_class)
            return (self._cpu_seconds() - begun) / BY_CHART
        finally:
            self._remove("pods", [f"{name}-driver" for name in names])

    def _applications(self) -> float:
        names = self._names(JOBS)
        begun = self._cpu_seconds()
        try:
            for name in names:
                self._kubectl.create(idle_job(name, self._platform, ["true"]))
            self._wait({f"{name}-driver" for name in names})
            return (self._cpu_seconds() - begun) / JOBS
        finally:
            self._remove("sparkapplications", names)

    def _names(self, count: int) -> list[str]:
        return [f"bench-{secrets.token_hex(3)}-{number}" for number in range(count)]

    def _cpu_seconds(self) -> float:
        """What the operator's container has taken since it started, and all that it has started."""
        return cpu_seconds(self._execute(CPU))

    def _execute(self, script: str, *arguments: str) -> str:
        command = [
            "exec",
            f"--namespace={OPERATOR_NAMESPACE}",
            DEPLOYMENT,
            "--",
            "bash",
            "-c",
            script,
            "bench",
        ]
        return self._kubectl.run(*command, *arguments)

    def _wait(self, drivers: set[str]) -> None:
        deadline = time.monotonic() + LIMIT_SECONDS
        while missing := drivers - self._pods():
            if time.monotonic() > deadline:
                raise ReportedError(
                    f"{len(missing)} of {len(drivers)} drivers did not come in {LIMIT_SECONDS:.0f} s"
                )
            time.sleep(1)

    def _pods(self) -> set[str]:
        pods = self._kubectl.list("pods", self._platform.namespace, "spark-role=driver")
        return {pod["metadata"]["name"] for pod in pods}

    def _remove(self, kind: str, names: list[str]) -> None:
        self._kubectl.run(
            "delete", kind, f"--namespace={self._platform.namespace}", "--ignore-not-found", *names
        )
