"""What can break beside a job: each part of the platform, killed without a chance to prepare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.cluster.paced import Paced
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

READY_SECONDS = 180.0
"""What a killed part may take until it is back, on a busy machine."""


@dataclass(frozen=True)
class Part:
    """A part of the platform that runs in one pod.

    Args:
        name: what people call it.
        namespace: where its pod is.
        selector: labels of its pod.
    """

    name: str
    namespace: str
    selector: str

    def pods(self, kubectl: Kubectl) -> dict[str, bool]:
        """Its pods by uid, and whether each is ready."""
        return {
            pod["metadata"]["uid"]: any(
                entry["type"] == "Ready" and entry["status"] == "True"
                for entry in pod["status"].get("conditions", ())
            )
            for pod in kubectl.list("pods", self.namespace, self.selector)
            if "deletionTimestamp" not in pod["metadata"]
        }

    def kill(self, kubectl: Kubectl) -> frozenset[str]:
        """Kill its pods at once, without a grace period, and give their uids."""
        before = frozenset(self.pods(kubectl))
        assert before, f"there is no pod of the {self.name} to kill"
        kubectl.run(
            *("delete", "pods", f"--namespace={self.namespace}", f"--selector={self.selector}"),
            *("--grace-period=0", "--force", "--wait=false"),
        )
        return before

    def wait_until_ready(self, kubectl: Kubectl, *, other_than: frozenset[str] = frozenset()) -> None:
        """Wait until a pod is ready.

        Args:
            kubectl: the cluster.
            other_than: uids of pods that do not count.
        """
        eventually(
            f"the {self.name} is ready",
            lambda: any(ready for uid, ready in self.pods(kubectl).items() if uid not in other_than),
            timeout=READY_SECONDS,
        )


OPERATOR = Part("operator", "spark-operator", "app.kubernetes.io/component=controller")
HISTORY = Part("history server", "spark-history", "app.kubernetes.io/name=spark-history")
STORE = Part(
    "object store", "object-store", "app.kubernetes.io/name=object-store,app.kubernetes.io/component=server"
)


def kill_operator(run: Paced) -> None:
    """Kill the operator, and leave it time to come back while the job runs, or not."""
    OPERATOR.kill(run.kubectl)


def kill_history_server(run: Paced) -> None:
    """Kill the history server."""
    HISTORY.kill(run.kubectl)


def restart_store(run: Paced) -> None:
    """Kill the object store while files are being written to it."""
    STORE.wait_until_ready(run.kubectl, other_than=STORE.kill(run.kubectl))


def kill_executor(run: Paced) -> None:
    """Kill one executor, and wait until another one has taken its place."""
    before = set(run.running_executors())
    assert before, f"{run.name} has no executor to kill"
    run.kubectl.delete(
        "pod", min(before), run.platform.namespace, "--grace-period=0", "--force", "--wait=false"
    )
    eventually(
        "an executor takes the killed one's place, or the rest do its work",
        lambda: set(run.running_executors()) - before or run.ended() is not None,
        timeout=READY_SECONDS,
    )


FAULTS: dict[str, Callable[[Paced], None]] = {
    "the operator is killed": kill_operator,
    "an executor is killed": kill_executor,
    "the history server is killed": kill_history_server,
    "the store is restarted": restart_store,
}
"""What is done to a running job, by the sentence that says so."""
