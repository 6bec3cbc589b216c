"""Follows a run until it ends, and says why when it fails."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from rich.console import Console
from urllib3.exceptions import HTTPError

from flights.sight import Object, Phase, Sight, Times, hopeless, phase, problem, times, without_frames
from flights.submit import Kind, Submission
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

POLL_SECONDS: Final = 1.0
"""Executors of a short run live for seconds; the moment of their start is lost with them."""

HOPELESS_SECONDS: Final = 90.0
"""How long a container may wait for an image or a Secret: a Secret can be late, a typo stays."""

OUTAGE_SECONDS: Final = 60.0
"""How long the API server may be away: it restarts in less."""

LOG_LINES: Final = 20
LOG_TAIL: Final = 400
"""Lines of the driver's log that a failure shows, of how many: most of the end is frames of Java's stack."""

NO_EXECUTORS: Final = "If it has no executors, its quota may be used up: `kubectl describe quota` shows it."

API: Final = ("sparkoperator.k8s.io", "v1beta2")


@dataclass(frozen=True)
class Outcome:
    """A run that succeeded.

    Args:
        run: its name, and that of the folder of its results.
        times: when what happened.
    """

    run: str
    times: Times


class Cluster:
    """A run's objects, read over one kept connection: kubectl would start a process for each look.

    Args:
        kubeconfig: of the cluster.
    """

    def __init__(self, kubeconfig: Path) -> None:
        connect: Any = config.new_client_from_config  # has no annotations, like all of the package
        api = connect(str(kubeconfig))
        self._core: Any = client.CoreV1Api(api)
        self._custom: Any = client.CustomObjectsApi(api)
        self._batch: Any = client.BatchV1Api(api)

    def sight(self, run: str, namespace: str, kind: Kind) -> Sight:
        """One look at a run.

        Args:
            run: its name.
            namespace: where.
            kind: how it was started; runs of a schedule are the operator's.
        """
        owner = _found(lambda: self._owner(run, namespace, kind))
        listed = self._core.list_namespaced_pod(
            namespace, label_selector="app.kubernetes.io/name=flights", _preload_content=False
        )
        pods: list[Object] = json.loads(listed.data)["items"]
        driver = next((pod for pod in pods if pod["metadata"]["name"] == f"{run}-driver"), None)
        application = (driver or {"metadata": {}})["metadata"].get("labels", {}).get("spark-app-selector")
        executors = [
            pod
            for pod in pods
            if pod["metadata"]["labels"].get("spark-role") == "executor"
            and pod["metadata"]["labels"].get("spark-app-selector") == application
        ]
        return Sight(owner, driver, executors)

    def _owner(self, run: str, namespace: str, kind: Kind) -> Any:
        if kind is Kind.SPARK_SUBMIT:
            return json.loads(self._batch.read_namespaced_job(run, namespace, _preload_content=False).data)
        return self._custom.get_namespaced_custom_object(*API, namespace, "sparkapplications", run)

    def schedule(self, name: str, namespace: str) -> Object | None:
        """A ScheduledSparkApplication; None if it does not exist.

        Args:
            name: of the object.
            namespace: the tenant's.
        """
        return _found(
            lambda: self._custom.get_namespaced_custom_object(
                *API, namespace, "scheduledsparkapplications", name
            )
        )


def _found(read: Callable[[], Any]) -> Object | None:
    try:
        return dict(read())
    except ApiException as error:
        if error.status == 404:
            return None
        raise


def wait(submission: Submission, kubeconfig: Path, console: Console, *, timeout: float = 900) -> Outcome:
    """Follow a run, or a schedule's next one, until it succeeds.

    Args:
        submission: from `submit`.
        kubeconfig: of the cluster.
        console: gets a line for each step, and a status line between them.
        timeout: seconds, all in all.

    Raises:
        ReportedError: the run failed, can't start or takes too long; with the reason and the end of its log.
    """
    cluster = Cluster(kubeconfig)
    deadline = time.monotonic() + timeout
    if submission.kind is Kind.SCHEDULE:
        run = _next_run(submission, cluster, console, deadline)
    else:
        run = submission.name
    seen = _follow(run, submission, cluster, console, deadline)
    if seen.phase is not Phase.SUCCEEDED:
        raise _failure(run, submission.namespace, kubeconfig, seen)
    return Outcome(run, seen.times)


def _next_run(submission: Submission, cluster: Cluster, console: Console, deadline: float) -> str:
    """Name of the first run that a schedule starts."""
    with console.status(f"{submission.name}: waiting for the schedule's next run"):
        while time.monotonic() < deadline:
            schedule = cluster.schedule(submission.name, submission.namespace) or {}
            status = schedule.get("status", {})
            if run := status.get("lastRunName"):
                return str(run)
            if status.get("scheduleState") == "FailedValidation":
                raise ReportedError(
                    f"schedule {submission.name} is not valid: {status.get('reason', 'no reason given')}",
                    hint="delete it and create it again: a corrected one is not looked at a second time",
                )
            time.sleep(POLL_SECONDS)
    raise ReportedError(
        f"schedule {submission.name} started no run in time",
        hint="see `kubectl get scheduledsparkapplications` for the next one",
    )


@dataclass
class _Seen:
    """What following a run has shown so far."""

    phase: Phase = Phase.SUBMITTING
    times: Times = field(default_factory=Times)
    problem: str = ""
    executors: int = 0
    hopeless_since: float | None = None
    driver_seen: bool = False

    def take(self, sight: Sight) -> None:
        """Learn from one look."""
        self.phase, self.problem, self.times = phase(sight), problem(sight), times(sight, self.times)
        self.executors = len(sight.executors)
        self.driver_seen = self.driver_seen or sight.driver is not None
        if self.phase is Phase.WAITING and self.times.executor:
            self.phase = Phase.RUNNING  # its executors are done, and the driver closes its log
        if self.driver_seen and sight.driver is None:
            self.phase, self.problem = Phase.FAILED, "the driver's pod was deleted while the job ran"
        if not hopeless(sight):
            self.hopeless_since = None
        elif self.hopeless_since is None:
            self.hopeless_since = time.monotonic()


def _follow(run: str, submission: Submission, cluster: Cluster, console: Console, deadline: float) -> _Seen:
    seen, started, before = _Seen(), time.monotonic(), None
    answered = started
    with console.status(f"{run}: {seen.phase}") as status:
        while True:
            now = time.monotonic()
            try:
                seen.take(cluster.sight(run, submission.namespace, submission.kind))
                answered = now
            except (HTTPError, OSError, ApiException) as error:
                if now - answered > OUTAGE_SECONDS:
                    raise ReportedError(
                        f"the API server has not answered for {OUTAGE_SECONDS:.0f} s: {error}",
                        hint="the run goes on without us; `make status` shows the cluster",
                    ) from error
            if seen.phase is not before:
                console.print(f"  {now - started:5.1f} s  {seen.phase}")
                before = seen.phase
            if seen.phase.final:
                return seen
            if now > deadline:
                seen.problem = f"it was given up after {now - started:.0f} s. {seen.problem or NO_EXECUTORS}"
                return seen
            if seen.hopeless_since is not None and now - seen.hopeless_since > HOPELESS_SECONDS:
                return seen
            executors = f", {seen.executors} executors" if seen.executors else ""
            note = f" ({seen.problem})" if seen.problem else ""
            status.update(f"{run}: {seen.phase}{executors}, {now - started:.0f} s{note}")
            time.sleep(POLL_SECONDS)


def _failure(run: str, namespace: str, kubeconfig: Path, seen: _Seen) -> ReportedError:
    """The error of a run: the reason, then the end of the log that explains it."""
    kubectl = Kubectl(kubeconfig)
    pod = f"{run}-driver" if seen.driver_seen else f"job/{run}"
    try:
        log = kubectl.logs(pod, namespace, f"--tail={LOG_TAIL}")
    except ReportedError:
        # No pod, or one that never started, has no log; then the reason has to do.
        log = ""
    lines = "\n".join(without_frames(log)[-LOG_LINES:])
    end = f"\nThe end of the log of {pod}:\n{lines}" if lines else ""
    return ReportedError(
        f"run {run} failed: {seen.problem or seen.phase}{end}",
        hint=f"kubectl describe pod -n {namespace} {run}-driver; kubectl logs -n {namespace} {run}-driver",
    )
