"""Brings a cluster up, repairs it, takes it down, and says how it is."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from local.cluster import (
    addons,
    api,
    binaries,
    conflicts,
    control_plane,
    host,
    network,
    node,
    policies,
    processes,
    runtime,
    settings_change,
    teardown,
)
from local.cluster.runtime import ImageLoader, NodeImages
from local.cluster.spec import ClusterSpec
from workspace import paths
from workspace.errors import ReportedError

PROCESSES: Final = (*control_plane.COMPONENTS, "containerd", "kubelet", "kube-proxy", policies.NAME)
"""Every process that a healthy cluster consists of, besides its pods."""

POD_GRACE: Final = 5.0
"""Seconds that pods get to end when the cluster is stopped but its data is kept."""

LOCK_TIMEOUT: Final = 600.0
"""Seconds that a second command waits for the first one to finish with the same cluster."""

Say = Callable[[str], None]
"""Told, in a few words, what is being done."""


@dataclass(frozen=True)
class Status:
    """How a cluster is.

    Args:
        exists: whether it has been made.
        owner: checkout that made it.
        running: for each of PROCESSES whether it runs.
        api: whether the API server is ready.
        node: whether the node is Ready.
        dns: whether DNS answers.
    """

    exists: bool
    owner: Path | None
    running: Mapping[str, bool]
    api: bool
    node: bool
    dns: bool

    @property
    def healthy(self) -> bool:
        """Whether everything is as `up` leaves it."""
        return self.exists and all(self.running.values()) and self.api and self.node and self.dns


@dataclass(frozen=True)
class Outcome:
    """What `up` did.

    Args:
        started: names of what it had to start or change; empty when the cluster was healthy.
        seconds: how long it took.
    """

    started: tuple[str, ...]
    seconds: float


def up(
    spec: ClusterSpec | None = None,
    *,
    images: NodeImages | None = None,
    load: ImageLoader | None = None,
    say: Say = print,
) -> Outcome:
    """Make the cluster, or start and repair what of it does not run; a healthy one is left alone.

    Args:
        spec: which cluster; the default one when None.
        images: the node's images; those that this checkout builds when None.
        load: imports images into containerd, called when one is missing; imports what this checkout builds
            when None.
        say: told what happens.

    Returns:
        What was started, and how long it took.

    Raises:
        ReportedError: not root, something is missing or in the way, or a part does not get ready.
    """
    spec = spec or ClusterSpec()
    node.require_linux_root(os.geteuid())
    begun = time.monotonic()
    with _locked(spec):
        teardown.require_ours(spec)
        conflicts.check_owner(spec, paths.ROOT)
        started = _start(spec, images or runtime.default_images(), load or runtime.default_loader, say)
    seconds = time.monotonic() - begun
    if started:
        say(f"cluster {spec.name}: node Ready and DNS answering after {seconds:.1f} s")
    return Outcome(tuple(started), seconds)


def _start(spec: ClusterSpec, images: NodeImages, load: ImageLoader, say: Say) -> list[str]:
    binaries.require_system()
    before = _running(spec)
    if not all(before.values()):
        conflicts.check(spec)
        say(_plan(spec, before))
    _claim(spec, say)
    binaries.link_tools(spec)
    network.require_bridge_filter()
    started = []
    network.write_plugin_configuration(spec)
    parts: list[tuple[str, Callable[[], bool]]] = [
        ("network", lambda: network.up(spec)),
        ("containerd", lambda: runtime.start(spec, images)),
        ("control plane", lambda: control_plane.start(spec)),
        ("kubeconfig", lambda: control_plane.write_kubeconfig(spec)),
        ("images", lambda: runtime.ensure_images(spec, images, load)),
        # Before the kubelet starts a pod.
        ("network policies", lambda: policies.start(spec)),
        ("kubelet", lambda: node.start_kubelet(spec)),
        ("kube-proxy", lambda: node.start_proxy(spec)),
        ("add-ons", lambda: addons.apply(spec, images)),
    ]
    for name, start in parts:
        begun = time.monotonic()
        if start():
            started.append(name)
            say(f"  {name}: {time.monotonic() - begun:.1f} s")
    node.wait_ready(spec)
    addons.wait_ready(spec)
    return started


def _plan(spec: ClusterSpec, before: Mapping[str, bool]) -> str:
    dead = [name for name, running in before.items() if not running]
    if len(dead) == len(before):
        return f"starting cluster {spec.name} in {spec.state}"
    return f"repairing cluster {spec.name}: {', '.join(dead)} not running"


def _claim(spec: ClusterSpec, say: Say) -> None:
    """Note whose cluster this is, before anything on the machine changes."""
    spec.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Keys and tokens are below it; another command may have made it before.
    spec.state.chmod(0o700)
    (spec.state / "tmp").mkdir(exist_ok=True)
    note = spec.state / "cluster.json"
    settings = control_plane.settings_digest(spec)
    if note.exists():
        made_with = json.loads(note.read_text()).get("settings")
        if made_with != settings and control_plane.made(spec):
            settings_change.carry_over(spec)
            say("control plane: starting again with this version's settings; objects and data stay")
    facts = {"name": spec.name, "checkout": str(paths.ROOT), "settings": settings}
    if not note.exists() or json.loads(note.read_text()) != facts:
        note.write_text(json.dumps(facts))
    host.remember(spec)
    host.write_setting("net.ipv4.ip_forward", "1")


def stop(spec: ClusterSpec | None = None, *, say: Say = print) -> None:
    """End the cluster's processes and pods; its objects, images and volumes stay for the next `up`.

    Args:
        spec: which cluster; the default one when None.
        say: told what happens.

    Raises:
        ReportedError: something does not end.
    """
    spec = spec or ClusterSpec()
    node.require_linux_root(os.geteuid())
    with _locked(spec):
        if teardown.anything_left(spec):
            teardown.require_ours(spec)
            teardown.stop(spec, pod_grace=POD_GRACE, say=say)


def down(spec: ClusterSpec | None = None, *, say: Say = print) -> bool:
    """Remove the cluster with its data, and put the machine back as it was before.

    Args:
        spec: which cluster; the default one when None.
        say: told what happens.

    Returns:
        Whether there was anything to remove.

    Raises:
        ReportedError: something does not end or cannot be removed.
    """
    spec = spec or ClusterSpec()
    node.require_linux_root(os.geteuid())
    with _locked(spec):
        if not teardown.anything_left(spec):
            return False
        teardown.require_ours(spec)
        owner = conflicts.read_owner(spec)
        if owner not in (None, paths.ROOT):
            say(f"this cluster was started by the checkout {owner}")
        teardown.stop(spec, pod_grace=0, say=say)
        # The note goes last but one: until then an interrupted `down` can be repeated.
        host.forget(spec)
        teardown.erase(spec)
    return True


def status(spec: ClusterSpec | None = None) -> Status:
    """How the cluster is; changes nothing.

    Args:
        spec: which cluster; the default one when None.
    """
    spec = spec or ClusterSpec()
    serving = api.serving(spec)
    return Status(
        exists=(spec.state / "cluster.json").exists(),
        owner=conflicts.read_owner(spec),
        running=_running(spec),
        api=serving,
        node=serving and node.ready(spec),
        dns=addons.dns_answers(spec),
    )


def kubeconfig(spec: ClusterSpec | None = None) -> Path:
    """The administrator's kubeconfig of the cluster.

    Args:
        spec: which cluster; the default one when None.

    Raises:
        ReportedError: there is no cluster.
    """
    spec = spec or ClusterSpec()
    if not spec.kubeconfig.exists():
        raise ReportedError(f"there is no cluster in {spec.state}", hint="run: make up")
    return spec.kubeconfig


def uses_external_cluster(environment: Mapping[str, str] | None = None) -> bool:
    """Say whether the person has named a cluster of their own with KUBECONFIG, so that none is to be started.

    Args:
        environment: variables; the process's own when None.
    """
    named = (os.environ if environment is None else environment).get("KUBECONFIG", "")
    own = str(ClusterSpec().kubeconfig)
    return any(entry and entry != own for entry in named.split(os.pathsep))


def _running(spec: ClusterSpec) -> dict[str, bool]:
    names = [name for name in PROCESSES if spec.network_policies or name != policies.NAME]
    return {name: processes.alive(processes.read_record(spec, name)) for name in names}


@contextmanager
def _locked(spec: ClusterSpec) -> Iterator[None]:
    """Hold off a second command on the same cluster; the lock lives in the cache, so `down` leaves none."""
    folder = paths.CACHE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    name = sha256(str(spec.state).encode()).hexdigest()[:12]
    lock = FileLock(folder / f"cluster-{name}.lock", timeout=LOCK_TIMEOUT)
    try:
        with lock:
            yield
    except Timeout:
        raise ReportedError(
            f"another command has been working on cluster {spec.name} for {LOCK_TIMEOUT:.0f} s",
            hint="wait for it, or end it, and run this one again",
        ) from None
