"""Jobs from Git through what comes in weeks: pods that die, a lost index, a backfill, deleted data."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

import flights
from apps.jobs.cli.api import AnswerError, Api
from tests.cluster import git_jobs
from tests.cluster.faults import Part
from tests.cluster.git_jobs import END_SECONDS, Clone, Run
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.soak, pytest.mark.timeout(2400)]

UNDER_WAY: Final = ("planned", "held", "queued", "running")

PARTS: Final = (
    Part("worker", "spark-jobs", "app.kubernetes.io/name=jobs-worker"),
    Part("pages", "spark-jobs", "app.kubernetes.io/name=jobs-web"),
    Part("index", "spark-database", "app.kubernetes.io/name=postgres"),
)

DROP: Final = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION jobs"

INTERVALS: Final = 3


@dataclass(frozen=True)
class Endured:
    """A run of a job from Git, in the middle of which worker, pages and index were killed.

    Args:
        job: what it does.
        driver: uid of its driver's pod before.
        ended: its runs once they have ended.
        refusal: what a press of `run again` was answered with meanwhile.
    """

    job: Paced
    driver: str
    ended: list[Run]
    refusal: str


def refusal(api: Api, run: Run) -> str:
    """What a press of the button `run again` is refused with."""
    with pytest.raises(AnswerError) as refused:
        api.post(f"{git_jobs.place(run)}/rerun")
    return str(refused.value)


def driver_of(kubectl: Kubectl, run: Run) -> dict[str, Any] | None:
    """The driver's pod of a run, once its container runs."""
    pod = kubectl.get("pod", f"{run['application']}-driver", run["namespace"])
    return pod if pod and pod["status"]["phase"] == "Running" else None


@pytest.fixture(scope="module")
def endured(clone: Clone, admin: Api, theirs: flights.Platform, kubectl: Kubectl) -> Iterator[Endured]:
    """The job, pushed, and each part killed while it runs; nobody mends anything by hand."""
    name = f"endures-{secrets.token_hex(3)}"
    job = git_jobs.named(theirs, name, Pace(tasks=24, seconds=4))
    job.upload()
    try:
        clone.push({f"{name}.yaml": git_jobs.once(job)}, "A job that endures")
        (run,) = git_jobs.until(admin, name, UNDER_WAY)
        driver = eventually(f"{name}: its driver", lambda: driver_of(kubectl, run), timeout=END_SECONDS)
        refused = refusal(admin, run)
        for part in PARTS:
            part.wait_until_ready(kubectl, other_than=part.kill(kubectl))
        assert driver_of(kubectl, run), "the job had ended before all were killed: make it longer"
        ended = git_jobs.until(admin, name, ("succeeded", "failed", "lost"), timeout=END_SECONDS)
        yield Endured(job, driver["metadata"]["uid"], ended, refused)
    finally:
        clone.push({f"{name}.yaml": None}, "Take it away again")
        admin.post("/sync", removals="true")


def test_no_run_is_lost_or_doubled_by_the_death_of_worker_pages_and_index(
    endured: Endured, kubectl: Kubectl
) -> None:
    assert [(run["n"], run["phase"]) for run in endured.ended] == [(1, "succeeded")]
    selector = f"jobs.spark-on-eks/job={endured.job.name},spark-role=driver"
    drivers = kubectl.list("pods", endured.job.platform.namespace, selector)
    assert [pod["metadata"]["uid"] for pod in drivers] == [endured.driver], "one driver, and the first one"
    assert endured.job.numbers() == endured.job.expected_numbers()


def test_another_run_of_the_same_is_refused_while_one_is_under_way(endured: Endured) -> None:
    assert "stop it first, or wait for its end" in endured.refusal


def test_a_run_again_is_one_more_and_the_first_stays_as_it_was(endured: Endured, admin: Api) -> None:
    name, (first,) = endured.job.name, endured.ended
    admin.post(f"{git_jobs.place(first)}/rerun")
    kept, second = git_jobs.until(admin, name, (*UNDER_WAY, "succeeded"), count=2)
    assert kept == first
    assert (second["n"], second["cause"], second["requester"]) == (2, "manual", "admin")
    assert "Another run for this interval is under way" in refusal(admin, first)
    admin.post(f"{git_jobs.place(second)}/stop")
    eventually(
        f"{name}: the second is stopped",
        lambda: [run["phase"] for run in git_jobs.runs(admin, job=name)] == ["succeeded", "cancelled"],
        timeout=END_SECONDS,
    )


def test_a_dropped_index_is_made_again_equal_run_by_run(
    endured: Endured, admin: Api, kubectl: Kubectl
) -> None:
    def ended() -> list[Run]:
        return [run for run in git_jobs.runs(admin, size="200") if run["phase"] not in UNDER_WAY]

    worker, pages, _ = PARTS
    before = ended()
    assert len(before) >= 2, "runs of this module have ended"
    kubectl.run(
        *("exec", "--namespace=spark-database", "postgres-0", "--container=postgres", "--"),
        *("psql", "-h", "/run/postgresql", "-U", "postgres", "-d", "jobs", "-q", "-c", DROP),
    )
    worker.wait_until_ready(kubectl, other_than=worker.kill(kubectl))

    def again() -> bool:
        try:
            found = ended()
        except AnswerError:
            return False
        return [run for run in found if run in before] == before

    eventually("the index is as it was", again, timeout=git_jobs.SEEN_SECONDS)
    pages.wait_until_ready(kubectl)


