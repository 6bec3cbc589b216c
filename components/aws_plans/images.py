"""Which images the clusters on AWS pull. Pure.

The same Dockerfiles as on one machine, on Docker's own Debian image: that one exists for both architectures,
while the one that is built locally is made from the builder's packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components import versions
from components.kube.image_tags import IMAGES, image_ref
from components.records.model import ServiceRecord
from components.releases import RELEASES

DEBIAN_IMAGE: Final = f"debian:{versions.DEBIAN}-{versions.DEBIAN_SNAPSHOT}-slim@{versions.DEBIAN_DIGEST}"
"""Base of the Spark image: the same Debian release as locally, an index of all architectures, by digest."""

GO_IMAGE: Final = f"docker.io/library/golang:{versions.GO}-bookworm@{versions.GO_DIGEST}"
"""Compiles the programs in the images: on a machine with Docker nothing has to be installed for that."""

FOR_JOBS: Final = (
    *(release.image for release in RELEASES.values()),
    *(release.python_image for release in RELEASES.values()),
)
"""Images of jobs, which every stack has; the rest are its services'."""

OF_EVERY_STACK: Final = ("history_exporter", "run-logs", "canary_checker")
"""Images of services that a stack may switch off, and whose repositories stay meanwhile: an empty one costs
nothing, and ECR would refuse its name when the service comes back (`keepData` leaves it there)."""

PLATFORMS: Final = {"amd64": "linux/amd64", "arm64": "linux/arm64"}
"""Architecture, as Kubernetes names it -> platform, as Docker does."""

UNTAGGED_DAYS: Final = 14
"""Days that an image without a tag stays. Parts of a tagged index are not touched (ECR guide)."""

IMAGES_KEPT: Final = 100
"""Images that a repository keeps. A build for two architectures counts as three, and Spark's repository has
two images of each release: these are 8 changes of Spark and 33 of all else, more than are in use, as a
tag changes only with what is in the image."""


@dataclass(frozen=True, kw_only=True)
class StackImage:
    """An image that a stack runs.

    Args:
        name: its name, a key of `IMAGES`.
        repository: its repository in the registry.
        reference: registry, repository and tag.
    """

    name: str
    repository: str
    reference: str

    @property
    def tag(self) -> str:
        """What stands after the repository."""
        return self.reference.rpartition(":")[2]


def made_of(architectures: Sequence[str]) -> tuple[str, ...]:
    """What makes these images others than those of the same files on one machine: part of their tags.

    Args:
        architectures: what they are built for, of "arm64" and "amd64".
    """
    return (DEBIAN_IMAGE, GO_IMAGE, *sorted(architectures))


def stack_images(
    registry: str,
    *,
    root: Path,
    architectures: Sequence[str],
    services: Iterable[ServiceRecord],
) -> tuple[StackImage, ...]:
    """List the images, each after the one it is built on.

    Args:
        registry: host of the registry and the prefix of the repositories.
        root: the checkout.
        architectures: what they are built for, of "arm64" and "amd64".
        services: records of the services that the stack has; what an upstream chart runs has its own image.
    """
    prefix = registry.partition("/")[2]
    own = {name for each in services for name, source in each.images.items() if not source.chart}
    return tuple(
        StackImage(
            name=name,
            repository="/".join(part for part in (prefix, IMAGES[name].repository) if part),
            reference=image_ref(name, registry=registry, root=root, made_of=made_of(architectures)),
        )
        for name in IMAGES
        if name in own or name in (*FOR_JOBS, *OF_EVERY_STACK)
    )


def by_repository(images: Iterable[StackImage]) -> dict[str, StackImage]:
    """The first image of each repository, by name: what the repository is called after in the program.

    Args:
        images: images that a stack runs.
    """
    found: dict[str, StackImage] = {}
    for image in sorted(images, key=lambda image: image.name):
        found.setdefault(image.repository, image)
    return found


def repository_lifecycle() -> str:
    """Lifecycle policy of a repository, as ECR takes it."""
    rules = [
        {
            "rulePriority": 1,
            "description": f"Without a tag: {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The newest {IMAGES_KEPT}",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": IMAGES_KEPT,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules}, sort_keys=True)
