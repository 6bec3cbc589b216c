"""The statements that allow a wildcard for a written reason, gathered from where they are written. Pure.

Reasons stand beside the statements in `components/aws`; a document in a stack no longer has them. So the
documents are made here for an account that doesn't exist, and what they explain is what a stack may have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from components.aws_plans.account import Account
from components.aws_plans.iam import PolicyDocument, key_policy
from components.aws_plans.iam_nodes import pull_policy, s3_endpoint_policy
from components.aws_plans.iam_platform import flow_log_policy, karpenter_policies
from components.rules.iam import Explained, conditions, wildcard_rule

_ACCOUNT: Final = Account(id="000000000000", region="us-east-1")


def _documents() -> Iterator[PolicyDocument]:
    yield key_policy(_ACCOUNT)
    yield from karpenter_policies(_ACCOUNT, cluster="any", node_role="any", zonal_shift=True).values()
    yield flow_log_policy(_ACCOUNT, log_group="any")
    yield pull_policy(_ACCOUNT, prefix="any")
    yield s3_endpoint_policy(_ACCOUNT, foreign_buckets=["any"])


def explained(documents: Iterable[PolicyDocument]) -> tuple[Explained, ...]:
    """The explained statements of some documents.

    Args:
        documents: policies as they are written.
    """
    return tuple(
        Explained(
            sid=each.sid,
            actions=frozenset(each.actions),
            wildcards=frozenset(each.wildcards),
            conditions=conditions(each.conditions),
            why=each.why,
        )
        for document in documents
        for each in document.statements
        if each.wildcards
    )


EXPLAINED: Final = explained(_documents())

IAM_WILDCARD: Final = wildcard_rule(EXPLAINED)
