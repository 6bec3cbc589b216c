"""A registry in a cluster that has none: the platform's images get there without a step by hand.

Two processes of one pod share a volume. The one that nodes pull from, as `localhost` by its port on every
node, takes nothing; the one that takes images listens inside the pod alone, where only those get who may
forward ports there. So no job can put its own program under the name of the platform's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import yaml

from components import versions
from components.domain import REGISTRY_NODE_PORT
from components.kube.claims import claim_spec
from components.kube.pod_security import namespace_labels, restricted_container, restricted_pod
from components.naming import PROJECT
from local.nodes import Nodes
from toolchain.forward import forwarded
from toolchain.kubectl import Kubectl, Manifest
from workspace.errors import ReportedError

IMAGE: Final = f"docker.io/library/registry:{versions.REGISTRY}@{versions.REGISTRY_DIGEST}"
"""The CNCF's own; SPARK_ON_EKS_REGISTRY_IMAGE names another where a cluster pulls from a mirror alone."""

NAMESPACE: Final = "spark-registry"
ADDRESS: Final = f"localhost:{REGISTRY_NODE_PORT}"
"""How nodes know it: runtimes take plain HTTP from localhost, and from no other host without being told."""

CAPACITY: Final = "10Gi"
"""All images of one release take 1 GiB; an unchanged image is stored once, however many releases have it."""

READY_SECONDS: Final = 300
HELPLESS_SECONDS: Final = 45
"""How long an image may fail to be pulled or to run: a name server stumbles for moments, a wall stays."""

_NAME: Final = "registry"
_PULL: Final = 5000
_PUSH: Final = 5001
_USER: Final = 65532
_POLL_SECONDS: Final = 1.0
_HELPLESS: Final = (
    *("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"),
    "CrashLoopBackOff",
)
_ELSEWHERE: Final = "name a registry that the cluster can pull from: `foundation.registry` in the stack file"


def manifests(*, image: str = IMAGE, storage_class: str | None = None) -> list[Manifest]:
    """The registry's objects.

    Args:
        image: of the registry; with a program `registry` on its path.
        storage_class: StorageClass of its volume; None means the cluster's default.
    """
    labels = {"app.kubernetes.io/name": _NAME, "app.kubernetes.io/part-of": PROJECT}
    here = {"name": _NAME, "namespace": NAMESPACE, "labels": labels}
    claim = claim_spec(CAPACITY, storage_class)
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": {**labels, **namespace_labels()}},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": here, "data": _configurations()},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": here, "spec": claim},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": here,
            "spec": {
                "type": "NodePort",
                "selector": {"app.kubernetes.io/name": _NAME},
                "ports": [{"name": "http", "port": _PULL, "nodePort": REGISTRY_NODE_PORT}],
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": here,
            "spec": {
                # Its volume can be mounted once.
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": {"app.kubernetes.io/name": _NAME}},
                "template": {"metadata": {"labels": labels}, "spec": _pod(image)},
            },
        },
    ]


def _configurations() -> dict[str, str]:
    """Of both processes; https://distribution.github.io/distribution/about/configuration/ has the keys."""

    def configuration(address: str, *, readonly: bool) -> str:
        return yaml.safe_dump(
            {
                "version": 0.1,
                "log": {"level": "warn"},
                "storage": {
                    "filesystem": {"rootdirectory": "/var/lib/registry"},
                    "maintenance": {"readonly": {"enabled": readonly}},
                },
                "http": {"addr": address},
            }
        )

    return {
        "pull.yml": configuration(f":{_PULL}", readonly=True),
        "push.yml": configuration(f"127.0.0.1:{_PUSH}", readonly=False),
    }


def _pod(image: str) -> dict[str, Any]:
    def container(name: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "image": image,
            "command": ["registry", "serve", f"/etc/registry/{name}.yml"],
            # Without it, it looks for a collector of traces every second.
            "env": [{"name": "OTEL_TRACES_EXPORTER", "value": "none"}],
            "resources": {
                "requests": {"cpu": "10m", "memory": "64Mi"},
                "limits": {"memory": "256Mi"},
            },
            "securityContext": restricted_container(),
            "volumeMounts": [
                {"name": "images", "mountPath": "/var/lib/registry", "readOnly": name == "pull"},
                {"name": "configuration", "mountPath": "/etc/registry", "readOnly": True},
            ],
            **more,
        }

    return {
        "automountServiceAccountToken": False,
        "securityContext": restricted_pod(_USER),
        "containers": [
            container(
                "pull", readinessProbe={"httpGet": {"path": "/v2/", "port": _PULL}, "periodSeconds": 2}
            ),
            container("push"),
        ],
        "volumes": [
            {"name": "images", "persistentVolumeClaim": {"claimName": _NAME}},
            {"name": "configuration", "configMap": {"name": _NAME}},
        ],
    }


