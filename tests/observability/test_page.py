"""The page without Grafana, in a real browser over a real Prometheus: every panel is drawn."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Route

from components.observability.alerts import prometheus_rule_spec
from components.observability.dashboard_files import ORDER, dashboard_files
from images import fetch
from tests.observability import world
from tests.observability.browser import SignalsPage, chromium
from tests.observability.series import SITE
from tests.observability.server import Server
from workspace.paths import ROOT

pytestmark = pytest.mark.browser

PAGE = ROOT / "docker" / "prometheus" / "page"

LEAST_COLOURS = 5
"""A plot with a curve has more colours than axes and grid alone, by the smoothed edges of the curve."""

LEAST_BYTES = 40_000
"""A picture of plots; an empty page compresses to a few thousand."""


@pytest.fixture(scope="module")
def address(
    server: Callable[[], Server], span: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Where a Prometheus serves the page, as its image does."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PAGE, site, dirs_exist_ok=True)
    fetch.signals_page(site, site / "log")
    (site / "dashboards").mkdir()
    for name, text in dashboard_files().items():
        (site / "dashboards" / name).write_text(text)
    made = server()
    made.load([*world.scraped(), *world.recorded()], start=span[0], end=span[1])
    made.start(prometheus_rule_spec(SITE), page=site)
    time.sleep(5)  # the first rounds of rules
    return f"{made.url}/user/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[SignalsPage]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield SignalsPage(context.new_page(), address)
    context.close()


@pytest.mark.parametrize("uid", ORDER)
def test_every_panel_of_a_dashboard_is_drawn(page: SignalsPage, uid: str, tmp_path: Path) -> None:
    panels = page.open(uid)
    board = json.loads(dashboard_files()[f"{uid}.json"])
    assert [each["title"] for each in panels] == [
        each["title"] for each in board["panels"] if each["type"] != "row"
    ]
    for panel in panels:
        assert panel["state"] == "drawn", f"{panel['title']}: {panel['text']}"
        if panel["type"] == "timeseries":
            assert panel["colours"] >= LEAST_COLOURS, f"{panel['title']}: nothing but axes"
            assert panel["legend"] > 0, f"{panel['title']}: curves without names"
        elif panel["type"] == "table":
            assert panel["rows"] > 0
        else:
            assert any(letter.isdigit() for letter in panel["text"]), f"{panel['title']}: no number"
    assert len(page.picture(tmp_path / f"{uid}.png")) > LEAST_BYTES
    assert not page.complaints


def test_a_query_that_fails_shows_what_prometheus_says(page: SignalsPage) -> None:
    def refuse(route: Route) -> None:
        body = {"status": "error", "errorType": "execution", "error": "query processing would load too much"}
        route.fulfill(status=422, content_type="application/json", body=json.dumps(body))

    page.tab.route("**/api/v1/query_range*", refuse)
    plots = [each for each in page.open("spark-team") if each["type"] == "timeseries"]
    assert {each["state"] for each in plots} == {"failed"}
    assert {each["text"] for each in plots} == {"query processing would load too much"}


def test_a_prometheus_that_is_gone_is_said_so(page: SignalsPage) -> None:
    page.open("spark-team")
    page.tab.route("**/api/v1/query*", lambda route: route.abort())
    page.tab.evaluate("dispatchEvent(new Event('resize'))")
    page.tab.wait_for_selector('.panel[data-state="failed"]')
    assert {each["text"] for each in page.panels()} == {"Prometheus does not answer"}


def test_a_panel_without_data_says_so_and_why(page: SignalsPage) -> None:
    empty = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": []}})
    page.tab.route(
        "**/api/v1/query_range*", lambda route: route.fulfill(content_type="application/json", body=empty)
    )
    said = {each["title"]: each["text"] for each in page.open("spark-nodes") if each["type"] == "timeseries"}
    assert said["Busy CPU"] == "No data in this time"
    assert said["Node pools, of their limit"] == "No data: there is no Karpenter here"


def test_a_plot_of_too_many_curves_says_how_many_it_leaves_out_and_draws_the_largest(
    page: SignalsPage,
) -> None:
    def many(route: Route) -> None:
        end = float(route.request.url.split("end=")[1].split("&")[0])
        series = [
            {"metric": {"spark_job": f"job-{size}"}, "values": [[end - 60, str(size)], [end, str(size)]]}
            for size in range(30)
        ]
        body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})
        route.fulfill(content_type="application/json", body=body)

    page.tab.route("**/api/v1/query_range*", many)
    panels = {each["title"]: each for each in page.open("spark-team")}
    rows = panels["Rows read"]
    assert rows["legend"] == 24
    assert "24 of 30 curves, the largest" in rows["text"]
    assert "job-29" in rows["text"]
    assert "job-5\n" not in rows["text"]


def test_what_a_plot_shows_is_there_in_words(page: SignalsPage) -> None:
    page.open("spark-team")
    spoken = page.tab.eval_on_selector_all(
        ".content [role=img]", "all => all.map(each => each.getAttribute('aria-label'))"
    )
    (quotas,) = (each for each in spoken if each.startswith("Used of the quotas: "))
    assert "data-dev requests.cpu" in quotas
    assert "%" in quotas


def test_a_number_beyond_a_limit_says_so_in_a_word_and_not_by_its_colour_alone(page: SignalsPage) -> None:
    page.open("spark-overview")
    marked = page.tab.eval_on_selector_all(
        ".content .yellow, .content .red", "all => all.map(each => each.innerText)"
    )
    assert marked, "nothing is beyond a limit here"
    assert all("high" in each for each in marked), marked


def test_curves_beside_each_other_differ_by_more_than_their_colour(page: SignalsPage) -> None:
    page.open("spark-team")
    marks = page.tab.eval_on_selector_all(
        ".legend", "all => all.map(each => [...each.querySelectorAll('i')].map(mark => mark.dataset.dash))"
    )
    longest = max(marks, key=len)
    assert len(longest) >= 2
    assert all(one != other for one, other in itertools.pairwise(longest))


def test_a_chosen_namespace_leaves_the_others_out(page: SignalsPage) -> None:
    panels = {each["title"]: each for each in page.open("spark-team", var_namespace="science-dev")}
    assert "science-dev" in panels["Used of the agreed time"]["text"]
    assert "data-dev" not in panels["Used of the agreed time"]["text"]


GONE = "run-that-is-gone"


@pytest.mark.parametrize("name", [GONE, "a.b*|.+", 'a"} or up{b="'])
def test_a_run_of_which_nothing_is_known_is_not_shown_as_all_the_others(page: SignalsPage, name: str) -> None:
    panels = page.open("spark-run", var_namespace="data-dev", var_app=quote(name))
    assert page.tab.get_by_label("Application").input_value() == name
    said = page.tab.inner_text("#unseen")
    assert said == f"No data of Application {name} in this time: choose a longer one, or another name."
    of_the_run = {
        each["title"]
        for each in json.loads(dashboard_files()["spark-run.json"])["panels"]
        if each["type"] != "row" and all("$app" in target["expr"] for target in each["targets"])
    }
    said_of_it = {each["title"]: each["text"] for each in panels if each["title"] in of_the_run}
    assert len(said_of_it) > 10
    assert set(said_of_it.values()) == {"No data in this time"}
    assert page.open("spark-run", var_namespace="data-dev")
    assert page.tab.inner_text("#unseen") == ""


def test_a_choice_stands_in_the_address(page: SignalsPage) -> None:
    page.open("spark-team")
    page.tab.get_by_label("Namespace").select_option("science-dev")
    page.tab.wait_for_function("location.hash.includes('var-namespace=science-dev')")
    assert page.tab.get_by_label("Namespace").input_value() == "science-dev"


def test_the_time_range_can_be_chosen(page: SignalsPage) -> None:
    with page.tab.expect_request(lambda request: "query_range" in request.url) as asked:
        page.open("spark-team", range="15m")
    query = dict(part.split("=") for part in asked.value.url.split("?")[1].split("&") if part[0] in "se")
    assert float(query["end"]) - float(query["start"]) == 900


def test_dark_and_light_can_be_chosen_and_stay(page: SignalsPage) -> None:
    page.open("spark-overview")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.tab.evaluate(background)
    page.tab.get_by_title("Dark or light").click()
    dark = page.tab.evaluate(background)
    assert dark != light
    page.tab.reload()
    assert page.tab.evaluate(background) == dark


def test_alerts_that_fire_are_listed_with_their_runbooks(page: SignalsPage) -> None:
    page.open("spark-overview")
    page.tab.wait_for_selector("#alerts summary")
    page.tab.click("#alerts summary")
    words = page.tab.inner_text("#alerts")
    assert "firing" in words
    assert "docs/runbooks/SparkDriverFailed.md" in words


def test_the_page_knows_every_dashboard_in_order(page: SignalsPage) -> None:
    page.open("spark-overview")
    links = page.tab.eval_on_selector_all("#boards a", "all => all.map(each => each.hash)")
    assert [link.split("board=")[1].split("&")[0] for link in links] == list(ORDER)


def test_the_page_can_write_every_unit_that_a_dashboard_uses(page: SignalsPage) -> None:
    page.open("spark-overview")
    known = page.tab.evaluate("async () => (await import('./units.js')).KNOWN")
    used = {
        panel["fieldConfig"]["defaults"]["unit"]
        for text in dashboard_files().values()
        for panel in json.loads(text)["panels"]
        if panel["type"] != "row"
    }
    assert used <= set(known)


def test_everything_comes_from_the_server_itself(page: SignalsPage, address: str) -> None:
    asked: list[str] = []
    page.tab.on("request", lambda request: asked.append(request.url))
    page.open("spark-overview")
    origin = address.removesuffix("/user/")
    assert asked
    assert [url for url in asked if not url.startswith((origin, "data:"))] == []
