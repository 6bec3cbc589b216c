"""From settings to the worker that makes runs of what is in Git."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.kube.database_access import DatabaseAccess
from components.object_store.policies import JOBS_PAGES, JOBS_WORKER
from components.records import history, monitoring
from components.records.jobs import CLIENT, PAGE, REPOSITORY, WEB
from components.services.jobs.component import Jobs, JobsArgs, Pages
from components.services.jobs.pods import Shown
from components.services.login.component import LoginProxy
from components.settings import Settings
from components.settings.foundation import KubernetesFoundationSettings
from components.wiring import login as login_wiring
from components.wiring.ground import Ground
from components.wiring.logs import logs_address
from components.wiring.presence import Presence


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.jobs
    if not chosen.enabled:
        return None
    # Without a login nobody could say who looks; a repository that is named is somebody else's.
    pages = set() if login_wiring.wanted(settings) is None else {WEB}
    repository = {REPOSITORY} if chosen.repository is None else set()
    return Presence(
        without=frozenset({WEB, REPOSITORY} - pages - repository),
        volumes={"the repository of the jobs": chosen.disk} if repository else {},
    )


def job_runs(
    ground: Ground,
    databases: Mapping[str, DatabaseAccess],
    login: LoginProxy | None,
    after: Sequence[pulumi.Resource],
) -> dict[str, pulumi.Output[str]]:
    """Make runs of the definitions in Git and show them, if the settings say so; it goes before the operator.

    Args:
        ground: what every service is wired with.
        databases: how services get to their databases, by name.
        login: what asks people who they are before they see a page, where there is such a thing.
        after: the tenants and the operator, which brings the kinds.

    Returns:
        What the stack exports: where runs are shown, and how to push to the repository in the cluster.
    """
    if wanted(ground.settings) is None:
        return {}
    foundation, chosen = ground.foundation, ground.settings.jobs
    runs = Jobs(
        "jobs",
        chosen.plain(
            JobsArgs,
            image=ground.image("jobs"),
            namespaces=[tenant.namespace for tenant in ground.settings.all_tenants],
            storage=foundation.storage,
            network=ground.network,
            database=databases[CLIENT.database],
            pages=_pages(ground, login) if login else None,
            folder=chosen.folder or "",
            scrape_seconds=ground.settings.observability.scrape_interval_seconds,
            credentials=foundation.credentials.get(JOBS_WORKER),
            storage_class=foundation.storage_class,
            protect=ground.settings.foundation.protect,
            after=[*foundation.ready, *after],
        ),
        ground.options_with_digests,
    )
    shown = {"runsUrl": pulumi.Output.from_input(f"{ground.shown(PAGE)}/{PAGE.start}")} if login else {}
    if chosen.repository:
        return shown
    return {**shown, "jobsRepository": runs.url, "jobsPassword": runs.password}


def _pages(ground: Ground, login: LoginProxy) -> Pages:
    settings = ground.settings
    watched = settings.observability
    return Pages(
        shown=Shown(
            groups=[group for tenant in settings.all_tenants for group in tenant.groups],
            members=members(settings),
            path=f"/{PAGE.path}",
            history=ground.shown(history.PAGE),
            logs=logs_address(ground) if watched.logs.enabled else "",
            signals=_signals(ground) if watched.enabled else "",
            check_seconds=settings.jobs.check_seconds,
        ),
        password=login.page_password,
        credentials=ground.foundation.credentials.get(JOBS_PAGES),
    )


def members(settings: Settings) -> dict[str, list[str]]:
    """Say which of the tenants' groups each user of the stack's own is in: who sees all is in all of them.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.foundation
    if not isinstance(chosen, KubernetesFoundationSettings):
        return {}
    every = sorted({group for tenant in settings.all_tenants for group in tenant.groups})
    return {
        user.name: every if user.sees_all else [group for group in every if group in user.groups]
        for user in chosen.login.users
    }


def _signals(ground: Ground) -> str:
    page = monitoring.GRAFANA_PAGE if ground.foundation.upstream_charts else monitoring.PAGE
    return f"{ground.shown(page)}/{page.start}"
