"""The system's Chromium, and what it sees of the signals page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.binaries import system_program

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Tests run as root, and the browser must not talk to anybody but the page's server."""

SETTLED = """
() => {
  const panels = [...document.querySelectorAll(".panel")];
  return panels.length > 0 && panels.every(({dataset}) => dataset.state !== "loading");
}
"""

SEEN = """
() => [...document.querySelectorAll(".panel")].map((panel) => {
  const colours = new Set();
  for (const canvas of panel.querySelectorAll("canvas")) {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 200) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
    }
  }
  return {
    title: panel.querySelector("h3").textContent,
    type: panel.dataset.type,
    state: panel.dataset.state,
    text: panel.querySelector(".content").innerText,
    colours: colours.size,
    legend: panel.querySelectorAll(".legend button").length,
    rows: panel.querySelectorAll("tbody tr").length,
  };
})
"""

WAIT_MILLISECONDS = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser, until the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_program("chromium"), args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


class SignalsPage:
    """The page in a tab of its own.

    Args:
        tab: the tab.
        address: of the page, without what is chosen.
    """

    def __init__(self, tab: Page, address: str) -> None:
        self.tab = tab
        self.complaints: list[str] = []
        self._address = address
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def open(self, board: str, **chosen: str) -> list[dict[str, Any]]:
        """Open a dashboard, wait until all its panels have settled, and say what each shows.

        Args:
            board: its uid.
            chosen: range and `var-` choices, with _ for -.
        """
        choices = "&".join(f"{name.replace('_', '-')}={value}" for name, value in chosen.items())
        self.tab.goto(f"{self._address}#board={board}&{choices}")
        self.tab.reload()
        return self.panels()

    def panels(self) -> list[dict[str, Any]]:
        """What each panel shows, once all have settled."""
        self.tab.wait_for_function(SETTLED, timeout=WAIT_MILLISECONDS)
        found: list[dict[str, Any]] = self.tab.evaluate(SEEN)
        return found

    def picture(self, path: Path) -> bytes:
        """A picture of the whole page, which is kept too.

        Args:
            path: of the PNG file.
        """
        return self.tab.screenshot(path=path, full_page=True)
