"""What an earlier stack of a name may have left: a new one stops at it, or it goes on costing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.aws_plans.account import Account
from components.aws_plans.database_plan import instance_name
from components.aws_plans.storage_plan import copy_name

LATE_LOGS: Final = "EKS writes a cluster's last logs after its deletion, and makes the group again for them"
KEPT: Final = "keepData was on when the stack was destroyed"
LAST_DATA: Final = (
    f"{KEPT}; it costs by the GB until it is removed, and database.rds.snapshot makes a database from it"
)


Kind = Literal["bucket", "key", "key alias", "log group", "repository", "snapshot"]


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing that an earlier stack may have left.

    Args:
        kind: what it is.
        name: its name; of snapshots of the database, of which each life leaves one, what theirs begin with.
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
    database: bool,
) -> Iterator[Leftover]:
    """List them.

    Args:
        account: where the stack is.
        cluster: name of the cluster.
        buckets: names of the buckets.
        repositories: names of the repositories.
        copy_region: region that the buckets are copied to; None for none.
        database: whether the stack has a database on RDS.
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
    if database:
        yield _snapshots(account.region, instance_name(cluster))


def _snapshots(region: str, instance: str) -> Leftover:
    """Last snapshots of a database: RDS takes one when the instance goes."""
    begins = f"{instance}-"
    # Asked for by its name, the instance would have to exist (RDS API, DescribeDBSnapshots).
    own = f'DBSnapshots[?DBInstanceIdentifier==`"{instance}"`].DBSnapshotIdentifier'
    return Leftover(
        kind="snapshot",
        name=begins,
        region=region,
        why=LAST_DATA,
        # A list without entries is no error; `grep` makes it one.
        look=f"aws rds describe-db-snapshots --region {region} --snapshot-type manual "
        f"--query '{own}' --output text | grep {begins}",
        remove=f"aws rds delete-db-snapshot --region {region} --db-snapshot-identifier {begins}...",
    )


def control_plane_logs(cluster: str) -> str:
    """Name of the log group that EKS writes a control plane's logs to; it can't be chosen.

    Args:
        cluster: its name.
    """
    return f"/aws/eks/{cluster}/cluster"
