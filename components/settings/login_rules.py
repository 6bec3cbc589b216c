"""Rules about who may sign in."""

from __future__ import annotations

from collections.abc import Iterator

from components.settings.login import LoginSettings
from components.settings.problems import Problem


def check(chosen: LoginSettings) -> Iterator[Problem]:
    """Find everything that contradicts something else.

    Args:
        chosen: the login's settings.
    """
    seen: dict[str, int] = {}
    for number, user in enumerate(chosen.users):
        if user.name in seen:
            yield Problem(
                path=("foundation", "login", "users", number, "name"),
                value=user.name,
                message="is another user's name too; write one for each person",
                read=(("foundation", "login", "users", seen[user.name], "name"),),
            )
        seen.setdefault(user.name, number)
