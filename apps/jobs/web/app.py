"""The application: who comes in, what every answer has, and which view answers what."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from . import csrf, live_pass
from .answering import HERE, answer, is_json, wants_json
from .cluster import ClusterError
from .metrics import Counting, PageMetrics
from .sources import Sources
from .viewer import NotSignedInError, Viewer
from .views import audit, backfills, checks, jobs, live, run, runs, schedules, statistics, submit, sync
from .visit import Visit

LOG: Final = logging.getLogger(__name__)

SEE_OTHER, UNAUTHORIZED, FORBIDDEN, BAD_GATEWAY, UNPROCESSABLE = 303, 401, 403, 502, 422

OPEN: Final = ("/health", "/static/")
"""What is answered without a login: nothing of it is about anybody."""

LIVE: Final = "/live/"
"""What the login lets through: a pass follows, which is asked for here."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing (RFC 9110, 9.2.1)."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: what is ours alone, and nothing that stands in a page's text."""

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}

Next = Callable[[Request], Awaitable[Response]]


class TooOldError(Exception):
    """A pass that held for a while.

    Args:
        renewed: where its page is opened anew.
    """

    def __init__(self, renewed: str) -> None:
        super().__init__("a pass is too old")
        self.renewed = renewed


def create(sources: Sources, metrics: PageMetrics | None = None) -> FastAPI:
    """Make the application.

    Args:
        sources: what it reads, and where it writes.
        metrics: where its answers are counted; None for nowhere.
    """
    app = FastAPI(title="Spark jobs", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for view in (runs, run, live, jobs, schedules, backfills, checks, statistics, sync, audit, submit):
        app.include_router(view.ROUTER)

    @app.get("/health")
    def _health() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/")
    def _home() -> RedirectResponse:
        return RedirectResponse(f"{sources.path}/runs")

    _guard(app, sources)
    _explain(app, sources)
    if metrics is not None:
        # Added last, so it is around the others: what the door refuses is an answer, too.
        app.add_middleware(Counting, metrics=metrics, passed_over=OPEN)
    return app


def _guard(app: FastAPI, sources: Sources) -> None:
    @app.middleware("http")
    async def _let_in(request: Request, proceed: Next) -> Response:
        if not request.url.path.startswith(OPEN):
            try:
                viewer = _viewer(request, sources)
            except NotSignedInError:
                return _with_headers(
                    PlainTextResponse("These pages are opened by the address with the login.", UNAUTHORIZED)
                )
            except TooOldError as error:
                return _with_headers(RedirectResponse(error.renewed, SEE_OTHER))
            request.state.visit = Visit(request, sources, viewer)
            if request.method not in SAFE and not await _is_ours(request, sources, viewer.name):
                return _with_headers(
                    PlainTextResponse(
                        "This form is too old, or from elsewhere: open the page again.", FORBIDDEN
                    )
                )
        return _with_headers(await proceed(request))


def _viewer(request: Request, sources: Sources) -> Viewer:
    """Who asks: as the login says, or as a pass to a driver's page does.

    Raises:
        NotSignedInError: neither of them says so.
        TooOldError: a pass did, some time ago.
    """
    path = request.url.path
    if not path.startswith(LIVE):
        return sources.door.viewer(request.headers)
    sealed, _, rest = path.removeprefix(LIVE).partition("/")
    try:
        given, holds = live_pass.unseal(sources.live_key, sealed, sources.clock().timestamp())
    except live_pass.ForgedError:
        raise NotSignedInError from None
    if not holds:
        # A person's browser goes on by the login; what a page asks for can't.
        if "text/html" not in request.headers.get("accept", ""):
            raise NotSignedInError
        raise TooOldError(live.renewed(sources.path, given, rest, request.url.query))
    request.state.live_pass = given
    return sources.door.known(given.viewer, given.told)


async def _is_ours(request: Request, sources: Sources, viewer: str) -> bool:
    """A form has our mark; what a program sends, no page of another site can."""
    if is_json(request) or csrf.PROGRAM in request.headers:
        return request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    given = request.headers.get(csrf.HEADER, "")
    if not given:
        # Read as a whole, so that the view can read it once more.
        fields = parse_qs((await request.body()).decode(errors="replace"))
        given = fields.get(csrf.FIELD, [""])[0]
    return csrf.holds(sources.secret, viewer, given, sources.clock().timestamp())


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _explain(app: FastAPI, sources: Sources) -> None:
    """Errors are pages too, in words."""

    async def said(request: Request, status: int, message: Any) -> Response:
        visit = getattr(request.state, "visit", None)
        if visit is None or wants_json(request):
            return JSONResponse({"error": message}, status)
        texts = [message] if isinstance(message, str) else message
        return await run_in_threadpool(answer, visit, "error.html", {"errors": texts}, status=status)

    @app.exception_handler(StarletteHTTPException)
    async def _refused(request: Request, error: HTTPException) -> Response:
        return await said(request, error.status_code, error.detail)

    @app.exception_handler(ClusterError)
    async def _cluster(request: Request, error: ClusterError) -> Response:
        return await said(request, BAD_GATEWAY, f"The cluster could not be asked: {error}")

    @app.exception_handler(RequestValidationError)
    async def _wrong(request: Request, error: RequestValidationError) -> Response:
        return await said(
            request, UNPROCESSABLE, [f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()]
        )

    @app.exception_handler(Exception)
    async def _broken(request: Request, error: Exception) -> Response:
        LOG.exception("%s %s", request.method, _logged(request.url.path), exc_info=error)
        return await said(request, 500, "Something went wrong here; it is in this service's log.")


def _logged(path: str) -> str:
    """A path without the pass in it, which whoever reads a log could use."""
    return f"{LIVE}..." if path.startswith(LIVE) else path
