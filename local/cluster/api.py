"""Talks to a cluster's API server: cheap questions over HTTPS, objects through kubectl."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from local.cluster.spec import ClusterSpec
from toolchain.kubectl import Manifest, as_list
from workspace.errors import ReportedError

REQUEST_TIMEOUT: Final = 3.0
"""Seconds for one answer of the API server; on this machine it takes milliseconds."""

POLL_INTERVAL: Final = 0.1
"""Seconds between two looks at something that we wait for."""

FIELD_MANAGER: Final = "spark-on-eks-local"
"""Owner of the fields that we apply (server-side apply)."""


def pki(spec: ClusterSpec) -> Path:
    """Folder of the certificates that kwokctl made.

    Args:
        spec: the cluster.
    """
    return spec.state / "kwok" / "clusters" / spec.name / "pki"


def get(spec: ClusterSpec, path: str) -> str:
    """Answer of the API server to a GET request.

    Args:
        spec: the cluster.
        path: path below the server's address, such as /readyz.

    Raises:
        OSError: no answer, or an error status (urllib's errors are OSErrors).
    """
    folder = pki(spec)
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    with opener.open(spec.api_url + path, timeout=REQUEST_TIMEOUT) as answer:
        return str(answer.read().decode())


def get_object(spec: ClusterSpec, path: str) -> dict[str, Any] | None:
    """A Kubernetes object, or None when it does not exist or the API server does not answer.

    Args:
        spec: the cluster.
        path: of the API, from its first slash.
    """
    try:
        found = json.loads(get(spec, path))
    except OSError:
        return None
    return found if isinstance(found, dict) else None


def serving(spec: ClusterSpec) -> bool:
    """Say whether the API server says that it is ready.

    Args:
        spec: the cluster.
    """
    try:
        return get(spec, "/readyz") == "ok"
    except OSError:
        return False


def condition(found: Mapping[str, Any] | None, kind: str) -> bool:
    """Say whether the object's status has the condition `kind` with the value True.

    Args:
        found: the object; None for none.
        kind: such as "Ready".
    """
    conditions = ((found or {}).get("status") or {}).get("conditions") or []
    return any(entry["type"] == kind and entry["status"] == "True" for entry in conditions)


def kubectl(
    spec: ClusterSpec, arguments: Sequence[str], *, stdin: str | None = None, timeout: float = 60
) -> str:
    """Output of kubectl, as the cluster's administrator.

    Args:
        spec: the cluster.
        arguments: kubectl's arguments.
        stdin: its standard input.
        timeout: seconds.

    Raises:
        ReportedError: kubectl failed; the message holds what it said.
    """
    done = subprocess.run(
        [str(spec.bin / "kubectl"), f"--kubeconfig={spec.kubeconfig}", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment(spec),
    )
    if done.returncode != 0:
        raise ReportedError(
            f"kubectl {' '.join(arguments)} failed: {done.stderr.strip()}",
            hint=f"repeat it with kubectl --kubeconfig={spec.kubeconfig}",
        )
    return done.stdout


def environment(spec: ClusterSpec) -> dict[str, str]:
    """Environment of every tool that we run: nothing of the caller's but the machine's PATH.

    HOME and TMPDIR point into the state folder, so that a tool's cache, settings or half-done mounts neither
    leave traces elsewhere nor are read from there.

    Args:
        spec: the cluster.
    """
    path = os.environ.get("PATH", "")
    return {
        "PATH": f"{spec.bin}:{path}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin",
        "HOME": str(spec.state),
        "KUBECACHEDIR": str(spec.state / "kubectl-cache"),
        "TMPDIR": str(spec.state / "tmp"),
        "LANG": "C.UTF-8",
    }


def apply(spec: ClusterSpec, manifests: Sequence[Manifest]) -> None:
    """Create or change objects to what the manifests say (server-side apply).

    Args:
        spec: the cluster.
        manifests: as Kubernetes reads them.

    Raises:
        ReportedError: the API server refused one.
    """
    kubectl(
        spec,
        ["apply", "--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}", "-f", "-"],
        stdin=as_list(manifests),
    )


def wait_for(
    what: str,
    ready: Callable[[], bool],
    *,
    timeout: float,
    hint: Callable[[], str],
    needs: Callable[[], Sequence[str]] = tuple,
) -> None:
    """Wait until `ready` says so.

    Args:
        what: what is waited for, for the error.
        ready: asked every POLL_INTERVAL seconds.
        timeout: seconds.
        hint: asked, when it fails, what to tell the person.
        needs: names of processes without which it cannot happen and that have ended; asked as often.

    Raises:
        ReportedError: it did not happen in time, or cannot happen any more.
    """
    deadline = time.monotonic() + timeout
    while not ready():
        gone = needs()
        if gone:
            raise ReportedError(f"{what}: {', '.join(gone)} ended while it was waited for", hint=hint())
        if time.monotonic() >= deadline:
            raise ReportedError(f"{what}: not within {timeout:.0f} s", hint=hint())
        time.sleep(POLL_INTERVAL)
