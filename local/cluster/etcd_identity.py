"""The key without which etcd talks to nobody: API server and etcd prove themselves to each other by it.

Kubernetes' own certificate authority will not do for this: it also signs the certificates of kubelets and of
whoever asks with a certificate request, and etcd would take each of them for an administrator. One key pair,
its own authority, is enough for two processes of one user.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from local.cluster import binaries
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

DAYS: Final = 3650
"""Ten years, as the cluster's other certificates: it is never renewed while nobody looks."""


def folder(spec: ClusterSpec) -> Path:
    """Folder of the key and the certificate; only its owner gets in.

    Args:
        spec: the cluster.
    """
    return spec.state / "etcd-identity"


def key(spec: ClusterSpec) -> Path:
    """The private key (mode 0600).

    Args:
        spec: the cluster.
    """
    return folder(spec) / "etcd.key"


def certificate(spec: ClusterSpec) -> Path:
    """The certificate, signed by its own key.

    Args:
        spec: the cluster.
    """
    return folder(spec) / "etcd.crt"


def url(port: int) -> str:
    """Where etcd listens, on one of its two ports.

    Args:
        port: the one for clients, or the one for its peers.
    """
    return f"https://127.0.0.1:{port}"


def addresses(spec: ClusterSpec) -> dict[str, str]:
    """etcd's arguments that say where it listens, for clients and for other members.

    There are no other members, and still a listener that would do what one says.

    Args:
        spec: the cluster.
    """
    clients, peers = url(spec.ports.etcd), url(spec.ports.etcd_peer)
    return {
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"node0={peers}",
    }


def server_arguments(spec: ClusterSpec) -> dict[str, str]:
    """etcd's arguments that say who it is, and whom alone it answers.

    Args:
        spec: the cluster.
    """
    pair = {"cert-file": str(certificate(spec)), "key-file": str(key(spec))}
    whom = {"client-cert-auth": "true", "trusted-ca-file": str(certificate(spec))}
    clients = {**pair, **whom}
    return {**clients, **{f"peer-{name}": value for name, value in clients.items()}}


def client_arguments(spec: ClusterSpec) -> dict[str, str]:
    """The API server's arguments with which it asks etcd.

    Args:
        spec: the cluster.
    """
    return {
        "etcd-cafile": str(certificate(spec)),
        "etcd-certfile": str(certificate(spec)),
        "etcd-keyfile": str(key(spec)),
    }


def ensure(spec: ClusterSpec) -> None:
    """Make the key and its certificate, unless they are there.

    Args:
        spec: the cluster.

    Raises:
        ReportedError: openssl failed.
    """
    if key(spec).exists() and certificate(spec).exists():
        return
    folder(spec).mkdir(mode=0o700, exist_ok=True)
    done = subprocess.run(
        [
            *(binaries.system("openssl"), "req", "-x509", "-noenc", "-days", str(DAYS), "-subj", "/CN=etcd"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-addext", "extendedKeyUsage=serverAuth,clientAuth"),
            *("-keyout", str(key(spec)), "-out", str(certificate(spec))),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ReportedError(
            f"openssl made no key for etcd: {done.stderr.strip()[-500:]}",
            hint=f"see whether {folder(spec)} can be written to, and the version of openssl: it must be 3",
        )
