"""Runs `programs/paced.py` as a tenant's SparkApplication, and looks at it while it runs."""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from components.spark.conf_java import ONE_COMPILER
from flights import Platform, open_store
from tests.cluster.history import History
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

PROGRAM = Path(__file__).parent / "programs" / "paced.py"
LABEL = "paced"

FINISHED_TASK = re.compile(r"Finished task \S+ in stage (\d+)\.\d+ .*\((\d+)/\d+\)")
"""Spark's own line for each task that ended well, in the driver's log (TaskSetManager)."""

START_SECONDS = 420.0
"""From the object's creation to the first written file: submission, driver, executors, on a busy machine."""

END_SECONDS = 300.0
"""From there to the end, with whatever a fault costs."""

STATUS_SECONDS = 120.0
"""What the operator may take to notice the end: a new one first waits for the old one's lease."""

LOG_SECONDS = 90.0
"""What the history server may take to show the end: it looks every 10 s, and may have to start first."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How large a run is.

    Args:
        rows: numbers that are written.
        tasks: tasks that write them.
        seconds: what each of these takes at least.
        executors: executors of one core.
        input: address of Parquet files that are read first; empty for none.
    """

    rows: int = 10_000
    tasks: int = 24
    seconds: float = 2.0
    executors: int = 2
    input: str = ""


