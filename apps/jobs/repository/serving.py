"""One bare repository over HTTP, behind one name and password."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from dulwich.repo import Repo
from dulwich.server import BackendRepo, DictBackend
from dulwich.web import make_wsgi_chain

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HEALTH: Final = "/-/healthy"
"""Path that answers without a password, and says nothing."""

NAME: Final = "/jobs.git"
"""Path of the repository."""

BRANCH: Final = b"main"
"""Branch that a clone of the empty repository is on."""


def repository(folder: Path) -> Repo:
    """Open the repository, or make it.

    Args:
        folder: where it is.
    """
    place = folder / "jobs.git"
    if place.is_dir():
        return Repo(str(place))
    place.mkdir(parents=True)
    return Repo.init_bare(str(place), default_branch=BRANCH)


def application(found: Repo, username: str, password: str) -> WSGIApplication:
    """The repository for Git's clients, to read and to push to.

    Args:
        found: the repository.
        username: who may.
        password: the name's.
    """
    git = make_wsgi_chain(DictBackend({NAME: cast(BackendRepo, found)}))
    expected = f"{username}:{password}".encode()

    def serve(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environment["PATH_INFO"] == HEALTH:
            start(_line(HTTPStatus.NO_CONTENT), [])
            return []
        if not hmac.compare_digest(_given(environment), expected):
            asked = [("WWW-Authenticate", 'Basic realm="jobs"'), ("Content-Length", "0")]
            start(_line(HTTPStatus.UNAUTHORIZED), asked)
            return []
        return git(environment, start)

    return serve


def _given(environment: dict[str, Any]) -> bytes:
    """Name and password of a request; nothing for one without."""
    kind, _, text = str(environment.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
