"""Conditions in SQL on the running platform: asked by Spark after a run and again, counted, and no run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from kubernetes.utils.quantity import parse_quantity

import flights
from apps.jobs.cli.api import AnswerError, Api
from tests.cluster import git_jobs
from tests.cluster.git_jobs import Clone, Run
from tests.cluster.paced import Pace
from tests.cluster.test_runs_endure import Watched, shown
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.soak, pytest.mark.timeout(2400)]

ROWS: Final = 1000
CONDITIONS: Final = {"holds": f"id >= 0 AND id < {ROWS}", "breaks": "id % 100 <> 7", "asks": "idd > 0"}
LOOKED_SECONDS: Final = 900.0
"""From a run's end until a look at the data after the answer: a submission, Spark's start, and a round."""


@dataclass(frozen=True)
class Asked:
    """A run whose data was asked.

    Args:
        run: as the pages tell it at the end.
        runs: all runs of its job.
        said: what is said of its interval: state and sentence, by the name of the check.
    """

    run: Run
    runs: list[Run]
    said: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def asked(clone: Clone, admin: Api, mine: flights.Platform) -> Iterator[Asked]:
    """One hour of this day, filled, and its data looked at."""
    name = f"asked-{secrets.token_hex(3)}"
    job = git_jobs.named(mine, name, Pace(rows=ROWS, tasks=2, seconds=1, executors=1))
    job.upload()
    output = f"s3a://{mine.data_bucket}/{job.output}/hour={{{{ interval.key }}}}"
    passed = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    first, last = passed - timedelta(hours=3), passed - timedelta(hours=2)
    span: dict[str, str | list[str]] = {"first": first.isoformat(), "last": last.isoformat(), "at_once": "1"}
    place = f"/jobs/{mine.namespace}/{name}/backfill"
    text = git_jobs.hourly(job, output, passed.minute, conditions=CONDITIONS)

    def findings(interval: str) -> dict[str, tuple[str, str]] | None:
        try:
            checked = admin.get(f"/checks/{mine.namespace}/{name}/{interval}")["checked"]
        except AnswerError:
            return None
        # Beside what the files' footers say, of each check too.
        found = {
            each["check"]: (each["state"], each["sentence"])
            for each in checked["findings"]
            if each["sentence"].startswith(f"{CONDITIONS.get(each['check'])}: ")
        }
        answered = not any("has not answered" in sentence for _, sentence in found.values())
        return found if found.keys() == CONDITIONS.keys() and answered else None

    try:
        clone.push({f"{name}.yaml": text}, "A job with conditions")
        plan = eventually(
            f"{name} is known", lambda: shown(admin, place, span), timeout=git_jobs.SEEN_SECONDS
        )
        said = admin.post(admin.address_of(place, **span), token=plan["token"])
        watched = Watched(admin, name, f"/backfills/{mine.namespace}/{name}/{said['backfill']['id']}")
        watched.until("all of it", lambda: watched.stage == "done")
        (run,) = watched.runs
        told = eventually("its data is asked", lambda: findings(run["interval"]), timeout=LOOKED_SECONDS)
        page = f"/runs/{mine.namespace}/{name}/{run['interval']}/{run['n']}"
        admin.post(f"{page}/check")
        eventually(
            "its data is asked again",
            lambda: "sql/2/answer.json" in admin.get(page)["run"]["kept"],
            timeout=LOOKED_SECONDS,
        )
        runs = git_jobs.runs(admin, job=name)
        yield Asked(runs[0], runs, told)
    finally:
        clone.push({f"{name}.yaml": None}, "Take it away again")
        admin.post("/sync", removals="true")


def test_what_spark_counted_is_said_of_the_interval(asked: Asked) -> None:
    assert asked.said["holds"] == ("pass", f"{CONDITIONS['holds']}: holds in all of 1,000 rows")
    assert asked.said["breaks"] == ("fail", f"{CONDITIONS['breaks']}: does not hold in 10 of 1,000 rows")
    state, sentence = asked.said["asks"]
    assert state == "warn"
    assert "the check itself is wrong: it names a column that the data does not have" in sentence


def test_what_asked_is_one_small_pod_each_time_and_no_run(
    asked: Asked, kubectl: Kubectl, mine: flights.Platform
) -> None:
    assert [(run["phase"], run["n"]) for run in asked.runs] == [("succeeded", 1)]
    for label in ("sql", "sql-2"):
        labels = f"jobs.spark-on-eks/job={asked.run['job']},jobs.spark-on-eks/check={label}"
        (pod,) = kubectl.list("pods", mine.namespace, labels)
        assert pod["status"]["phase"] == "Succeeded"
        requests = pod["spec"]["containers"][0]["resources"]["requests"]
        assert parse_quantity(requests["cpu"]) == parse_quantity("500m")
        assert parse_quantity(requests["memory"]) <= parse_quantity("1.5Gi")


def test_whoever_asks_again_is_in_the_audit_list(asked: Asked, admin: Api) -> None:
    about = f"{asked.run['job']}/{asked.run['interval']}/1"
    actions = [each for each in admin.get("/audit")["actions"] if each["about"] == about]
    assert [each["action"] for each in actions] == ["check"]