@dataclass(frozen=True)
class Paced:
    """A run of the job.

    Args:
        name: of the SparkApplication.
        platform: where it runs, with the tenant's eyes.
        pace: how large it is.
    """

    name: str
    platform: Platform
    pace: Pace

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's administrator."""
        return Kubectl(self.platform.kubeconfig)

    @property
    def output(self) -> str:
        """Where in the data bucket the result is."""
        return f"{self.platform.namespace}/paced/{self.name}"

    def application(self) -> dict[str, Any]:
        """The SparkApplication."""
        found = self.kubectl.get("sparkapplication", self.name, self.platform.namespace)
        assert found is not None, f"SparkApplication {self.name} is gone"
        return found

    def state(self) -> str:
        """What the operator says about it; empty before it has said anything."""
        status = self.application().get("status", {})
        return str(status.get("applicationState", {}).get("state", ""))

    def pods(self, role: str) -> list[dict[str, Any]]:
        """Its pods of a role (`driver` or `executor`) that exist now."""
        return self.kubectl.list(
            "pods", self.platform.namespace, f"sparkoperator.k8s.io/app-name={self.name},spark-role={role}"
        )

    def running_executors(self) -> list[str]:
        """Names of the executors that run."""
        return [p["metadata"]["name"] for p in self.pods("executor") if p["status"]["phase"] == "Running"]

    def driver(self) -> dict[str, Any] | None:
        """The driver's pod; None if there is none."""
        return self.kubectl.get("pod", f"{self.name}-driver", self.platform.namespace)

    def spark_id(self) -> str:
        """Spark's own name of the run, which event log and history server know it by."""
        driver = self.driver()
        assert driver is not None, f"the driver of {self.name} is gone"
        return str(driver["metadata"]["labels"]["spark-app-selector"])

    def written(self) -> int:
        """How many of the writing tasks have ended, by the driver's log."""
        try:
            log = self.kubectl.logs(f"{self.name}-driver", self.platform.namespace)
        except ReportedError:
            return 0  # there is no log before the container has started
        done = [(int(stage), int(count)) for stage, count in FINISHED_TASK.findall(log)]
        writing = max((stage for stage, _ in done), default=0)
        return max((count for stage, count in done if stage == writing and writing > 0), default=0)

    def wait_until_written(self, tasks: int) -> None:
        """Wait until so many files have been written, and be sure that there is more to do."""
        eventually(
            f"{self.name}: {tasks} of {self.pace.tasks} files written ({self.why()})",
            lambda: self.written() >= tasks,
            timeout=START_SECONDS,
        )
        assert self.ended() is None, f"{self.name} had ended before anything was done to it"

    def wait_until_started(self) -> None:
        """Wait until there is a driver's pod."""
        eventually(f"{self.name}: its driver", self.driver, timeout=START_SECONDS)

    def why(self) -> str:
        """What the operator last said."""
        return str(self.application().get("status", {}).get("applicationState", "no status yet"))

    def ended(self) -> int | None:
        """Exit status of the driver; None while it has not ended."""
        driver = self.driver()
        assert driver is not None, f"the driver's pod of {self.name} was deleted"
        for status in driver["status"].get("containerStatuses", ()):
            if "terminated" in status["state"]:
                return int(status["state"]["terminated"]["exitCode"])
        return 1 if driver["status"]["phase"] == "Failed" else None

    def wait_until_ended(self) -> int:
        """Exit status of the driver, once it has ended."""
        (status,) = eventually(f"{self.name}: its end", lambda: _some(self.ended()), timeout=END_SECONDS)
        return status

    def wait_for_state(self, *wanted: str) -> str:
        """Wait until the operator says one of the wanted states, or another final one, and give that."""
        final = {*wanted, "COMPLETED", "FAILED"}
        return eventually(
            f"{self.name}: state {' or '.join(wanted)}",
            lambda: state if (state := self.state()) in final else None,
            timeout=STATUS_SECONDS,
        )

    def wait_until_listed(self, history: History) -> bool:
        """Whether the history server comes to list it as completed."""
        deadline = time.monotonic() + LOG_SECONDS
        while not (listed := history.completed(self.spark_id())) and time.monotonic() < deadline:
            time.sleep(2)
        return listed

    def numbers(self) -> tuple[int, int, int]:
        """Count, count of different ones, and sum of the numbers in the output."""
        with tempfile.TemporaryDirectory() as folder, open_store(self.platform) as store:
            files = store.download(self.platform.data_bucket, self.output, Path(folder))
            if not any(path.suffix == ".parquet" for path in files):
                return (0, 0, 0)
            question = f"SELECT count(*), count(DISTINCT id), sum(id) FROM '{folder}/*.parquet'"  # noqa: S608
            ((count, different, total),) = duckdb.execute(question).fetchall()
        return (int(count), int(different), int(total))

    def expected_numbers(self) -> tuple[int, int, int]:
        """What `numbers` has to give: each number from 0 once."""
        rows = self.pace.rows
        return (rows, rows, rows * (rows - 1) // 2)

    def log_files(self) -> list[str]:
        """Keys of its event log."""
        with open_store(self.platform) as store:
            return store.keys("events", f"spark/{self.platform.namespace}/eventlog_v2_{self.spark_id()}")

    def upload(self) -> None:
        """Put its program where the tenant's jobs read it."""
        key = f"{self.platform.namespace}/paced/paced.py"
        with open_store(self.platform) as store:
            store.upload(PROGRAM, self.platform.artifacts_bucket, key)

    def remove(self) -> None:
        """Delete it with its pods."""
        self.kubectl.delete("sparkapplication", self.name, self.platform.namespace)


def _some(value: int | None) -> tuple[int] | None:
    """A value that may be 0, so that it is not taken for nothing."""
    return None if value is None else (value,)


def start(
    platform: Platform,
    pace: Pace,
    *,
    name: str = "",
    driver_labels: Mapping[str, str] = MappingProxyType({}),
    **changes: Any,
) -> Paced:
    """Start a run.

    Args:
        platform: where.
        pace: how large.
        name: of the SparkApplication; made up if empty.
        driver_labels: labels of its driver, as Airflow's operator writes some.
        changes: fields of its spec that replace the usual ones.
    """
    run = Paced(name or f"paced-{secrets.token_hex(3)}", platform, pace)
    run.upload()
    made = manifest(run, changes)
    if driver_labels:
        made["spec"]["driver"]["labels"] = dict(driver_labels)
    run.kubectl.create(made)
    return run


def manifest(run: Paced, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The SparkApplication of a run: small, because three pods of it share the node with everything else."""
    platform, pace = run.platform, run.pace
    size = {"cores": 1, "coreRequest": "100m", "memory": "512m", "javaOptions": ONE_COMPILER}
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {
            "name": run.name,
            "namespace": platform.namespace,
            "labels": {"app.kubernetes.io/name": LABEL},
        },
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": "4.1.2",
            "image": platform.image,
            "imagePullPolicy": "IfNotPresent",
            "mainApplicationFile": f"s3a://{platform.artifacts_bucket}/{platform.namespace}/paced/paced.py",
            "arguments": [
                f"--output=s3a://{platform.data_bucket}/{run.output}",
                f"--rows={pace.rows}",
                f"--tasks={pace.tasks}",
                f"--seconds={pace.seconds}",
                *([f"--input={pace.input}"] if pace.input else []),
            ],
            "restartPolicy": {"type": "Never"},
            # In case the test is killed before it can tidy up.
            "timeToLiveSeconds": 1800,
            "driver": {**size, "serviceAccount": "spark-driver"},
            "executor": {**size, "serviceAccount": "spark-executor", "instances": pace.executors},
            **changes,
        },
    }
