"""The registry: repositories, and the digests of what was pushed to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws_plans.images import StackImage, by_repository, repository_lifecycle
from components.naming import type_token

_ABSENT: Final = ("ImageNotFoundException", "couldn't find resource", "returned no results")
"""What the AWS provider says of a tag that is not there: ECR's own error, or its words for a repository or
a list without one (internal/service/ecr/image_data_source.go). A missing right is an error, as all else."""


@dataclass(frozen=True, kw_only=True)
class ImageRegistryArgs:
    """Arguments of an `ImageRegistry`.

    Args:
        images: the images that the stack runs.
        stack: the stack's name, for the command that pushes them.
        keep: True to leave the repositories when the stack is destroyed.
    """

    images: Sequence[StackImage]
    stack: str
    keep: bool


class ImageRegistry(pulumi.ComponentResource):
    """A repository for each kind of image: scanned on push, tags that never move, old images dropped.

    Nothing is built here. What was pushed is looked up once its repository exists, so that what runs is named
    by its digest. A preview of a stack that does not exist yet knows none of them; one of a change that
    nobody has pushed yet says so and shows the tags alone.

    Outputs:
        images: reference of each image by name, with tag and digest.
    """

    images: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: ImageRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("ImageRegistry"), name, {}, opts)
        self._stack = args.stack
        repositories = {
            repository: self._repository(name, image, args.keep)
            for repository, image in by_repository(args.images).items()
        }
        # The first image that is missing ends the program: all repositories are there by then, to push to.
        first = () if pulumi.runtime.is_dry_run() else [each.id for each in repositories.values()]
        self.images = {
            image.name: self._pushed(image, repositories[image.repository], first) for image in args.images
        }
        self.register_outputs({"images": dict(self.images)})

    def _repository(self, name: str, image: StackImage, keep: bool) -> aws.ecr.Repository:
        repository = aws.ecr.Repository(
            f"{name}-{image.name}",
            name=image.repository,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            force_delete=not keep,
            # Another name is another repository, and the end of what runs: `_pushed` refuses it.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=keep, ignore_changes=["name"]),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-{image.name}",
            repository=repository.name,
            policy=repository_lifecycle(),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=keep),
        )
        return repository

    def _pushed(
        self, image: StackImage, repository: aws.ecr.Repository, first: Sequence[pulumi.Output[str]]
    ) -> pulumi.Output[str]:
        def look_up(made: Sequence[str]) -> str:
            if made[1] != image.repository:
                raise pulumi.RunError(renamed(made[1], image.repository))
            try:
                found = aws.ecr.get_image(
                    repository_name=image.repository,
                    image_tag=image.tag,
                    opts=pulumi.InvokeOptions(parent=self),
                )
            except Exception as error:
                told = missing(image.reference, self._stack, str(error))
                if not (pulumi.runtime.is_dry_run() and any(each in str(error) for each in _ABSENT)):
                    raise pulumi.RunError(told) from error
                # A change that nobody has pushed yet is what previews of pull requests are for.
                pulumi.log.warn(told, self)
                return image.reference
            return f"{image.reference}@{found.image_digest}"

        # The id is known once the repository is there.
        return pulumi.Output.all(repository.id, repository.name, *first).apply(look_up)


def renamed(made: str, wanted: str) -> str:
    """What to do about settings that would give a stack other repositories than it has.

    Args:
        made: the repository that the stack has.
        wanted: what the settings call it.
    """
    prefix = made.rpartition("/")[0]
    return (
        f"the stack's repository is {made}, and its settings say {wanted}; another name would delete it with "
        f"the images that run, so write `registry: {{prefix: {prefix}}}` below `foundation`"
    )


def missing(reference: str, stack: str, said: str) -> str:
    """What to do about an image that the registry does not have.

    Args:
        reference: the image.
        stack: the stack's name.
        said: what AWS answered.
    """
    return (
        f"{reference} is not in the registry; run `.venv/bin/spark-on-eks images push --stack {stack}`, "
        f"and the same command again ({said})"
    )
