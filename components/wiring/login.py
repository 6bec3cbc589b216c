"""From settings to the login in front of all pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from components.records.model import Page
from components.services.login.component import LoginProxy, LoginProxyArgs
from components.services.login.config import IdentityProvider
from components.services.logs.pods import EVERYTHING
from components.settings import CLIENT_SECRET, Settings
from components.settings.aws import AwsFoundationSettings
from components.settings.foundation import KubernetesFoundationSettings
from components.wiring.ground import Ground
from components.wiring.presence import Presence, services


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.foundation
    if isinstance(chosen, AwsFoundationSettings) and chosen.login is None:
        return None
    return Presence()


def login(ground: Ground, after: Sequence[pulumi.Resource] = ()) -> LoginProxy | None:
    """Make the login, on a foundation that has one way to all pages.

    Args:
        ground: what every service is wired with.
        after: what has to be in place, or changed, first.
    """
    door = ground.foundation.pages
    if door is None:
        return None
    return LoginProxy(
        "login",
        LoginProxyArgs(
            image=ground.image("login-proxy"),
            pages=pages(ground),
            address=door.address,
            node_port=door.node_port,
            **_people(ground.settings),
        ),
        pulumi.ResourceOptions.merge(
            ground.options_with_digests, pulumi.ResourceOptions(depends_on=[*after])
        ),
    )


def pages(ground: Ground) -> list[Page]:
    """List the pages that a stack has.

    Args:
        ground: what every service is wired with.
    """
    found = [each.page for each in services(ground.settings).values() if each.page]
    return sorted(found, key=lambda page: page.position)


def seen_by(settings: Settings) -> dict[str, list[str]]:
    """Say whose logs each user of the stack's own sees: namespaces by the user's name.

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


def seen_by_group(settings: Settings) -> dict[str, list[str]]:
    """Say whose logs each group of a provider sees: namespaces by the group's name.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.foundation
    if not isinstance(chosen, AwsFoundationSettings) or chosen.login is None:
        return {}
    seen = {group: list(EVERYTHING) for group in chosen.login.provider.sees_all}
    for tenant in settings.all_tenants:
        for group in tenant.groups:
            seen[group] = [*seen.get(group, []), tenant.namespace]
    return seen


def _people(settings: Settings) -> dict[str, Any]:
    """Who may sign in, and how they show who they are."""
    chosen = settings.foundation
    if isinstance(chosen, KubernetesFoundationSettings):
        login = chosen.login
        return {"users": [user.name for user in login.users], "generation": login.generation}
    if chosen.login is None:
        return {}
    said = chosen.login.provider
    provider = said.plain(IdentityProvider, groups=sorted(seen_by_group(settings)))
    return {"provider": (provider, pulumi.Config().require_secret(CLIENT_SECRET))}
