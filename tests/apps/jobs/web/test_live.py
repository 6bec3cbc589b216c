"""A driver's live page is reached by its run alone, only read, and does nothing in its viewer's name."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient

from apps.jobs.runs.outcome import NO_EVENT_LOG
from apps.jobs.runs.phase import Phase
from apps.jobs.web import live_pass
from apps.jobs.web.app import create
from apps.jobs.web.cluster import Cluster
from apps.jobs.web.views import live

from .serving import heard
from .world import DATA, World, groups_header, run

RUNNING = run(phase=Phase.RUNNING)
PLACE = f"/runs/{DATA}/orders/2026-11-20/1/live"


class Driver(BaseHTTPRequestHandler):
    """A driver's page, as bad as a tenant can make it."""

    asked: list[tuple[str, str, dict[str, str]]] = []  # noqa: RUF012 - of the class on purpose
    page = b"<script>fetch('/runs')</script>"

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
        self.wfile.write(self.page)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Driver]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Driver)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(live, "SPARK_UI", server.server_port)
    Driver.asked.clear()
    monkeypatch.setattr(Driver, "page", Driver.page)
    yield Driver
    server.shutdown()
    server.server_close()


LABELS = {"spark-role": "driver", "spark-app-selector": RUNNING.spark}
POD = f"/api/v1/namespaces/{DATA}/pods/{RUNNING.driver}"
NAVIGATION = {"Accept": "text/html,application/xhtml+xml"}
NOBODY = 401


def world(uid: str = "uid-1", labels: Mapping[str, str] = LABELS, **more: Any) -> World:
    found = World(runs=[run(phase=Phase.RUNNING, **more)])
    metadata = {"name": RUNNING.driver, "uid": uid, "labels": dict(labels)}
    found.api.objects[POD] = {"metadata": metadata, "status": {"podIP": "127.0.0.1"}}
    return found


def opened(of: World, rest: str = "", viewer: str = "ann") -> str:
    """The address that somebody is led to who opens a live page."""
    answer = of.client(viewer).get(f"{PLACE}/{rest}")
    assert answer.status_code == 303
    return answer.headers["location"]


def changed(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def test_a_link_leads_to_an_address_of_its_own_with_all_that_was_asked_for() -> None:
    address = opened(world(), "stages/stage/?id=3&attempt=0")
    assert re.fullmatch(r"/live/[A-Za-z0-9_-]+/stages/stage/\?id=3&attempt=0", address)


def test_whoever_has_the_address_reads_the_page_from_where_the_api_server_says(driver: type[Driver]) -> None:
    found = world()
    address = opened(found, "jobs/?id=3")
    answer = found.client(None).get(address)
    assert answer.status_code == 200
    method, path, headers = driver.asked[0]
    assert (method, path) == ("GET", "/jobs/?id=3")
    assert headers["x-forwarded-context"] == address.removesuffix("/jobs/?id=3")


def test_the_driver_learns_nothing_of_who_looks(driver: type[Driver]) -> None:
    found = world()
    client = found.client()
    client.cookies.set("spark-on-eks", "session")
    address = opened(found, "jobs/")
    client.get(address)
    headers = driver.asked[0][2]
    assert not {"cookie", "authorization", "x-forwarded-user", "impersonate-user"} & headers.keys()
    sealed = address.split("/")[2]
    read = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    for word in (b"ann", b"data-engineers", b"viewer"):
        assert word not in read


def test_the_address_opens_nothing_but_that_page(driver: type[Driver]) -> None:
    found = world()
    sealed = opened(found).split("/")[2]
    client = found.client(None)
    for place in ("/runs", f"/runs/{DATA}/orders/2026-11-20/1", f"{PLACE}/", "/audit", "/"):
        assert client.get(place).status_code == NOBODY
        assert client.get(place, params={"sealed": sealed}).status_code == NOBODY
        assert client.get(place, headers={"Authorization": f"Bearer {sealed}"}).status_code == NOBODY


@pytest.mark.parametrize("at", [0, 9, 40, 200])
def test_an_address_that_was_changed_opens_nothing(driver: type[Driver], at: int) -> None:
    found = world()
    sealed = opened(found).split("/")[2]
    for wrong in (changed(sealed, at), sealed[: len(sealed) // 2], "x", "A" * 200):
        assert found.client(None).get(f"/live/{wrong}/jobs/").status_code == NOBODY
    assert not driver.asked


def test_an_address_that_another_key_made_opens_nothing(driver: type[Driver]) -> None:
    found = world()
    given = live_pass.Pass(
        viewer="ann",
        told=frozenset(),
        namespace=DATA,
        job="orders",
        interval="2026-11-20",
        n=1,
        pod="uid-1",
    )
    for key, status in ((b"of others", NOBODY), (found.sources.live_key, 200)):
        sealed = live_pass.seal(key, given, found.now.timestamp())
        assert found.client(None).get(f"/live/{sealed}/jobs/").status_code == status


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, NOBODY), (86400, NOBODY)])
def test_after_ten_minutes_the_address_opens_nothing(driver: type[Driver], seconds: int, status: int) -> None:
    found = world()
    address = opened(found, "jobs/")
    found.now += timedelta(seconds=seconds)
    assert found.client(None).get(address, headers={"Accept": "*/*"}).status_code == status


