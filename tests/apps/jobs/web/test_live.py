"""A driver's live page is reached by its run alone, only read, and does nothing in its viewer's name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.jobs.runs.phase import Phase
from apps.jobs.web.views import live

from .world import DATA, World, run

RUNNING = run(phase=Phase.RUNNING)
PLACE = f"/runs/{DATA}/orders/2026-11-20/1/live"


class Driver(BaseHTTPRequestHandler):
    """A driver's page, as bad as a tenant can make it."""

    asked: list[tuple[str, str, dict[str, str]]] = []  # noqa: RUF012 - of the class on purpose

    def do_GET(self) -> None:
        self.asked.append(
            (self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        )
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", "http://evil.example/jobs/")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Set-Cookie", "spark-on-eks=stolen")
        self.send_header("Content-Security-Policy", "default-src *")
        self.end_headers()
        self.wfile.write(b"<script>fetch('/runs')</script>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Driver]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Driver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(live, "SPARK_UI", server.server_port)
    Driver.asked.clear()
    yield Driver
    server.shutdown()
    server.server_close()


def world(pod: dict[str, Any] | None = None, **more: Any) -> World:
    found = World(runs=[run(phase=Phase.RUNNING, **more)])
    labels = {"spark-role": "driver", "spark-app-selector": RUNNING.spark}
    usual = {"metadata": {"name": RUNNING.driver, "labels": labels}, "status": {"podIP": "127.0.0.1"}}
    found.api.objects[f"/api/v1/namespaces/{DATA}/pods/{RUNNING.driver}"] = usual | (pod or {})
    return found


def test_it_is_read_from_the_address_that_the_api_server_says(driver: type[Driver]) -> None:
    answer = world().client().get(f"{PLACE}/jobs/?id=3")
    assert answer.status_code == 200
    method, path, headers = driver.asked[0]
    assert (method, path) == ("GET", "/jobs/?id=3")
    assert headers["x-forwarded-context"] == PLACE


def test_the_driver_learns_nothing_of_who_looks(driver: type[Driver]) -> None:
    client = world().client()
    client.cookies.set("spark-on-eks", "session")
    client.get(f"{PLACE}/jobs/")
    headers = driver.asked[0][2]
    assert not {"cookie", "authorization", "x-forwarded-user", "impersonate-user"} & headers.keys()


def test_what_the_driver_says_is_shown_in_a_sandbox_and_sets_nothing(driver: type[Driver]) -> None:
    headers = world().client().get(f"{PLACE}/jobs/").headers
    assert "sandbox allow-scripts" in headers["content-security-policy"]
    assert "allow-same-origin" not in headers["content-security-policy"]
    assert "default-src *" not in headers["content-security-policy"]
    assert "set-cookie" not in headers


def test_a_redirect_stays_with_the_run(driver: type[Driver]) -> None:
    answer = world().client().get(f"{PLACE}/")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{PLACE}/jobs/"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_told_nothing(driver: type[Driver], method: str) -> None:
    answer = world().client().request(method, f"{PLACE}/jobs/job/kill/?id=1", json={})
    assert answer.status_code == 405
    assert not driver.asked


@pytest.mark.parametrize("viewer", ["sam", "eve", "nobody"])
def test_who_may_not_open_its_port_with_kubectl_may_not_here(driver: type[Driver], viewer: str) -> None:
    assert world().client(viewer).get(f"{PLACE}/jobs/").status_code == 403
    assert not driver.asked


@pytest.mark.parametrize(
    "labels",
    [
        {"spark-role": "executor", "spark-app-selector": RUNNING.spark},
        {"spark-role": "driver", "spark-app-selector": "other"},
        {},
    ],
)
def test_a_pod_of_the_name_that_is_not_this_runs_driver_is_not_asked(
    driver: type[Driver], labels: dict[str, str]
) -> None:
    answer = world({"metadata": {"name": RUNNING.driver, "labels": labels}}).client().get(f"{PLACE}/jobs/")
    assert answer.status_code == 404
    assert not driver.asked


def test_after_its_end_the_same_link_leads_to_the_history() -> None:
    for over in (run(), run(phase=Phase.FAILED)):
        answer = World(runs=[over]).client().get(PLACE)
        assert answer.headers["location"] == f"/spark-history/history/{over.spark}/"


def test_a_driver_that_is_just_gone_leads_to_the_history_too() -> None:
    answer = World(runs=[RUNNING]).client().get(PLACE)
    assert answer.headers["location"] == f"/spark-history/history/{RUNNING.spark}/"


def test_a_page_that_does_not_answer_is_said_so(
    driver: type[Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SPARK_UI", 1)
    answer = world().client().get(f"{PLACE}/jobs/")
    assert answer.status_code == 502
    assert "does not answer" in answer.text
