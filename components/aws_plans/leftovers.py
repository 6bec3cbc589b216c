"""What may be there when a stack is made again under the same name, and stops its `pulumi up`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.aws_plans.account import Account
from components.aws_plans.storage_plan import copy_name

LATE_LOGS: Final = "EKS writes a cluster's last logs after its deletion, and makes the group again for them"
KEPT: Final = "keepData was on when the stack was destroyed"


Kind = Literal["bucket", "key", "key alias", "log group", "repository"]


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing whose name the stack takes.

    Args:
        kind: what it is.
        name: its name.
        region: where it is.
        why: why it can be there without the stack.
        look: command that ends with an error where it is not there.
        remove: command that removes it, with all that is in it.
    """

    kind: Kind
    name: str
    region: str
    why: str
    look: str
    remove: str


def leftovers(
    account: Account,
    *,
    cluster: str,
    buckets: Sequence[str],
    repositories: Sequence[str],
    copy_region: str | None,
) -> Iterator[Leftover]:
    """List them.

    Args:
        account: where the stack is.
        cluster: name of the cluster.
        buckets: names of the buckets.
        repositories: names of the repositories.
        copy_region: region that the buckets are copied to; None for none.
    """
    here = f"--region {account.region}"
    group = control_plane_logs(cluster)
    arn = account.arn("logs", f"log-group:{group}")
    yield Leftover(
        kind="log group",
        name=group,
        region=account.region,
        why=LATE_LOGS,
        # Listing succeeds with nothing in it; looking for tags does not.
        look=f"aws logs list-tags-for-resource {here} --resource-arn {arn}",
        remove=f"aws logs delete-log-group {here} --log-group-name {group}",
    )
    copies = {copy_name(name, copy_region): copy_region for name in buckets} if copy_region else {}
    for name, region in {**dict.fromkeys(buckets, account.region), **copies}.items():
        yield Leftover(
            kind="bucket",
            name=name,
            region=region,
            why=KEPT,
            look=f"aws s3api head-bucket --bucket {name}",
            # Versions are kept, so `aws s3 rb --force` leaves them and fails.
            remove=f"empty {name} with all its versions in the console, then "
            f"aws s3api delete-bucket --region {region} --bucket {name}",
        )
    for name in repositories:
        yield Leftover(
            kind="repository",
            name=name,
            region=account.region,
            why=KEPT,
            look=f"aws ecr describe-repositories {here} --repository-names {name}",
            remove=f"aws ecr delete-repository {here} --force --repository-name {name}",
        )
    alias = f"alias/{cluster}-buckets"
    for region in filter(None, (account.region, copy_region)):
        yield Leftover(
            kind="key alias",
            name=alias,
            region=region,
            why=KEPT,
            look=f"aws kms describe-key --region {region} --key-id {alias}",
            remove=f"aws kms delete-alias --region {region} --alias-name {alias}",
        )


def control_plane_logs(cluster: str) -> str:
    """Name of the log group that EKS writes a control plane's logs to; it can't be chosen."""
    return f"/aws/eks/{cluster}/cluster"