@dataclass(frozen=True)
class Filled:
    """A backfill of three intervals that was stopped after the first two, and gone on with.

    Args:
        job: what its runs do.
        plan: what was shown before.
        most: most runs that were under way at once.
        stopped: its stage and what was left, when it had stopped.
        runs: its runs once they have ended.
    """

    job: Paced
    plan: dict[str, Any]
    most: int
    stopped: tuple[str, int]
    runs: list[Run]

    def output(self, interval: str) -> str:
        """Where an interval's data is, in the bucket of data."""
        return f"{self.job.output}/{interval}"


@pytest.fixture(scope="module")
def filled(clone: Clone, admin: Api, theirs: flights.Platform) -> Iterator[Filled]:
    """Three hours of this day, of a job that is new."""
    name = f"filled-{secrets.token_hex(3)}"
    job = git_jobs.named(theirs, name, Pace(rows=1000, tasks=2, seconds=1, executors=1))
    job.upload()
    output = f"s3a://{theirs.data_bucket}/{job.output}/{{{{ interval.key }}}}"
    # The schedule's own next run is most of an hour away: it would be one more beside the backfill's.
    passed = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    last = passed - timedelta(hours=2)
    asked: dict[str, str | list[str]] = {
        "first": (last - timedelta(hours=INTERVALS)).isoformat(),
        "last": last.isoformat(),
        "at_once": "2",
    }
    place = f"/jobs/{theirs.namespace}/{name}/backfill"
    try:
        clone.push({f"{name}.yaml": git_jobs.hourly(job, output, passed.minute)}, "A job by the hour")
        plan = eventually(
            f"{name} is known", lambda: shown(admin, place, asked), timeout=git_jobs.SEEN_SECONDS
        )
        said = admin.post(admin.address_of(place, **asked), token=plan["token"])
        watched = Watched(admin, name, f"/backfills/{theirs.namespace}/{name}/{said['backfill']['id']}")
        watched.until("two of its runs", lambda: len(watched.runs) == 2)
        admin.post(f"{watched.place}/stop")
        watched.until("it has stopped", lambda: watched.stage == "stopped")
        stopped = (watched.stage, watched.left)
        admin.post(f"{watched.place}/resume")
        watched.until("all of it", lambda: watched.stage == "done")
        yield Filled(job, plan, watched.most, stopped, watched.runs)
    finally:
        clone.push({f"{name}.yaml": None}, "Take it away again")
        admin.post("/sync", removals="true")


def shown(api: Api, place: str, asked: dict[str, str | list[str]]) -> dict[str, Any] | None:
    """What a backfill would start; None while the job is not known yet."""
    try:
        plan: dict[str, Any] = api.get(place, **asked)["plan"]
    except AnswerError:
        return None
    return plan


class Watched:
    """A backfill, looked at each second.

    Args:
        api: who looks.
        job: whose.
        place: of its page.
    """

    def __init__(self, api: Api, job: str, place: str) -> None:
        self._api, self._job = api, job
        self.place = place
        self.runs: list[Run] = []
        self.most, self.left, self.stage = 0, 0, ""

    def until(self, what: str, done: Any) -> None:
        """Look until something is so."""
        deadline = time.monotonic() + INTERVALS * END_SECONDS
        while time.monotonic() < deadline:
            step = self._api.get(self.place)["step"]
            self.stage, self.left = step["stage"], step["left"]
            self.runs = git_jobs.runs(self._api, job=self._job)
            self.most = max(self.most, sum(run["phase"] in UNDER_WAY for run in self.runs))
            if done():
                return
            time.sleep(1)
        pytest.fail(f"{self._job}: {what} did not come; it is {self.stage}")


def test_a_backfill_starts_what_was_shown_and_never_more_than_two_at_once(filled: Filled) -> None:
    planned = [each["key"] for each in filled.plan["run"]]
    assert len(planned) == INTERVALS
    assert [(run["interval"], run["n"], run["phase"]) for run in filled.runs] == [
        (key, 1, "succeeded") for key in planned
    ]
    assert {run["cause"] for run in filled.runs} == {"backfill"}
    assert filled.most == 2


def test_a_stopped_backfill_starts_nothing_until_it_is_resumed(filled: Filled) -> None:
    assert filled.stopped == ("stopped", 1)


def states(api: Api, job: str) -> dict[str, str]:
    """What the checks of a job say, by interval."""
    rows = [row for row in api.get("/checks")["jobs"] if row["job"] == job]
    return {cell["key"]: cell["checked"]["state"] for row in rows for cell in row["cells"] if cell["checked"]}


def test_a_day_that_somebody_deletes_turns_red_and_no_other(filled: Filled, admin: Api) -> None:
    name, keys = filled.job.name, [run["interval"] for run in filled.runs]

    def seen(wanted: dict[str, str]) -> Any:
        return lambda: {key: states(admin, name).get(key) for key in keys} == wanted

    green = dict.fromkeys(keys, "pass")
    eventually("all are green", seen(green), timeout=git_jobs.SEEN_SECONDS)
    platform = filled.job.platform
    with flights.open_store(platform) as store:
        for key in store.keys(platform.data_bucket, filled.output(keys[1])):
            store.client.delete_object(Bucket=platform.data_bucket, Key=key)
    red = {**green, keys[1]: "missing"}
    eventually("the deleted one is red", seen(red), timeout=git_jobs.SEEN_SECONDS)
