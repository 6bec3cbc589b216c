"""The token that says who asks where an identity provider says who people are; it is kept nowhere.

There is no login of its own here: whoever has tokens has a tool that asks for them, renews and keeps them,
and that tool is run, as `kubectl` runs one (Kubernetes, "client-go credential plugins").
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

TOKEN: Final = "SPARK_JOBS_TOKEN"  # noqa: S105 - the name of a variable
COMMAND: Final = "SPARK_JOBS_TOKEN_COMMAND"
"""Variables: a token, or the command that prints one."""

NAMES: Final = f"{TOKEN} or {COMMAND}"

READ: Final = 'docs/pages.md says how to get one, at "With a token"'

EARLY_SECONDS: Final = 60
"""A token is had anew so long before its end: a request takes so long at most (`api.SECONDS`)."""

PERSON_SECONDS: Final = 300
"""As long as a command may take: it may open a browser, in which a person signs in."""


_FORM: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""Three parts in base64 for addresses (RFC 7515, 7.1), and so nothing that a header can't take."""


class TokenError(Exception):
    """There is no token to be had; the message says why and what to do."""


class Tokens:
    """The token of one source, had anew before it expires.

    Args:
        token: the token; empty to run the command.
        command: prints one, alone or as the `ExecCredential` of a plugin of kubectl.
    """

    def __init__(self, *, token: str = "", command: str = "") -> None:
        self._given, self._command = token.strip(), command
        self._had = ""

    @property
    def source(self) -> str:
        """The variable that it comes from."""
        return TOKEN if self._given else COMMAND

    def current(self) -> str:
        """The token.

        Raises:
            TokenError: there is none, or what there is is none.
        """
        if self._given:
            return _checked(self._given, TOKEN)
        if not self._had or _expires(self._had) < time.time() + EARLY_SECONDS:
            self._had = _checked(_printed(self._command), COMMAND)
        return self._had

    def complaint(self) -> str:
        """What a login that refuses the token may have against it, by what the token says of itself."""
        # What was sent: another one would be had by running the command again.
        sent = self._given or self._had
        claims, late = _claims(sent), time.time() - _expires(sent)
        if late >= 0:
            return f"it expired {int(late) // 60} min ago, so get another: {READ}"
        return (
            f"it is for {claims.get('aud', 'nobody')!r} and by {claims.get('iss', 'nobody')!r}; what is "
            "taken is an ID token of the provider that foundation.login.provider names, for a client in its "
            f"tokenClients: {READ}"
        )


@cache
def tokens(token: str, command: str) -> Tokens | None:
    """What gives tokens in this process; None if nothing does.

    Args:
        token: the variable `TOKEN`.
        command: the variable `COMMAND`.
    """
    return Tokens(token=token, command=command) if token.strip() or command.strip() else None


def of(environment: Mapping[str, str]) -> Tokens | None:
    """What gives tokens, as the environment says; None if nothing does.

    Args:
        environment: the process's.
    """
    return tokens(environment.get(TOKEN, ""), environment.get(COMMAND, ""))


def _printed(command: str) -> str:
    try:
        ended = subprocess.run(
            shlex.split(command), stdout=subprocess.PIPE, text=True, timeout=PERSON_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        # Not the error's own words: they may hold what was printed so far.
        raise TokenError(f"{COMMAND} can't be run ({type(error).__name__}): {_program(command)}") from error
    if ended.returncode:
        raise TokenError(f"{COMMAND} ended with status {ended.returncode}: {_program(command)}")
    try:
        found = json.loads(ended.stdout)
    except json.JSONDecodeError:
        return ended.stdout.strip()
    status = found.get("status") if isinstance(found, dict) else None
    return str(status.get("token", "")) if isinstance(status, dict) else ""


def _program(command: str) -> str:
    # Not its arguments: a client's secret may be among them.
    return command.split(maxsplit=1)[0]


def _checked(token: str, source: str) -> str:
    if not _claims(token):
        raise TokenError(f"{source} gives no token of OpenID Connect (a JWT): {READ}")
    return token


def _expires(token: str) -> float:
    found = _claims(token).get("exp")
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else math.inf


def _claims(token: str) -> dict[str, Any]:
    """What a token says, which nobody has checked here; empty for what is none."""
    if not _FORM.fullmatch(token):
        return {}
    body = token.split(".")[1]
    try:
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
