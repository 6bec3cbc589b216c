"""A private network for a cluster under test, and small helpers to ask it questions."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

from local.cluster import ClusterSpec, Ports, api, cgroups
from workspace.errors import ReportedError

CLONE_NEWNET: Final = 0x40000000
"""Network namespace flag of unshare(2) and setns(2)."""

TEST_SPEC: Final = ClusterSpec(
    name="lifecycle-test",
    node_name="lifecycle-node",
    state=Path("/var/lib/spark-on-eks-lifecycle-test"),
    run=Path("/run/spark-on-eks-lifecycle-test"),
    bridge="sparktest0",
    pod_cidr=IPv4Network("10.245.0.0/16"),
    service_cidr=IPv4Network("10.97.0.0/16"),
    cgroup="spark-on-eks-lifecycle-test",
    ports=Ports(api_server=26443, etcd=22379, etcd_peer=22380),
)
"""A cluster that shares nothing with the default one, so that tests may kill and remove it."""

Object = dict[str, Any]
"""A Kubernetes object."""


def _switch(call: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, call)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), call)


@contextmanager
def private_network() -> Iterator[None]:
    """Put this process, and what it starts, into a network namespace of its own.

    Two kube-proxies in one namespace rewrite each other's chains, so a cluster that is tested beside the
    default one needs its own.
    """
    with Path("/proc/self/ns/net").open() as outer:
        _switch("unshare", CLONE_NEWNET)
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            _switch("setns", outer.fileno(), CLONE_NEWNET)


def pod(name: str, image: str, script: str, **more: Any) -> Object:
    """A pod that satisfies the restricted Pod Security Standard and runs a shell script.

    Args:
        name: its name, and the value of its label `app`.
        image: an image with a shell.
        script: what it runs.
        more: further fields of its specification.
    """
    container: Object = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/sh", "-c", script],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        **more.pop("container", {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 185,
                "fsGroup": 185,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
            **more,
        },
    }


def create(spec: ClusterSpec, namespace: str, objects: list[Object]) -> None:
    """Create objects in a namespace, and the namespace."""
    home: Object = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }
    placed = [{**item, "metadata": {**item["metadata"], "namespace": namespace}} for item in objects]
    api.apply(spec, [home])
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    api.wait_for(
        f"service account default in {namespace}",
        lambda: api.get_object(spec, account) is not None,
        timeout=30,
        hint=lambda: "the controller manager makes it; read its log",
    )
    api.apply(spec, placed)


def wait_running(spec: ClusterSpec, namespace: str, name: str) -> None:
    """Wait until a pod is Ready."""
    arguments = [f"--namespace={namespace}", "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=90s"]
    api.kubectl(spec, arguments, timeout=120)


def run_in(spec: ClusterSpec, namespace: str, name: str, *command: str) -> str:
    """Output of a command in a pod."""
    return api.kubectl(spec, [f"--namespace={namespace}", "exec", name, "--", *command])


def container_of(spec: ClusterSpec, namespace: str, name: str) -> tuple[str, int]:
    """Id and restart count of a pod's only container."""
    found = api.get_object(spec, f"/api/v1/namespaces/{namespace}/pods/{name}")
    assert found is not None, f"pod {namespace}/{name} is gone"
    statuses: list[Mapping[str, Any]] = found["status"]["containerStatuses"]
    return str(statuses[0]["containerID"]), int(statuses[0]["restartCount"])


def answers(spec: ClusterSpec, namespace: str, name: str, host: str, port: int) -> bool:
    """Whether a pod can connect to an address."""
    script = f"exec 3<>/dev/tcp/{host}/{port}"
    try:
        run_in(spec, namespace, name, "timeout", "2", "bash", "-c", script)
    except ReportedError:
        return False
    return True


def belongs_to(spec: ClusterSpec, path: Path) -> bool:
    """Whether a control group or a file outside the cluster's folders is another's.

    Args:
        spec: a cluster that may be running beside the one under test.
        path: a control group, or a file in a folder that both share.
    """
    if spec.cgroup in path.parts:
        return True
    if path.is_relative_to(cgroups.ROOT):
        # Whoever's processes run in it: the cluster's own have ended.
        return path.is_dir() and any(list_file.read_text() for list_file in path.rglob("cgroup.procs"))
    if path.parent == Path("/var/log/containers"):
        return path.is_symlink() and path.readlink().is_relative_to(spec.pod_logs)
    if path.parent == Path("/var/lib/cni/results"):
        return path.is_file() and f'"{spec.run}/' in path.read_text()
    notes = spec.run.glob("containerd/io.containerd.runtime.v2.task/*/*/address")
    return any(note.read_text().strip() == f"unix://{path}" for note in notes)
