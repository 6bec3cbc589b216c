"""What the login proxy is told: its two files of settings, and the pages that it shows itself. Pure.

The second file has oauth2-proxy's structured settings: rewritten paths and a password for the pages can be
said there alone. Upstream calls them alpha; the release is pinned, and the tests run it with these files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from components.records.login import PORT
from components.records.model import Page

SETTINGS_FILE: Final = "oauth2-proxy.cfg"
PAGES_FILE: Final = "pages.yaml"
SIGN_IN_FILE: Final = "sign_in.html"
HOME_FILE: Final = "index.html"

USERS_KEY: Final = "users"
COOKIE_KEY: Final = "cookie-key"
PASSWORD_KEY: Final = "page-password"  # noqa: S105 - the name of a file, not its content
"""Files of the Secret."""

SIGN_OUT: Final = "/oauth2/sign_out"
HEALTH: Final = "/ping"

SESSION_HOURS: Final = 12
"""A working day: then people sign in again."""

_HERE: Final = Path(__file__).parent
_NOWHERE: Final = "http://127.0.0.1:9/"
"""Nothing listens there (the discard port): with a file of users the proxy needs a provider all the same."""


def proxy_settings(address: str, *, config: str, secrets: str) -> str:
    """Make the file of plain settings, as TOML.

    Args:
        address: URL that a browser opens.
        config: folder of the files made here.
        secrets: folder of the Secret's files.
    """
    secure = urlsplit(address).scheme == "https"
    values: Mapping[str, Any] = {
        "htpasswd_file": f"{secrets}/{USERS_KEY}",
        "display_htpasswd_form": True,
        "custom_templates_dir": config,
        # A name with this prefix is taken by browsers from this host alone, over TLS alone (RFC 6265bis).
        "cookie_name": "__Host-spark-on-eks" if secure else "spark-on-eks",
        "cookie_secret_file": f"{secrets}/{COOKIE_KEY}",
        "cookie_secure": secure,
        "cookie_httponly": True,
        # Lax: links from elsewhere open a page; nothing else from elsewhere comes with the cookie.
        "cookie_samesite": "lax",
        "cookie_expire": f"{SESSION_HOURS}h",
        # The names of those who sign in are logged, not what each of them opens.
        "request_logging": False,
        "silence_ping_logging": True,
    }
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def proxy_pages(pages: Sequence[Page], *, home: str, secrets: str) -> str:
    """Make the file of structured settings, as YAML: which path is which page.

    Args:
        pages: the pages.
        home: folder of the page that lists them.
        secrets: folder of the Secret's files.
    """
    password = {"fromFile": f"{secrets}/{PASSWORD_KEY}"}
    return yaml.safe_dump(
        {
            "server": {"bindAddress": f"0.0.0.0:{PORT}"},
            "upstreamConfig": {
                "upstreams": [
                    {"id": "home", "path": "^/$", "rewriteTarget": "/", "uri": f"file://{home}"},
                    *(_upstream(page) for page in pages),
                ]
            },
            # A page that tells people apart can check that the name comes from here; the browser's own header
            # of this name is replaced.
            "injectRequestHeaders": [
                {
                    "name": "Authorization",
                    "values": [{"claimSource": {"claim": "user", "basicAuthPassword": password}}],
                },
                {"name": "X-Forwarded-User", "values": [{"claimSource": {"claim": "user"}}]},
            ],
            # Browsers ask again before they show what they kept: after signing out, that is nothing.
            "injectResponseHeaders": [{"name": "Cache-Control", "values": [_constant("private, no-cache")]}],
            "providers": [_nobody()],
        },
        sort_keys=False,
    )


def home_page(pages: Sequence[Page]) -> str:
    """Make the page that lists the others.

    Args:
        pages: the pages.
    """
    rows = "\n".join(
        f'      <li><a href="/{page.path}/{page.start}">{escape(page.title)}</a></li>' for page in pages
    )
    return Template((_HERE / "home.html").read_text()).substitute(pages=rows, sign_out=SIGN_OUT)


def sign_in_page() -> str:
    """The page that asks for name and password: a template of oauth2-proxy, without its provider's button."""
    return (_HERE / SIGN_IN_FILE).read_text()


def _upstream(page: Page) -> dict[str, Any]:
    return {
        "id": page.path,
        "path": f"^/{re.escape(page.path)}/({page.asked})$",
        "rewriteTarget": "/$1",
        "uri": page.url,
    }


def _constant(text: str) -> dict[str, Any]:
    """A header's value that is the same for all; 7.15.6 takes it as it is, whatever it says of base64."""
    return {"secretSource": {"value": text}}


def _nobody() -> dict[str, Any]:
    """A provider that nobody comes by: no address of it is anywhere, so no answer of it is ever accepted."""
    return {
        "id": "nobody",
        "provider": "oidc",
        "clientID": "nobody",
        "clientSecret": "nobody",
        "loginURL": _NOWHERE,
        "redeemURL": _NOWHERE,
        "oidcConfig": {
            "issuerURL": _NOWHERE,
            "skipDiscovery": True,
            "jwksURL": _NOWHERE,
            "emailClaim": "email",
            "groupsClaim": "groups",
            "audienceClaims": ["aud"],
        },
    }


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
