"""From a stack file to what an earlier stack of that name may have left in the account."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from components.aws_plans.account import Account
from components.aws_plans.images import stack_images
from components.aws_plans.leftovers import Leftover, leftovers
from components.settings import Settings, parse
from components.settings.aws import AwsFoundationSettings
from components.wiring.presence import services
from workspace import stack_files
from workspace.errors import ReportedError

ROOT: Final = Path(__file__).resolve().parent.parent


def on_aws(stack: str, root: Path = ROOT) -> tuple[Settings, AwsFoundationSettings]:
    """Read a stack's settings, and its foundation.

    Args:
        stack: name of the stack.
        root: folder of the stack files.

    Raises:
        ReportedError: there is no such stack on AWS, or its file can't be read.
        SettingsError: it is wrong.
    """
    file = root / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        raise ReportedError(f"there is no {file.name}", hint="name a stack that has a file")
    settings = parse(stack_files.settings(file), source=file.name)
    chosen = settings.foundation
    if not isinstance(chosen, AwsFoundationSettings):
        raise ReportedError(f"{file.name} is not on AWS", hint="elsewhere `pulumi destroy` leaves nothing")
    return settings, chosen


def of_stack(stack: str, root: Path = ROOT) -> list[Leftover]:
    """List what may be there.

    Args:
        stack: name of the stack.
        root: folder of the stack files.

    Raises:
        ReportedError: there is no such stack on AWS, or its file can't be read.
        SettingsError: it is wrong.
    """
    settings, chosen = on_aws(stack, root)
    account = Account(id=chosen.account_id, region=chosen.region)
    registry = f"{account.registry}/{chosen.repositories}"
    images = stack_images(
        registry,
        root=ROOT,
        architectures=chosen.nodes.architectures,
        services=[each.record for each in services(settings).values()],
    )
    return list(
        leftovers(
            account,
            cluster=chosen.name,
            buckets=list(settings.object_storage.buckets.model_dump().values()),
            repositories=[image.repository for image in images],
            copy_region=chosen.storage.copy_region,
            database=settings.database.rds is not None,
        )
    )
