"""A provider says who people are, by OpenID Connect: the real proxy and log page, as on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from components.records import logs
from components.services.login.config import CALLBACK, IdentityProvider
from components.services.logs.pods import EVERYTHING
from tests.apps.run_logs import DRIVER, pages, put
from tests.login import oidc
from tests.login.proxy import PAGE_PASSWORD, login_proxy
from tests.store.gateway import Gateway

pytestmark = [pytest.mark.store, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:authlib")]

GROUPS = {"platform": list(EVERYTHING), "engineers": ["data-dev"], "scientists": ["science-dev"]}
PEOPLE = {
    "ann@example.com": ["engineers"],
    "sam@example.com": ["scientists", "football"],
    "eve@example.com": ["football"],
    "zoe@example.com": ["platform"],
    "max@example.com": ["engineers", "any,scientists"],
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc.provider(PEOPLE) as running:
        yield running.issuer


@pytest.fixture(scope="module")
def address(ready: Gateway, issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The login, before the page of the logs."""
    for tenant in ("data-dev", "science-dev"):
        put(ready, f"{tenant}/flights/spark-1/flights-driver/{DRIVER}", f"said in {tenant}\n")
    viewers = {"PAGE_PATH": "/logs", "PAGE_GROUPS": json.dumps(GROUPS), "PAGE_PASSWORD": PAGE_PASSWORD}
    provider = IdentityProvider(
        issuer=issuer, client_id="spark-pages", groups_claim="teams", groups=sorted(GROUPS)
    )
    with (
        pages(ready, viewers=viewers) as page,
        login_proxy(tmp_path_factory.mktemp("login"), {logs.PAGE: page}, provider=provider) as running,
    ):
        yield running


def come(address: str, person: str) -> tuple[httpx.Client, httpx.Response]:
    """Open the page of the logs, and say at the provider who one is; what is shown then."""
    browser = httpx.Client(follow_redirects=True, timeout=20)
    asked = browser.get(f"{address}/logs/")
    assert asked.url.params["code_challenge_method"] == "S256"
    return browser, browser.post(asked.url, data={"sub": person})


def seen(shown: httpx.Response) -> set[str]:
    """Namespaces that a list names."""
    return {name for name in ("data-dev", "science-dev") if f"/logs/{name}/" in shown.text}


def test_who_has_no_session_is_sent_to_the_provider_and_comes_back_to_the_page(
    address: str, issuer: str
) -> None:
    sent = httpx.get(f"{address}/logs/")
    assert sent.status_code == 302
    asked = httpx.URL(sent.headers["location"])
    assert str(asked).startswith(issuer), "no page in between, which would ask for a password"
    assert asked.params["redirect_uri"] == address + CALLBACK
    _, shown = come(address, "ann@example.com")
    assert (shown.status_code, str(shown.url)) == (200, f"{address}/logs/")


@pytest.mark.parametrize(
    ("person", "own"),
    [
        ("ann@example.com", {"data-dev"}),
        ("sam@example.com", {"science-dev"}),
        ("zoe@example.com", {"data-dev", "science-dev"}),
        ("max@example.com", {"data-dev"}),
    ],
)
def test_each_sees_the_logs_of_the_tenants_of_their_groups(address: str, person: str, own: set[str]) -> None:
    _, shown = come(address, person)
    assert seen(shown) == own


def test_who_is_in_no_group_of_the_platform_gets_no_session(address: str) -> None:
    browser, shown = come(address, "eve@example.com")
    assert shown.status_code == 403
    assert not [name for name in browser.cookies if not name.endswith("_csrf")]
    assert browser.get(f"{address}/logs/", follow_redirects=False).status_code == 302, "and is asked again"


def test_nobody_adds_a_group_by_a_header(address: str) -> None:
    browser, _ = come(address, "sam@example.com")
    forged = browser.get(f"{address}/logs/", headers={"X-Forwarded-Groups": "platform"})
    assert seen(forged) == {"science-dev"}


def test_a_session_holds_none_of_the_providers_tokens(address: str) -> None:
    browser, _ = come(address, "ann@example.com")
    kept = [value for value in browser.cookies.values() if value]
    assert kept
    assert sum(map(len, kept)) < 1024, "a token alone is as long, and browsers take four thousand"


def test_a_code_that_is_brought_by_another_browser_is_refused(address: str) -> None:
    asked = httpx.get(f"{address}/logs/")
    provider = httpx.post(asked.headers["location"], data={"sub": "ann@example.com"})
    stolen = httpx.get(provider.headers["location"])
    assert stolen.status_code in (403, 500)
    assert "set-cookie" not in stolen.headers or "spark-on-eks=" not in stolen.headers["set-cookie"]
