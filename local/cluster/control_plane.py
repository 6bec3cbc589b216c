"""The control plane: etcd, API server, controller manager and scheduler, made and started by kwokctl.

kwokctl makes the certificates and arguments, starts the processes and keeps their logs. What a cluster with a
real node must not have is switched off: kwok-controller would play the real node's kubelet, and etcd would
listen, without any authentication, on every address of the machine. Whoever writes to etcd is the cluster's
administrator, and so root here: it talks to nobody but holders of one key (`etcd_identity`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from local.cluster import api, etcd_identity, processes
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

SERVERS: Final = ("etcd", "kube-apiserver")
"""Those of the components that the others need."""

STARTS: Final = 3
"""The controller manager ends if the API server is not ready within ten seconds (WaitForAPIServer in its
controllermanager.go). On a busy machine it was not after 20, while all others ran on and got ready."""

COMPONENTS: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""kwokctl's names for what it runs, in the order in which they depend on each other."""

KWOK_API: Final = "config.kwok.x-k8s.io/v1alpha1"
"""Version of kwokctl's configuration file."""

START_TIMEOUT: Final = 60.0
"""Seconds for the API server to be ready; it takes 4 to 5 on an idle machine with two cores."""

EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - anonymous requests are refused, see `configuration`
"""What the API server listens on: the bridge for pods, and 127.0.0.1 for this machine."""

SIGNING_DURATION: Final = "87600h0m0s"
"""Ten years: the node's certificates outlive the cluster, so that it is never renewed while nobody looks."""


def home(spec: ClusterSpec) -> Path:
    """kwokctl's folder for this cluster.

    Args:
        spec: the cluster.
    """
    return spec.state / "kwok" / "clusters" / spec.name


def configuration(spec: ClusterSpec) -> dict[str, Any]:
    """What kwokctl is told to make.

    Args:
        spec: the cluster.
    """
    pki = home(spec) / "pki"
    arguments = {
        "etcd": etcd_identity.server_arguments(spec),
        "kube-apiserver": {
            "advertise-address": str(spec.gateway),
            "service-cluster-ip-range": str(spec.service_cidr),
            "anonymous-auth": "false",
            # Beyond Kubernetes' default ones. A Service with externalIPs would catch what the whole cluster
            # sends to that address (CVE-2020-8554), and nothing here answers to such an address.
            "enable-admission-plugins": "NodeRestriction,DenyServiceExternalIPs",
            "enable-bootstrap-token-auth": "true",
            **etcd_identity.client_arguments(spec),
            "kubelet-certificate-authority": str(pki / "ca.crt"),
            "kubelet-client-certificate": str(pki / "admin.crt"),
            "kubelet-client-key": str(pki / "admin.key"),
            # The node's name need not resolve anywhere: logs and exec go to its address.
            "kubelet-preferred-address-types": "InternalIP",
        },
        "kube-controller-manager": {
            "cluster-signing-cert-file": str(pki / "ca.crt"),
            "cluster-signing-key-file": str(pki / "ca.key"),
            "cluster-signing-duration": SIGNING_DURATION,
            "controllers": "*,bootstrapsigner,tokencleaner",
            # Its default is made on the machine, below /usr/libexec.
            "flex-volume-plugin-dir": str(spec.state / "volume-plugins"),
            # With one replica an election only delays the restart by the lease of the one that was killed.
            "leader-elect": "false",
            # A quota refuses a kind that it has not counted yet, and a new platform brings some. It counts a
            # handful of namespaces, so the default of five minutes spares nothing here.
            "resource-quota-sync-period": "15s",
            "use-service-account-credentials": "true",
        },
        "kube-scheduler": {"leader-elect": "false"},
    }
    replaced = _replaced(spec)
    patches: list[dict[str, Any]] = [
        {"name": name, "extraArgs": _extra(arguments[name], False) + _extra(replaced[name], True)}
        for name in COMPONENTS
    ]
    return {
        "kind": "KwokctlConfiguration",
        "apiVersion": KWOK_API,
        "metadata": {"name": spec.name},
        "options": {
            "runtime": "binary",
            "bindAddress": "127.0.0.1",
            "disable": ["kwok-controller"],
            "heartbeatFactor": 1,
            "etcdPort": spec.ports.etcd,
            "etcdPeerPort": spec.ports.etcd_peer,
            "kubeApiserverPort": spec.ports.api_server,
            "kubeApiserverCertSANs": [str(spec.gateway), str(spec.api_service)],
            "kubeControllerManagerPort": spec.ports.controller_manager,
            "kubeSchedulerPort": spec.ports.scheduler,
            "kubeAuthorization": True,
            "kubeAdmission": True,
            "securePort": True,
            "etcdBinary": str(spec.bin / "etcd"),
            "kubeApiserverBinary": str(spec.bin / "kube-apiserver"),
            "kubeControllerManagerBinary": str(spec.bin / "kube-controller-manager"),
            "kubeSchedulerBinary": str(spec.bin / "kube-scheduler"),
            "kubectlBinary": str(spec.bin / "kubectl"),
        },
        "componentsPatches": patches,
    }


