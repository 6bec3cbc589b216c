"""The registry: repositories, and the images in them if this program builds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker

from components.aws_plans.images import PLATFORMS, ImageBuild, repository_lifecycle
from components.naming import type_token


@dataclass(frozen=True, kw_only=True)
class ImageRegistryArgs:
    """Arguments of an `ImageRegistry`.

    Args:
        images: the images, each after the one it is built on.
        architectures: what they are built for, of "arm64" and "amd64".
        build: True to build and push them here; the machine then needs Docker with buildx, signed in to the
            registry by its credential helper, so that no password gets into the state. False if CI does.
        keep: True to leave the repositories when the stack is destroyed.
    """

    images: Sequence[ImageBuild]
    architectures: Sequence[str]
    build: bool
    keep: bool


class ImageRegistry(pulumi.ComponentResource):
    """A repository for each image: scanned on push, tags that never move, old images dropped.

    Outputs:
        images: reference of each image by name: with its digest if it is built here, else by its tag, which
            is made from the image's contents and can't be overwritten either.
    """

    images: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: ImageRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("ImageRegistry"), name, {}, opts)
        made: dict[str, pulumi.Output[str]] = {}
        for image in args.images:
            repository = self._repository(name, image, args.keep)
            if args.build:
                made[image.name] = self._image(name, args, image, repository, made)
            else:
                made[image.name] = pulumi.Output.all(image.reference, repository.id).apply(
                    lambda known: str(known[0])
                )
        self.images = made
        self.register_outputs({"images": dict(self.images)})

    def _repository(self, name: str, image: ImageBuild, keep: bool) -> aws.ecr.Repository:
        repository = aws.ecr.Repository(
            f"{name}-{image.name}",
            name=image.repository,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            force_delete=not keep,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=keep),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-{image.name}",
            repository=repository.name,
            policy=repository_lifecycle(),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=keep),
        )
        return repository

    def _image(
        self,
        name: str,
        args: ImageRegistryArgs,
        image: ImageBuild,
        repository: aws.ecr.Repository,
        built: Mapping[str, pulumi.Output[str]],
    ) -> pulumi.Output[str]:
        return docker.Image(
            f"{name}-{image.name}",
            context=docker.BuildContextArgs(
                location=image.context,
                named={
                    name: docker.ContextArgs(location=folder)
                    for name, folder in {"fetched": image.fetched, **image.apps}.items()
                },
            ),
            build_args={**image.arguments, "BASE": built.get(image.base, image.base)},
            platforms=[docker.Platform(PLATFORMS[each]) for each in sorted(args.architectures)],
            tags=[image.reference],
            push=True,
            # A preview says what would change; building takes minutes and a registry.
            build_on_preview=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[repository], retain_on_delete=args.keep),
        ).ref
