"""A forged event log runs no script in the browser of whoever opens the history server, and links nowhere."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.observability.browser import chromium
from tests.support.distributions import Distribution
from tests.support.history_provider import compiled
from tests.support.history_server import Server, history_server, write_log

pytestmark = [pytest.mark.spark, pytest.mark.browser, pytest.mark.timeout(600)]

MARK = "document.title='forged'"
ELEMENT = f'<img src=x onerror="{MARK}">'
ATTRIBUTE = f"x' onmouseover='{MARK}"


def _executor(number: str, host: str, links: dict[str, str]) -> dict[str, Any]:
    return {
        "Event": "SparkListenerExecutorAdded",
        "Timestamp": 1,
        "Executor ID": number,
        "Executor Info": {
            "Host": host,
            "Total Cores": 1,
            "Log Urls": links,
            "Attributes": {},
            "Resources": {},
            "Resource Profile Id": 0,
            "Registration Time": 1,
            "Request Time": 1,
        },
    }


EXECUTORS = (
    _executor("1", ELEMENT, {"stdout": f"javascript:{MARK}", ELEMENT: f"http://a/ onclick={MARK} "}),
    _executor("2", "node-1", {"stdout": "http://127.0.0.1:30181/a?b=c"}),
    _executor(ATTRIBUTE, "node-1", {}),
)


@pytest.fixture(scope="module")
def history(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("history")
    classes = compiled(distribution.home / "jars", folder / "classes")
    for tenant in ("data-dev", "science-dev"):
        (folder / "events" / tenant).mkdir(parents=True)
    write_log(folder, "data-dev", "spark-1", *EXECUTORS, id="spark-1", name=f"{ELEMENT} & more")
    write_log(folder, "data-dev", "spark-2", id="spark-2", version=ELEMENT)
    with history_server(distribution, classes, folder) as server:
        server.until_listed("spark-1", "spark-2")
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_the_list_of_applications_shows_what_a_log_says_as_text(tab: Page, history: Server) -> None:
    tab.goto(history.url, wait_until="networkidle")
    assert tab.title() != "forged"
    assert tab.locator("#history-summary-table img").count() == 0
    assert f"{ELEMENT} & more".replace("<", "").split(" ")[0] in tab.locator("body").inner_text()
    assert history.listed()["spark-2"]["attempts"][0]["appSparkVersion"] == "?"


def test_the_executors_page_shows_what_a_log_says_as_text_and_links_to_the_web_alone(
    tab: Page, history: Server
) -> None:
    tab.goto(f"{history.url}/history/spark-1/executors/", wait_until="networkidle")
    table = tab.locator("#active-executors-table")
    table.locator("tr", has_text="node-1").first.wait_for()
    assert table.locator("img").count() == 0
    for at in range(table.locator("a").count()):
        table.locator("a").nth(at).hover()
    assert tab.title() != "forged"
    links = {str(each.get_attribute("href")) for each in table.locator("td div a").all()}
    assert links == {"#", "http://127.0.0.1:30181/a?b=c"}


def test_a_program_gets_the_words_of_a_log_as_they_are(history: Server) -> None:
    assert history.listed()["spark-1"]["name"] == f"{ELEMENT} & more"
    asked_by_a_page = json.loads(
        history.get("/api/v1/applications/spark-1/allexecutors", **{"X-Requested-With": "XMLHttpRequest"})
    )
    hosts = {each["id"]: each["hostPort"] for each in asked_by_a_page}
    assert "<" not in hosts["1"]
    assert "img" in hosts["1"]


def test_a_page_loads_and_sends_nothing_elsewhere(history: Server) -> None:
    with urllib.request.urlopen(history.url, timeout=20) as answer:  # noqa: S310 - loopback
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert policy.startswith("default-src 'self';")
    for none in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert none in policy


def test_without_the_guard_a_forged_log_would_run_a_script(tab: Page, history: Server) -> None:
    # What the guard would have let through, if it took the question for a program's.
    tab.route("**/api/v1/**", lambda route: route.continue_(headers=_program(route.request.headers)))
    tab.goto(f"{history.url}/history/spark-1/executors/", wait_until="networkidle")
    tab.wait_for_function("document.title === 'forged'")


def _program(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "x-requested-with"}
