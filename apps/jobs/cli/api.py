"""Asks the pages, as a program does: the same addresses, answered as JSON."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from ipaddress import ip_address
from typing import IO, Any, Final

from . import tokens
from .tokens import TokenError, Tokens

ADDRESS: Final = "SPARK_JOBS_URL"
USER: Final = "SPARK_JOBS_USER"
PASSWORD: Final = "SPARK_JOBS_PASSWORD"  # noqa: S105 - the name of a variable
"""Variables that say where the pages are, and who asks."""

PROGRAM: Final = "X-Spark-Jobs"
"""Says that no form of a page is sent, see `web.csrf`."""

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

SECONDS: Final = 60

_PLACE: Final = re.compile(r"https?://[^\s\\/?#]+(:\d+)?(/[^\s\\?#]*)?")
"""Of an address: no query, and nothing that two readers of it take for two servers."""


class AnswerError(Exception):
    """The pages refuse, or are not reached; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """The pages.

    Args:
        address: where they are, such as `http://127.0.0.1:30180/jobs`.
        user: name at the login; empty for none.
        password: of the user.
        tokens: gives the token that says who asks, before name and password; None for none.
    """

    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    tokens: Tokens | None = field(default=None, repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Api:
        """The pages that the environment names.

        Args:
            environment: the process's.

        Raises:
            AnswerError: it names none, or one that a token may not be sent to.
        """
        address = environment.get(ADDRESS, "")
        if "@" in address.partition("://")[2].partition("/")[0]:
            # Not said again: a password may be in it.
            raise AnswerError(f"{ADDRESS} has a name before its server: set {USER} and {PASSWORD} instead")
        if not _is_place(address):
            raise AnswerError(
                f"{ADDRESS} is {address!r}: write the address of the jobs pages, such as "
                "http://127.0.0.1:30180/jobs (make status prints it)"
            )
        given = tokens.of(environment)
        if given and not _is_private(address):
            raise AnswerError(
                f"{ADDRESS} is {address!r}: a token is sent by https alone, or within this machine, as "
                "whoever reads it on its way could use it"
            )
        return cls(
            address=address.rstrip("/"),
            user=environment.get(USER, ""),
            password=environment.get(PASSWORD, ""),
            tokens=given,
        )

    def get(self, place: str, **query: str | list[str]) -> dict[str, Any]:
        """What a page says.

        Args:
            place: the page's, below the address.
            query: what is asked for; what is empty is left out.

        Raises:
            AnswerError: it is refused, or not reached.
        """
        return self._said(self._send("GET", self.address_of(place, **query), None, "application/json"))

    def address_of(self, place: str, **query: str | list[str]) -> str:
        """A page with what is asked of it.

        Args:
            place: the page's, below the address.
            query: what is asked for; what is empty is left out.
        """
        asked = urllib.parse.urlencode({name: value for name, value in query.items() if value}, doseq=True)
        return f"{place}?{asked}" if asked else place

    def text(self, place: str) -> str:
        """What a page that is plain text says.

        Args:
            place: the page's.

        Raises:
            AnswerError: it is refused, or not reached.
        """
        return self._send("GET", place, None, "text/plain, application/json")

    def post(self, place: str, **fields: str) -> dict[str, Any]:
        """Ask for something to be done, as a form does.

        Args:
            place: the page's.
            fields: of the form; what is empty is left out.

        Returns:
            What the page says that the form leads to.

        Raises:
            AnswerError: it is refused, or not reached.
        """
        body = urllib.parse.urlencode({name: value for name, value in fields.items() if value}).encode()
        return self._said(self._send("POST", place, body, "application/json", FORM))

    def hand_over(self, place: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Hand over a document.

        Args:
            place: the page's.
            body: what is told, as JSON.

        Raises:
            AnswerError: it is refused, or not reached.
        """
        return self._said(self._send("POST", place, json.dumps(body).encode(), "application/json", JSON))

    def _said(self, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise AnswerError(
                f"{self.address} answers with a page and not with JSON: it is not the address of the jobs "
                "pages"
            )
        return found

    def _send(self, method: str, place: str, body: bytes | None, accept: str, media_type: str = "") -> str:
        request = urllib.request.Request(  # noqa: S310 - `of` takes http and https alone
            f"{self.address}{place}", body, {"Accept": accept, PROGRAM: "1"}, method=method
        )
        if media_type:
            request.add_header("Content-Type", media_type)
        authorization = self._authorization()
        if authorization:
            request.add_header("Authorization", authorization)
        try:
            with (_DIRECT if _is_here(self.address) else _OPENER).open(request, timeout=SECONDS) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise AnswerError(self._refusal(error)) from error
        except (urllib.error.URLError, TimeoutError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise AnswerError(f"{self.address} is not reached: {reason}") from error

    def _authorization(self) -> str:
        if self.tokens:
            try:
                return f"Bearer {self.tokens.current()}"
            except TokenError as error:
                raise AnswerError(str(error)) from error
        if self.user:
            return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"
        return ""

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        if error.code in _ELSEWHERE:
            return f"{self.address} leads to another server ({error.code}): {ADDRESS} has to name that itself"
        text = error.read().decode(errors="replace")
        try:
            said = json.loads(text)["error"]
        except (json.JSONDecodeError, KeyError, TypeError):
            # Not the pages' own words, so the login's.
            if error.code in (401, 403):
                return self._not_let_in(error)
            return f"{error.code}: {text.strip()[:300]}"
        return "\n".join(map(str, said)) if isinstance(said, list) else str(said)

    def _not_let_in(self, error: urllib.error.HTTPError) -> str:
        if not self.tokens:
            named = "nobody is signed in by that name and password" if self.user else "nobody is signed in"
            return (
                f"{named}: set {USER} and {PASSWORD}, or, where a provider says who people are, "
                f"{tokens.NAMES} ({tokens.READ})"
            )
        source = self.tokens.source
        if error.code == 401:
            return (
                f"the login takes no token, so {source} is of no use: set {USER} and {PASSWORD}; with a "
                "provider, foundation.login.provider.tokenClients says whose tokens are taken"
            )
        if error.headers.get_content_type() == "text/html":
            return (
                f"the token of {source} is good, but none of its groups may come in: groups of "
                "tenants[].groups and foundation.login.provider.seesAll may"
            )
        return f"the login refuses the token of {source}: {self.tokens.complaint()}"


class _SamePlace(urllib.request.HTTPRedirectHandler):
    """What follows what the pages lead to, such as a run after a form, and nothing to another server.

    urllib itself would send a token or a password along to wherever it is led.
    """

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """What to ask next; None for nothing, which is an error."""
        before, after = (urllib.parse.urlsplit(each) for each in (req.full_url, newurl))
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER: Final = urllib.request.build_opener(_SamePlace)
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}), _SamePlace)
"""Past a proxy that the environment names (`http_proxy`), which would read what stays on this machine."""

_ELSEWHERE: Final = frozenset({301, 302, 303, 307, 308})


def _is_place(address: str) -> bool:
    """Whether an address is one of a server and its pages."""
    try:
        port = urllib.parse.urlsplit(address).port
    except ValueError:
        return False
    return port != 0 and address.isascii() and _PLACE.fullmatch(address) is not None


def _is_private(address: str) -> bool:
    """Whether nobody reads on the way what is sent to an address."""
    return urllib.parse.urlsplit(address).scheme == "https" or _is_here(address)


def _is_here(address: str) -> bool:
    """Whether an address is on this machine."""
    host = urllib.parse.urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
