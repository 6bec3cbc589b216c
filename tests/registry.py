"""A real image registry on this machine: what images are pushed to, and what stands for a public one."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from rich.console import Console

from components import versions
from images.builder import buildah, only_one
from images.push import digest_of
from tests.binaries import binary

READY_SECONDS = 30


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """Run a registry, and give its host and port.

    Args:
        folder: for its files.
        port: on 127.0.0.1.
    """
    configuration, log = folder / "registry.yml", folder / "registry.log"
    configuration.write_text(
        yaml.safe_dump(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
                "http": {"addr": f"127.0.0.1:{port}"},
            }
        )
    )
    with log.open("wb") as said:
        server = subprocess.Popen(
            [binary("registry"), "serve", str(configuration)],
            stdout=said,
            stderr=said,
            env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
        )
    try:
        _wait(port, log)
        yield f"localhost:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/v2/"):
                return
        except URLError:
            assert time.monotonic() < deadline, f"the registry does not answer:\n{log.read_text()[-2000:]}"
            time.sleep(0.1)


def push_itself(registry: str) -> str:
    """Put the registry's own program there as an image, and give its reference by digest.

    It is laid out as the public image that `up` names, and built from the same release as a Go module: public
    registries are not in reach of the tests.

    Args:
        registry: host and port of a running one.
    """
    target = f"{registry}/library/registry:{versions.REGISTRY}"

    def run(*arguments: str) -> str:
        return subprocess.run(buildah(*arguments), check=True, capture_output=True, text=True).stdout.strip()

    with only_one(Console(stderr=True)):
        holder = run("from", "scratch")
        try:
            run("copy", "--chmod=0755", holder, str(binary("registry")), "/bin/registry")
            run("commit", "--quiet", holder, target)
        finally:
            run("rm", holder)
        run("push", "--tls-verify=false", target, f"docker://{target}")
        run("rmi", target)
    return f"{target}@{digest_of(target)}"
