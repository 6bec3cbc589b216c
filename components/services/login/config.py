"""What the login proxy is told: its two files of settings, and the pages that it shows itself. Pure.

The second file has oauth2-proxy's structured settings: rewritten paths and a password for the pages can be
said there alone. Upstream calls them alpha; the release is pinned, and the tests run it with these files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
CLIENT_KEY: Final = "client-secret"
COOKIE_KEY: Final = "cookie-key"
PASSWORD_KEY: Final = "page-password"  # noqa: S105 - the name of a file, not its content
"""Files of the Secret."""

SIGN_OUT: Final = "/oauth2/sign_out"

CALLBACK: Final = "/oauth2/callback"
"""Path that a provider sends people back to."""

SESSION_HOURS: Final = 12
"""A working day: then people sign in again."""

PROVIDER_SESSION_HOURS: Final = 1
"""Then the provider is asked again, mostly without a person's help: who left the company is out within it."""

_EACH_ENCODED: Final[Mapping[str, str]] = {"value": "-"}
"""No secret: by it the proxy writes each group as HTTP's basic authentication has it, in base64. All groups
are one header, with commas between them, and at a provider a group's own name may have commas."""

_HERE: Final = Path(__file__).parent
_NOWHERE: Final = "http://127.0.0.1:9/"
"""Nothing listens there (the discard port): with a file of users the proxy needs a provider all the same."""


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """Somebody else who says who people are, by OpenID Connect.

    Args:
        issuer: its issuer, where its endpoints are looked up.
        client_id: what it knows the pages by.
        groups_claim: claim of its ID tokens that lists a person's groups.
        groups: groups whose people get in.
        token_clients: further clients of it, whose ID tokens programs come with; none, and no token is taken.
    """

    issuer: str
    client_id: str
    groups_claim: str
    groups: Sequence[str]
    token_clients: Sequence[str] = ()


def proxy_settings(
    address: str,
    pages: Sequence[Page],
    *,
    config: str,
    secrets: str,
    provider: IdentityProvider | None = None,
) -> str:
    """Make the file of plain settings, as TOML.

    Args:
        address: URL that a browser opens.
        pages: the pages.
        config: folder of the files made here.
        secrets: folder of the Secret's files.
        provider: who says who people are; None for a file of users.
    """
    secure = urlsplit(address).scheme == "https"
    values: Mapping[str, Any] = {
        **(_by_provider(address, provider) if provider else _by_file(f"{secrets}/{USERS_KEY}")),
        **_passed(pages),
        "custom_templates_dir": config,
        # A name with this prefix is taken by browsers from this host alone, over TLS alone (RFC 6265bis).
        "cookie_name": "__Host-spark-on-eks" if secure else "spark-on-eks",
        "cookie_secret_file": f"{secrets}/{COOKIE_KEY}",
        "cookie_secure": secure,
        "cookie_httponly": True,
        # Lax: links from elsewhere open a page; nothing else from elsewhere comes with the cookie.
        "cookie_samesite": "lax",
        # The names of those who sign in are logged, not what each of them opens.
        "request_logging": False,
        "silence_ping_logging": True,
    }
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def _passed(pages: Sequence[Page]) -> dict[str, list[str]]:
    """What comes in without a session: paths that a page asks for a pass, for reading, and no others.

    A browser asks by OPTIONS whether a page without an origin may read (Fetch, "CORS-preflight request").

    `reverse_proxy` stays off: with it, a header may say what the path is (oauth2-proxy's issue 3506).
    """
    found = [
        f"{method}=^/{re.escape(page.path)}/{page.passed}$"
        for page in pages
        if page.passed
        for method in ("GET", "OPTIONS")
    ]
    return {"skip_auth_routes": found} if found else {}


def _by_file(users: str) -> dict[str, Any]:
    return {"htpasswd_file": users, "display_htpasswd_form": True, "cookie_expire": f"{SESSION_HOURS}h"}


def _by_provider(address: str, provider: IdentityProvider) -> dict[str, Any]:
    return {
        # Said, not taken from what a request claims to have been sent to.
        "redirect_url": f"{address}{CALLBACK}",
        "skip_provider_button": True,
        # Who gets in is decided by groups.
        "email_domains": ["*"],
        # Nothing here needs the provider's tokens: name and groups are kept, so a cookie stays small.
        "session_cookie_minimal": True,
        "cookie_expire": f"{PROVIDER_SESSION_HOURS}h",
        **(_TOKENS if provider.token_clients else {}),
    }


_TOKENS: Final[Mapping[str, Any]] = {
    # A token in the place of a session: it is verified as at a login, and the same groups get in by it.
    "skip_jwt_bearer_tokens": True,
    # One that is not good is refused, whatever cookie is beside it, and leads to no page to sign in at.
    "bearer_token_login_fallback": False,
}


def proxy_pages(
    pages: Sequence[Page], *, home: str, secrets: str, provider: IdentityProvider | None = None
) -> str:
    """Make the file of structured settings, as YAML: which path is which page.

    Args:
        pages: the pages.
        home: folder of the page that lists them.
        secrets: folder of the Secret's files.
        provider: who says who people are; None for a file of users.
    """
    password = {"fromFile": f"{secrets}/{PASSWORD_KEY}"}
    # A provider's `user` is an id that nobody reads.
    name = "email" if provider else "user"
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
                    "values": [{"claimSource": {"claim": name, "basicAuthPassword": password}}],
                },
                {"name": "X-Forwarded-User", "values": [{"claimSource": {"claim": name}}]},
                {
                    "name": "X-Forwarded-Groups",
                    "values": [{"claimSource": {"claim": "groups", "basicAuthPassword": _EACH_ENCODED}}],
                },
            ],
            # Browsers ask again before they show what they kept: after signing out, that is nothing.
            "injectResponseHeaders": [{"name": "Cache-Control", "values": [_constant("private, no-cache")]}],
            "providers": [_provider(provider, secrets) if provider else _nobody()],
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


def _provider(provider: IdentityProvider, secrets: str) -> dict[str, Any]:
    return {
        "id": "login",
        "provider": "oidc",
        "clientID": provider.client_id,
        "clientSecretFile": f"{secrets}/{CLIENT_KEY}",
        "scope": "openid email profile",
        # A code that was caught on its way is of no use without what only the proxy has (RFC 7636).
        "code_challenge_method": "S256",
        "allowedGroups": sorted(provider.groups),
        "oidcConfig": {
            "issuerURL": provider.issuer,
            # Upstream's default is to skip it, "for compatibility".
            "insecureSkipNonce": False,
            "emailClaim": "email",
            "groupsClaim": provider.groups_claim,
            "audienceClaims": ["aud"],
            "extraAudiences": sorted(provider.token_clients),
        },
    }


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
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # A text of JSON is one of TOML, too.
    return str(value).lower() if isinstance(value, bool) else json.dumps(value)
