"""Imports the images into a containerd, where pods find them without a registry."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from rich.console import Console

from images import host
from images.builder import BuiltImage, build_all, only_one
from workspace.errors import ReportedError

NAMESPACE: Final = "k8s.io"
"""containerd's namespace that the kubelet looks in."""

_ANSWER_SECONDS: Final = 30


def present(socket: Path) -> set[str]:
    """References of the images that a containerd has.

    Args:
        socket: its API socket.

    Raises:
        ReportedError: it does not answer.
    """
    try:
        asked = subprocess.run(
            [*_ctr(socket), "images", "list", "--quiet"],
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _silent(socket, f"no answer within {_ANSWER_SECONDS} s") from None
    if asked.returncode:
        raise _silent(socket, asked.stderr.strip())
    return set(asked.stdout.split())


def _silent(socket: Path, reason: str) -> ReportedError:
    return ReportedError(
        f"containerd at {socket} does not answer: {reason}", hint="start the embedded cluster with `make up`"
    )


def _ctr(socket: Path) -> list[str]:
    return [host.command("ctr"), "--address", str(socket), "--namespace", NAMESPACE]


def import_all(
    socket: Path,
    *,
    registry: str = "localhost",
    names: Collection[str] | None = None,
    console: Console | None = None,
) -> list[BuiltImage]:
    """Import the images that a containerd lacks, building those that are not built yet.

    Args:
        socket: the API socket of that containerd.
        registry: what stands before the images' names.
        names: the images that are wanted, of `components.kube.image_tags.IMAGES`; None for all.
        console: where progress goes; None for standard error.

    Returns:
        The images that were imported; empty when all were there.

    Raises:
        ReportedError: containerd does not answer or refuses an image, or a build failed.
    """
    shown = console or Console(stderr=True, highlight=False)
    images = build_all(registry=registry, names=names, console=shown)
    if present(socket) >= {image.reference for image in images}:
        return []
    with only_one(shown):
        there = present(socket)
        missing = [image for image in images if image.reference not in there]
        for image in missing:
            _import(socket, image, shown)
    return missing


def _import(socket: Path, image: BuiltImage, console: Console) -> None:
    started = time.monotonic()
    repository = image.reference.rpartition(":")[0]
    with console.status(f"importing {image.name} into containerd"):
        done = subprocess.run(
            # The base name makes ctr keep the archive's own reference instead of one with today's date.
            [*_ctr(socket), "images", "import", "--base-name", repository, str(image.archive)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode or image.reference not in present(socket):
        raise ReportedError(
            f"containerd at {socket} did not take {image.reference}: {(done.stderr or done.stdout).strip()}",
            hint=f"delete {image.archive} so that it is built anew, and look into containerd's log",
        )
    console.print(f"  imported {image.reference} in {time.monotonic() - started:.1f} s")