def bring(kubectl: Kubectl, *, image: str = IMAGE, storage_class: str | None = None) -> None:
    """Put the registry into a cluster, or leave it as it is there.

    Args:
        kubectl: the cluster.
        image: of the registry.
        storage_class: StorageClass of its volume; None means the cluster's default.

    Raises:
        ReportedError: the cluster refuses it, or can't pull its image.
    """
    kubectl.apply(*manifests(image=image, storage_class=storage_class))
    _wait(kubectl, f"app.kubernetes.io/name={_NAME}", f"the cluster can't run the registry's image {image}")


@contextmanager
def pushing(kubectl: Kubectl) -> Iterator[str]:
    """Host and port of this machine that take images for it, for as long as the block lasts.

    Args:
        kubectl: of the cluster that the registry is in.
    """
    with forwarded(kubectl.kubeconfig, NAMESPACE, f"deployment/{_NAME}", _PUSH) as port:
        yield f"127.0.0.1:{port}"


def try_pull(kubectl: Kubectl, reference: str, found: Nodes) -> None:
    """Have a node of each architecture pull an image and run it; else all that follows waits for minutes.

    Args:
        kubectl: the cluster.
        reference: an image that is in the registry, with a program `true`.
        found: the cluster's nodes.

    Raises:
        ReportedError: a node can't.
    """
    for architecture in found.architectures:
        name = f"pull-check-{architecture}"
        kubectl.delete("pod", name, NAMESPACE)
        kubectl.create(_check(name, reference, architecture, found.taints))
        try:
            _wait(
                kubectl,
                f"app.kubernetes.io/name={name}",
                f"nodes of {architecture} can't pull from {ADDRESS} (kube-proxy's modes nftables and ipvs "
                "open no port there), or can't run what they pulled",
            )
        finally:
            kubectl.delete("pod", name, NAMESPACE, "--wait=false")


def _check(name: str, reference: str, architecture: str, taints: Iterable[str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "securityContext": restricted_pod(_USER),
            "nodeSelector": {"kubernetes.io/arch": architecture},
            # What measures every node gets to these as well.
            "tolerations": [{"key": taint, "operator": "Exists"} for taint in taints],
            "containers": [
                {
                    "name": "main",
                    "image": reference,
                    # A node that has it from an earlier run would say nothing of the way to the registry.
                    "imagePullPolicy": "Always",
                    "command": ["true"],
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
                    "securityContext": restricted_container(),
                }
            ],
        },
    }


def _wait(kubectl: Kubectl, selector: str, problem: str) -> None:
    """Wait until a pod is ready or has ended well."""
    began = helped = time.monotonic()
    said = "no pod was made"
    while time.monotonic() - began < READY_SECONDS:
        pods = kubectl.list("pods", NAMESPACE, selector)
        if any(_up(pod) for pod in pods):
            return
        if ended := [pod for pod in pods if _failed(pod)]:
            log = kubectl.logs(str(ended[0]["metadata"]["name"]), NAMESPACE).strip()
            raise ReportedError(f"{problem}: {_why(ended[0])} {log}".rstrip(), hint=_ELSEWHERE)
        said = "; ".join(filter(None, map(_why, pods))) or said
        if not any(reason in said for reason in _HELPLESS):
            helped = time.monotonic()
        elif time.monotonic() - helped > HELPLESS_SECONDS:
            raise ReportedError(f"{problem}: {said}", hint=_ELSEWHERE)
        time.sleep(_POLL_SECONDS)
    raise ReportedError(
        f"{problem}, not within {READY_SECONDS} s: {said}",
        hint=f"`kubectl describe pods -n {NAMESPACE}` says more; or {_ELSEWHERE}",
    )


def _up(pod: Manifest) -> bool:
    status = pod.get("status", {})
    ready = {each["type"]: each["status"] for each in status.get("conditions", ())}.get("Ready") == "True"
    return status.get("phase") == "Succeeded" or (ready and "deletionTimestamp" not in pod["metadata"])


def _failed(pod: Manifest) -> bool:
    """Whether it ended badly, and nobody starts it again or makes another."""
    never = pod.get("spec", {}).get("restartPolicy") == "Never"
    return never and bool(pod.get("status", {}).get("phase") == "Failed")


def _why(pod: Manifest) -> str:
    """Why its containers do not run, as the kubelet or the scheduler says it."""
    status = pod.get("status", {})
    states = [
        each.get("state", {}).get(how)
        for each in status.get("containerStatuses", ())
        for how in ("waiting", "terminated")
    ]
    unscheduled = [
        each for each in status.get("conditions", ()) if each["status"] == "False" and each.get("message")
    ]
    said = [each for each in [*states, *unscheduled] if each]
    return "; ".join(f"{each.get('reason', '')} {each.get('message', '')}".strip() for each in said)


def remove(kubectl: Kubectl) -> None:
    """Take it out of the cluster, and the images that it holds.

    Args:
        kubectl: of the cluster that the registry is in.
    """
    kubectl.delete("namespace", NAMESPACE)
