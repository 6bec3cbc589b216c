"""Every screen says what is there, says why where nothing is, and is the same for people and programs."""

from __future__ import annotations

import json
import re

import pytest

from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.runs.phase import Phase

from .world import DATA, FAILURE, World, busy, known, run

SCREENS = (
    "/runs",
    "/runs?phase=failed&since=7d&text=orders",
    "/jobs",
    f"/jobs/{DATA}/orders",
    f"/jobs/{DATA}/orders/backfill",
    f"/jobs/{DATA}/orders/backfill?first=2026-11-15&last=2026-11-19&executors=4",
    f"/runs/{DATA}/orders/2026-11-18/1",
    f"/runs/{DATA}/orders/2026-11-18/1/rerun?executor_memory=4g",
    f"/runs/{DATA}/orders/2026-11-18/1/log",
    "/backfills",
    "/checks",
    "/statistics",
    "/schedules",
    "/sync",
    "/audit",
)
EMPTY = ("/runs", "/jobs", "/schedules", "/backfills", "/checks", "/statistics", "/sync", "/audit")


@pytest.fixture(scope="module")
def world() -> World:
    return busy()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_a_page_for_people_and_json_for_programs(world: World, screen: str) -> None:
    page = world.client().get(screen)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"].startswith("text/html")
    said = world.client().get(screen, headers={"Accept": "application/json"})
    assert said.status_code == 200
    assert said.json()


def test_a_quota_for_some_of_the_pods_alone_is_not_shown_as_the_namespaces() -> None:
    world = busy()

    def quota(pods: str, **spec: object) -> dict[str, object]:
        return {"spec": spec, "status": {"hard": {"pods": pods}, "used": {"pods": "3"}}}

    selected = {"matchExpressions": [{"operator": "In", "scopeName": "PriorityClass", "values": ["high"]}]}
    world.api.objects[f"/api/v1/namespaces/{DATA}/resourcequotas"] = {
        "items": [quota("0", scopeSelector=selected), quota("1", scopes=["BestEffort"]), quota("10")]
    }
    shown = world.client().get("/statistics?format=json").json()["quotas"][DATA]
    assert shown == [{"resource": "pods", "unit": "pods", "used": 3.0, "most": 10.0}]