def test_a_person_with_an_old_address_is_led_by_the_login_to_a_new_one(driver: type[Driver]) -> None:
    found = world()
    address = opened(found, "stages/?id=2")
    found.now += timedelta(hours=1)
    answer = found.client(None).get(address, headers=NAVIGATION)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PLACE}/stages/?id=2"
    assert found.client(None).get(answer.headers["location"]).status_code == NOBODY, "whom it asks"
    assert not driver.asked


def test_who_has_lost_the_right_to_its_port_sees_it_no_more(driver: type[Driver]) -> None:
    found = world()
    address = opened(found, "jobs/")
    found.api.members, found.api.readers = {}, {"data-engineers": DATA, "auditors": DATA}
    found.sources = replace(found.sources, cluster=Cluster(found.api.client()))
    answer = TestClient(create(found.sources)).get(address)
    assert answer.status_code == 403
    assert not driver.asked


def test_who_was_taken_out_of_the_group_sees_it_no_more(driver: type[Driver]) -> None:
    found = world()
    address = opened(found, "jobs/")
    door = replace(found.sources.door, members={"ann": frozenset[str]()})
    answer = TestClient(create(replace(found.sources, door=door))).get(address)
    assert answer.status_code == 403
    assert not driver.asked


def test_a_provider_s_groups_are_those_that_it_told_when_the_page_was_opened(driver: type[Driver]) -> None:
    found = world()
    client = found.client("kim")
    led = client.get(
        f"{PLACE}/jobs/", headers={"X-Forwarded-Groups": groups_header("data-engineers", "others")}
    )
    answer = found.client(None).get(
        led.headers["location"], headers={"X-Forwarded-Groups": groups_header("scientists")}
    )
    assert answer.status_code == 200


def test_the_address_is_not_that_of_the_same_runs_next_driver(driver: type[Driver]) -> None:
    found = world()
    address = opened(found, "jobs/")
    found.api.objects[POD]["metadata"]["uid"] = "uid-2"
    answer = found.client(None).get(address)
    assert answer.status_code == 404
    assert not driver.asked


@pytest.mark.parametrize(
    "rest",
    [
        "jobs/job/kill/?id=0",
        "stages/stage/kill/?id=0",
        "stages/stage/kill",
        "stages/%6bill/?id=0",
        "..%2f..%2fsecret",
        "jobs/%2e%2e/x",
    ],
)
def test_nothing_is_ended_and_no_path_leads_up(driver: type[Driver], rest: str) -> None:
    found = world()
    assert found.client(None).get(f"{opened(found)}{rest}").status_code == 404
    assert not driver.asked


@pytest.mark.parametrize("rest", ["//evil.example/", "@evil.example/", "http://evil.example/", "%2f%2fevil"])
def test_the_address_says_nothing_of_where_the_page_is(driver: type[Driver], rest: str) -> None:
    found = world()
    answer = found.client(None).get(f"{opened(found)}{rest}")
    assert answer.status_code == 200, "the driver is asked, whatever it makes of that"
    assert len(driver.asked) == 1
    assert "evil" in driver.asked[0][1]


def test_no_log_has_the_address(driver: type[Driver], monkeypatch: pytest.MonkeyPatch) -> None:
    found = world()
    address = opened(found, "jobs/")

    def broken(*_: Any) -> None:
        raise RuntimeError("of the test")

    monkeypatch.setattr(live, "_fetched", broken)
    with heard() as said:
        answer = TestClient(found.app, raise_server_exceptions=False).get(address)
    assert answer.status_code == 500
    assert address.split("/")[2] not in said.getvalue()
    assert "GET /live/..." in said.getvalue()


