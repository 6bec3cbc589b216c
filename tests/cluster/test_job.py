"""The flights job in all three ways: one answer, a listed event log, and pods as the platform wants them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from rich.console import Console

import flights
from apps.jobs.cli.api import Api
from components.buckets import event_logs
from components.domain import JOB_NAMESPACE, Tenant
from components.naming import DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, priority_class
from flights import Kind, Report
from flights.submit import FOLDER
from tests.cluster import git_jobs
from tests.cluster.history import History
from tests.cluster.recording import Recorder
from tests.cluster.waiting import eventually
from tests.conftest import ROOT
from tests.support.kube import restricted_faults
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]

RUN_SECONDS = 900.0
"""A run takes a minute and a half on an idle machine of two cores."""

TICK_SECONDS = 150.0
"""From the end of one run to the next that an every-minute schedule starts: two ticks and a bit."""

LISTED_SECONDS = 90.0
"""The history server looks for new logs every 10 s."""

EVERY_MINUTE = "* * * * *"

ONE_OF = 15
"""Flights for one that is looked at by the second and third way: all three million were by the first."""

SPARK_UID = 185
"""User that the Spark image is made for."""

GOLDEN = ROOT / "tests" / "golden" / "spark" / "spark-defaults-4.1.2-in-cluster.conf"

REDACTED = "*********(redacted)"
"""What Spark writes into the event log instead of values that might be secrets."""


@dataclass(frozen=True)
class Run:
    """A run whose results were compared with DuckDB's, and its pods.

    Args:
        report: name, answer and times.
        pods: what was seen of the tenant's pods meanwhile.
    """

    report: Report
    pods: Recorder

    @property
    def id(self) -> str:
        """Spark's id of the run."""
        return str(self.report.answer["application"])

    def role(self, role: str) -> list[dict[str, Any]]:
        """Its pods of a role, `driver` or `executor`."""
        found = self.pods.of(self.id, role)
        assert found, f"no {role} of {self.report.run} was seen"
        return found


@dataclass(frozen=True)
class Scheduled:
    """A schedule that has started two runs.

    Args:
        first: its first run.
        names: names of the SparkApplications that it had started by then.
        overlapping: whether two of them were under way at once.
    """

    first: Run
    names: tuple[str, ...]
    overlapping: bool


@pytest.fixture(scope="module")
def quiet() -> Console:
    return Console(file=io.StringIO(), width=120)


@pytest.fixture(scope="module")
def by_git(mine: flights.Platform, quiet: Console) -> Report:
    """The run that `make up` ended with; a new one if there was none. Raises unless it equals DuckDB's."""
    return flights.run(mine, quiet, kind=Kind.GIT, timeout=RUN_SECONDS)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> flights.Dataset:
    """One flight of fifteen, of all months, with all airports."""
    whole = flights.fetch_data()
    part = tmp_path_factory.mktemp("sample") / whole.flights.name
    rows = duckdb.read_parquet(str(whole.flights), file_row_number=True)
    rows.filter(f"file_row_number % {ONE_OF} = 0").project("* EXCLUDE file_row_number").write_parquet(
        str(part)
    )
    return flights.Dataset(part, whole.airports)


@dataclass(frozen=True)
class Sampled:
    """The platform, with a sample of the flights in its tenant's prefix.

    Args:
        platform: as the tenant sees it.
        data: what was uploaded.
    """

    platform: flights.Platform
    data: flights.Dataset

    @property
    def prefix(self) -> str:
        """Where in the data bucket the sample is."""
        return f"{self.platform.namespace}/flights/sample"

    def submit(self, kind: Kind, schedule: str = "") -> flights.Submission:
        """Create what a user would, with the address of the sample for that of all flights."""
        name = flights.new_name()
        usual = json.dumps(flights.render(kind, self.platform, name))
        manifest = json.loads(usual.replace(self.platform.input_prefix, self.prefix))
        if schedule:
            manifest["spec"]["schedule"] = schedule
        Kubectl(self.platform.kubeconfig).create(manifest)
        return flights.Submission(name, self.platform.namespace, kind)

    def answer(self, outcome: flights.Outcome, kind: Kind) -> Report:
        """What a run found. Raises unless it equals what DuckDB finds in the sample."""
        with flights.open_store(self.platform) as store:
            return flights.answer(outcome, kind, self.platform, store, self.data)


@pytest.fixture(scope="module")
def sampled(mine: flights.Platform, sample: flights.Dataset) -> Sampled:
    """The sample, uploaded."""
    found = Sampled(mine, sample)
    with flights.open_store(mine) as store:
        for path in sample.files:
            store.upload(path, mine.data_bucket, f"{found.prefix}/{path.name}")
        store.upload(FOLDER / "flights.py", mine.artifacts_bucket, mine.code_key)
    return found


@pytest.fixture(scope="module")
def by_submit(sampled: Sampled, quiet: Console) -> Run:
    """A run by plain spark-submit. Raises unless it equals DuckDB's."""
    where = sampled.platform
    with Recorder(where.kubeconfig, where.namespace) as pods:
        submission = sampled.submit(Kind.SPARK_SUBMIT)
        outcome = flights.wait(submission, where.kubeconfig, quiet, timeout=RUN_SECONDS)
    return Run(sampled.answer(outcome, Kind.SPARK_SUBMIT), pods)