@pytest.mark.parametrize("screen", SCREENS)
def test_no_page_has_a_script_or_a_style_of_its_own_in_it(world: World, screen: str) -> None:
    text = world.client().get(screen).text
    assert all(' src="' in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_answer_lets_a_browser_take_nothing_from_elsewhere(world: World, screen: str) -> None:
    headers = world.client().get(screen).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("screen", EMPTY)
def test_what_is_empty_says_why(screen: str) -> None:
    assert 'class="empty"' in World().client().get(screen).text


def test_every_state_has_a_sign_and_a_word_beside_its_colour(world: World) -> None:
    text = world.client().get("/runs").text
    for state in ("succeeded", "failed", "running", "queued"):
        assert re.search(rf'class="state {state}"><span aria-hidden="true">\S</span> {state}<', text)


def test_the_list_says_why_a_run_failed_and_how_often_that_came(world: World) -> None:
    text = world.client().get("/runs").text
    assert "DATA_ERROR" in text
    assert "can not be cast to INT" in text
    assert f'fingerprint={FAILURE.fingerprint}">2 times' in text


def test_the_list_says_what_a_run_waits_for(world: World) -> None:
    assert "0/3 nodes are available" in world.client().get("/runs?phase=active").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("phase=failed", {("orders", "2026-11-17"), ("orders", "2026-11-18")}),
        ("phase=active", {("orders", "2026-11-20"), ("clicks", "2026-11-20")}),
        ("job=clicks", {("clicks", "2026-11-20")}),
        ("text=clicks+2026-11-20", {("clicks", "2026-11-20")}),
        ("job=&phase=&cause=manual", {("orders", "2026-11-19")}),
    ],
)
def test_a_filter_in_the_address_narrows_the_list(
    world: World, query: str, expected: set[tuple[str, str]]
) -> None:
    found = world.client().get(f"/runs?{query}", headers={"Accept": "application/json"}).json()["runs"]
    assert {(each["job"], each["interval"]) for each in found} == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("phase=done", "phase done is none: write cancelled"),
        ("cause=x", "cause x is none"),
        ("order=x", "order x is none"),
        ("size=5000", "a page has 1 to 1000 runs"),
    ],
)
def test_a_filter_that_is_none_is_refused_with_what_to_write(world: World, query: str, words: str) -> None:
    answer = world.client().get(f"/runs?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert words in str(answer.json()["error"])


def test_a_long_list_comes_in_pages(world: World) -> None:
    client = world.client()
    seen: list[str] = []
    after = ""
    while True:
        said = client.get(f"/runs?size=4&format=json&after={after}").json()
        seen += [f"{each['job']}/{each['interval']}/{each['n']}" for each in said["runs"]]
        after = said["next"]
        if not after:
            break
    mine = [each for each in world.runs if each.namespace == DATA]
    assert len(seen) == len(set(seen)) == len(mine)


def test_a_cost_that_nobody_knows_is_a_dash_and_never_nothing() -> None:
    text = World(runs=[run(cost=None)]).client().get(f"/runs/{DATA}/orders/2026-11-20/1").text
    assert "<dt>Cost</dt><dd>\u2013</dd>" in text
    assert "$0.00" not in text


def test_a_run_shows_its_verdict_with_evidence_and_the_line_in_git(world: World) -> None:
    text = world.client().get(f"/runs/{DATA}/orders/2026-11-18/1").text
    assert "use try_cast" in text
    assert "The value &#39;n/a&#39; of the type STRING" in text
    assert "https://git.example/jobs/blob/0123456789abcdef0123456789abcdef01234567/orders.py#L41" in text


def test_a_runs_time_is_a_picture_with_the_same_in_words(world: World) -> None:
    text = world.client().get(f"/runs/{DATA}/orders/2026-11-18/1").text
    assert "<svg" in text
    assert "driver ran: 3 min 51 s" in text


@pytest.mark.parametrize("screen", ["/jobs", f"/jobs/{DATA}/orders"])
def test_a_schedule_stands_in_words_beside_its_text(world: World, screen: str) -> None:
    page = world.client().get(screen).text
    assert "<code>@daily</code>" in page
    assert "every day at 00:00 (UTC)" in page


def outside_schedules(world: World, *names: str) -> None:
    """Have schedules in the cluster that say nothing of what becomes of a tick while a run goes on."""
    place = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{DATA}/scheduledsparkapplications"
    found = [
        {"metadata": {"namespace": DATA, "name": name}, "spec": {"schedule": "0 6 * * *"}} for name in names
    ]
    world.api.objects[place] = {"items": found}
    world.api.objects |= {f"{place}/{each['metadata']['name']}": each for each in found}


@pytest.mark.parametrize("screen", ["/schedules", f"/jobs/{DATA}/clicks"])
def test_a_schedule_of_the_operators_is_flagged_where_it_is_seen(screen: str) -> None:
    world = World(runs=[run(job="clicks")])
    outside_schedules(world, "clicks")
    text = world.client().get(screen).text
    assert "runs it once and never again" in text
    assert "every day at 06:00 (UTC)" in text


def test_a_schedule_of_the_operators_that_git_has_too_is_flagged() -> None:
    world = World(jobs=[known()])
    outside_schedules(world, "orders", "clicks")
    said = world.client().get("/schedules?format=json").json()["schedules"]
    assert {each["name"]: len(each["warnings"]) for each in said} == {"orders": 2, "clicks": 1}


def test_schedules_that_can_not_be_read_are_said_to_be_unread() -> None:
    world = World()
    path = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{DATA}/scheduledsparkapplications"
    world.api.refused.add(path)
    said = world.client().get("/schedules?format=json").json()
    assert said["unread"] == [{"namespace": DATA, "why": f"{path} is forbidden"}]
    assert "could not be read" in world.client().get("/schedules").text


def test_times_are_in_the_viewers_zone_with_utc_beside(world: World) -> None:
    client = world.client()
    client.cookies.set("zone", "Asia%2FTokyo")
    text = client.get(f"/runs/{DATA}/orders/2026-11-18/1").text
    assert 'title="2026-11-19 00:01:00 UTC">2026-11-19 09:01:00</time>' in text
    client.cookies.set("zone", "../../etc/passwd")
    assert client.get("/runs").status_code == 200


def test_the_grid_shows_each_interval_and_what_is_missing(world: World) -> None:
    said = world.client().get(f"/jobs/{DATA}/orders?format=json").json()["grid"]
    november = next(line for line in said if line["name"] == "2026-11")
    states = {each["key"][-2:]: each["state"] for each in november["squares"]}
    assert (states["04"], states["05"], states["18"], states["20"]) == (
        "missing",
        "succeeded",
        "failed",
        "running",
    )
    assert next(each for each in november["squares"] if each["key"].endswith("19"))["runs"] == 2
    assert [line["name"] for line in said] == ["2026-11"], "nothing from before the job"


def test_a_file_that_is_wrong_is_shown_with_its_line_and_what_to_write(world: World) -> None:
    text = world.client().get("/sync").text
    assert "bad.yaml:7" in text
    assert "must be a size such as 2g" in text


def test_a_log_is_shown_without_secrets_and_colours() -> None:
    world = World(runs=[run(phase=Phase.FAILED)])
    world.keep_log(
        world.runs[0], "\x1b[31mERROR\x1b[0m aws_secret_access_key=wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY <b>\n"
    )
    for place in ("log", "log.txt"):
        text = world.client().get(f"/runs/{DATA}/orders/2026-11-20/1/{place}").text
        assert "ERROR" in text
        assert "wJalrXUtnFEMI" not in text
        assert "\x1b" not in text
    assert "&lt;b&gt;" in world.client().get(f"/runs/{DATA}/orders/2026-11-20/1/log").text


def test_a_log_that_is_gone_says_so() -> None:
    text = World(runs=[run()]).client().get(f"/runs/{DATA}/orders/2026-11-20/1/log").text
    assert "its pod is gone, and nothing was kept of it" in text


def test_what_somebody_else_wrote_is_never_part_of_the_page() -> None:
    evil = FAILURE.model_copy(update={"sentence": "<script>alert(1)</script>", "advice": "<img src=x>"})
    world = World(runs=[run(phase=Phase.FAILED, failure=evil, owner='"><script>')])
    for place in ("/runs", f"/runs/{DATA}/orders/2026-11-20/1", "/statistics"):
        text = world.client().get(place).text
        assert "<script>alert" not in text
        assert "<img src=x>" not in text
        assert '"><script>' not in text


def test_below_a_path_all_links_lead_there() -> None:
    world = World(runs=[run()], path="/jobs-page")
    text = world.client().get("/runs").text
    assert not [
        link
        for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', text)
        # The list of all pages is at the login's own address.
        if not link.startswith(("/jobs-page/", "/spark-history")) and link != "/"
    ]


def test_a_run_that_is_not_there_is_said_so_in_words(world: World) -> None:
    answer = world.client().get(f"/runs/{DATA}/orders/2026-11-18/7")
    assert answer.status_code == 404
    assert "There is no run 7 of orders for 2026-11-18" in answer.text


def test_a_run_says_how_each_of_its_pods_ended_also_of_those_that_are_gone() -> None:
    world = busy()
    place = RunId(series=Series(namespace=DATA, job="orders", interval="2026-11-18"), n=1)
    row = {"role": "executor", "type": "m5.xlarge", "zone": "", "spot": False, "cores": 1.0, "gib": 2.0}
    row |= {"bound": "2026-11-19T00:01:00+00:00", "ended": "2026-11-19T00:01:03+00:00", "dollars": None}
    pods = [{**row, "name": "orders-exec-1", "end": "exit 137 (OOMKilled)"}, {**row, "name": "orders-exec-2"}]
    assert world.ledger.add(place, "cost.json", json.dumps({"pods": pods}).encode())
    screen = f"/runs/{DATA}/orders/2026-11-18/1"
    assert "<td>exit 137 (OOMKilled)</td>" in world.client().get(screen).text
    said = world.client().get(screen, headers={"Accept": "application/json"}).json()["pods"]
    # A record from before ends were kept says nothing of them.
    assert [(each["name"], each["end"]) for each in said] == [
        ("orders-exec-1", "exit 137 (OOMKilled)"),
        ("orders-exec-2", ""),
    ]
