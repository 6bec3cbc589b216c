"""Which images the clusters on AWS pull, and how they are built for both architectures. Pure.

The same Dockerfiles as on one machine, on Docker's own Debian image: that one exists for both architectures,
while the one that is built locally is made from the builder's packages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.kube.image_tags import IMAGES, image_ref

DEBIAN_IMAGE: Final = (
    "debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171"
)
"""Base of the Spark image: the same Debian release as locally, an index of all architectures, by digest."""

BUILT: Final = ("spark", "spark-operator", "history_exporter", "run-logs", "canary_checker")
"""Images of a cluster on AWS, each after the one it is built on. Others are EKS' or an upstream chart's."""

PLATFORMS: Final = {"amd64": "linux/amd64", "arm64": "linux/arm64"}
"""Architecture, as Kubernetes names it -> platform, as Docker does."""

UNTAGGED_DAYS: Final = 14
"""Days that an image without a tag stays. Parts of a tagged index are not touched (ECR guide)."""

IMAGES_KEPT: Final = 100
"""Images that a repository keeps. A build for two architectures counts as three, so these are 33 builds: far
more than are in use, as a tag changes only with what is in the image."""


@dataclass(frozen=True, kw_only=True)
class ImageBuild:
    """How one image is built.

    Args:
        name: its name, a key of `IMAGES`.
        repository: its repository in the registry.
        reference: registry, repository and tag.
        context: folder of its Dockerfile.
        fetched: folder with what the Dockerfile copies; `spark-on-eks images fetch` fills it.
        apps: name of a program of ours in it -> folder of its source.
        arguments: build arguments besides `BASE`.
        base: image that it is built on: a reference, or the name of one that is built before it.
    """

    name: str
    repository: str
    reference: str
    context: str
    fetched: str
    apps: Mapping[str, str]
    arguments: Mapping[str, str]
    base: str


def builds(registry: str, *, root: Path, fetched: Path) -> tuple[ImageBuild, ...]:
    """List the images.

    Args:
        registry: host of the registry and the prefix of the repositories.
        root: the checkout.
        fetched: folder with a folder for each image.
    """
    prefix = registry.partition("/")[2]
    made = []
    for name in BUILT:
        source = IMAGES[name]
        made.append(
            ImageBuild(
                name=name,
                repository=f"{prefix}/{source.repository}" if prefix else source.repository,
                reference=image_ref(name, registry=registry, root=root),
                context=str(root / "docker" / name),
                fetched=str(fetched / name),
                apps={app: str(root / "apps" / app) for app in source.apps},
                arguments=source.arguments,
                base=source.parent if source.parent in BUILT else DEBIAN_IMAGE,
            )
        )
    return tuple(made)


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
