"""What whoever runs `pulumi up` may do on AWS, for one stack and nothing beside it.

`spark-on-eks rights STACK FOLDER` writes the documents, one file each: a managed policy has room for
6,144 characters. They follow what the AWS provider calls for the types of resources that the stack is made
of; a test holds them against those types, a linter against AWS' own list of actions. They have not been run
against an account: a call that is missing ends `pulumi up` with AccessDenied and its name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from components.aws_plans.account import Account
from components.aws_plans.iam import PolicyDocument, Statement, policy
from components.aws_plans.storage_plan import copy_name
from components.settings import Settings, parse
from components.settings.aws import AwsFoundationSettings
from components.wiring.database import managed
from policy.deployer_database import database
from policy.deployer_pages import pages
from policy.deployer_rights import control_plane, keys, network, roles, services, storage
from workspace import stack_files

ROOT: Final = Path(__file__).resolve().parent.parent

SIZE_MAX: Final = 6144
"""Characters of a managed policy, blanks not counted (IAM quotas)."""

READING: Final = ("Describe", "Get", "List")
"""Beginnings of actions that change nothing."""

CONTENTS: Final = frozenset({"s3:GetObject", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken"})
"""Actions that begin so and show what is stored: more than a look at how things are set up."""


def documents(settings: Settings, chosen: AwsFoundationSettings) -> dict[str, PolicyDocument]:
    """Make the documents, by what they are about.

    Args:
        settings: the stack's settings.
        chosen: its foundation.
    """
    account = Account(id=chosen.account_id, region=chosen.region)
    buckets = list(settings.object_storage.buckets.model_dump().values())
    regions = [chosen.region]
    if chosen.storage.copy_region is not None:
        buckets += [copy_name(bucket, chosen.storage.copy_region) for bucket in buckets]
        regions.append(chosen.storage.copy_region)
    further = [arn for tenant in settings.tenants for arn in tenant.access.policies]
    return {
        "network": policy(*network(account, chosen.name)),
        "cluster": policy(*control_plane(account, chosen.name)),
        "roles": policy(
            *roles(
                account,
                chosen.name,
                chosen.permissions_boundary,
                further,
                generated_name=chosen.cluster.role_name == "generated",
            )
        ),
        "storage": policy(*storage(account, buckets), *keys(account, chosen.name, regions)),
        "services": policy(*services(account, chosen.name, chosen.repositories)),
        **({"pages": policy(*pages(account, chosen.name, chosen.login.hosted_zone))} if chosen.login else {}),
        **({"database": policy(*database(account, chosen.name))} if managed(settings) else {}),
    }


def looking(made: Mapping[str, PolicyDocument]) -> PolicyDocument:
    """What of the documents only looks: for previews and the search for drift.

    Args:
        made: the documents.
    """
    found = []
    for name, document in made.items():
        for each in document.statements:
            actions = tuple(
                action
                for action in each.actions
                if action.partition(":")[2].startswith(READING) and action not in CONTENTS
            )
            if actions:
                found.append(
                    Statement(
                        sid=f"{name.capitalize()}{each.sid}",
                        actions=actions,
                        resources=each.resources,
                        conditions=each.conditions,
                        why=each.why,
                    )
                )
    return policy(*found)


def of_stack(stack: str, root: Path = ROOT) -> dict[str, PolicyDocument]:
    """Make the documents of a stack, and the one that only looks.

    Args:
        stack: name of the stack.
        root: folder of the stack files.

    Raises:
        SystemExit: there is no such stack on AWS.
        ReportedError: its file can't be read.
        SettingsError: it is wrong.
    """
    file = root / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        sys.exit(f"there is no {file.name}")
    settings = parse(stack_files.settings(file), source=file.name)
    if not isinstance(settings.foundation, AwsFoundationSettings):
        sys.exit(f"{file.name} is not on AWS: nobody needs rights there")
    made = documents(settings, settings.foundation)
    return {**made, "look": looking(made)}


def write(stack: str, folder: Path) -> list[Path]:
    """Write the documents of a stack.

    Args:
        stack: name of the stack.
        folder: where to write; files there of the same names are replaced.

    Returns:
        The files.

    Raises:
        SystemExit: there is no such stack on AWS.
        SettingsError: its file is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, document in of_stack(stack).items():
        file = folder / f"{stack}-{name}.json"
        file.write_text(json.dumps(document.document, indent=2) + "\n")
        written.append(file)
    return written
