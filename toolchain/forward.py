"""A port of something in a cluster, reached through its API server: `kubectl port-forward`."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from toolchain import find
from workspace.errors import ReportedError

LISTEN_SECONDS: Final = 30
"""How long `kubectl port-forward` may take until it listens."""


@contextmanager
def forwarded(kubeconfig: Path, namespace: str, target: str, port: int) -> Iterator[int]:
    """A port of this machine, on 127.0.0.1, that leads there for as long as the block lasts.

    Args:
        kubeconfig: of the cluster.
        namespace: where the target is.
        target: as kubectl takes it, such as `service/object-store`.
        port: the target's port.

    Raises:
        ReportedError: kubectl does not get there.
    """
    command = [
        str(find("kubectl")),
        f"--kubeconfig={kubeconfig}",
        f"--namespace={namespace}",
        "port-forward",
        target,
        f":{port}",
    ]
    # Into a file: kubectl prints a line per connection, and a pipe that nobody reads would stop it.
    with tempfile.TemporaryFile("w+") as said:
        forward = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield _local_port(forward, said, f"{target} in {namespace}", namespace)
        finally:
            forward.terminate()
            forward.wait()


def _local_port(forward: subprocess.Popen[bytes], said: IO[str], what: str, namespace: str) -> int:
    """The port that kubectl chose, once it listens."""
    deadline = time.monotonic() + LISTEN_SECONDS
    while True:
        said.seek(0)
        text = said.read()
        if match := re.search(r"127\.0\.0\.1:(\d+) ->", text):
            return int(match[1])
        if forward.poll() is not None or time.monotonic() > deadline:
            raise ReportedError(
                f"{what} can't be reached through the cluster: {text.strip() or 'kubectl said nothing'}",
                hint=f"is it up? see `kubectl get pods -n {namespace}`",
            )
        time.sleep(0.05)
