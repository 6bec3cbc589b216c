"""Rights of the collection on the foundation `kubernetes`; on AWS the chart makes its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from components.domain import Manifest
from components.kube.accounts import account_manifests
from components.records.monitoring import RECORD
from components.records.rights import Grant

GRANTS: Final[Mapping[str, Sequence[Grant]]] = {
    account: [grant for grant in RECORD.grants if grant.account == account]
    for account in dict.fromkeys(grant.account for grant in RECORD.grants)
}


def manifests(account: str) -> list[Manifest]:
    """Make a service account with its roles and their bindings.

    Args:
        account: one of `GRANTS`.
    """
    return account_manifests(GRANTS[account], "monitoring")