def _replaced(spec: ClusterSpec) -> dict[str, dict[str, str]]:
    """Arguments that kwokctl gives a component anyway, with the values that they get here."""
    # Its own choice lets every local user read the metrics.
    open_paths = {"authorization-always-allow-paths": "/healthz,/readyz,/livez"}
    return {
        "etcd": etcd_identity.addresses(spec),
        # Pods reach the API server on the bridge's address, with a client certificate or token as everyone;
        # the others are for this machine alone.
        "kube-apiserver": {"bind-address": EVERY_ADDRESS, "etcd-servers": etcd_identity.url(spec.ports.etcd)},
        "kube-controller-manager": open_paths,
        "kube-scheduler": open_paths,
    }


def _extra(arguments: Mapping[str, str], override: bool) -> list[dict[str, Any]]:
    return [{"key": key, "value": value, "override": override} for key, value in arguments.items()]


def kwokctl(spec: ClusterSpec, *arguments: str, timeout: float = 180) -> str:
    """Output of kwokctl for this cluster.

    Args:
        spec: the cluster.
        arguments: what kwokctl is to do.
        timeout: seconds until it is ended.

    Raises:
        ReportedError: kwokctl failed; the message holds the end of what it said.
    """
    config = spec.state / "kwokctl.yaml"
    command = [str(spec.bin / "kwokctl"), f"--config={config}", f"--name={spec.name}", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**api.environment(spec), "KWOK_WORKDIR": str(spec.state / "kwok")},
    )
    if done.returncode != 0:
        raise ReportedError(
            f"kwokctl {' '.join(arguments)} failed:\n{(done.stderr or done.stdout)[-2000:]}",
            hint=f"read the logs in {home(spec) / 'logs'}",
        )
    return done.stdout


def start(spec: ClusterSpec) -> bool:
    """Make the control plane if there is none, and start those of its processes that are not running.

    Args:
        spec: the cluster.

    Returns:
        Whether anything had to be started.

    Raises:
        ReportedError: a process does not start, or the API server does not get ready.
    """
    dead = [name for name in reversed(COMPONENTS) if not _current(spec, name)]
    if dead:
        if made(spec):
            _start_ended(spec)
        else:
            _make(spec)
            _record(spec)
    for left in reversed(range(STARTS)):
        try:
            _wait_ready(spec)
        except ReportedError:
            ended = set(processes.ended(spec, COMPONENTS))
            if not left or not ended or not ended.isdisjoint(SERVERS):
                raise
            _start_ended(spec)
        else:
            break
    return bool(dead)


def _start_ended(spec: ClusterSpec) -> None:
    _drop_stale_pids(spec)
    kwokctl(spec, "start", "cluster")
    _record(spec)


def _wait_ready(spec: ClusterSpec) -> None:
    api.wait_for(
        "API server ready",
        lambda: api.serving(spec),
        timeout=START_TIMEOUT,
        hint=lambda: _why_not_ready(spec),
        needs=lambda: processes.ended(spec, COMPONENTS),
    )


def made(spec: ClusterSpec) -> bool:
    """Say whether kwokctl has made the control plane, all of it.

    Args:
        spec: the cluster.
    """
    return (spec.state / "control-plane-made").exists()


