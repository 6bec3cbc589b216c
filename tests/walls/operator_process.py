"""The operator's own program beside an API server: whether it still hears of jobs, whatever is stored."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.binaries import binary
from tests.store.gateway import free_port
from tests.walls.server import ApiServer

Object = dict[str, Any]

TROUBLE: Final = ("panic", "cannot unmarshal", "failed to list", "Failed to watch", "failed waiting for")
"""Words of its log that tell of a job that it could not read, or died of."""


@dataclass(frozen=True)
class Operator:
    """A running operator.

    Args:
        process: its process.
        log: the file that it prints to.
    """

    process: subprocess.Popen[bytes]
    log: Path

    def trouble(self) -> list[str]:
        """What it printed about objects that it could not read; and its end, if it has ended."""
        lines = [line for line in self.log.read_text().splitlines() if any(each in line for each in TROUBLE)]
        ended = self.process.poll()
        return lines + ([] if ended is None else [f"it ended with {ended}"])

    def until(self, server: ApiServer, path: str, seconds: float) -> str:
        """Wait until it has taken up a SparkApplication.

        Args:
            server: where the application is.
            path: its path.
            seconds: how long to wait at most.

        Returns:
            The application's state; empty if the operator did not take it up.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            status = server.call("GET", path).body.get("status", {})
            state = str(status.get("applicationState", {}).get("state", ""))
            if state:
                return state
            time.sleep(0.2)
        return ""


@contextmanager
def operator(server: ApiServer, folder: Path, namespace: str) -> Iterator[Operator]:
    """Run the operator for one namespace. Its spark-submit refuses every job.

    Args:
        server: the API server.
        folder: for its configuration and its log.
        namespace: whose jobs it looks at.
    """
    home = folder / "spark"
    (home / "bin").mkdir(parents=True, exist_ok=True)
    submit = home / "bin" / "spark-submit"
    submit.write_text("#!/bin/sh\necho 'refused by the test' >&2\nexit 1\n")
    submit.chmod(0o755)
    log = folder / f"operator-{time.monotonic_ns()}.log"
    arguments = [
        *("controller", "start", f"--namespaces={namespace}", f"--kubeconfig={_kubeconfig(server, folder)}"),
        *("--leader-election=false", f"--health-probe-bind-address=127.0.0.1:{free_port()}"),
        # The queue is not what is tried here.
        *("--workqueue-ratelimiter-bucket-qps=1000", "--workqueue-ratelimiter-bucket-size=10000"),
        *("--kube-api-qps=1000", "--kube-api-burst=1000", "--zap-log-level=error"),
    ]
    host, _, port = server.address.rpartition(":")
    # Where it would tell spark-submit that the API server is.
    environment = {
        "PATH": os.environ["PATH"],
        "SPARK_HOME": str(home),
        "KUBERNETES_SERVICE_HOST": host,
        "KUBERNETES_SERVICE_PORT": port,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(binary("spark-operator")), *arguments], env=environment, stdout=output, stderr=output
        )
    try:
        yield Operator(process, log)
    finally:
        process.kill()
        process.wait(timeout=30)


def _kubeconfig(server: ApiServer, folder: Path) -> Path:
    cluster = {"server": f"https://{server.address}", "insecure-skip-tls-verify": True}
    config: Object = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"token": server.token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    path = folder / "kubeconfig.json"
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path
