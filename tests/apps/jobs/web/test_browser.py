"""People of two teams, one of both and one who may only look walk through every screen in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.observability.browser import chromium

from .world import DATA, PASSWORD, SCIENCE, World, basic

pytestmark = pytest.mark.browser

RUN = "/runs/{namespace}/{job}/2026-11-20/1"
TEAMS = {"ann": [(DATA, "orders")], "eve": [(DATA, "orders")], "sam": [(SCIENCE, "train")]}
TEAMS["admin"] = [*TEAMS["ann"], *TEAMS["sam"]]
MAY_CHANGE = {"ann", "sam", "admin"}
COMMON = ("/runs", "/jobs", "/schedules", "/backfills", "/checks", "/statistics", "/sync", "/audit")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def page_of(browser: Browser, viewer: str, *, script: bool = True) -> tuple[Page, list[str]]:
    """A tab of somebody who has signed in, and what it complains of."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        timezone_id="Europe/Berlin",
        java_script_enabled=script,
        extra_http_headers={"Authorization": basic(viewer, PASSWORD)},
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    return page, complaints


@pytest.mark.parametrize("viewer", TEAMS)
def test_every_screen_opens_without_a_complaint(
    browser: Browser, address: str, viewer: str, tmp_path: Path
) -> None:
    page, complaints = page_of(browser, viewer)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for at, place in enumerate(places(viewer)):
        answer = page.goto(f"{address}{place}")
        assert answer
        assert answer.status == 200, f"{place}: {answer.status}"
        assert "'unsafe" not in answer.headers["content-security-policy"]
        assert page.locator("h1").count() == 1
        assert page.evaluate(WORDLESS) == [], f"{place}: what says its state by colour or sign alone"
        page.screenshot(path=tmp_path / f"{viewer}-{at:02}.png", full_page=True)
    assert complaints == []
    assert [url for url in asked if not url.startswith(f"{address}/")] == [], "nothing comes from elsewhere"
    page.context.close()


def places(viewer: str) -> list[str]:
    """All screens that somebody has."""
    found = list(COMMON)
    for namespace, job in TEAMS[viewer]:
        run = RUN.format(namespace=namespace, job=job)
        found += [f"/jobs/{namespace}/{job}", run, f"{run}/log"]
        if viewer in MAY_CHANGE:
            found += [f"/jobs/{namespace}/{job}/backfill?first=2026-11-10&last=2026-11-19"]
    return found


WORDLESS = """
() => [...document.querySelectorAll(".state, .grid td > *, meter:not([aria-hidden]), svg")]
  .filter((each) => {
    const words = (each.matches("meter") ? each.parentElement : each).cloneNode(true);
    words.querySelectorAll("[aria-hidden]").forEach((sign) => sign.remove());
    return !/[a-z]{4}|[0-9] (%|failed|in doubt)/.test(each.getAttribute("aria-label") || words.textContent);
  })
  .map((each) => each.outerHTML.slice(0, 200))
"""


def test_without_script_every_screen_says_the_same(browser: Browser, address: str) -> None:
    with_script, _ = page_of(browser, "ann")
    without, _ = page_of(browser, "ann", script=False)
    # The zone is told by a script: the first page is in UTC, and so is each one without it.
    with_script.goto(f"{address}/runs")
    without.context.add_cookies([{"name": "zone", "value": "Europe%2FBerlin", "url": address}])
    for place in places("ann"):
        for page in (with_script, without):
            page.goto(f"{address}{place}")
        assert without.inner_text("body") == with_script.inner_text("body"), place
    for page in (with_script, without):
        page.context.close()


@pytest.mark.parametrize(
    "place", ["/runs", "/statistics", f"/jobs/{DATA}/orders", RUN.format(namespace=DATA, job="orders")]
)
def test_the_keyboard_reaches_all_that_can_be_used_and_shows_where_it_is(
    browser: Browser, address: str, place: str
) -> None:
    page, _ = page_of(browser, "ann")
    page.goto(f"{address}{place}")
    usable = page.evaluate(USABLE)
    reached = set()
    for _ in range(usable + 5):
        page.keyboard.press("Tab")
        at, outlined = page.evaluate(FOCUSED)
        if at >= 0:
            reached.add(at)
            assert outlined, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    assert len(reached) == usable
    page.context.close()


