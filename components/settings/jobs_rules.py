"""Rules about the repository of the jobs."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings.jobs import JobsSettings
from components.settings.problems import Problem


def check(chosen: JobsSettings) -> Iterator[Problem]:
    """Find everything that contradicts something else.

    Args:
        chosen: the jobs' settings.
    """
    if chosen.secret is not None and chosen.repository is None:
        yield Problem(
            path=("jobs", "secret"),
            value=chosen.secret,
            message="is for a repository that is named: that in the cluster has its own password; remove it",
            read=(("jobs", "repository"),),
        )
    if chosen.node_port is not None and chosen.repository is not None:
        yield Problem(
            path=("jobs", "nodePort"),
            value=chosen.node_port,
            message="opens the repository in the cluster, and another one is named; remove one of the two",
            read=(("jobs", "repository"),),
        )
