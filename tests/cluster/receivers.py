"""Who is told of alerts on the running platform: a program behind the walls that the settings open.

The stack's own `observability.alerts` names four receivers, as one with a team that is told by itself does.
All are one pod in a namespace of the tests, which Alertmanager reaches by its Service's name, at the one port
that the settings open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.kube.network_rules import NAME_LABEL, base_policies, from_, pods_in, policy
from components.kube.pod_security import namespace_labels
from components.records.alerts import ALERTMANAGER
from local.platform import Target
from tests.cluster import pods, signal_faults
from tests.cluster.faults import Part
from tests.cluster.received import Message, messages
from tests.cluster.stack_change import apply_changed, put_back
from toolchain.kubectl import Kubectl

NAMESPACE: Final = "alert-receivers"
NAME: Final = "receiver"
PORT: Final = 9494
CLOSED_PORT: Final = 9495
"""Another one of the same pod, which no setting names."""

MONITORING: Final = "monitoring"

ON_CALL, DESK, TEAM, OUTSIDE = "on-call", "desk", "data", "outside"
RECEIVERS: Final = (ON_CALL, DESK, TEAM, OUTSIDE)
"""Who is woken, who looks within the working day, the team data, and who misses the heartbeat."""

TELLING: Final = Part("Alertmanager", MONITORING, f"{NAME_LABEL}={ALERTMANAGER}")


@dataclass(frozen=True)
class Receivers:
    """The receivers.

    Args:
        kubectl: the cluster's administrator.
    """

    kubectl: Kubectl

    @property
    def address(self) -> str:
        """Address of their pod."""
        pod = self.kubectl.get("pod", NAME, NAMESPACE)
        assert pod is not None, "the receivers' pod is gone"
        return str(pod["status"]["podIP"])

    def messages(self) -> list[Message]:
        """What they were told, heartbeats left out, in the order in which it came."""
        return [each for each in self._all() if each.to != OUTSIDE]

    def heartbeats(self) -> list[float]:
        """When the one outside was called, as Unix times."""
        return [each.at for each in self._all() if each.to == OUTSIDE]

    def _all(self) -> list[Message]:
        return messages(self.kubectl.logs(NAME, NAMESPACE).splitlines())


def alert_settings() -> dict[str, Any]:
    """What the stack file says of who is told."""
    return {
        "receivers": [
            {"name": name, "kind": "webhook", "port": PORT, "secret": _secret(name)} for name in RECEIVERS
        ],
        "default": ON_CALL,
        "warnings": DESK,
        "teams": [{"team": TEAM, "receiver": TEAM}],
        "heartbeat": OUTSIDE,
    }


def whose(severity: str, team: str) -> str:
    """The receiver of an alert, by what docs/alerts.md says.

    Args:
        severity: critical or warning.
        team: whose jobs it is about; empty for the platform's.
    """
    if team == TEAM:
        return TEAM
    return ON_CALL if severity == "critical" else DESK


@contextmanager
def told(where: Target, image: str, runbooks: str, folder: Path) -> Iterator[Receivers]:
    """Have them there, and the stack name them; the stack is as its file says at the end.

    Args:
        where: the platform.
        image: one with Python that the node has.
        runbooks: URL at which they could read the runbooks.
        folder: for the changed stack file.
    """
    kubectl = where.kubectl

    def change(settings: dict[str, Any]) -> None:
        watched = settings.setdefault("observability", {})
        watched |= {"alerts": alert_settings(), "runbooks": runbooks}

    before = TELLING.pods(kubectl)
    try:
        kubectl.apply(*_objects(image))
        kubectl.run(
            "wait",
            f"--namespace={NAMESPACE}",
            "--for=condition=Ready",
            f"pod/{NAME}",
            "--timeout=180s",
            timeout=200,
        )
        apply_changed(where.stack, folder, change)
        TELLING.wait_until_ready(kubectl, other_than=frozenset(before))
        yield Receivers(kubectl)
    finally:
        put_back(where.stack)
        for name in RECEIVERS:
            kubectl.delete("secret", _secret(name), MONITORING)
        kubectl.delete("namespace", NAMESPACE)


def _secret(name: str) -> str:
    return f"test-receiver-{name}"


def _objects(image: str) -> list[dict[str, Any]]:
    labels = {NAME_LABEL: NAME}
    program = (signal_faults.PROGRAMS / "receiver.py").read_text()
    pod = pods.admitted(NAME, NAMESPACE, image)
    pod["metadata"]["labels"] = labels
    pod["spec"]["terminationGracePeriodSeconds"] = 1
    (container,) = pod["spec"]["containers"]
    container["command"] = ["python3", "-c", program, str(PORT)]
    container["readinessProbe"] = {"httpGet": {"path": "/", "port": PORT}}
    container["resources"]["requests"]["cpu"] = "20m"
    # Alertmanager's own wall is what is tried: to this pod any of its ports would be open.
    walls = {
        **base_policies(),
        NAME: policy(
            labels, ingress=[from_([pods_in(MONITORING, {NAME_LABEL: ALERTMANAGER})], PORT, CLOSED_PORT)]
        ),
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": namespace_labels()},
        },
        *(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "spec": spec,
            }
            for name, spec in walls.items()
        ),
        pod,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"selector": labels, "ports": [{"port": PORT, "targetPort": PORT}]},
        },
        *(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": _secret(name), "namespace": MONITORING},
                "stringData": {"url": f"http://{NAME}.{NAMESPACE}.svc:{PORT}/{name}"},
            }
            for name in RECEIVERS
        ),
    ]
