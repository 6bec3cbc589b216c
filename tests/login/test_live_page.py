"""A running driver's page behind the login, in a real browser: the real proxy, pages and a real driver."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.jobs.runs.phase import Phase
from apps.jobs.web.app import create
from apps.jobs.web.viewer import Door
from apps.jobs.web.views import live
from components.records import jobs, logs
from tests.apps.jobs.web.serving import heard, served
from tests.apps.jobs.web.world import DATA, MEMBERS, World, run
from tests.login.proxy import PAGE_PASSWORD, login_proxy
from tests.login.test_login import ask, sign_in
from tests.observability.browser import chromium
from tests.store.gateway import free_port
from tests.support.distributions import Distribution

pytestmark = [pytest.mark.spark, pytest.mark.browser, pytest.mark.store, pytest.mark.timeout(600)]

RUNNING = run(phase=Phase.RUNNING)
RUN = f"/jobs/runs/{DATA}/orders/2026-11-20/1"
PEOPLE = {"data": frozenset({"data-engineers"}), "science": frozenset({"scientists"})}
START_SECONDS = 180
WAIT = 60_000
"""Milliseconds, on a busy machine."""

DRIVER = """
import sys
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
session.sql("SELECT sum(id) AS total FROM range(1000)").collect()
sys.stdin.read()
"""
"""Ends when its input does."""


@dataclass(frozen=True)
class Behind:
    """What is behind the login, and what it wrote.

    Args:
        address: of the login.
        log: of the login.
        driver: the driver's own address.
    """

    address: str
    log: Path
    driver: str


@pytest.fixture(scope="module")
def driver(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A driver with its page; of its jobs one is over."""
    folder, port = tmp_path_factory.mktemp("driver"), free_port()
    (folder / "job.py").write_text(DRIVER)
    conf = {
        "spark.ui.port": port,
        # As a tenant's code can have it: the platform's defaults say false.
        "spark.ui.killEnabled": "true",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": folder,
        "spark.sql.warehouse.dir": folder,
    }
    command = [str(distribution.home / "bin" / "spark-submit"), "--master", "local[1]", "--name", "orders"]
    command += [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, str(folder / "job.py")],
            env={**os.environ, **distribution.brief, "PYSPARK_DRIVER_PYTHON": sys.executable},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            _await_job(url, process, log)
            yield url
        finally:
            process.terminate()


