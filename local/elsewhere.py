"""A cluster that KUBECONFIG names: which it is, what it lacks, and where its images come from.

What the stack file says holds. What it leaves open is looked up in the cluster, and written nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

import images
from components.aws_plans.images import PLATFORMS
from components.kube.image_tags import image_ref
from images import docker, push
from images.recipes import PLATFORM_IMAGES, tools_of
from local import debian, nodes, own_registry
from local.nodes import Nodes
from toolchain import golang, progress
from toolchain.kubectl import Kubectl
from toolchain.pulumi_cli import Stack
from workspace import paths
from workspace.errors import ReportedError

if TYPE_CHECKING:
    from components.settings.foundation import KubernetesFoundationSettings

STATE: Final = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "spark-on-eks"
"""Pulumi's state of clusters that are not ours, a folder each: it has to outlive this machine's own one."""

TOOLS: Final = ("kubectl", "pulumi", "pulumi-language-python", "pulumi-resource-kubernetes")
"""What applies a stack to a cluster that runs."""

_UNNAMED: Final = "localhost"
"""The registry of a stack file that names none: images are then where the command puts them."""

_PUSHED_ELSEWHERE: Final = (
    "push to a registry R that the nodes reach, on a machine with Docker: `.venv/bin/spark-on-eks images "
    "push --registry R`, with `--architecture` for each of theirs; and name R as `foundation.registry`"
)

_DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster that somebody has.

    Args:
        stack: the Pulumi stack, and where its state is.
        kubeconfig: how to reach it.
        own_registry: whether the platform's images come from a registry that the command brings along.
        storage_class: StorageClass of volumes; None means the cluster's default.
    """

    stack: Stack
    kubeconfig: Path
    own_registry: bool
    storage_class: str | None


def kubeconfig() -> Path:
    """The file that KUBECONFIG names.

    Raises:
        ReportedError: it names several, or one that does not exist.
    """
    named = os.environ["KUBECONFIG"]
    files = [part for part in named.split(os.pathsep) if part]
    if len(files) != 1:
        raise ReportedError(
            f"KUBECONFIG names {len(files)} files: {named}",
            hint="name one: `kubectl config view --minify --flatten > FILE` writes the current context",
        )
    if not Path(files[0]).is_file():
        raise ReportedError(
            f"KUBECONFIG is {files[0]}, and there is no such file",
            hint="unset it to use the cluster of this machine, or name an existing one",
        )
    return Path(files[0])


def find(stack_name: str, settings: KubernetesFoundationSettings) -> Cluster:
    """Look the cluster of the current context up.

    Args:
        stack_name: which stack is meant for it.
        settings: what the stack file says of its foundation.

    Raises:
        ReportedError: it does not answer, is another than the stack file names, or has no StorageClass.
    """
    file = kubeconfig()
    # The first question needs it; the rest is built when it is clear that the cluster will do.
    progress.ensure(Console(stderr=True, highlight=False), ("kubectl",))
    kubectl = Kubectl(file)
    _check_context(kubectl, settings.context)
    found = kubectl.get("namespace", "kube-system")
    if found is None:
        raise ReportedError(f"the cluster of {file} has no namespace kube-system", hint="is it a Kubernetes?")
    chosen = settings.storage_class or storage_class(kubectl.list("storageclasses"))
    own = settings.registry == _UNNAMED
    overrides: dict[tuple[str, ...], str | bool | int | list[str]] = {}
    if own:
        overrides["foundation", "registry"] = own_registry.ADDRESS
    if chosen:
        overrides["foundation", "storageClass"] = chosen
    port = settings.api_server_port or api_server_port(kubectl.get("endpointslice", "kubernetes", "default"))
    if port:
        overrides["foundation", "apiServerPort"] = port
    # The uid of this namespace is how one cluster is told from another, whatever its contexts are called.
    state = STATE / str(found["metadata"]["uid"])
    stack = Stack(name=stack_name, state=state, kubeconfig=file, overrides=overrides)
    return Cluster(stack=stack, kubeconfig=file, own_registry=own, storage_class=chosen)


def api_server_port(slice_: Mapping[str, Any] | None) -> int | None:
    """The port that API servers listen on behind the Service `kubernetes`: policies may have to open it.

    Args:
        slice_: the EndpointSlice of that Service, which API servers write themselves; None if there is none.

    Returns:
        None if it is not said.
    """
    return next((int(each["port"]) for each in (slice_ or {}).get("ports") or ()), None)


