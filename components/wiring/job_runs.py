"""From settings to the worker that makes runs of what is in Git."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.object_store.policies import JOBS_WORKER
from components.services.jobs.component import Jobs, JobsArgs
from components.wiring.ground import Ground


def job_runs(ground: Ground, after: Sequence[pulumi.Resource]) -> dict[str, pulumi.Output[str]]:
    """Make runs of the definitions in Git, if the settings say so; it goes before the operator.

    Args:
        ground: what every service is wired with.
        after: the tenants and the operator, which brings the kinds.

    Returns:
        What the stack exports of the repository in the cluster; nothing of another one.
    """
    foundation, chosen = ground.foundation, ground.settings.jobs
    if not chosen.enabled:
        return {}
    runs = Jobs(
        "jobs",
        JobsArgs(
            image=ground.image("jobs"),
            namespaces=[tenant.namespace for tenant in ground.settings.all_tenants],
            storage=foundation.storage,
            network=ground.network,
            repository=chosen.repository,
            branch=chosen.branch,
            folder=chosen.folder or "",
            sync_seconds=chosen.sync_seconds,
            secret=chosen.secret,
            credentials=foundation.credentials.get(JOBS_WORKER),
            disk=chosen.disk,
            storage_class=foundation.storage_class,
            node_port=chosen.node_port,
            protect=ground.settings.foundation.protect,
            after=[*foundation.ready, *after],
        ),
        ground.options_with_digests,
    )
    return {} if chosen.repository else {"jobsRepository": runs.url, "jobsPassword": runs.password}
