"""Kubernetes' API server alone, with its etcd, on loopback: what evaluates policies and schemas for real."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.binaries import binary
from tests.store.gateway import free_port

START_SECONDS = 180.0
"""From the start of both programs to readiness; 3 to 5 on an idle machine."""

COLLECTED_SELDOM = {"GOGC": "400", "GOMEMLIMIT": "768MiB"}
"""For the API server, which makes its documents anew with each of the operator's kinds: from its start to a
settled tenant it took 10.4 s of CPU time at Go's usual 100 and 7.7 with this, and 759 MiB instead of 537."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the API server says.

    Args:
        status: the HTTP status.
        body: the object, or the Status that says why not.
    """

    status: int
    body: Object

    @property
    def refusal(self) -> str:
        """The reason for a refusal; empty if there is none."""
        return "" if self.status < 300 else str(self.body.get("message", self.body))


@dataclass(frozen=True)
class ApiServer:
    """A running API server.

    Args:
        address: its host and port.
        token: an administrator's.
        etcd: address of its store.
        restart: ends it as an update does, starts it again with what etcd has, and waits until it serves.
    """

    address: str
    token: str
    etcd: str
    restart: Callable[[], None]

    def call(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        user: str = "",
        group: str = "system:authenticated",
        content: str = "application/json",
    ) -> Answer:
        """Send one request.

        Args:
            method: the HTTP method.
            path: path and query.
            body: an object.
            user: who asks; the administrator if empty.
            group: the group of `user`.
            content: the body's media type.
        """
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": content}
        if user:
            head |= {"Impersonate-User": user, "Impersonate-Group": group}
        connection = http.client.HTTPSConnection(self.address, context=_trusting(), timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), head)
            answer = connection.getresponse()
            text = answer.read()
            return Answer(
                answer.status, json.loads(text) if text.startswith(b"{") else {"text": text.decode()}
            )
        finally:
            connection.close()

    def apply(self, path: str, body: Object) -> Answer:
        """Make or change an object by server-side apply."""
        query = "?fieldManager=tests&force=true"
        return self.call("PATCH", f"{path}{query}", body, content="application/apply-patch+yaml")

    @property
    def kubeconfig(self) -> Object:
        """How to reach it as the administrator, as a kubeconfig has it."""
        name = {"name": "here"}
        cluster = {"server": f"https://{self.address}", "insecure-skip-tls-verify": True}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{**name, "cluster": cluster}],
            "users": [{**name, "user": {"token": self.token}}],
            "contexts": [{**name, "context": {"cluster": "here", "user": "here"}}],
        }

    def ready(self) -> bool:
        """Whether it serves."""
        with suppress(OSError, http.client.HTTPException):
            return self.call("GET", "/readyz").status == http.HTTPStatus.OK
        return False


def _trusting() -> ssl.SSLContext:
    """The server makes its own certificate, and is on loopback."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def api_server(folder: Path, *extra: str, accounts: bool = False) -> Iterator[ApiServer]:
    """Run an API server with an empty etcd.

    Args:
        folder: for keys, certificates, data and logs.
        extra: further arguments of kube-apiserver.
        accounts: True asks for the service accounts that pods name. Nobody makes them: the controller manager
            is not here.
    """
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
    key = folder / "service-accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    client, peer, port = free_port(), free_port(), free_port()
    programs = {
        "etcd": [
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        ],
        "kube-apiserver": [
            f"--etcd-servers=http://127.0.0.1:{client}",
            f"--cert-dir={folder / 'certificates'}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.99.0.0/24",
            "--anonymous-auth=false",
            *([] if accounts else ["--disable-admission-plugins=ServiceAccount"]),
            *extra,
        ],
    }
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str) -> None:
        with (folder / f"{name}.log").open("ab") as log:
            command = [str(binary(name)), *programs[name]]
            variables = {**os.environ, **COLLECTED_SELDOM}
            running[name] = subprocess.Popen(command, env=variables, stdout=log, stderr=log)

    def restart() -> None:
        process = running["kube-apiserver"]
        process.terminate()
        process.wait(timeout=90)
        start("kube-apiserver")
        _wait(server, folder)

    server = ApiServer(f"127.0.0.1:{port}", token, f"http://127.0.0.1:{client}", restart)
    try:
        for name in programs:
            start(name)
        _wait(server, folder)
        yield server
    finally:
        for process in reversed(running.values()):
            process.kill()
            process.wait(timeout=30)


def _wait(server: ApiServer, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.ready():
        log = (folder / "kube-apiserver.log").read_text()[-2000:]
        assert time.monotonic() < deadline, (
            f"not ready after {START_SECONDS:.0f} s; its log ends with:\n{log}"
        )
        time.sleep(0.2)
