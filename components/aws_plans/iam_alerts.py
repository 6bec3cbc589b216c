"""Rights of those who tell people of alerts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from components.aws_plans.iam import PolicyDocument, Statement, policy


def publish_policy(topics: Sequence[str]) -> PolicyDocument:
    """Rights of Alertmanager: to publish to these topics, and to read nothing.

    A topic that is encrypted with a key of one's own needs the role in the key's policy as well.

    Args:
        topics: ARNs of the topics.
    """
    return policy(
        Statement(sid="TellOfAlerts", actions=("sns:Publish",), resources=tuple(sorted(set(topics))))
    )
