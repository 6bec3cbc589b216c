"""The container runtime: a containerd of the cluster's own, and the images that a node cannot do without."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from local.cluster import api, binaries, network, processes
from local.cluster.spec import ClusterSpec
from workspace import paths
from workspace.errors import ReportedError

NAMESPACE: Final = "k8s.io"
"""containerd's namespace of everything that the kubelet asks for (its CRI plugin's constant)."""

START_TIMEOUT: Final = 30.0
"""Seconds for containerd to answer; it takes less than one."""

DISABLED_PLUGINS: Final = (
    # Makes /opt/containerd, which is not ours to make.
    "io.containerd.internal.v1.opt",
    # Their start-up probes only log that the file system is not theirs.
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.tracing.processor.v1.otlp",
    "io.containerd.internal.v1.tracing",
)


@dataclass(frozen=True, kw_only=True)
class NodeImages:
    """References of the images that the node itself runs.

    Args:
        pause: holds a pod's namespaces.
        coredns: DNS.
        local_path_provisioner: makes PersistentVolumes.
        base: shell for the provisioner's helper pods.
    """

    pause: str
    coredns: str
    local_path_provisioner: str
    base: str


ImageLoader = Callable[[ClusterSpec, Sequence[str]], None]
"""Imports the images with these references into a cluster's containerd."""


def default_images() -> NodeImages:
    """The images that this checkout builds."""
    from components.kube.image_tags import image_ref  # hashes folders: only when it is needed

    def reference(name: str) -> str:
        return image_ref(name, registry="localhost", root=paths.ROOT)

    return NodeImages(
        pause=reference("pause"),
        coredns=reference("coredns"),
        local_path_provisioner=reference("local-path-provisioner"),
        base=reference("base"),
    )


def default_loader(spec: ClusterSpec, references: Sequence[str]) -> None:
    """Import images that this checkout builds; build them first if they have not been built.

    Only those that the node runs: the others are many times larger, and the node gets ready without them.

    Args:
        spec: the cluster.
        references: the images.

    Raises:
        ReportedError: a build failed, or containerd refused an image.
    """
    from images.builder import archive_of, build_all

    if not all(archive_of(reference).is_file() for reference in references):
        build_all()
    for reference in references:
        # The base name makes ctr keep the archive's own reference instead of one with today's date.
        base = reference.rpartition(":")[0]
        done = ctr(spec, "images", "import", "--base-name", base, str(archive_of(reference)))
        if done.returncode != 0:
            raise ReportedError(
                f"containerd refused {archive_of(reference)}: {done.stderr.strip()}",
                hint="delete that file, so that the image is built anew, and run the command again",
            )


def configuration(spec: ClusterSpec, pause: str, plugins: Path) -> str:
    """containerd's configuration file.

    Args:
        spec: the cluster.
        pause: reference of the pause image.
        plugins: folder of the network plugins.
    """
    disabled = ", ".join(f'"{name}"' for name in DISABLED_PLUGINS)
    return f"""version = 2
root = "{spec.state}/containerd"
state = "{spec.run}/containerd"
disabled_plugins = [{disabled}]

[grpc]
  address = "{spec.containerd_socket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # A machine without the right to lower an OOM score lets every sandbox die otherwise.
  restrict_oom_score_adj = true
  # Network namespaces of pods are then below a folder of ours, not among the machine's.
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{network.plugin_folder(spec)}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "{spec.run}/runc"
"""


def start(spec: ClusterSpec, images: NodeImages) -> bool:
    """Start containerd if it does not run, or runs with another configuration or program.

    Pods go on running while it restarts.

    Args:
        spec: the cluster.
        images: the node's images.

    Returns:
        Whether it was started.

    Raises:
        ReportedError: it does not answer in time.
    """
    config = spec.state / "containerd.toml"
    text = configuration(spec, images.pause, binaries.cni_folder())
    if not config.exists() or config.read_text() != text:
        config.write_text(text)
    inputs = processes.digest([config, spec.bin / "containerd"])
    record = processes.read_record(spec, "containerd")
    started = not processes.alive(record) or record is None or record.inputs != inputs
    if started:
        if record is not None:
            processes.end([record], grace=10)
        spec.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        processes.spawn(
            spec,
            "containerd",
            [str(spec.bin / "containerd"), "--config", str(config), "--log-level", "warn"],
            inputs=inputs,
            environment=api.environment(spec),
        )
    api.wait_for(
        "containerd answering",
        lambda: answering(spec),
        timeout=START_TIMEOUT,
        hint=lambda: processes.log_tail(spec.logs / "containerd.log"),
        needs=lambda: processes.ended(spec, ["containerd"]),
    )
    return started


def ctr(spec: ClusterSpec, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run containerd's own client on the cluster's containerd.

    Args:
        spec: the cluster.
        arguments: what ctr is to do.
    """
    command = [binaries.system("ctr"), f"--address={spec.containerd_socket}", f"--namespace={NAMESPACE}"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)


def answering(spec: ClusterSpec) -> bool:
    """Say whether the cluster's containerd answers.

    Args:
        spec: the cluster.
    """
    return spec.containerd_socket.exists() and ctr(spec, "version").returncode == 0


def ensure_images(spec: ClusterSpec, images: NodeImages, load: ImageLoader) -> bool:
    """Import images if one of the node's is missing.

    Args:
        spec: the cluster.
        images: what the node needs.
        load: imports them.

    Returns:
        Whether images were imported.

    Raises:
        ReportedError: one is still missing afterwards.
    """
    missing = missing_images(spec, images)
    if not missing:
        return False
    load(spec, missing)
    missing = missing_images(spec, images)
    if missing:
        raise ReportedError(
            f"the node's images were imported, but these are not among them: {', '.join(missing)}",
            hint="run: make images, then make up",
        )
    return True


def missing_images(spec: ClusterSpec, images: NodeImages) -> list[str]:
    """The node's images that its containerd does not have.

    Args:
        spec: the cluster.
        images: references that the node needs.
    """
    present = set(ctr(spec, "images", "list", "--quiet").stdout.split())
    return [reference for reference in astuple(images) if reference not in present]