def test_its_fonts_and_tables_are_read_by_a_page_without_an_origin(driver: type[Driver]) -> None:
    found = world()
    headers = found.client(None).get(opened(found, "jobs/"), headers={"Origin": "null"}).headers
    assert headers["access-control-allow-origin"] == "null"
    assert "access-control-allow-credentials" not in headers
    assert headers["referrer-policy"] == "no-referrer", "no other site learns the address"


def test_a_browser_may_ask_whether_it_may_read_and_the_driver_hears_nothing_of_it(
    driver: type[Driver],
) -> None:
    found = world()
    address = opened(found, "api/v1/applications")
    asking = {"Origin": "null", "Access-Control-Request-Headers": "x-requested-with"}
    answer = found.client(None).options(address, headers=asking)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "null"
    assert answer.headers["access-control-allow-methods"] == "GET"
    assert found.client(None).options("/live/x/api/", headers=asking).status_code == NOBODY
    assert not driver.asked


def test_its_scripts_find_a_storage_which_a_page_without_an_origin_has_not(driver: type[Driver]) -> None:
    found = world()
    driver.page = b"<html><head><script>localStorage.getItem('a')</script></head><head>"
    text = found.client(None).get(opened(found, "jobs/")).content
    assert text == driver.page.replace(b"<head>", b"<head>" + live.STORAGE, 1)


def test_what_the_driver_says_is_shown_in_a_sandbox_and_sets_nothing(driver: type[Driver]) -> None:
    found = world()
    headers = found.client(None).get(opened(found, "jobs/")).headers
    assert "sandbox allow-scripts" in headers["content-security-policy"]
    assert "allow-same-origin" not in headers["content-security-policy"]
    assert "default-src *" not in headers["content-security-policy"]
    assert "set-cookie" not in headers


def test_a_redirect_stays_with_the_run(driver: type[Driver]) -> None:
    found = world()
    address = opened(found)
    answer = found.client(None).get(address)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{address}jobs/"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_told_nothing(driver: type[Driver], method: str) -> None:
    found = world()
    for client, address in ((found.client(None), opened(found, "jobs/")), (found.client(), f"{PLACE}/jobs/")):
        assert client.request(method, address, json={}).status_code == 405
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
    found = world()
    address = opened(found, "jobs/")
    found.api.objects[POD]["metadata"]["labels"] = labels
    for client, place in ((found.client(), f"{PLACE}/jobs/"), (found.client(None), address)):
        assert client.get(place).status_code == 404
    assert not driver.asked


def test_after_its_end_the_same_link_leads_to_the_history() -> None:
    for over in (run(), run(phase=Phase.FAILED)):
        answer = World(runs=[over]).client().get(PLACE)
        assert answer.headers["location"] == f"/spark-history/history/{over.spark}/"


def test_a_run_without_an_event_log_is_shown_as_one_and_leads_nowhere() -> None:
    unlogged = run(kept=(NO_EVENT_LOG,))
    client = World(runs=[unlogged]).client()
    assert "It left no event log, so there is no page of it." in client.get(PLACE).text
    page = client.get(PLACE.removesuffix("/live")).text
    assert "<strong>It left no event log.</strong>" in page
    assert f'href="{PLACE}"' not in page, "the history server does not know it"
    assert "<small>no event log</small>" in client.get("/runs").text
    logged = World(runs=[run()]).client()
    assert "no event log" not in logged.get("/runs").text + logged.get(PLACE.removesuffix("/live")).text
    assert f'{PLACE}"' in logged.get(PLACE.removesuffix("/live")).text


def test_a_driver_that_is_just_gone_leads_to_the_history_too() -> None:
    found = world()
    address = opened(found, "jobs/")
    del found.api.objects[POD]
    for place in (PLACE, address):
        assert found.client().get(place).headers["location"] == f"/spark-history/history/{RUNNING.spark}/"


def test_a_page_that_does_not_answer_is_said_so(
    driver: type[Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SPARK_UI", 1)
    found = world()
    answer = found.client(None).get(opened(found, "jobs/"))
    assert answer.status_code == 502
    assert "does not answer" in answer.text
