"""Builds and pushes images with Docker's buildx, which needs nothing else on the machine.

The Dockerfiles compile and download in stages of their own, where a build without Docker takes what the
toolchain made.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console

from components.aws_plans.images import DEBIAN_IMAGE, GO_IMAGE, PLATFORMS, StackImage
from components.kube.image_tags import IMAGES, contexts, folder_of, image_ref
from images import host
from images.builder import ARCHIVES
from images.push import PushedImage
from workspace import paths
from workspace.errors import ReportedError

LOGS: Final = ARCHIVES / "docker"
"""What Docker printed, a file an image."""

BASE: Final = "base"
"""The one image that adds nothing to its publisher's: with Docker it is Debian's own."""

_ABSENT: Final = ("not found", "manifest unknown", "name unknown")
"""What registries answer for a tag or a repository that they do not have (OCI distribution specification)."""


def available() -> bool:
    """Say whether this machine has Docker with buildx."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0


def unreachable(reference: str) -> str:
    """What keeps Docker's builder from a registry that this machine reaches; empty if nothing does.

    The builder may run in a machine or a network of its own: Docker's desktop, rootless Docker, a container.

    Args:
        reference: an image that is there.
    """
    asked = subprocess.run(
        ["docker", "buildx", "build", "--output=type=cacheonly", "--progress=plain", "-"],
        input=f"FROM {reference}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        return ""
    return (asked.stderr.strip().splitlines() or [f"exit {asked.returncode}"])[-1]


def require() -> None:
    """Go on only where there is Docker with buildx.

    Raises:
        ReportedError: there is none.
    """
    if not available():
        raise ReportedError(
            "`docker buildx version` does not answer, and these images are built with Docker's buildx",
            hint="install Docker 23 or later; it brings buildx along",
        )


def images_of(registry: str, names: Iterable[str]) -> tuple[StackImage, ...]:
    """Images of a cluster of one's own.

    Args:
        registry: what stands before their names.
        names: which, of `components.kube.image_tags.IMAGES`.
    """
    return tuple(
        StackImage(
            name=name,
            repository=IMAGES[name].repository,
            reference=image_ref(name, registry=registry, root=paths.ROOT),
        )
        for name in names
    )


def push_all(
    images: Sequence[StackImage], architectures: Sequence[str], console: Console
) -> list[PushedImage]:
    """Build and push the images that a registry lacks; Docker has to be signed in to it.

    Args:
        images: each after the one it is built on.
        architectures: what they are built for, of "arm64" and "amd64".
        console: where progress goes.

    Raises:
        ReportedError: there is no Docker, the registry refuses, a build failed, or a tag is taken by an image
            of other architectures.
    """
    require()
    done: list[PushedImage] = []
    for image in images:
        found = manifest_of(image.reference)
        if found is not None:
            _check_platforms(image.reference, found, architectures)
        digest = _push(image, images, architectures, console) if found is None else str(found["digest"])
        done.append(
            PushedImage(name=image.name, reference=image.reference, digest=digest, pushed=found is None)
        )
    return done


def _push(
    image: StackImage, images: Sequence[StackImage], architectures: Sequence[str], console: Console
) -> str:
    """Build and push an image; gives its digest, as the registry says it."""
    log = LOGS / f"{image.name}.log"
    with console.status(f"building and pushing {image.name}"):
        host.run(
            command(image, images, architectures),
            doing=f"building and pushing {image.reference}",
            log=log,
            hint=f"the whole output is in {log}; docs/aws.md, Images, says what Docker needs",
        )
    found = manifest_of(image.reference)
    if found is None:
        raise ReportedError(f"{image.reference} was pushed, and the registry does not have it")
    console.print(f"  pushed {image.reference} {found['digest']}", soft_wrap=True)
    return str(found["digest"])


def manifest_of(reference: str) -> dict[str, object] | None:
    """The manifest or index that a tag names, with its digest, asked with Docker's own login.

    Args:
        reference: registry, repository and tag.

    Returns:
        None if the registry has no such tag.

    Raises:
        ReportedError: the registry refuses to say.
    """
    asked = subprocess.run(
        ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", reference],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        found: dict[str, object] = json.loads(asked.stdout)
        return found
    if any(word in asked.stderr.lower() for word in _ABSENT):
        return None
    raise ReportedError(
        f"the registry does not say whether it has {reference}: {asked.stderr.strip()}",
        hint="sign Docker in to it with docker login, and run this again",
    )


def _check_platforms(reference: str, found: dict[str, object], architectures: Sequence[str]) -> None:
    """Say so if what is there lacks an architecture: a node of it would find out much later."""
    listed = found.get("manifests")
    if not isinstance(listed, list):
        # A manifest of one image does not say what it is for, and pushes without Docker write such.
        return
    there = {str(each.get("platform", {}).get("architecture")) for each in listed}
    if missing := sorted(set(architectures) - there):
        raise ReportedError(
            f"the registry has {reference} for {', '.join(sorted(there & set(PLATFORMS)))}, and not for "
            f"{', '.join(missing)}; a tag is never overwritten",
            hint="delete it there, or push to another path of the registry",
        )


def command(image: StackImage, images: Sequence[StackImage], architectures: Sequence[str]) -> list[str]:
    """The command that builds and pushes one image, or copies it if it is its publisher's.

    Args:
        image: which one.
        images: all that are pushed; it may be built on one of them.
        architectures: what it is built for.
    """
    if image.name == BASE:
        return ["docker", "buildx", "imagetools", "create", f"--tag={image.reference}", DEBIAN_IMAGE]
    source = IMAGES[image.name]
    below = {each.name: each.reference for each in images if each.name != BASE}
    arguments = {**source.arguments, "GO": GO_IMAGE, "BASE": below.get(source.parent or BASE, DEBIAN_IMAGE)}
    folders = contexts(source, paths.ROOT)
    return [
        *("docker", "buildx", "build", "--push", "--progress=plain"),
        f"--platform={','.join(PLATFORMS[each] for each in sorted(architectures))}",
        f"--tag={image.reference}",
        *(f"--build-arg={key}={value}" for key, value in arguments.items()),
        *(f"--build-context={name}={folder}" for name, folder in folders.items()),
        str(folder_of(image.name, paths.ROOT)),
    ]