def _await_job(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/jobs/", timeout=10) as answer:  # noqa: S310 - loopback
                if b"Completed Jobs" in answer.read():
                    return
        except OSError:
            assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def behind(driver: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """The pages behind the login; of the logs' nothing answers."""
    world = World(runs=[RUNNING], path="/jobs")
    labels = {"spark-role": "driver", "spark-app-selector": RUNNING.spark}
    world.api.objects[f"/api/v1/namespaces/{DATA}/pods/{RUNNING.driver}"] = {
        "metadata": {"name": RUNNING.driver, "uid": "uid-1", "labels": labels},
        "status": {"podIP": "127.0.0.1"},
    }
    door = Door(password=PAGE_PASSWORD, groups=frozenset(MEMBERS), members=PEOPLE)
    app = create(replace(world.sources, door=door))
    folder = tmp_path_factory.mktemp("login")
    with pytest.MonkeyPatch.context() as patch, served(app) as pages:
        patch.setattr(live, "SPARK_UI", int(driver.rpartition(":")[2]))
        to = {jobs.PAGE: pages, logs.PAGE: "http://127.0.0.1:9"}
        with login_proxy(folder, to, log=folder / "log") as address:
            yield Behind(address, folder / "log", driver)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def opened(behind: Behind) -> str:
    """The address of the driver's page that somebody of its team is led to."""
    cookie = sign_in(behind.address, "data").cookie.partition(";")[0]
    answer = ask(f"{behind.address}{RUN}/live/jobs/", Cookie=cookie)
    assert answer.status == 303
    return answer.location


def opens_as(tab: Page, behind: Behind, user: str) -> None:
    tab.goto(f"{behind.address}{RUN}/live")
    tab.get_by_label("Name").fill(user)
    tab.get_by_label("Password").fill(f"for-{user}-alone")
    tab.get_by_role("button", name="Sign in").click()


def test_a_persons_browser_shows_it_with_its_styles_scripts_and_tables(
    tab: Page, behind: Behind, tmp_path: Path
) -> None:
    complaints: list[str] = []
    refused: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("requestfailed", lambda request: refused.append(f"{request.url}: {request.failure}"))
    tab.on("request", lambda request: asked.append(request.url))
    opens_as(tab, behind, "data")
    tab.wait_for_url(re.compile(rf"{re.escape(behind.address)}/jobs/live/[\w-]+/jobs/"))
    complaints.clear()
    expect(tab.get_by_text("Completed Jobs").first).to_be_visible(timeout=WAIT)
    assert tab.evaluate("[...document.styleSheets].length") > 0
    assert tab.evaluate("getComputedStyle(document.querySelector('nav.navbar')).display") == "flex"
    assert tab.evaluate("typeof window.jQuery") == "function"
    assert tab.evaluate("window.origin") == "null", "it is nobody's page"
    tab.screenshot(path=tmp_path / "jobs.png", full_page=True)
    tab.get_by_role("link", name="Executors").click()
    expect(tab.locator("#active-executors-table tbody tr").first).to_contain_text("driver", timeout=WAIT)
    tab.screenshot(path=tmp_path / "executors.png", full_page=True)
    tab.locator(".blockOverlay").wait_for(state="detached", timeout=WAIT)
    for name in ("Stages", "Environment", "SQL / DataFrame"):
        tab.get_by_role("link", name=name).click(timeout=WAIT)
        tab.wait_for_load_state("networkidle", timeout=WAIT)
        tab.screenshot(path=tmp_path / f"{name.split()[0]}.png", full_page=True)
    assert (complaints, refused) == ([], [])
    assert {url for url in asked if not url.startswith((behind.address, "data:"))} == set()


def test_another_teams_person_does_not_get_there(tab: Page, behind: Behind) -> None:
    opens_as(tab, behind, "science")
    expect(tab.get_by_role("alert")).to_contain_text(f"You may not see runs in {DATA}", timeout=WAIT)


def test_the_page_acts_not_as_its_viewer(tab: Page, behind: Behind) -> None:
    """What a tenant's code in it may ask for: nothing of the pages."""
    opens_as(tab, behind, "data")
    tab.wait_for_url(re.compile("/jobs/live/"))
    asked = """async (url) => {
      try { const answer = await fetch(url, {credentials: "include"}); return await answer.text(); }
      catch (error) { return String(error); }
    }"""
    for place in (f"{behind.address}/jobs/runs?format=json", f"{behind.address}{RUN}"):
        assert tab.evaluate(asked, place) == "TypeError: Failed to fetch"
    assert tab.evaluate(
        "(() => { try { return document.cookie } catch (error) { return error.name } })()"
    ) == ("SecurityError")


def test_the_login_lets_through_reading_of_that_address_and_nothing_else(behind: Behind, opened: str) -> None:
    assert ask(f"{behind.address}{opened}").status == 200
    stranger = {"X_Forwarded_User": "data", "X_Forwarded_Groups": "data-engineers"}
    sealed = opened.split("/")[3]
    places = (
        "/jobs/runs",
        f"/jobs/runs?x={opened}",
        RUN,
        f"{RUN}/live/",
        f"/jobs/live/{sealed}/../../runs",
        f"/jobs/live/{sealed}/%2e%2e/%2e%2e/runs",
        f"/jobs/live/{sealed}/..%2f..%2fruns",
        f"/jobs/live/{sealed}/x;/runs",
        f"/jobs//live/{sealed}/",
        f"/logs{opened}",
        f"/logs/?x={opened}",
        f"/x/jobs/live/{sealed}/",
    )
    for place in places:
        answer = ask(behind.address + place, **stranger, X_Forwarded_Uri=opened, X_Original_URL=opened)
        assert answer.status in (301, 403), place
        assert "SUCCEEDED" not in answer.text, place
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD"):
        answer = ask(behind.address + opened, method=method, body="x" if method == "POST" else "")
        assert answer.status == 403, method


def test_a_made_up_address_gets_as_far_as_the_pages_and_no_further(behind: Behind, opened: str) -> None:
    sealed = opened.split("/")[3]
    for wrong in ("x", "A" * 400, sealed[:-8] + "AAAAAAAA"):
        answer = ask(f"{behind.address}/jobs/live/{wrong}/jobs/", X_Forwarded_User="data")
        assert answer.status == 401, wrong
        assert "Spark" not in answer.text


def test_a_job_is_not_ended_by_its_address(behind: Behind, opened: str) -> None:
    place = opened.removesuffix("jobs/")
    for each in ("jobs/job/kill/?id=0", "stages/stage/kill/?id=0"):
        assert ask(f"{behind.address}{place}{each}").status == 404
        with urllib.request.urlopen(f"{behind.driver}/{each}", timeout=20) as answer:  # noqa: S310
            assert answer.status == 200, "the driver itself would do it"


def test_neither_log_has_the_address(behind: Behind, opened: str) -> None:
    sealed = opened.split("/")[3]
    with heard() as said:
        ask(f"{behind.address}{opened}")
        ask(f"{behind.address}{opened}", method="POST", body="x")
        ask(f"{behind.address}/jobs/live/{sealed}/%2e%2e/")
    assert sealed not in behind.log.read_text()
    assert sealed not in said.getvalue()
