"""Fixtures of the tests that run images."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from images import BuiltImage, build_all
from images.builder import buildah, ensure_in_store, only_one
from tests.binaries import binary
from tests.docker import matrix
from tests.docker.container import Image
from tests.store.gateway import Gateway

PROGRAMS = Path(__file__).resolve().parent / "programs"

OpenImage = Callable[[str], Image]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the version matrix, if its tests ran."""
    lines = matrix.table(terminalreporter.stats)
    if lines:
        terminalreporter.write_sep("=", "releases of Spark")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def built() -> dict[str, BuiltImage]:
    """Every image by name, built if it was not."""
    if os.geteuid() != 0 or shutil.which("runc") is None:
        pytest.skip("running an image needs root and runc")
    return {image.name: image for image in build_all()}


@pytest.fixture(scope="session")
def unpacked(built: dict[str, BuiltImage], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenImage]:
    """Gives an image by name, unpacked once; all are taken away at the end."""
    images: dict[str, Image] = {}
    holders: list[str] = []

    def open_image(name: str) -> Image:
        if name not in images:
            with only_one(Console(stderr=True)):
                holder = _hold(built[name].reference)
                holders.append(holder)
                root = Path(_buildah("mount", holder))
                images[name] = _image(built[name].reference, root, tmp_path_factory.mktemp(name))
        return images[name]

    yield open_image
    with only_one(Console(stderr=True)):
        for holder in holders:
            _buildah("umount", holder)
            _buildah("rm", holder)


def _hold(reference: str) -> str:
    ensure_in_store(reference)
    return _buildah("from", "--pull-never", reference)


def _image(reference: str, root: Path, scratch: Path) -> Image:
    config = json.loads(_buildah("inspect", "--type", "image", reference))["OCIv1"]["config"]
    return Image(
        root=root,
        scratch=scratch,
        environment=dict(entry.split("=", 1) for entry in config.get("Env", [])),
        entrypoint=config.get("Entrypoint", []),
        folder=config.get("WorkingDir") or "/",
        user=config.get("User", ""),
    )


def _buildah(*arguments: str) -> str:
    return subprocess.run(
        buildah(*arguments), capture_output=True, text=True, check=True, timeout=300
    ).stdout.strip()


@pytest.fixture(scope="session")
def spark(unpacked: OpenImage) -> Image:
    """The Spark image."""
    return unpacked("spark")


@contextmanager
def _store(folder: Path) -> Iterator[Gateway]:
    gateway = Gateway(binary=binary("versitygw"), folder=folder / "volume")
    gateway.start()
    try:
        done = gateway.set_up(["data-dev"], scratch=folder)
        assert done.returncode == 0, done.stderr
        yield gateway
    finally:
        gateway.kill()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A real S3 server on loopback with the platform's buckets."""
    with _store(tmp_path_factory.mktemp("store")) as gateway:
        yield gateway