def _check_context(kubectl: Kubectl, wanted: str | None) -> None:
    current = kubectl.run("config", "current-context").strip()
    if wanted is not None and wanted != current:
        raise ReportedError(
            f"the stack file is for the context {wanted}, and {kubectl.kubeconfig} is at {current}",
            hint=f"`kubectl config use-context {wanted}`, or take `foundation.context` out of the stack file",
        )


def storage_class(classes: Iterable[Mapping[str, Any]]) -> str | None:
    """The StorageClass to name: none if one is the default, or else the only one.

    Args:
        classes: those that the cluster has.

    Raises:
        ReportedError: there is none, or several and none is the default.
    """
    listed = [each["metadata"] for each in classes]
    if any((each.get("annotations") or {}).get(_DEFAULT_CLASS) == "true" for each in listed):
        return None
    names = sorted(str(each["name"]) for each in listed)
    if len(names) == 1:
        return names[0]
    raise ReportedError(
        f"no StorageClass of the cluster is its default; it has {', '.join(names) or 'none'}",
        hint="name one with `foundation.storageClass` in the stack file"
        if names
        else "install a provisioner of volumes, such as rancher's local-path-provisioner",
    )


def prepare(console: Console, where: Cluster) -> None:
    """What this way needs and no more; the images in the cluster's own registry, unless the file names one.

    Args:
        console: where progress is shown.
        where: the cluster that KUBECONFIG names.

    Raises:
        ReportedError: a build failed, or the cluster can't run or reach the registry.
    """
    # What fetches the flights, which come last: nobody waits for minutes to hear of it.
    debian.ensure(pushed=(), announce=console.print)
    progress.ensure(console, TOOLS)
    if not where.own_registry:
        return
    kubectl = Kubectl(where.kubeconfig)
    own_registry.bring(
        kubectl,
        image=os.environ.get("SPARK_ON_EKS_REGISTRY_IMAGE", own_registry.IMAGE),
        storage_class=where.storage_class,
    )
    found = nodes.read(kubectl.list("nodes"))
    _fill(console, kubectl, found)
    # Also when all was there: a run before may have ended just here, with nothing of the cluster mended. An
    # image that runs in any case, and was built: the base that Docker copies is for all processors.
    tried = image_ref("object-store", registry=own_registry.ADDRESS, root=paths.ROOT)
    own_registry.try_pull(kubectl, tried, found)


def _fill(console: Console, kubectl: Kubectl, found: Nodes) -> None:
    """Have every image of the platform in the cluster's registry; Docker is taken where there is one."""
    if docker.available():
        _check_processors(found, tuple(PLATFORMS))
        with own_registry.pushing(kubectl) as through:
            _push_by_docker(console, through, found.architectures)
        return
    with own_registry.pushing(kubectl) as through:
        lacking = push.lacking(registry=own_registry.ADDRESS, names=PLATFORM_IMAGES, through=through)
    if not lacking:
        return
    _check_processors(found, (golang.native(),))
    debian.ensure(pushed=lacking, announce=console.print)
    progress.ensure(console, tools_of(lacking))
    # Before the port is forwarded again: the first build takes longer than a connection that nobody uses.
    images.build_all(names=lacking, console=console)
    with own_registry.pushing(kubectl) as through:
        push.push_all(registry=own_registry.ADDRESS, names=lacking, through=through, console=console)


def _push_by_docker(console: Console, through: str, architectures: Sequence[str]) -> None:
    base, *others = docker.images_of(through, PLATFORM_IMAGES)
    # The base is copied by Docker's client, which runs here; the builder may be where this is not reached.
    docker.push_all([base], architectures, console)
    if said := docker.unreachable(base.reference):
        raise ReportedError(
            f"Docker's builder does not reach {through} of this machine, where the way to the cluster's "
            f"registry begins: {said}",
            hint="`docker buildx use default` chooses Docker's own builder; if that runs in a machine or a "
            f"network of its own (Docker's desktop, rootless), {_PUSHED_ELSEWHERE}",
        )
    docker.push_all([base, *others], architectures, console)


def _check_processors(found: Nodes, built: Sequence[str]) -> None:
    if foreign := ", ".join(each for each in found.architectures if each not in built):
        raise ReportedError(
            f"the cluster has nodes of {foreign}, and images are built here for {' and '.join(built)}",
            hint=f"with Docker on this machine they are built for {' and '.join(PLATFORMS)}; or "
            f"{_PUSHED_ELSEWHERE}",
        )
