"""The login asks everybody, sends paths to their pages and says who asks: the real proxy and log page."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from components.records import history, logs, monitoring
from components.services.logs.pods import EVERYTHING
from tests.apps.run_logs import DRIVER, pages, put
from tests.login.proxy import PAGE_PASSWORD, PASSWORDS, login_proxy
from tests.store.gateway import Gateway

pytestmark = pytest.mark.store

SEEN = {"admin": list(EVERYTHING), "data": ["data-dev"], "science": ["science-dev"]}
VIEWERS = {"PAGE_PATH": "/logs", "PAGE_VIEWERS": json.dumps(SEEN), "PAGE_PASSWORD": PAGE_PASSWORD}
RUN = "{}/flights/spark-1/flights-driver"


@dataclass(frozen=True)
class Answer:
    """What a server answered.

    Args:
        status: of HTTP.
        text: its body.
        location: where it sends a browser; empty if nowhere.
        cookie: what it sets; empty if nothing.
    """

    status: int
    text: str
    location: str
    cookie: str


def ask(url: str, *, method: str = "GET", body: str = "", **head: str) -> Answer:
    """Ask once, and follow nothing.

    Args:
        url: of what.
        method: of HTTP.
        body: a form's.
        head: headers, with _ for -.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    headers = {name.replace("_", "-"): value for name, value in head.items()}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, url[len(f"http://{parts.netloc}") :], body=body or None, headers=headers)
    answer = connection.getresponse()
    said = answer.headers
    return Answer(
        answer.status,
        answer.read().decode(errors="replace"),
        said.get("Location", ""),
        said.get("Set-Cookie", ""),
    )


def sign_in(address: str, user: str, password: str = "", to: str = "/") -> Answer:
    """Send the form."""
    form = {"username": user, "password": password or PASSWORDS[user], "rd": to}
    return ask(f"{address}/oauth2/sign_in", method="POST", body=urlencode(form))


@pytest.fixture(scope="module")
def log_page(ready: Gateway) -> Iterator[str]:
    """The page of the stored logs, with a run of each tenant."""
    for tenant in ("data-dev", "science-dev"):
        put(ready, f"{RUN.format(tenant)}/{DRIVER}", f"said in {tenant}\n")
    with pages(ready, viewers=VIEWERS) as address:
        yield address


