"""Builds and pushes images for both architectures with Docker's buildx, where a stack on AWS pulls them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from components.aws_plans.images import BUILT, DEBIAN_IMAGE, PLATFORMS, StackImage
from components.kube.image_tags import IMAGES, folder_of
from images import host
from images.builder import ARCHIVES
from images.push import PushedImage
from images.recipes import PROGRAMS, RECIPES, programs
from workspace import paths
from workspace.errors import ReportedError

_WORK: Final = ARCHIVES / "docker"
"""Files that Dockerfiles take, and logs."""

_ABSENT: Final = ("not found", "manifest unknown", "name unknown")
"""What registries answer for a tag or a repository that they do not have (OCI distribution specification)."""


def push_all(
    images: Sequence[StackImage], architectures: Sequence[str], console: Console
) -> list[PushedImage]:
    """Build and push the images that a registry lacks; Docker has to be signed in to it.

    Args:
        images: each after the one it is built on.
        architectures: what they are built for, of "arm64" and "amd64".
        console: where progress goes.

    Raises:
        ReportedError: there is no Docker, the registry refuses, or a build failed.
    """
    if shutil.which("docker") is None:
        raise ReportedError(
            "docker is not on PATH, and images of stacks on AWS are built with its buildx",
            hint="install Docker 23 or later; it brings buildx along",
        )
    done: list[PushedImage] = []
    for image in images:
        known = digest_of(image.reference)
        digest = known or _push(image, images, architectures, console)
        done.append(
            PushedImage(name=image.name, reference=image.reference, digest=digest, pushed=known is None)
        )
    return done


def _push(
    image: StackImage, images: Sequence[StackImage], architectures: Sequence[str], console: Console
) -> str:
    """Build and push an image; gives its digest, as the registry says it."""
    with console.status(f"building and pushing {image.name}"):
        _build(image, images, architectures)
    digest = digest_of(image.reference)
    if digest is None:
        raise ReportedError(f"{image.reference} was pushed, and the registry does not have it")
    console.print(f"  pushed {image.reference} {digest}", soft_wrap=True)
    return digest


def digest_of(reference: str) -> str | None:
    """The digest of a tag's manifest, asked with Docker's own login; None if the registry has no such tag.

    Args:
        reference: registry, repository and tag.

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
        return str(json.loads(asked.stdout)["digest"])
    if any(word in asked.stderr.lower() for word in _ABSENT):
        return None
    raise ReportedError(
        f"the registry does not say whether it has {reference}: {asked.stderr.strip()}",
        hint="sign Docker in to it; docs/aws.md, Images, has the command",
    )


def command(
    image: StackImage, images: Sequence[StackImage], architectures: Sequence[str], fetched: Path
) -> list[str]:
    """The command that builds and pushes one image.

    Args:
        image: which one.
        images: all of the stack; it may be built on one of them.
        architectures: what it is built for.
        fetched: folder with what its Dockerfile takes besides the checkout.
    """
    source = IMAGES[image.name]
    parents = {each.name: each.reference for each in images}
    base = parents[source.parent] if source.parent in BUILT else DEBIAN_IMAGE
    contexts = {"fetched": fetched, **{app: paths.ROOT / "apps" / app for app in source.apps}}
    return [
        *("docker", "buildx", "build", "--push"),
        f"--platform={','.join(PLATFORMS[each] for each in sorted(architectures))}",
        f"--tag={image.reference}",
        *(f"--build-arg={key}={value}" for key, value in {**source.arguments, "BASE": base}.items()),
        *(f"--build-context={name}={folder}" for name, folder in contexts.items()),
        str(folder_of(image.name, paths.ROOT)),
    ]


def _build(image: StackImage, images: Sequence[StackImage], architectures: Sequence[str]) -> None:
    fetched, log = _WORK / image.name, _WORK / f"{image.name}.log"
    shutil.rmtree(fetched, ignore_errors=True)
    fetched.mkdir(parents=True)
    if image.name in PROGRAMS:
        programs(image.name, fetched, architectures)
    elif prepare := RECIPES[image.name].prepare:
        prepare(fetched, log)
    host.run(
        command(image, images, architectures, fetched),
        doing=f"building and pushing {image.reference}",
        log=log,
        hint=f"the whole output is in {log}; docs/aws.md, Images, says what Docker needs",
    )
