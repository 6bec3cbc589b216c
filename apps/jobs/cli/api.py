"""Asks the pages, as a program does: the same addresses, answered as JSON."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ADDRESS: Final = "SPARK_JOBS_URL"
USER: Final = "SPARK_JOBS_USER"
PASSWORD: Final = "SPARK_JOBS_PASSWORD"  # noqa: S105 - the name of a variable
"""Variables that say where the pages are, and who asks."""

PROGRAM: Final = "X-Spark-Jobs"
"""Says that no form of a page is sent, see `web.csrf`."""

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

SECONDS: Final = 60


class AnswerError(Exception):
    """The pages refuse, or are not reached; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """The pages.

    Args:
        address: where they are, such as `http://127.0.0.1:30180/jobs`.
        user: name at the login; empty for none.
        password: of the user.
    """

    address: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Api:
        """The pages that the environment names.

        Args:
            environment: the process's.

        Raises:
            AnswerError: it names none.
        """
        address = environment.get(ADDRESS, "")
        if not address.startswith(("http://", "https://")):
            raise AnswerError(
                f"{ADDRESS} is {address!r}: write the address of the jobs pages, such as "
                "http://127.0.0.1:30180/jobs (make status prints it)"
            )
        return cls(
            address=address.rstrip("/"),
            user=environment.get(USER, ""),
            password=environment.get(PASSWORD, ""),
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
                "pages, or its login asks a provider, which a command can't sign in at"
            )
        return found

    def _send(self, method: str, place: str, body: bytes | None, accept: str, media_type: str = "") -> str:
        request = urllib.request.Request(  # noqa: S310 - `of` takes http and https alone
            f"{self.address}{place}", body, {"Accept": accept, PROGRAM: "1"}, method=method
        )
        if media_type:
            request.add_header("Content-Type", media_type)
        if self.user:
            named = b64encode(f"{self.user}:{self.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {named}")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise AnswerError(_refusal(error)) from error
        except (urllib.error.URLError, TimeoutError) as error:
            reason = getattr(error, "reason", error)
            raise AnswerError(f"{self.address} is not reached: {reason}") from error


def _refusal(error: urllib.error.HTTPError) -> str:
    if error.code == 401:
        return f"nobody is signed in by that name and password: set {USER} and {PASSWORD}"
    text = error.read().decode(errors="replace")
    try:
        said = json.loads(text)["error"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return f"{error.code}: {text.strip()[:300]}"
    return "\n".join(map(str, said)) if isinstance(said, list) else str(said)