@pytest.fixture(scope="module")
def address(log_page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The login, before the page of the logs; of the others nothing answers."""
    nowhere = "http://127.0.0.1:9"
    behind = {logs.PAGE: log_page, history.PAGE: nowhere, monitoring.PAGE: nowhere}
    with login_proxy(tmp_path_factory.mktemp("login"), behind) as running:
        yield running


@pytest.fixture(scope="module")
def cookies(address: str) -> dict[str, str]:
    """A session of each user."""
    return {user: sign_in(address, user).cookie.partition(";")[0] for user in PASSWORDS}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/logs/",
        "/logs/data-dev/",
        "/spark-history/api/v1/applications",
        "/prometheus/user/",
        "/prometheus/api/v1/query?query=up",
        "/anything",
    ],
)
def test_nobody_sees_a_page_without_a_login(address: str, path: str) -> None:
    answer = ask(address + path, X_Forwarded_User="admin", X_Forwarded_For="127.0.0.1")
    assert answer.status == 403
    assert 'name="password"' in answer.text
    assert "<li>" not in answer.text
    assert "href" not in answer.text


@pytest.mark.parametrize("path", ["/x/../logs/", "//logs/"])
def test_a_path_in_other_words_is_put_right_and_then_asked_for(address: str, path: str) -> None:
    answer = ask(address + path)
    assert (answer.status, answer.location) == (301, "/logs/")


@pytest.mark.parametrize(
    ("user", "password"), [("data", "for-science-alone"), ("nobody", "for-data-alone"), ("data", "x")]
)
def test_a_wrong_password_or_name_is_refused(address: str, user: str, password: str) -> None:
    answer = sign_in(address, user, password)
    assert (answer.status, answer.cookie) == (401, "")
    assert "Name or password is wrong." in answer.text


def test_a_session_that_is_forged_or_changed_is_none(address: str, cookies: dict[str, str]) -> None:
    name, _, value = cookies["data"].partition("=")
    changed = value[:10] + ("A" if value[10] != "A" else "B") + value[11:]
    for forged in (changed, "data", ""):
        assert ask(f"{address}/logs/", Cookie=f"{name}={forged}").status == 403


def test_scripts_and_other_sites_do_not_get_at_the_session(address: str) -> None:
    set_by = sign_in(address, "data").cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in set_by.split(";")}
    assert "Secure" not in set_by, "this machine's own address has no TLS"


def test_with_tls_before_it_a_session_is_sent_over_tls_alone(tmp_path: Path) -> None:
    with login_proxy(tmp_path, {logs.PAGE: "http://127.0.0.1:9"}, address="https://spark.example") as running:
        set_by = sign_in(running, "data").cookie
    assert set_by.startswith("__Host-spark-on-eks=")
    assert "Secure" in {part.strip() for part in set_by.split(";")}


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_a_login_leads_to_no_other_site(address: str, to: str) -> None:
    assert sign_in(address, "data", to=to).location == "/"


def test_after_the_login_comes_the_page_that_was_asked_for(address: str) -> None:
    answer = sign_in(address, "data", to="/logs/data-dev/?a=b")
    assert (answer.status, answer.location) == (302, "/logs/data-dev/?a=b")


def test_the_provider_that_has_to_be_named_lets_nobody_in(address: str) -> None:
    begun = ask(f"{address}/oauth2/start")
    state = urlsplit(begun.location).query.partition("state=")[2].partition("&")[0]
    csrf = begun.cookie.partition(";")[0]
    answer = ask(f"{address}/oauth2/callback?code=any&state={state}", Cookie=csrf)
    assert answer.status == 500
    assert "spark-on-eks=" not in answer.cookie.replace("spark-on-eks_csrf=", "")


def test_each_viewer_sees_the_logs_of_their_own_tenants(address: str, cookies: dict[str, str]) -> None:
    lists = {user: ask(f"{address}/logs/", Cookie=cookie).text for user, cookie in cookies.items()}
    found = {
        user: [name for name in ("data-dev", "science-dev") if f'href="/logs/{name}/"' in text]
        for user, text in lists.items()
    }
    assert found == {
        "admin": ["data-dev", "science-dev"],
        "data": ["data-dev"],
        "science": ["science-dev"],
    }


@pytest.mark.parametrize("path", ["", "/flights/spark-1", "/flights/spark-1/flights-driver/log"])
def test_what_is_anothers_is_as_if_it_were_not_there(
    address: str, cookies: dict[str, str], path: str
) -> None:
    theirs = ask(f"{address}/logs/data-dev{path}", Cookie=cookies["science"])
    nothing = ask(f"{address}/logs/no-such{path}", Cookie=cookies["science"])
    assert (theirs.status, theirs.text) == (nothing.status, nothing.text)
    assert theirs.status == 404
    assert ask(f"{address}/logs/data-dev{path}", Cookie=cookies["data"]).status == 200


def test_a_log_is_read_through_the_login(address: str, cookies: dict[str, str]) -> None:
    answer = ask(f"{address}/logs/{RUN.format('data-dev')}/log", Cookie=cookies["data"])
    assert (answer.status, answer.text) == (200, "said in data-dev\n")
    driver = ask(f"{address}/logs/data-dev/flights/spark-1/any/driver", Cookie=cookies["data"])
    assert driver.location == f"/logs/{RUN.format('data-dev')}/log"


def test_nobody_takes_another_name_by_a_header(address: str, cookies: dict[str, str]) -> None:
    forged = ask(
        f"{address}/logs/",
        Cookie=cookies["science"],
        X_Forwarded_User="admin",
        Authorization="Basic YWRtaW46Zm9yLWFkbWlu",
    )
    assert "data-dev" not in forged.text


@pytest.mark.parametrize(
    "head", [{}, {"X_Forwarded_User": "admin"}, {"Authorization": "Basic YWRtaW46Zm9yLWFkbWluLWFsb25l"}]
)
def test_the_log_page_answers_the_login_alone(log_page: str, head: dict[str, str]) -> None:
    assert ask(f"{log_page}/", **head).status == 401, "a user's own password is none for the page"


@pytest.mark.parametrize("path", ["-/quit", "-/reload", "/-/quit", "%2d/quit", "../prometheus/-/quit"])
def test_nobody_ends_prometheus_by_its_page(address: str, cookies: dict[str, str], path: str) -> None:
    answer = ask(f"{address}/prometheus/{path}", method="POST", Cookie=cookies["admin"])
    if answer.status == 301:
        answer = ask(address + answer.location, method="POST", Cookie=cookies["admin"])
    assert answer.status == 404, "502 would be Prometheus, which does not run here"


def test_a_page_that_does_not_answer_is_told_from_one_that_is_not_there(
    address: str, cookies: dict[str, str]
) -> None:
    assert ask(f"{address}/prometheus/user/", Cookie=cookies["admin"]).status == 502
    assert ask(f"{address}/anything", Cookie=cookies["admin"]).status == 404
    assert ask(f"{address}/logs", Cookie=cookies["admin"]).location == "/logs/"