@pytest.fixture(scope="module")
def by_schedule(sampled: Sampled, quiet: Console) -> Scheduled:
    """An every-minute schedule, until its second run has begun. Raises unless the first equals DuckDB's."""
    where = sampled.platform
    submission = sampled.submit(Kind.SCHEDULE, EVERY_MINUTE)
    kubectl = Kubectl(where.kubeconfig)

    def started() -> list[dict[str, Any]]:
        owned = kubectl.list("sparkapplications", where.namespace)
        return [each for each in owned if each["metadata"]["name"].startswith(f"{submission.name}-")]

    try:
        with Recorder(where.kubeconfig, where.namespace) as pods:
            outcome = flights.wait(submission, where.kubeconfig, quiet, timeout=RUN_SECONDS)
        runs = eventually(
            f"{submission.name}: a second run",
            lambda: found if len(found := started()) > 1 else None,
            timeout=TICK_SECONDS,
        )
    finally:
        flights.remove(submission, where)
    assert outcome.times.finished is not None, "it succeeded, so it has an end"
    later = [
        each["metadata"]["creationTimestamp"] for each in runs if each["metadata"]["name"] != outcome.run
    ]
    return Scheduled(
        Run(sampled.answer(outcome, Kind.SCHEDULE), pods),
        tuple(sorted(each["metadata"]["name"] for each in runs)),
        min(later) < outcome.times.finished.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def comparable(report: Report) -> dict[str, Any]:
    """The part of an answer that must not depend on how and when it was computed."""
    own = {"run", "application", "written", "seconds"}
    return {key: value for key, value in report.answer.items() if key not in own}


def test_each_way_to_run_the_job_gives_the_answer_that_duckdb_gives(
    by_git: Report, by_submit: Run, by_schedule: Scheduled
) -> None:
    everything, some = by_git.answer["total"]["flights"], by_submit.report.answer["total"]["flights"]
    assert 0 < some < everything / (ONE_OF - 1), "the sample was not what the second way looked at"
    assert comparable(by_submit.report) == comparable(by_schedule.first.report), (
        "of the same flights, spark-submit and a schedule give two answers"
    )


def test_every_table_of_a_run_was_written_by_the_magic_committer(
    by_git: Report, mine: flights.Platform
) -> None:
    with flights.open_store(mine) as store:
        prefix = mine.run_prefix(by_git.run)
        marks = {
            table: json.loads(store.read(mine.data_bucket, f"{prefix}/{table}/_SUCCESS") or b"{}")
            for table in ("flights", "rejected", "statistics")
        }
    committers = {table: mark.get("committer") for table, mark in marks.items()}
    assert set(committers.values()) == {"magic"}, f"the success marks name other committers: {committers}"


def test_a_schedule_starts_one_run_after_another_and_never_two_at_once(by_schedule: Scheduled) -> None:
    assert len(by_schedule.names) == 2, f"two ticks came, and the runs are {by_schedule.names}"
    assert not by_schedule.overlapping, (
        "concurrencyPolicy is Forbid, yet the second run began before the first's end"
    )


def test_a_removed_schedule_takes_its_runs_with_it(by_schedule: Scheduled, mine: flights.Platform) -> None:
    kubectl = Kubectl(mine.kubeconfig)

    def left() -> set[str]:
        found = kubectl.list("sparkapplications", mine.namespace)
        return {each["metadata"]["name"] for each in found} & set(by_schedule.names)

    eventually("the schedule's runs are gone", lambda: not left(), timeout=60)


@pytest.fixture(params=["git", "spark-submit", "schedule"])
def report(request: pytest.FixtureRequest, by_git: Report, by_submit: Run, by_schedule: Scheduled) -> Report:
    """The run in each of the three ways."""
    runs = {"git": by_git, "spark-submit": by_submit.report, "schedule": by_schedule.first.report}
    return runs[request.param]


def test_the_event_log_is_in_the_store_and_closed(report: Report, mine: flights.Platform) -> None:
    spark_id = report.answer["application"]
    with flights.open_store(mine) as store:
        keys = store.keys("events", f"{event_logs(mine.namespace)}/eventlog_v2_{spark_id}")
    names = [key.rpartition("/")[2] for key in keys]
    assert any(name.startswith("events_1_") for name in names), f"no events in {names}"
    assert f"appstatus_{spark_id}" in names, f"the log of an application that ended is not closed: {names}"


def test_the_history_server_lists_the_run_as_completed(report: Report, history: History) -> None:
    spark_id = report.answer["application"]
    eventually(
        f"the history server lists {spark_id} as completed",
        lambda: history.completed(spark_id),
        timeout=LISTED_SECONDS,
    )
    assert history.names()[spark_id] == report.run, "it is listed under another name than the run's"


def test_the_run_stands_in_the_list_of_all_runs(report: Report, mine: flights.Platform, admin: Api) -> None:
    def listed() -> list[tuple[str, str]]:
        found = git_jobs.runs(admin, text=report.run, namespace=mine.namespace)
        # A raw spark-submit has no SparkApplication: its run is called as its driver's pod.
        names = (report.run, f"{report.run}-driver")
        return [(run["cause"], run["phase"]) for run in found if run["application"] in names]

    cause = "git" if report.kind is Kind.GIT else "external"
    eventually(
        f"{report.run} is in the list", lambda: listed() == [(cause, "succeeded")], timeout=LISTED_SECONDS
    )


def test_the_run_had_the_platforms_defaults(report: Report, history: History, mine: flights.Platform) -> None:
    spark_id = report.answer["application"]
    found = eventually(
        f"the environment of {spark_id}",
        lambda: history.spark_properties(spark_id) if history.completed(spark_id) else None,
        timeout=LISTED_SECONDS,
    )
    wanted = dict(line.split("=", 1) for line in GOLDEN.read_text().splitlines())
    wanted |= {key: REDACTED for key in wanted if ".secretKeyRef." in key}
    wanted |= {
        "spark.kubernetes.container.image": mine.image,
        # Pulumi.local.yaml allows two: the machine has two cores.
        "spark.dynamicAllocation.maxExecutors": "2",
        "spark.kubernetes.executor.podTemplateFile": "/opt/spark/pod-template/pod-spec-template.yml",
    }
    if report.kind is Kind.SPARK_SUBMIT:
        # A tenant's own file has the name written out, for what does not fill it in.
        for key in ("spark.eventLog.dir", "spark.sql.warehouse.dir"):
            wanted[key] = wanted[key].replace(JOB_NAMESPACE, mine.namespace)
    else:
        # A number of executors means just that number; Python gets room beside the heap.
        wanted |= {
            "spark.dynamicAllocation.enabled": "false",
            "spark.driver.memoryOverheadFactor": "0.4",
            "spark.executor.memoryOverheadFactor": "0.4",
        }
        # Without a catalog a second run would find the first one's tables in its way.
        shared = wanted.pop("spark.sql.warehouse.dir").replace(JOB_NAMESPACE, mine.namespace)
        assert found["spark.sql.warehouse.dir"].startswith(f"{shared}/{found['spark.app.name']}/")
        # The operator writes a file of its own; what is in it shows in the pods, see below.
        wanted["spark.kubernetes.driver.podTemplateFile"] = found["spark.kubernetes.driver.podTemplateFile"]
    differing = {key: (value, found.get(key)) for key, value in wanted.items() if found.get(key) != value}
    assert not differing, f"the run had other values than the platform's (wanted, found): {differing}"


@pytest.fixture(params=["spark-submit", "schedule"])
def seen(request: pytest.FixtureRequest, by_submit: Run, by_schedule: Scheduled) -> Run:
    """A run whose pods were seen: one by spark-submit, and one by the operator, for a schedule."""
    return {"spark-submit": by_submit, "schedule": by_schedule.first}[request.param]


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_the_pods_satisfied_the_restricted_standard_and_could_not_write_to_their_image(
    seen: Run, role: str
) -> None:
    for pod in seen.role(role):
        name, spec = pod["metadata"]["name"], pod["spec"]
        assert [*restricted_faults(spec)] == [], f"{name} breaks the restricted Pod Security Standard"
        assert spec["securityContext"]["runAsUser"] == SPARK_UID, f"{name} runs as another user than Spark's"
        writable = [
            c["name"] for c in spec["containers"] if not c["securityContext"].get("readOnlyRootFilesystem")
        ]
        assert not writable, f"{name} may write to the image's files in {writable}"


@pytest.mark.parametrize(("role", "account"), [("driver", DRIVER_ACCOUNT), ("executor", EXECUTOR_ACCOUNT)])
def test_the_pods_ran_as_their_own_service_accounts(seen: Run, role: str, account: str) -> None:
    accounts = {pod["spec"]["serviceAccountName"] for pod in seen.role(role)}
    assert accounts == {account}, f"{role}s ran as {accounts}"


def test_no_executor_held_a_token_of_the_api_server(seen: Run) -> None:
    for pod in seen.role("executor"):
        mounts = [m["mountPath"] for c in pod["spec"]["containers"] for m in c.get("volumeMounts", ())]
        tokens = [path for path in mounts if "serviceaccount" in path]
        assert not tokens, f"{pod['metadata']['name']} has a token at {tokens}"


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_the_pods_had_their_tenants_priority(seen: Run, role: str, tenants: tuple[Tenant, ...]) -> None:
    (tenant,) = (each for each in tenants if each.namespace == seen.role(role)[0]["metadata"]["namespace"])
    classes = {pod["spec"].get("priorityClassName") for pod in seen.role(role)}
    assert classes == {priority_class(tenant.priority)}, f"{role}s of {tenant.namespace} had {classes}"


def test_the_driver_process_was_not_root(report: Report, history: History) -> None:
    user = history.system_properties(report.answer["application"])["user.name"]
    assert user == "spark", f"the driver's process ran as {user}"
