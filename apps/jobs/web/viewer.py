"""Who looks at a page. Pure.

The login in front has asked people who they are. It tells their name, and proves itself by a password that it
and the pages alone have, as HTTP's basic authentication has it; whatever else comes with a request, a name or
groups among it, is believed after that alone.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Final

USER_HEADER: Final = "x-forwarded-user"
GROUPS_HEADER: Final = "x-forwarded-groups"
"""What oauth2-proxy calls them. It writes each group as basic authentication has a name, in base64: plain,
one that somebody named `any,admins` at the provider would be two."""

ZONE_COOKIE: Final = "zone"
"""Time zone of the browser, as its script tells it."""

_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class NotSignedInError(Exception):
    """A request that did not come by the login."""


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks.

    Args:
        name: as the login knows them.
        groups: of the tenants' groups, those that they are in.
    """

    name: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Door:
    """How viewers come in.

    Args:
        password: what the login proves itself by.
        groups: groups that the tenants name: nobody is ever taken for a member of any other.
        members: groups by user, where the login has users of its own.
    """

    password: str
    groups: frozenset[str]
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.password:
            raise ValueError("the login's password is empty: everybody would be let in by any name")

    def viewer(self, headers: Mapping[str, str]) -> Viewer:
        """Who a request is from.

        Args:
            headers: of the request, names in small letters.

        Raises:
            NotSignedInError: it did not come by the login.
        """
        given = _basic(headers.get("authorization", ""))
        if given is None or not hmac.compare_digest(given[1].encode(), self.password.encode()):
            raise NotSignedInError
        name = headers.get(USER_HEADER, "") or given[0]
        if not _NAME.fullmatch(name):
            raise NotSignedInError
        return self.known(name, self.told(headers))

    def told(self, headers: Mapping[str, str]) -> frozenset[str]:
        """Which of the tenants' groups the login says that somebody is in.

        Args:
            headers: of a request that came by it.
        """
        told = {each.strip() for each in headers.get(GROUPS_HEADER, "").split(",")}
        return frozenset(each for each in self.groups if _as_told(each) in told)

    def known(self, name: str, told: Set[str]) -> Viewer:
        """Who somebody is now, by what the login said of them.

        Args:
            name: theirs.
            told: their groups by the login.
        """
        return Viewer(name=name, groups=self.groups & (told | self.members.get(name, frozenset())))


def _as_told(group: str) -> str:
    """A group as the login writes it (components/services/login/config.py)."""
    return f"Basic {base64.b64encode(f'{group}:-'.encode()).decode()}"


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None
