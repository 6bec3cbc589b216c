"""A running driver's own page, in a browser behind the login of the running platform."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import flights
from apps.jobs.cli.api import Api
from tests.cluster import git_jobs
from tests.cluster.git_jobs import END_SECONDS, Clone
from tests.cluster.paced import Pace
from tests.cluster.waiting import eventually
from tests.observability.browser import WAIT_MILLISECONDS, chromium

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def test_a_running_drivers_page_is_shown_whole_and_its_link_leads_to_the_history_after_its_end(
    clone: Clone,
    admin: Api,
    theirs: flights.Platform,
    outputs: dict[str, Any],
    signed_in: dict[str, str],
    tmp_path: Path,
) -> None:
    name = f"looked-at-{secrets.token_hex(3)}"
    job = git_jobs.named(theirs, name, Pace(tasks=40, seconds=3))
    job.upload()
    clone.push({f"{name}.yaml": git_jobs.once(job)}, "A job to look at")
    try:
        (run,) = git_jobs.until(admin, name, ("running",), timeout=END_SECONDS)
        with chromium() as browser:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            cookie, _, value = signed_in["Cookie"].partition("=")
            context.add_cookies([{"name": cookie, "value": value, "url": outputs["pagesUrl"]}])
            tab = context.new_page()
            refused: list[str] = []
            tab.on("requestfailed", lambda request: refused.append(f"{request.url}: {request.failure}"))
            address = f"{outputs['pagesUrl']}/jobs{git_jobs.place(run)}"
            executors = tab.get_by_role("link", name="Executors")

            def there() -> bool:
                # Spark says first that it is starting up.
                tab.goto(f"{address}/live")
                return executors.count() > 0

            eventually("the driver's page is there", there, timeout=END_SECONDS)
            refused.clear()
            executors.click()
            rows = tab.locator("#active-executors-table tbody tr")
            expect(rows.first).to_contain_text("driver", timeout=WAIT_MILLISECONDS)
            tab.locator(".blockOverlay").wait_for(state="detached", timeout=WAIT_MILLISECONDS)
            assert tab.evaluate("getComputedStyle(document.querySelector('nav.navbar')).display") == "flex"
            tab.screenshot(path=tmp_path / "executors.png", full_page=True)
            assert refused == []
            git_jobs.until(admin, name, ("succeeded",), timeout=END_SECONDS)
            tab.goto(f"{address}/live")
            tab.wait_for_url(re.compile("/spark-history/"), timeout=WAIT_MILLISECONDS)
    finally:
        clone.push({f"{name}.yaml": None}, "Take it away again")
        admin.post("/sync", removals="true")
