"""From settings to the login in front of all pages."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.records import history, logs, monitoring
from components.records.model import Page
from components.services.login.component import LoginProxy, LoginProxyArgs
from components.services.logs.pods import EVERYTHING
from components.settings import Settings
from components.settings.foundation import KubernetesFoundationSettings
from components.wiring.ground import Ground


def login(ground: Ground, after: Sequence[pulumi.Resource] = ()) -> LoginProxy | None:
    """Make the login, on a foundation that has one way to all pages.

    Args:
        ground: what every service is wired with.
        after: what has to be in place, or changed, first.
    """
    door, chosen = ground.foundation.pages, ground.settings.foundation
    if door is None or not isinstance(chosen, KubernetesFoundationSettings):
        return None
    return LoginProxy(
        "login",
        LoginProxyArgs(
            image=ground.image("login-proxy"),
            pages=pages(ground.settings),
            users=[user.name for user in chosen.login.users],
            address=door.address,
            node_port=door.node_port,
            generation=chosen.login.generation,
        ),
        pulumi.ResourceOptions.merge(
            ground.options_with_digests, pulumi.ResourceOptions(depends_on=[*after])
        ),
    )


def pages(settings: Settings) -> list[Page]:
    """List the pages that a stack has.

    Args:
        settings: the stack's settings.
    """
    watched = settings.observability
    return [
        history.PAGE,
        *([logs.PAGE] if watched.logs.enabled else []),
        *([monitoring.PAGE] if watched.enabled else []),
    ]


def seen_by(settings: Settings) -> dict[str, list[str]]:
    """Say whose logs each user sees: namespaces by the user's name.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.foundation
    if not isinstance(chosen, KubernetesFoundationSettings):
        return {}
    return {
        user.name: list(EVERYTHING)
        if user.sees_all
        else [each.namespace for each in settings.all_tenants if set(each.groups) & set(user.groups)]
        for user in chosen.login.users
    }
