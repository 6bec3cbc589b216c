"""What people do by the pages: asked of the worker once, in their name, and kept in the audit list."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from apps.jobs.checks.asking import ANSWER, ASKED, numbered
from apps.jobs.checks.findings import Finding, State
from apps.jobs.checks.judging import Checked
from apps.jobs.checks.kept import add
from apps.jobs.ledger.record import LABELS, Cause
from apps.jobs.ledger.requests import CheckRequest, RunRequest, StopRequest, SyncRequest
from apps.jobs.runs.phase import Phase
from apps.jobs.web import csrf
from apps.jobs.web.conditions import CHECKER, MOST_BY_ITSELF, ask_by_itself

from .world import DATA, NOW, SPEC, World, known, run

BACKFILL = f"/jobs/{DATA}/orders/backfill"
DAYS = "first=2026-11-10&last=2026-11-19"
APPLICATION = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {"name": "adhoc", "namespace": DATA, "labels": {"team": "x", f"{LABELS}/cause": "git"}},
    "spec": {"type": "Python", "mainApplicationFile": "s3a://artifacts/data-dev/x.py"},
}


def post(world: World, place: str, viewer: str = "ann", **fields: str) -> Any:
    mark = csrf.mark(world.sources.secret, viewer, world.now.timestamp())
    return world.client(viewer).post(place, data={"csrf": mark, **fields})


def audited(world: World, viewer: str = "ann") -> list[tuple[str, str, str, str]]:
    said = world.client(viewer).get("/audit?format=json").json()["actions"]
    return [(each["viewer"], each["action"], each["about"], each["detail"]) for each in said]


def place(of: Any) -> str:
    return f"/runs/{of.namespace}/{of.job}/{of.interval}/{of.n}"


def test_a_run_is_stopped_in_the_name_of_who_asked() -> None:
    running = run(phase=Phase.RUNNING)
    world = World(runs=[running])
    answer = post(world, f"{place(running)}/stop")
    assert (answer.status_code, answer.headers["location"]) == (303, place(running))
    request = world.asked()[0]
    assert isinstance(request, StopRequest)
    assert (request.run, request.by) == (running.run, "ann")
    assert audited(world) == [("ann", "stop", "orders/2026-11-20/1", "")]


def test_a_run_that_is_over_can_not_be_stopped() -> None:
    world = World(runs=[run()])
    answer = post(world, f"{place(world.runs[0])}/stop")
    assert answer.status_code == 409
    assert "It is over already: it succeeded." in answer.text
    assert not world.asked()


def test_a_run_again_is_one_more_of_the_same_with_what_was_changed() -> None:
    failed = run(phase=Phase.FAILED)
    world = World(runs=[failed])
    changes = {"executor_memory": "4g", "conf": "spark.sql.shuffle.partitions=200"}
    shown = world.client().get(f"{place(failed)}/rerun?executor_memory=4g").text
    assert "<code>executor.memory</code>" in shown
    assert post(world, f"{place(failed)}/rerun", **changes).status_code == 303
    request = world.asked()[0]
    assert isinstance(request, RunRequest)
    wanted = request.wanted
    assert (wanted.series, wanted.parent, wanted.requester, wanted.cause) == (
        failed.run.series,
        1,
        "ann",
        Cause.MANUAL,
    )
    assert wanted.manifest["spec"]["executor"] == {**SPEC["executor"], "memory": "4g"}
    assert wanted.manifest["spec"]["sparkConf"] == {"spark.sql.shuffle.partitions": "200"}
    claimed = world.ledger.claim(wanted)
    assert (claimed.record.n, claimed.mine) == (2, True)
    assert "executor.memory: 4g" in audited(world)[0][3]


def test_pressing_twice_starts_one() -> None:
    world = World(runs=[run(phase=Phase.FAILED)])
    for _ in range(2):
        post(world, f"{place(world.runs[0])}/rerun")
    claims = [world.ledger.claim(each.wanted) for each in world.asked() if isinstance(each, RunRequest)]
    assert len(claims) == 2
    assert {claim.record.n for claim in claims} == {2}


def test_while_a_run_for_the_interval_is_under_way_none_is_started() -> None:
    world = World(runs=[run(phase=Phase.FAILED), run(phase=Phase.RUNNING, n=2)])
    assert post(world, f"{place(world.runs[0])}/rerun").status_code == 409
    assert not world.asked()


def test_a_change_that_can_not_be_is_refused_with_all_its_errors() -> None:
    world = World(runs=[run(phase=Phase.FAILED)])
    answer = post(
        world, f"{place(world.runs[0])}/rerun", executor_memory="4 GB", image="x:latest", conf="nonsense"
    )
    assert answer.status_code == 422
    for words in ("is no size", "can move", "write name=value"):
        assert words in answer.text
    assert not world.asked()


def shown(world: World, query: str = DAYS) -> tuple[str, str]:
    """The preview, and its token."""
    text = world.client().get(f"{BACKFILL}?{query}").text
    found = re.search(r'name="token" value="([0-9a-f]+)"', text)
    return text, found[1] if found else ""


def test_the_conditions_of_a_runs_data_are_asked_again_in_the_name_of_who_wants_it() -> None:
    well = run(kept=("sql/answer.json", "sql/asked.json"))
    world = World(runs=[well], jobs=[known()])
    assert "Ask its conditions again" in world.client().get(place(well)).text
    answer = post(world, f"{place(well)}/check")
    assert (answer.status_code, answer.headers["location"]) == (303, place(well))
    (request,) = world.asked()
    assert isinstance(request, CheckRequest)
    assert (request.run, request.number, request.by) == (well.run, 2, "ann")
    assert audited(world) == [("ann", "check", "orders/2026-11-20/1", "")]


def test_conditions_that_are_being_asked_are_not_asked_for_once_more() -> None:
    worlds = [
        World(runs=[run(kept=("sql/asked.json",))], jobs=[known()]),
        World(runs=[run()], jobs=[known()]),
    ]
    assert post(worlds[1], f"{place(run())}/check").status_code == 303
    for world, requests in zip(worlds, (0, 1), strict=True):
        text = world.client().get(place(run())).text
        assert "Spark is being asked whether" in text
        assert "Ask its conditions again" not in text
        assert post(world, f"{place(run())}/check").status_code == 409
        assert (len(world.asked()), len(audited(world))) == (requests, requests)


@pytest.mark.parametrize(
    ("of", "settings"),
    [
        (run(phase=Phase.FAILED), known().settings),
        (run(phase=Phase.RUNNING), known().settings),
        (run(cause=Cause.EXTERNAL), known().settings),
        (run(), {"checks": [{"name": "there", "output": "s3a://data/orders"}]}),
    ],
    ids=["that failed", "under way", "that came another way", "without a condition"],
)
def test_a_run_whose_data_can_not_be_asked_has_no_button_and_is_refused(of: Any, settings: Any) -> None:
    world = World(runs=[of], jobs=[known(settings=settings)])
    assert "Ask its conditions again" not in world.client().get(place(of)).text
    assert post(world, f"{place(of)}/check").status_code == 409
    assert not world.asked()


def test_what_the_checks_say_of_its_interval_stands_on_a_runs_page() -> None:
    well = run()
    world = World(runs=[well], jobs=[known()])
    red = Finding(check="there", state=State.FAIL, sentence="id > 0: does not hold in 3 of 200 rows")
    add(world.bucket, DATA, "orders", {well.interval: Checked(at=NOW, state=State.FAIL, findings=(red,))})
    assert red.sentence in world.client().get(place(well)).text.replace("&gt;", ">")


def test_nobody_has_to_want_five_questions_and_no_sixth_is_asked_by_itself() -> None:
    def kept(answers: int) -> tuple[str, ...]:
        every = range(1, answers + 1)
        return tuple(numbered(name, n) for n in every for name in (ASKED, ANSWER))

    for answers in (0, MOST_BY_ITSELF - 1, MOST_BY_ITSELF):
        older, well = run(), run(n=2, kept=kept(answers))
        world = World(runs=[older, well], jobs=[known()])
        asks = answers < MOST_BY_ITSELF
        assert ask_by_itself(world.sources, (older, well)) is asks
        found = [each for each in world.asked() if isinstance(each, CheckRequest)]
        assert [(each.run, each.number) for each in found] == [(well.run, answers + 1)] * asks
        assert [each[:2] for each in audited(world)] == [(CHECKER, "check")] * asks
        assert not ask_by_itself(world.sources, (older, well)), "one at a time"


def test_a_backfill_is_shown_with_what_is_left_out_and_why_and_starts_nothing() -> None:
    world = World(runs=[run(12), run(15, Phase.FAILED), run(19, Phase.RUNNING)], jobs=[known()])
    text, token = shown(world)
    assert '<h2 id="plan">7 runs, 3 intervals left out</h2>' in text
    assert "2026-11-15 has a run, which failed" in text
    assert "2026-11-19 has a run under way" in text
    assert "<dd>$0.09</dd>" in text, "seven runs at the price of the one that succeeded"
    assert token
    assert not world.asked()
    assert not [key for key in world.s3.objects if "backfills" in key]


def test_what_was_shown_is_what_is_started() -> None:
    world = World(runs=[run(12)], jobs=[known()])
    _, token = shown(world)
    answer = post(world, f"{BACKFILL}?{DAYS}", token=token)
    assert answer.status_code == 303
    said = world.client().get(f"{answer.headers['location']}?format=json").json()
    assert [each["key"][-2:] for each in said["items"]] == [
        "10",
        "11",
        "13",
        "14",
        "15",
        "16",
        "17",
        "18",
        "19",
    ]
    assert said["step"]["stage"] == "running"
    assert audited(world)[0][1] == "backfill"


def test_if_something_has_changed_since_it_was_shown_nothing_is_started() -> None:
    world = World(runs=[run(12)], jobs=[known()])
    _, token = shown(world)
    world.runs = [run(12), run(13)]
    answer = post(world, f"{BACKFILL}?{DAYS}", token=token)
    assert answer.status_code == 409
    assert "has changed since it was shown" in answer.text
    assert not [key for key in world.s3.objects if "backfills" in key]


def test_a_second_backfill_over_the_same_days_is_refused_while_the_first_goes_on() -> None:
    world = World(jobs=[known()])
    post(world, f"{BACKFILL}?{DAYS}", token=shown(world)[1])
    text, token = shown(world)
    assert "another backfill of orders has 2026-11-10" in text
    assert not token


def test_a_backfill_is_stopped_with_its_runs_and_gone_on_with() -> None:
    world = World(jobs=[known()])
    where = post(world, f"{BACKFILL}?{DAYS}", token=shown(world)[1]).headers["location"]
    key = world.client().get(f"{where}?format=json").json()["backfill"]["id"]
    world.runs = [run(10, Phase.RUNNING, key=f"backfill:{key}", claimed=NOW, cause=Cause.BACKFILL)]
    post(world, f"{where}/stop", running="true")
    said = world.client().get(f"{where}?format=json").json()
    assert (said["step"]["stage"], said["orders"]["by"]) == ("stopping", "ann")
    assert [request.n for request in world.asked() if isinstance(request, StopRequest)] == [1]
    world.runs = [run(10, Phase.CANCELLED, key=f"backfill:{key}", claimed=NOW)]
    assert world.client().get(f"{where}?format=json").json()["step"]["stage"] == "stopped"
    post(world, f"{where}/resume")
    assert world.client().get(f"{where}?format=json").json()["step"]["stage"] == "running"


def test_who_may_end_no_run_stops_no_backfill_with_its_runs_and_nothing_is_noted_of_it() -> None:
    world = World(jobs=[known()])
    where = post(world, f"{BACKFILL}?{DAYS}", token=shown(world)[1]).headers["location"]
    world.api.withheld.add("delete")
    assert post(world, f"{where}/stop", running="true").status_code == 403
    assert world.client().get(f"{where}?format=json").json()["step"]["stage"] == "running"
    actions = world.client().get("/audit?format=json").json()["actions"]
    assert [each["action"] for each in actions] == ["backfill"]
    assert post(world, f"{where}/stop").status_code == 303, "without its runs it is stopped"


def test_days_that_are_none_are_said_so_beside_the_form() -> None:
    answer = World(jobs=[known()]).client().get(f"{BACKFILL}?first=soon&last=2026-11-19&at_once=0")
    assert answer.status_code == 422
    assert "&#39;soon&#39; is no day" in answer.text


def test_days_are_those_of_the_jobs_zone_and_the_last_is_part_of_them() -> None:
    world = World(jobs=[known(zone="Asia/Tokyo")])
    text, _ = shown(world, "first=2026-11-10&last=2026-11-11")
    assert "2 runs" in text
    assert "<li>2026-11-10</li><li>2026-11-11</li>" in text


def test_red_data_can_be_run_again() -> None:
    world = World(runs=[run(12), run(13)], jobs=[known()])
    gone = Checked(at=NOW, state=State.MISSING, findings=())
    add(world.bucket, DATA, "orders", {"2026-11-12": gone})
    text, _ = shown(world, "first=2026-11-12&last=2026-11-13&redo=checks")
    assert "<li>2026-11-12</li>" in text
    assert "2026-11-13 has a run that succeeded" in text


def test_a_look_at_git_is_asked_for() -> None:
    world = World(jobs=[known()])
    assert post(world, "/sync").status_code == 303
    assert world.asked() == [SyncRequest(by="ann")]
    assert audited(world)[0][1] == "sync"


def test_an_application_is_handed_over_as_one_of_ours() -> None:
    world = World()
    answer = world.client().post("/submit", json=APPLICATION)
    assert answer.status_code == 202
    request = world.asked()[0]
    assert isinstance(request, RunRequest)
    record = world.ledger.claim(request.wanted).record
    assert record.key == answer.json()["key"]
    assert (record.requester, record.cause) == ("ann", Cause.MANUAL)
    labels = record.manifest["metadata"]["labels"]
    assert (labels["team"], labels[f"{LABELS}/cause"]) == ("x", "manual")
    assert record.manifest["spec"]["restartPolicy"] == {"type": "Never"}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"kind": "Pod"}, 422, "kind must be SparkApplication, not Pod"),
        ({"apiVersion": "v1"}, 422, "apiVersion must be"),
        ({"spec": None}, 422, "spec must be a mapping"),
        (
            {"metadata": {"name": "x", "namespace": "kube-system"}},
            403,
            "You may not start runs in kube-system",
        ),
        ({"metadata": {"name": "1x", "namespace": DATA}}, 422, "must begin with a letter"),
        (
            {"spec": {"sparkConf": {"spark.hadoop.fs.s3a.secret.key": "hunter2hunter2"}}},
            422,
            "has a secret in it",
        ),
    ],
)
def test_what_can_not_be_run_is_refused_and_nothing_is_asked_for(
    changes: dict[str, Any], status: int, words: str
) -> None:
    world = World()
    answer = world.client().post("/submit", json=APPLICATION | changes)
    assert answer.status_code == status
    assert words in str(answer.json()["error"])
    assert not world.asked()


def test_others_actions_are_seen_by_who_may_see_the_runs() -> None:
    world = World(runs=[run(phase=Phase.RUNNING)])
    post(world, f"{place(world.runs[0])}/stop")
    assert len(audited(world, "admin")) == len(audited(world, "eve")) == 1
    assert audited(world, "sam") == []


def test_the_latest_action_is_the_first_of_the_list() -> None:
    world = World(runs=[run(phase=Phase.RUNNING), run(19, Phase.RUNNING)])
    for each in world.runs:
        post(world, f"{place(each)}/stop")
        world.now += timedelta(seconds=1)
    assert [about for _, _, about, _ in audited(world)] == ["orders/2026-11-19/1", "orders/2026-11-20/1"]