USABLE = """
() => {
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  window.usable = [...document.querySelectorAll(kinds)].filter((each) => each.checkVisibility());
  return window.usable.length;
}
"""
FOCUSED = """
() => {
  const each = document.activeElement;
  return [window.usable.indexOf(each), getComputedStyle(each).outlineStyle !== "none"];
}
"""


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Times are in UTC. "),
        ("America/New_York", "Times are in America/New_York; hold the pointer over one to see UTC. "),
    ],
)
def test_the_foot_says_the_zone_once(browser: Browser, address: str, zone: str, words: str) -> None:
    context = browser.new_context(
        timezone_id=zone, extra_http_headers={"Authorization": basic("ann", PASSWORD)}
    )
    page = context.new_page()
    for _ in range(2):
        page.goto(f"{address}/runs")
        assert page.inner_text("footer").startswith(words)
    context.close()


@pytest.mark.parametrize("viewer", ["ann", "sam", "eve"])
def test_another_teams_address_is_a_page_that_says_who_may(
    browser: Browser, address: str, viewer: str
) -> None:
    page, _ = page_of(browser, viewer)
    namespace, job = next(place for place in TEAMS["admin"] if place not in TEAMS[viewer])
    answer = page.goto(f"{address}{RUN.format(namespace=namespace, job=job)}")
    assert answer
    assert answer.status == 403
    assert f"You may not see runs in {namespace}" in page.inner_text("[role=alert]")
    page.context.close()


def test_without_script_a_list_is_narrowed_and_a_run_is_found(browser: Browser, address: str) -> None:
    page, _ = page_of(browser, "ann", script=False)
    page.goto(f"{address}/runs")
    page.locator("select[name=phase]").select_option("failed")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".runs tbody tr").count() == 2
    page.get_by_role("link", name="2026-11-18").click()
    assert "DATA_ERROR" in page.inner_text("h2#verdict")
    page.context.close()


def test_the_keyboard_reaches_the_content_and_a_filter(browser: Browser, address: str) -> None:
    page, _ = page_of(browser, "ann")
    page.goto(f"{address}/runs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("clicks")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs?text=clicks*")
    assert page.locator(".runs tbody tr").count() == 1
    page.context.close()


def test_times_are_in_the_browsers_zone_from_the_first_page_on(browser: Browser, address: str) -> None:
    page, _ = page_of(browser, "ann")
    for _ in range(2):
        page.goto(f"{address}{RUN.format(namespace=DATA, job='orders')}")
        assert page.locator("dt:text-is('Claimed') + dd time").inner_text() == "2026-11-21 01:01:00"
        assert "Europe/Berlin" in page.inner_text("footer")
    page.context.close()


def test_a_run_is_stopped_by_its_button(browser: Browser, address: str, world: World) -> None:
    page, complaints = page_of(browser, "ann")
    page.goto(f"{address}{RUN.format(namespace=DATA, job='orders')}")
    page.get_by_role("button", name="Stop this run").click()
    page.wait_for_load_state()
    assert [request.kind for request in world.asked()] == ["stop"]
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(browser: Browser, address: str, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text."""
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        extra_http_headers={"Authorization": basic("ann", PASSWORD)},
    )
    page = context.new_page()
    for place in ("/runs", "/sync", f"/jobs/{DATA}/orders"):
        page.goto(f"{address}{place}")
        assert page.evaluate(LEAST_CONTRAST) >= 4.5
    context.close()


LEAST_CONTRAST = """
() => {
  const light = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number).slice(0, 3).map((each) => each / 255)
      .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const words = [...document.querySelectorAll("main *, header *, footer *")].filter((each) =>
    [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  return Math.min(...words.map((each) => {
    const pair = [light(getComputedStyle(each).color), light(behind(each))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  }));
}
"""
