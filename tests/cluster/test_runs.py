"""Jobs from Git and the pages of all runs, on the running platform: what who pushes and looks sees."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import flights
from apps.jobs.cli.api import AnswerError, Api
from local.platform import Target
from tests.cluster import git_jobs
from tests.cluster.conftest import asked_as
from tests.cluster.git_jobs import Clone, Run
from tests.cluster.paced import Pace
from tests.cluster.waiting import eventually
from tests.observability.browser import chromium
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

WRONG = """
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: wrong, namespace: data-dev}
spec:
  type: Cobol
  sparkVersion: 4.1.2
  mode: cluster
"""


@dataclass(frozen=True)
class Pushed:
    """A push of a good file and a wrong one, and what came of it.

    Args:
        commit: the commit.
        wrong: path of the wrong file.
        run: of the good one, as it was when it was seen first.
        faults: what the page Sync says of files.
        stopped: the run once its button was pressed.
    """

    commit: str
    wrong: str
    run: Run
    faults: list[dict[str, Any]]
    stopped: Run


@pytest.fixture(scope="module")
def pushed(clone: Clone, admin: Api, mine: flights.Platform) -> Iterator[Pushed]:
    """One push; its run is stopped by the page's button as soon as it is seen."""
    name = f"pushed-{secrets.token_hex(3)}"
    good, wrong = f"{name}.yaml", f"{name}-wrong.yaml"
    job = git_jobs.named(mine, name, Pace(tasks=60, seconds=5))
    try:
        commit = clone.push({good: git_jobs.once(job), wrong: WRONG}, "One good, one wrong")
        (run,) = git_jobs.until(admin, name, ("planned", "queued", "running"))
        faults = admin.get("/sync")["faults"]
        admin.post(f"{git_jobs.place(run)}/stop")
        (stopped,) = git_jobs.until(admin, name, ("cancelled",))
        yield Pushed(commit, wrong, run, faults, stopped)
    finally:
        clone.push({good: None, wrong: None}, "Take them away again")
        # Half of all files vanish: that is taken for an accident until somebody says that it is none.
        admin.post("/sync", removals="true")


def test_a_bad_file_does_not_keep_a_good_one_from_running(pushed: Pushed) -> None:
    assert (pushed.run["cause"], pushed.run["commit"]) == ("git", pushed.commit)
    assert (pushed.run["owner"], pushed.run["n"], pushed.run["interval"]) == ("data-engineers", 1, "once")


def test_all_that_is_wrong_with_the_bad_file_is_told_with_its_lines(pushed: Pushed) -> None:
    assert {fault["path"] for fault in pushed.faults} == {pushed.wrong}
    assert len(pushed.faults) > 1, f"it has more faults than {pushed.faults}"
    assert all(fault["line"] for fault in pushed.faults)


def test_a_press_of_the_button_ends_the_run_and_says_who_pressed(
    pushed: Pushed, admin: Api, mine: flights.Platform
) -> None:
    assert pushed.stopped["stopped_by"] == "admin"
    kubectl, name = Kubectl(mine.kubeconfig), pushed.run["application"]
    assert kubectl.get("sparkapplication", name, mine.namespace) is None
    eventually("its driver is gone", lambda: kubectl.get("pod", f"{name}-driver", mine.namespace) is None)
    actions = [
        (each["viewer"], each["action"], each["about"])
        for each in admin.get("/audit")["actions"]
        if pushed.run["job"] in each["about"]
    ]
    assert actions == [("admin", "stop", f"{pushed.run['job']}/once/1")]


@pytest.fixture(scope="module")
def science(where: Target, outputs: dict[str, Any]) -> Api:
    """The pages, asked by a member of another team."""
    return asked_as(where, outputs, "science")


def flights_run(admin: Api) -> Run:
    """The latest run of the flights that came through Git."""
    return max(git_jobs.runs(admin, job="flights", cause="git"), key=lambda run: str(run["claimed"]))


def test_the_flights_of_make_up_stand_in_the_list(admin: Api) -> None:
    run = flights_run(admin)
    assert (run["namespace"], run["phase"], run["path"]) == ("data-dev", "succeeded", "flights.yaml")
    assert run["spark"].startswith("spark-"), "Spark's own name leads to its page of the history server"


@pytest.mark.parametrize("page", ["", "/log", "/log.txt", "/manifest.yaml", "/rerun"])
def test_another_teams_run_is_refused_at_its_address_whether_there_is_one_or_not(
    admin: Api, science: Api, page: str
) -> None:
    there = git_jobs.place(flights_run(admin))
    admin.text(f"{there}{page}")
    for place in (there, "/runs/data-dev/flights/once/999", "/runs/nobodys/flights/once/1"):
        with pytest.raises(AnswerError, match="You may not see runs in"):
            science.text(f"{place}{page}")


def test_another_teams_run_can_not_be_stopped_or_run_again_and_is_in_no_list(
    admin: Api, science: Api
) -> None:
    run = flights_run(admin)
    for button, words in (("stop", "stop runs in data-dev"), ("rerun", "start runs in data-dev")):
        with pytest.raises(AnswerError, match=f"You may not {words}"):
            science.post(f"{git_jobs.place(run)}/{button}")
    assert git_jobs.runs(science, job="flights") == []
    assert {each["namespace"] for each in git_jobs.runs(science)} <= {"science-dev"}


def test_a_browser_sees_the_runs_behind_the_login_without_a_complaint(
    admin: Api, outputs: dict[str, Any], signed_in: dict[str, str], tmp_path: Path
) -> None:
    places = ["/runs", git_jobs.place(flights_run(admin)), "/jobs", "/sync", "/statistics", "/audit"]
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = signed_in["Cookie"].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": outputs["pagesUrl"]}])
        tab = context.new_page()
        complaints: list[str] = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        for place in places:
            answer = tab.goto(f"{outputs['pagesUrl']}/jobs{place}")
            assert answer
            assert answer.status == 200, f"{place}: {answer.status}"
            tab.screenshot(path=tmp_path / f"{place.split('/')[1]}-{places.index(place)}.png", full_page=True)
        tab.goto(outputs["runsUrl"])
        assert tab.get_by_role("link", name="flights", exact=True).count() > 0
    assert complaints == []
