"""The page acts as its viewer: nobody sees or does what the API server does not let them, by any address."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import httpx2
import pytest

from apps.jobs.web import csrf
from apps.jobs.web.cluster import VIEWER, Cluster
from apps.jobs.web.viewer import Door

from .world import DATA, PASSWORD, SCIENCE, World, basic, busy, groups_header, known, run

RUN = f"/runs/{DATA}/orders/2026-11-20/1"
TRAIN = f"/runs/{SCIENCE}/train/2026-11-20/1"
PLACES = ("", "/log", "/log.txt", "/manifest.yaml", "/live", "/live/jobs/", "/rerun")


@pytest.fixture
def world() -> World:
    return busy()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        basic("ann", "wrong"),
        basic("admin", ""),
        "Bearer x",
        "Basic !!!",
        basic("ann", PASSWORD)[:-4],
    ],
)
def test_who_comes_past_the_login_sees_nothing_whatever_name_they_send(
    world: World, header: str | None
) -> None:
    client = world.client(None)
    headers = {"X-Forwarded-User": "admin", "X-Forwarded-Groups": "data-engineers"}
    if header is not None:
        headers["Authorization"] = header
    for place in ("/", "/runs", RUN, "/sync", "/audit", "/nowhere"):
        answer = client.get(place, headers=headers)
        assert answer.status_code == 401
        assert "orders" not in answer.text


def test_a_login_without_a_password_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="password is empty"):
        Door(password="", groups=frozenset())


@pytest.mark.parametrize(
    ("viewer", "expected"),
    [
        ("ann", {DATA}),
        ("sam", {SCIENCE}),
        ("eve", {DATA}),
        ("admin", {DATA, SCIENCE}),
        ("nobody", set()),
        ("stranger", set()),
    ],
)
def test_lists_have_what_the_viewers_groups_may_see_and_nothing_else(
    world: World, viewer: str, expected: set[str]
) -> None:
    client = world.client(viewer)
    runs = client.get("/runs?format=json").json()["runs"]
    assert {each["namespace"] for each in runs} == expected
    jobs = client.get("/jobs?format=json").json()["jobs"]
    assert {each["namespace"] for each in jobs} == expected
    assert {each["value"] for each in client.get("/statistics?format=json").json()["namespace"]} == expected
    checks = client.get("/checks?format=json").json()["jobs"]
    assert {each["namespace"] for each in checks} == expected


@pytest.mark.parametrize("place", PLACES)
def test_a_direct_address_of_another_teams_run_is_refused(world: World, place: str) -> None:
    answer = world.client("ann").get(f"{TRAIN}{place}")
    assert answer.status_code == 403
    assert "train" not in answer.text


def test_whether_another_team_has_a_run_of_some_name_is_not_told(world: World) -> None:
    there, nowhere = (world.client("ann").get(place) for place in (TRAIN, TRAIN.replace("train", "other")))
    assert (there.status_code, nowhere.status_code) == (403, 403)
    assert (
        there.json()
        if "json" in there.headers["content-type"]
        else there.text.count("403") == nowhere.text.count("403")
    )


def test_a_namespace_that_is_no_tenants_is_refused(world: World) -> None:
    assert world.client("admin").get("/runs/kube-system/x/once/1").status_code == 403


@pytest.mark.parametrize(
    ("place", "viewer"),
    [
        *product(
            (f"{RUN}/stop", f"{RUN}/rerun", f"{RUN}/check", f"/jobs/{DATA}/orders/backfill"),
            ("sam", "eve", "nobody"),
        ),
        ("/sync", "eve"),
        ("/sync", "nobody"),
    ],
)
def test_who_may_not_change_something_is_refused_and_nothing_is_asked_for(
    world: World, place: str, viewer: str
) -> None:
    client = world.client(viewer)
    answer = client.post(place, data={"csrf": mark(world, viewer), "token": "x"})
    assert answer.status_code == 403
    assert not world.asked()
    assert not [key for key in world.s3.objects if key.startswith("jobs/backfills/")]


@pytest.mark.parametrize(("viewer", "buttons"), [("ann", True), ("eve", False)])
def test_a_button_is_there_if_the_viewer_may_do_what_it_does(
    world: World, viewer: str, buttons: bool
) -> None:
    client = world.client(viewer)
    assert ("Stop this run" in client.get(RUN).text) is buttons
    assert ("Run again" in client.get(RUN.replace("20/1", "18/1")).text) is buttons
    assert ("Backfill…" in client.get(f"/jobs/{DATA}/orders").text) is buttons
    assert ("Read it now" in client.get("/sync").text) is buttons


def test_groups_that_no_tenant_names_are_never_claimed(world: World) -> None:
    client = world.client("ann")
    client.get("/runs", headers={"X-Forwarded-Groups": groups_header("system:masters", "scientists")})
    groups = {group for _, _, _, groups in world.api.asked for group in groups}
    assert groups == {"data-engineers", "scientists"}, (
        "the login's word for a group counts, if tenants name it"
    )
    assert {user for _, _, user, _ in world.api.asked} == {VIEWER}


def test_nobody_is_asked_about_for_who_is_in_no_group(world: World) -> None:
    assert world.client("nobody").get("/runs").status_code == 200
    assert not world.api.asked


def test_a_right_that_is_taken_away_ends_within_half_a_minute() -> None:
    seconds = [0.0]
    world = World(runs=[run()])
    cluster = Cluster(world.api.client(), clock=lambda: seconds[0])
    object.__setattr__(world.sources, "cluster", cluster)
    assert world.client("ann").get(RUN).status_code == 200
    world.api.members = {"scientists": SCIENCE, "data-engineers": "elsewhere"}
    seconds[0] = 31
    assert world.client("ann").get(RUN).status_code == 403


@pytest.mark.parametrize("given", ["", "1.abc", "x", "9999999999.abc"])
def test_a_form_of_another_site_changes_nothing(world: World, given: str) -> None:
    answer = world.client().post(f"{RUN}/stop", data={"csrf": given})
    assert answer.status_code == 403
    assert not world.asked()


def test_another_viewers_form_changes_nothing(world: World) -> None:
    assert world.client("ann").post(f"{RUN}/stop", data={"csrf": mark(world, "admin")}).status_code == 403
    assert not world.asked()


def test_a_form_that_was_open_too_long_changes_nothing(world: World) -> None:
    given = mark(world, "ann")
    world.now += timedelta(hours=13)
    assert world.client("ann").post(f"{RUN}/stop", data={"csrf": given}).status_code == 403


def test_a_page_of_another_site_can_not_send_what_programs_send(world: World) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert world.client().post("/submit", json={}, headers=headers).status_code == 403


def test_an_api_server_that_is_away_is_said_so_and_nothing_is_shown() -> None:
    def away(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("connection refused")

    world = World(runs=[run()], jobs=[known()])
    client = httpx2.Client(transport=httpx2.MockTransport(away), base_url="https://api.test")
    object.__setattr__(world.sources, "cluster", Cluster(client))
    answer = world.client().get("/runs", headers={"Accept": "application/json"})
    assert answer.status_code == 502
    assert "connection refused" in answer.json()["error"]


def test_the_health_of_the_service_is_told_without_a_login(world: World) -> None:
    assert world.client(None).get("/health").text == "ok"
    assert world.client(None).get("/static/style.css").status_code == 200
    assert world.client(None).get("/static/../app.py").status_code in (401, 404)


def mark(world: World, viewer: str) -> str:
    """What a form has that is shown to somebody now."""
    return csrf.mark(world.sources.secret, viewer, world.now.timestamp())
