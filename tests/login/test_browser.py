"""Two people in a real browser: the real proxy, history server, log page and Prometheus behind it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from components.observability.alerts import prometheus_rule_spec
from components.observability.dashboard_files import dashboard_files
from components.records import history, logs, monitoring
from components.services.history.server import proxy_conf
from images import fetch
from tests.apps.run_logs import DRIVER, pages, put
from tests.login.proxy import PAGE_PASSWORD, PASSWORDS, login_proxy
from tests.observability import world
from tests.observability.browser import SignalsPage, chromium
from tests.observability.series import SITE
from tests.observability.server import Server
from tests.store.gateway import Gateway
from tests.support.distributions import Distribution
from tests.support.history_provider import compiled
from tests.support.history_server import history_server, write_log
from workspace.paths import ROOT

pytestmark = [pytest.mark.spark, pytest.mark.browser, pytest.mark.store, pytest.mark.timeout(600)]

SEEN = {"admin": ["*"], "data": ["data-dev"], "science": ["science-dev"]}
VIEWERS = {"PAGE_PATH": "/logs", "PAGE_VIEWERS": json.dumps(SEEN), "PAGE_PASSWORD": PAGE_PASSWORD}

ENVIRONMENT: dict[str, Any] = {
    "Event": "SparkListenerEnvironmentUpdate",
    **{f"{what} Properties": {} for what in ("Spark", "Hadoop", "System", "Metrics")},
    "JVM Information": {"Java Version": "17"},
    "Classpath Entries": {},
}


@pytest.fixture(scope="module")
def history_page(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("history")
    classes = compiled(distribution.home / "jars", folder / "classes")
    for tenant in ("data-dev", "science-dev"):
        (folder / "events" / tenant).mkdir(parents=True)
    write_log(folder, "data-dev", "spark-1", ENVIRONMENT, id="spark-1", name="flights")
    conf = proxy_conf("http://127.0.0.1/spark-history")
    with history_server(distribution, classes, folder, conf) as server:
        server.until_listed("spark-1")
        yield server.url


@pytest.fixture(scope="module")
def log_page(ready: Gateway) -> Iterator[str]:
    for tenant in ("data-dev", "science-dev"):
        put(ready, f"{tenant}/flights/spark-1/flights-driver/{DRIVER}", f"said in {tenant}\n")
    with pages(ready, viewers=VIEWERS) as address:
        yield address


@pytest.fixture(scope="module")
def signals(
    server: Callable[[], Server], span: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> str:
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docker" / "prometheus" / "page", site, dirs_exist_ok=True)
    fetch.signals_page(site, site / "log")
    (site / "dashboards").mkdir()
    for name, text in dashboard_files().items():
        (site / "dashboards" / name).write_text(text)
    made = server()
    made.load([*world.scraped(), *world.recorded()], start=span[0], end=span[1])
    made.start(prometheus_rule_spec(SITE), page=site)
    return made.url


@pytest.fixture(scope="module")
def address(
    history_page: str, log_page: str, signals: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    behind = {history.PAGE: history_page, logs.PAGE: log_page, monitoring.PAGE: signals}
    with login_proxy(tmp_path_factory.mktemp("login"), behind) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Gives people a browser each, without a memory of others."""
    contexts = []

    def come() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 900}))
        return contexts[-1].new_page()

    yield come
    for context in contexts:
        context.close()


def sign_in(tab: Page, user: str, password: str = "") -> None:
    """Fill in the form that the tab shows."""
    tab.get_by_label("Name").fill(user)
    tab.get_by_label("Password").fill(password or PASSWORDS[user])
    tab.get_by_role("button", name="Sign in").click()


def test_two_people_sign_in_and_each_sees_the_logs_of_their_own_tenant(
    person: Callable[[], Page], address: str
) -> None:
    for user, own in (("data", "data-dev"), ("science", "science-dev")):
        tab = person()
        tab.goto(address)
        sign_in(tab, user)
        tab.get_by_role("link", name="Logs of drivers and executors").click()
        expect(tab.get_by_role("heading", name="Namespaces")).to_be_visible()
        assert [row.inner_text() for row in tab.locator("td a").all()] == [own]
        for name in (own, "flights", "spark-1", "flights-driver"):
            tab.get_by_role("link", name=name, exact=True).last.click()
        assert tab.inner_text("body").strip() == f"said in {own}"


def test_a_wrong_password_shows_the_form_again_and_says_why(person: Callable[[], Page], address: str) -> None:
    tab = person()
    tab.goto(f"{address}/logs/")
    sign_in(tab, "data", "for-science-alone")
    expect(tab.get_by_role("alert")).to_have_text("Name or password is wrong.")
    tab.goto(f"{address}/logs/")
    expect(tab.get_by_label("Password")).to_be_visible()
    sign_in(tab, "data")
    assert tab.url == f"{address}/logs/", "the page that was asked for"


def test_a_link_to_a_dashboard_outlives_the_login_and_its_panels_are_drawn(
    person: Callable[[], Page], address: str
) -> None:
    tab = person()
    page = SignalsPage(tab, f"{address}/prometheus/user/")
    tab.goto(f"{address}/prometheus/user/#board=spark-overview")
    sign_in(tab, "admin")
    tab.wait_for_url(re.compile("#board=spark-overview"))
    page.complaints.clear()
    panels = page.panels()
    assert {panel["state"] for panel in panels} <= {"drawn", "empty"}, panels
    assert "drawn" in {panel["state"] for panel in panels}
    assert page.complaints == []


def test_the_history_servers_links_stay_below_its_path(person: Callable[[], Page], address: str) -> None:
    tab = person()
    missing: list[str] = []
    tab.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    tab.goto(f"{address}/spark-history/")
    sign_in(tab, "data")
    missing.clear()
    link = tab.get_by_role("link", name="spark-1")
    link.click()
    tab.wait_for_url(re.compile(re.escape(f"{address}/spark-history/history/spark-1/") + "(1/)?jobs/"))
    tab.get_by_role("link", name="Environment").click()
    expect(tab.get_by_text("Runtime Information")).to_be_visible()
    assert tab.url.startswith(f"{address}/spark-history/history/spark-1/")
    assert missing == [], "styles and scripts are asked for below the path too"


def test_who_signs_out_has_to_sign_in_again(person: Callable[[], Page], address: str) -> None:
    tab = person()
    tab.goto(address)
    sign_in(tab, "data")
    tab.get_by_role("link", name="Sign out").click()
    expect(tab.get_by_label("Password")).to_be_visible()
    for page in ("", "/logs/", "/spark-history/", "/prometheus/user/"):
        tab.goto(address + page)
        expect(tab.get_by_label("Password")).to_be_visible()
    assert tab.context.cookies() == []
