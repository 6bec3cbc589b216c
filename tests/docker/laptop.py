"""A person's machine: Docker's own builder, a registry, and neither Go nor Java nor Maven nor what we built.

`docker buildx` is Docker's buildx, run without the client that finds it; its builder is the BuildKit that
Docker brings along, without the daemon. No public registry is in reach of the tests: the two images
that builds start from are made here, and pushed to the registry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from filelock import FileLock
from rich.console import Console

from images import BuiltImage
from images.builder import buildah, ensure_in_store, only_one
from toolchain import golang
from workspace import paths

MODULE: Final = Path(__file__).with_name("buildkit")
"""Pins Docker's builder."""

PROGRAMS: Final = {
    "buildx": "github.com/docker/buildx/cmd/buildx",
    "buildkitd": "github.com/moby/buildkit/cmd/buildkitd",
}
ABSENT: Final = ("go", "java", "javac", "mvn", "buildah", "debootstrap")
"""What the machine does not have."""

SHELL: Final = ("sh", "env")
"""What it has, besides Docker."""

READY_SECONDS: Final = 60
DISK: Final = "16GB"
"""What the builder may keep: with less it drops the packages that Go compiled, and compiles them again."""

_CERTIFICATES: Final = Path("/usr/local/share/ca-certificates")
_ENDED_SECONDS: Final = 20


@dataclass(frozen=True)
class Laptop:
    """The machine.

    Args:
        path: its PATH.
        environment: where Docker's client keeps what it knows.
        debian: image that stands for Debian's own, by digest.
        go: image that stands for Go's own, by digest.
    """

    path: str
    environment: dict[str, str]
    debian: str
    go: str


@cache
def programs() -> Path:
    """The folder with Docker's builder, compiled once for its pins."""
    folder = paths.CACHE / "buildkit"
    folder.mkdir(parents=True, exist_ok=True)
    pins, stamp = (MODULE / "go.sum").read_bytes(), folder / "go.sum"
    with FileLock(folder / ".lock"):
        if not stamp.is_file() or stamp.read_bytes() != pins:
            command = ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", f"{folder}/"]
            subprocess.run([*command, *PROGRAMS.values()], cwd=MODULE, env=golang.environment(), check=True)
            stamp.write_bytes(pins)
    return folder


@contextmanager
def running(folder: Path, registry: str, base: BuiltImage) -> Iterator[Laptop]:
    """Have such a machine, for as long as the block lasts.

    Args:
        folder: for its files; its path is short enough for a socket.
        registry: host and port of a registry on this machine, reached without TLS.
        base: our base image: Debian's packages.
    """
    debian, go = _start_images(registry, base)
    binaries = folder / "bin"
    binaries.mkdir()
    for name in SHELL:
        (binaries / name).symlink_to(str(shutil.which(name)))
    docker = binaries / "docker"
    docker.write_text(f'#!/bin/sh\n[ "$1" = buildx ] || exit 1\nshift\nexec {programs() / "buildx"} "$@"\n')
    docker.chmod(0o755)
    environment = {"BUILDX_CONFIG": str(folder / "buildx"), "DOCKER_CONFIG": str(folder / "docker")}
    with _builder(folder, registry) as address:
        subprocess.run(
            [str(docker), "buildx", "create", "--name", "laptop", "--driver", "remote", "--use", address],
            env={"PATH": str(binaries), **environment},
            check=True,
            capture_output=True,
        )
        yield Laptop(path=str(binaries), environment=environment, debian=debian, go=go)


@contextmanager
def _builder(folder: Path, registry: str) -> Iterator[str]:
    """Docker's builder, and its address."""
    configuration, socket, log = folder / "buildkitd.toml", folder / "s", folder / "buildkitd.log"
    configuration.write_text(
        f'[registry."{registry}"]\nhttp = true\n'
        f'[worker.oci]\ngc = true\n[[worker.oci.gcpolicy]]\nall = true\nmaxUsedSpace = "{DISK}"\n'
    )
    # What it compiled and downloaded stays, as it does on a person's machine.
    state = paths.CACHE / "buildkit" / "state"
    command = [
        *(str(programs() / "buildkitd"), "--config", str(configuration), "--root", str(state)),
        *("--addr", f"unix://{socket}", "--containerd-worker=false", "--oci-worker-net=host"),
    ]
    with log.open("wb") as said:
        server = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not socket.exists():
            assert server.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, f"BuildKit does not answer:\n{log.read_text()[-2000:]}"
            time.sleep(0.1)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(_ENDED_SECONDS)


def _start_images(registry: str, base: BuiltImage) -> tuple[str, str]:
    """Push what builds start from, and give both by digest: Debian, and Go on it.

    Both trust what this machine trusts, as its network may have a certificate of its own.
    """
    goroot = subprocess.run(
        ["go", "env", "GOROOT"], capture_output=True, text=True, check=True, env=golang.environment()
    ).stdout.strip()
    debian, go = f"{registry}/debian:bookworm", f"{registry}/golang:bookworm"
    with only_one(Console(stderr=True)):
        ensure_in_store(base.reference)
        return (
            _push(base.reference, debian, [(f"{_CERTIFICATES}/.", str(_CERTIFICATES))], {}),
            _push(debian, go, [(f"{goroot}/.", "/usr/local/go")], {"PATH": f"/usr/local/go/bin:{_PATH}"}),
        )


_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _push(source: str, target: str, copied: list[tuple[str, str]], variables: dict[str, str]) -> str:
    def run(*arguments: str) -> str:
        done = subprocess.run(buildah(*arguments), check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    holder = run("from", "--pull-never", source)
    digest = paths.CACHE / "images" / "work" / f"{os.getpid()}.digest"
    digest.parent.mkdir(parents=True, exist_ok=True)
    try:
        for here, there in copied:
            run("copy", holder, here, there)
        run("run", "--isolation", "chroot", holder, "update-ca-certificates")
        for name, value in variables.items():
            run("config", "--env", f"{name}={value}", holder)
        run("commit", "--quiet", holder, target)
        run("push", "--tls-verify=false", "--digestfile", str(digest), target, f"docker://{target}")
        return f"{target}@{digest.read_text().strip()}"
    finally:
        run("rm", holder)
        digest.unlink(missing_ok=True)
