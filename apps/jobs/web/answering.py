"""One answer in two forms: a page for people, and the same as JSON for programs, at the same address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from apps.jobs.cost.run import shown
from apps.jobs.runs.phase import Phase

from . import csrf
from .viewer import ZONE_COOKIE
from .visit import Visit

HERE: Final = Path(__file__).parent

NOTHING: Final = "\u2013"

SYMBOLS: Final[Mapping[str, str]] = {
    Phase.PLANNED: "○",
    Phase.HELD: "◫",
    Phase.QUEUED: "◔",
    Phase.RUNNING: "▶",
    Phase.ORPHANED: "⚠",
    Phase.SUCCEEDED: "✓",
    Phase.FAILED: "✗",
    Phase.CANCELLED: "■",
    Phase.SKIPPED: "↷",
    Phase.LOST: "?",
    "missing": "∅",
    "pass": "✓",
    "warn": "!",
    "stale": "⌛",
    "fail": "✗",
}
"""A sign for each state, so that nobody needs its colour."""


def is_json(request: Request) -> bool:
    """Say whether JSON is sent, which no form of a page does.

    Args:
        request: what was sent.
    """
    return request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


def wants_json(request: Request) -> bool:
    """Say whether a program asks: it says so in `Accept`, or in the address.

    Args:
        request: what was sent.
    """
    if request.query_params.get("format") == "json" or is_json(request):
        return True
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def answer(
    visit: Visit, template: str, said: Mapping[str, Any], *, status: int = 200, **more: Any
) -> Response:
    """Answer a request.

    Args:
        visit: the request.
        template: of the page.
        said: what is said, in both forms.
        status: of HTTP.
        more: what the page needs besides.
    """
    if wants_json(visit.request):
        return JSONResponse(jsonable_encoder(dict(said)), status_code=status, headers={"Vary": "Accept"})
    sources = visit.sources
    now = sources.clock()
    text = PAGES.get_template(template).render(
        **said,
        **more,
        viewer=visit.viewer,
        path=sources.path,
        here=visit.request.url.path,
        links=sources.links,
        now=now,
        zone=zone_of(visit.request),
        csrf=csrf.mark(sources.secret, visit.viewer.name, now.timestamp()),
        query=visit.request.query_params,
    )
    return HTMLResponse(text, status_code=status, headers={"Vary": "Accept"})


def zone_of(request: Request) -> ZoneInfo:
    """The viewer's time zone, as their browser told; UTC if it did not.

    Args:
        request: what was sent, with the cookie.
    """
    try:
        # As a script writes it: a name has a slash, which a cookie's value has not.
        return ZoneInfo(unquote(request.cookies.get(ZONE_COOKIE, "")) or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(value: datetime | None, zone: ZoneInfo) -> Markup:
    """A time in the viewer's zone, with UTC for whoever looks closer.

    Args:
        value: the time; None is shown as a dash.
        zone: the viewer's.
    """
    if value is None:
        return Markup("\u2013")
    local, utc = value.astimezone(zone), value.astimezone(UTC)
    return Markup('<time datetime="{0}" title="{1} UTC">{2}</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        local.strftime("%Y-%m-%d %H:%M:%S"),
    )


_UNITS: Final[tuple[tuple[int, str, int, str], ...]] = (
    (86400, "d", 3600, "h"),
    (3600, "h", 60, "min"),
    (60, "min", 1, "s"),
)


def span(value: timedelta | None) -> str:
    """A length of time, in two units at most.

    Args:
        value: the length; None is shown as a dash.
    """
    if value is None:
        return NOTHING
    seconds = int(value.total_seconds())
    for size, unit, part, smaller in _UNITS:
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds} s"


def number(value: float | None) -> str:
    """A number of people's size: three digits, or whole.

    Args:
        value: None is shown as a dash.
    """
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def sign(state: str) -> Markup:
    """A state as a sign and a word.

    Args:
        state: the word.
    """
    said = escape(state)
    return Markup('<span class="state {0}"><span aria-hidden="true">{1}</span> {0}</span>').format(
        said, SYMBOLS.get(state, "\u2022")
    )


def changed(query: Mapping[str, str], **given: Any) -> str:
    """The query of this page with other values; one that is None or empty is left out.

    Args:
        query: of the page's address.
        given: values that differ, by name.
    """
    kept = {name: value for name, value in query.items() if name not in given and name != "after"}
    return "?" + urlencode(
        {**kept, **{name: value for name, value in given.items() if value not in (None, "")}}
    )


def _pages() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(moment=moment, span=span, number=number, usd=shown, sign=sign)
    found.globals.update(changed=changed, symbols=SYMBOLS, nothing=NOTHING)
    return found


PAGES: Final = _pages()