def _make(spec: ClusterSpec) -> None:
    # kwokctl does not notice that it was interrupted: what it had begun goes, nobody has used it yet.
    processes.end(processes.by_program(f"{spec.bin}/kwokctl"), grace=0)
    processes.end(processes.by_program(f"{home(spec)}/"), grace=5)
    shutil.rmtree(home(spec), ignore_errors=True)
    etcd_identity.ensure(spec)
    write_configuration(spec)
    kwokctl(spec, "create", "cluster", "--kubeconfig=")
    (spec.state / "control-plane-made").touch()


def _current(spec: ClusterSpec, name: str) -> bool:
    """Whether a process runs; one whose program has been replaced is ended first."""
    record = processes.read_record(spec, name)
    if record is None or not processes.alive(record):
        return False
    if record.inputs != processes.digest([spec.bin / name]):
        processes.end([record], grace=5)
        return False
    return True


def _why_not_ready(spec: ClusterSpec) -> str:
    for name in COMPONENTS:
        if not processes.alive(processes.read_record(spec, name)):
            log = home(spec) / "logs" / f"{name}.log"
            return f"{name} has ended; its log {log} ends with:\n{processes.log_tail(log)}"
    return f"all its processes run; read the logs in {home(spec) / 'logs'}"


def _drop_stale_pids(spec: ClusterSpec) -> None:
    """kwokctl takes any process with the pid that it noted for its own: after a reboot that is a stranger."""
    for name in COMPONENTS:
        pid_file = home(spec) / "pids" / f"{name}.pid"
        try:
            running = processes.observe(int(pid_file.read_text()))
        except (OSError, ValueError):
            running = None
        # kwokctl starts each program through a link in its own folder, which leads to ours.
        if running is None or running.command[:1] != (str(home(spec) / "bin" / name),):
            pid_file.unlink(missing_ok=True)


def _record(spec: ClusterSpec) -> None:
    for name in COMPONENTS:
        pid_file = home(spec) / "pids" / f"{name}.pid"
        if not pid_file.exists():
            continue
        running = processes.observe(int(pid_file.read_text()), processes.digest([spec.bin / name]))
        if running is not None:
            processes.write_record(spec, name, running)


def write_kubeconfig(spec: ClusterSpec) -> bool:
    """Write the administrator's kubeconfig, with the cluster's name as context, unless it is there.

    Args:
        spec: the cluster.

    Returns:
        Whether it was written.
    """
    if spec.kubeconfig.exists():
        return False
    write_private(spec.kubeconfig, client_kubeconfig(spec))
    return True


def client_kubeconfig(spec: ClusterSpec, user: str = "", group: str = "") -> str:
    """A kubeconfig, with a client certificate that kwokctl signs with the cluster's authority.

    Args:
        spec: the cluster.
        user: user name in the certificate; kwokctl's administrator when empty.
        group: group in the certificate, with `user`.
    """
    who = [f"--user={user}", f"--group={group}"] if user else []
    made = yaml.safe_load(kwokctl(spec, "get", "kubeconfig", *who))
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": spec.name,
            "clusters": [{"name": spec.name, "cluster": made["clusters"][0]["cluster"]}],
            "contexts": [{"name": spec.name, "context": {"cluster": spec.name, "user": spec.name}}],
            "users": [{"name": spec.name, "user": made["users"][0]["user"]}],
        }
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Args:
        path: of the file; what is there is replaced.
        text: its content.
    """
    partial = path.with_name(f".{path.name}.part")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)


def write_configuration(spec: ClusterSpec) -> None:
    """Note what kwokctl is told, for it and for a later version.

    Args:
        spec: the cluster.
    """
    (spec.state / "kwokctl.yaml").write_text(yaml.safe_dump(configuration(spec), sort_keys=False))


def settings_digest(spec: ClusterSpec) -> str:
    """Digest of what kwokctl was told, to notice a cluster that was made with other settings.

    Args:
        spec: the cluster.
    """
    return processes.digest([], [json.dumps(configuration(spec), sort_keys=True)])
