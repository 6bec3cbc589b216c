"""A stack's own registry on AWS: signs Docker in as the stack does, has missing repositories made."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from components.aws_plans.images import StackImage, by_repository
from components.naming import type_token
from images import docker
from workspace.errors import ReportedError

if TYPE_CHECKING:
    from boto3.session import Session

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]
"""Runs one `pulumi` command on the stack."""

REPOSITORY: Final = "**$aws:ecr/repository:Repository::*-"
"""What the URN of a repository is like, up to the name of the first of its images."""

AROUND: Final = tuple(f"**{type_token(name)}::*" for name in ("AwsFoundation", "ImageRegistry"))
"""URNs of the components around it: Pulumi makes nothing whose parents it is not to make."""

_TOLD: Final = 4000
"""Characters of what Pulumi printed that an error shows."""


def sign_in(own: Session, registry: str) -> None:
    """Sign Docker in to the account's registry, for twelve hours.

    Args:
        own: the stack's session.
        registry: host of the registry; what follows a slash is not looked at.

    Raises:
        ReportedError: there is no Docker, or AWS or the registry refuses.
    """
    docker.require()
    (given,) = _asked(own, "get_authorization_token")["authorizationData"]
    user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
    host = registry.partition("/")[0]
    done = subprocess.run(
        ["docker", "login", "--username", user, "--password-stdin", host],
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReportedError(f"Docker could not sign in to {host}: {done.stderr.strip()}")


def make_missing(own: Session, images: Iterable[StackImage], pulumi: Run, console: Console) -> list[str]:
    """Have Pulumi make the repositories that are not there, and nothing else of the stack.

    They are the stack's own, with its tags and settings, and in its state. The program itself ends where it
    looks up images, which nobody can have pushed yet: what counts is what is there afterwards.

    Args:
        own: the stack's session.
        images: all that the stack runs.
        pulumi: runs `pulumi` on the stack.
        console: where progress goes.

    Returns:
        Names of the repositories that were made.

    Raises:
        ReportedError: AWS refused to say, or one is still missing.
    """
    first = by_repository(images)
    missing = [name for name in first if not _is_there(own, name)]
    if not missing:
        return []
    targets = [*AROUND, *(f"{REPOSITORY}{first[name].name}" for name in missing)]
    with console.status(f"making {', '.join(missing)}"):
        ended = pulumi(["up", "--yes", "--skip-preview", *(f"--target={each}" for each in targets)])
    if left := [name for name in missing if not _is_there(own, name)]:
        printed = f"{ended.stdout}{ended.stderr}".strip()
        raise ReportedError(
            f"the registry has no {', '.join(left)}, and `pulumi up` did not make it:\n{printed[-_TOLD:]}",
            hint="run it where `pulumi up` of the stack runs, with its state and credentials",
        )
    console.print(f"  made {', '.join(missing)}", soft_wrap=True)
    return missing


def _is_there(own: Session, repository: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        _asked(own, "describe_repositories", repositoryNames=[repository])
    except ReportedError as error:
        refused = error.__cause__
        if isinstance(refused, ClientError) and refused.response["Error"]["Code"] == _ABSENT:
            return False
        raise
    return True


_ABSENT: Final = "RepositoryNotFoundException"


def _asked(own: Session, call: str, **arguments: Any) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found: dict[str, Any] = getattr(own.client("ecr"), call)(**arguments)
    except (BotoCoreError, ClientError) as error:
        raise ReportedError(
            f"ECR refused {call}: {error}", hint="`spark-on-eks rights` writes what a deployer may do"
        ) from error
    return found
