"""Rules about the login on the foundation `aws`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, collapse_addresses
from typing import TYPE_CHECKING, Final

from components.settings.aws_fields import WHOLE_INTERNET
from components.settings.problems import ABSENT, Path, Problem

if TYPE_CHECKING:
    from components.settings.aws import AwsFoundationSettings
    from components.settings.model import Settings

HERE: Final[Path] = ("foundation", "login")


def check(settings: Settings, chosen: AwsFoundationSettings) -> Iterator[Problem]:
    """Find everything that contradicts something else.

    Args:
        settings: all settings.
        chosen: its foundation.
    """
    login = chosen.login
    if login is None:
        return
    if login.certificate.split(":")[3] != chosen.region:
        yield Problem(
            path=(*HERE, "certificate"),
            value=login.certificate,
            message=f"is a certificate of another region than {chosen.region}, where the load balancer is; "
            "name one there",
            read=(("foundation", "region"),),
        )
    if login.internet and chosen.network.adopt is not None:
        yield Problem(
            path=(*HERE, "internet"),
            value=True,
            message="needs public subnets, and of a network that exists only others are named; remove it",
            read=(("foundation", "network", "adopt"),),
        )
    reached = sum(block.num_addresses for block in collapse_addresses(map(IPv4Network, login.reached_from)))
    if reached > 2 ** (32 - WHOLE_INTERNET):
        yield Problem(
            path=(*HERE, "reachedFrom"),
            value=login.reached_from,
            message=f"opens the login to {reached:,} addresses, more than a /{WHOLE_INTERNET}; name those of "
            "your offices or VPN",
        )
    if not login.provider.sees_all and not any(tenant.groups for tenant in settings.tenants):
        yield Problem(
            path=(*HERE, "provider", "seesAll"),
            value=ABSENT,
            message="is empty, and no tenant has groups, so nobody gets in; name a group here or in "
            "tenants[].groups",
            read=tuple(("tenants", number, "groups") for number in range(len(settings.tenants))),
        )
    for number, client in enumerate(login.provider.token_clients):
        if client == login.provider.client_id:
            yield Problem(
                path=(*HERE, "provider", "tokenClients", number),
                value=client,
                message="is the client of the pages, which has a secret; name one for programs, without",
                read=((*HERE, "provider", "clientId"),),
            )
