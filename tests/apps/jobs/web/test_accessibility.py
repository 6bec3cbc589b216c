"""axe-core finds nothing grave on any screen; the keyboard alone reaches every button, and shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.observability.browser import chromium
from tests.support import axe

from .test_browser import RUN, page_of
from .test_pages import SCREENS
from .world import DATA, SCIENCE

pytestmark = [pytest.mark.browser, pytest.mark.soak]

MORE = (
    f"/runs/{DATA}/orders/2026-11-20/1",
    f"/checks/{DATA}/orders/2026-11-18",
    RUN.format(namespace=SCIENCE, job="train"),
    "/nowhere",
)
"""A run that is under way, one interval's checks, what is refused, and what is not there."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_or_critical_on_any_screen(
    browser: Browser, address: str, scheme: str
) -> None:
    page, _ = page_of(browser, "ann")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    program = axe.source()
    wrong: dict[str, list[str]] = {}
    for place in (*SCREENS, *MORE):
        page.goto(f"{address}{place}")
        if said := axe.found(page, program):
            wrong[place] = said
    page.context.close()
    assert wrong == {}


def test_axe_sees_what_is_wrong_with_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<html><body><main><img src='x.png'><p style='color: #ddd'>Words</p></main></body></html>"
    )
    found = {each.partition(" ")[0] for each in axe.found(page, axe.source())}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= found
    page.close()


USED = """
() => {
  window.used = [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary")]
    .filter((each) => each.checkVisibility() && !each.disabled);
  return window.used.length;
}
"""

AT = """
() => {
  const each = document.activeElement, style = getComputedStyle(each);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return [window.used.indexOf(each), seen || each === document.body, each.outerHTML.slice(0, 160)];
}
"""


def test_every_button_and_field_is_reached_and_seen_with_the_keyboard(browser: Browser, address: str) -> None:
    page, _ = page_of(browser, "ann")
    for place in (*SCREENS, *MORE):
        page.goto(f"{address}{place}")
        wanted, reached = page.evaluate(USED), set()
        # Tab goes through links too, and then leaves the page: a round is over at the body.
        for _ in range(2000):
            page.keyboard.press("Tab")
            at, seen, shown = page.evaluate(AT)
            assert seen, f"{place}: nobody sees that this has the focus: {shown}"
            reached.add(at)
            if len(reached - {-1}) == wanted or shown.startswith("<body"):
                break
        assert len(reached - {-1}) == wanted, f"{place}: {wanted} can be used, {reached} are reached"
    page.context.close()
